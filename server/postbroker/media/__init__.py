"""Bytes of media: where they lie, and what they are."""
