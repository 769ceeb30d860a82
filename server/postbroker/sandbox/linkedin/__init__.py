"""The simulated LinkedIn."""
