"""How fast the broker is, as ratios within one run: `python -m bench` from tests/."""
