"""Locators on their way: packs that the project signs, and what a browser says of its own."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.catalogue import Css, LocatorName, LocatorsVersion
from postbroker.contract.message import Message
from postbroker.contract.words import Handle, PlatformId

KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Signature = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]
PublicKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]

PAYLOAD_MAX = 65_536
"""Characters of a pack's locators; the largest that are bundled have twelve thousand."""


class LocatorPack(Message):
    """The locators of one platform, as they were signed.

    Nothing of `payload` is read before the signature holds for its very bytes.
    """

    key_id: KeyId
    """Which key signed it: the first 16 hexadecimal digits of the SHA-256 of the public key."""
    payload: Annotated[str, StringConstraints(min_length=2, max_length=PAYLOAD_MAX)]
    """`Locators` as JSON text."""
    signature: Signature
    """Ed25519 (RFC 8032) over the line `postbroker locators 1` and `payload` in UTF-8, base64."""


class LocatorKey(Message):
    """A key of the project that extensions trust."""

    id: KeyId
    public_key: PublicKey
    """The 32 bytes of an Ed25519 public key, base64."""
    note: str = ""
    """Whose it is, and since when."""


class ReadLocators(Message):
    """Asks for the pack of one platform."""

    platform: PlatformId


class AskCheck(Message):
    """The person in front of a browser wants to know what its extension finds on a platform."""

    platform: PlatformId
    """Whose page to look at."""
    sandbox: bool = False
    """Look at the broker's own simulated platform."""


SessionWord = Literal["in", "out", "challenge", "suspended", "unknown"]
"""Whether somebody is logged in: `challenge`, the platform wants to see a person; `unknown`, the
page does not say."""


class LocatorCheck(Message):
    """Which candidate of one locator matched on the page."""

    name: LocatorName
    candidate: Annotated[int, Field(ge=1, le=20)] | None = None
    """Its number, best first; absent when none did."""
    selector: Css | None = None
    """The candidate that matched."""
    expected: bool = False
    """True for what this page shows to each member; the others appear later, or elsewhere."""


class CheckReport(Message):
    """What a browser found on a platform's own page. It pressed nothing there."""

    version: LocatorsVersion
    """Of the locators that were used."""
    signed: bool
    """True when they came in a signed pack, false for those that are bundled."""
    session: SessionWord
    account: Handle | None = None
    """Who is logged in, where somebody is."""
    path: Annotated[str, StringConstraints(max_length=300)]
    """Of the page that was looked at, without the query."""
    locators: Annotated[list[LocatorCheck], Field(max_length=200)]


class RefusedPack(Message):
    """A pack that an extension did not take; the locators it had before stay."""

    version: LocatorsVersion
    reason: Reason


class LastCheck(Message):
    """How the last check of a platform ended."""

    checked_at: Annotated[int, Field(ge=0)]
    """Milliseconds since 1970, by the broker's clock as the browser knows it."""
    sandbox: bool = False
    session: SessionWord
    account: Handle | None = None
    missing: Annotated[list[LocatorName], Field(max_length=200)] = []
    """What the page should have shown and did not."""


class LocatorState(Message):
    """Which locators of one platform a browser uses."""

    platform: PlatformId
    version: LocatorsVersion
    signed: bool = False
    """True when they came in a signed pack."""
    refused: RefusedPack | None = None
    check: LastCheck | None = None
