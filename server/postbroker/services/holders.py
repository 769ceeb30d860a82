"""Who can hold a lease: a browser, or an account's connection to an official API."""

from dataclasses import dataclass
from typing import Protocol

BY_API = "api:"
"""Begins the id of a holder that is a connection."""


class Holder(Protocol):
    """Whoever works on a job."""

    @property
    def id(self) -> str:
        """What its leases are written down under."""
        ...

    @property
    def workspace_id(self) -> str:
        """The workspace whose jobs it takes."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


@dataclass(frozen=True, slots=True)
class ApiHolder:
    """A connected account."""

    workspace_id: str
    connection_id: str
    name: str

    @property
    def id(self) -> str:
        """Never that of a browser."""
        return f"{BY_API}{self.connection_id}"


def is_api(holder_id: str) -> bool:
    """True for a connection, False for a browser."""
    return holder_id.startswith(BY_API)


def named(holder: Holder) -> dict[str, object]:
    """Who it is, for a job's history."""
    if is_api(holder.id):
        return {"route": "api", "connectionId": holder.id.removeprefix(BY_API)}
    return {"browser": holder.name, "browserId": holder.id}
