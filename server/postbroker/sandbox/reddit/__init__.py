"""The simulated Reddit."""
