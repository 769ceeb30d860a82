"""Frozen dataclasses for what is made on every request; the type checker alone keeps them frozen.

A frozen dataclass sets each field through `object.__setattr__`. For a job's 44 fields that takes
3.8 µs where plain slots take 0.8 (Python 3.11).
"""

import dataclasses
from typing import TYPE_CHECKING

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen, slots):
        """As `dataclass`, but nothing stops an assignment at run time."""
        return dataclasses.dataclass(slots=slots, unsafe_hash=frozen)
