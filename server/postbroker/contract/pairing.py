"""Making a browser known: a short code, a claim by a person, and a yes in the extension."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import Identifier, ProtocolVersion

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]


class Register(Message):
    """An extension asks for a code to show."""

    name: Name
    """What people shall call the browser."""
    extension_version: Annotated[str, StringConstraints(max_length=30)]
    """As the extension's manifest has it."""
    protocol_version: ProtocolVersion
    """Which revision of this protocol it speaks."""
    browser: Annotated[str, StringConstraints(max_length=200)] = ""
    """The browser's own name and version, shown to the person who pairs it."""


class Registered(Message):
    """The code to show, and the token to poll with."""

    registration_id: Identifier
    code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    expires_in_seconds: int
    poll_token: str
    poll_interval_seconds: int


class PairingStatus(Message):
    """`claimed` names who wants this browser; nothing runs before the person at it says yes."""

    status: Literal["pending", "claimed", "paired", "expired"]
    workspace: str | None = None
    claimed_by: str | None = None


class Pair(Message):
    """A signed-in person, or a key with scope browsers.pair, claims a code."""

    code: Annotated[str, StringConstraints(max_length=40)]
    """Six digits; spaces and dashes are accepted."""


class PairAnswer(Message):
    """The browser is claimed; it is paired once its extension confirms."""

    browser_id: Identifier
    status: Literal["claimed"] = "claimed"


class Confirm(Message):
    """The person in front of the browser says yes, or no."""

    accept: bool
    """True for a yes."""


class Confirmed(Message):
    """The browser's token, shown once; null when the person said no."""

    token: str | None = None
    browser_id: Identifier | None = None
