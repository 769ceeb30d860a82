"""Postbroker: social posts for AI agents, published exactly once."""

__version__ = "0.1.0"
