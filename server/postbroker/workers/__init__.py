"""Named loops, each calling one service."""
