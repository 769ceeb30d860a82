"""The few fragments of SQL in which the databases differ."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """Put into migrations at `{name}` and into statements where they need it."""

    name: str
    identity: str
    """The column type of a primary key that numbers its own rows."""
    skip_locked: str
    """Ends a SELECT that must pass over rows another process is working on."""


SQLITE = Dialect(name="sqlite", identity="INTEGER PRIMARY KEY AUTOINCREMENT", skip_locked="")
