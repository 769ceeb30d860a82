"""The one door to the outside network: addresses are checked, limits hold, nothing is trusted."""
