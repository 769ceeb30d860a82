"""The simulated Facebook."""
