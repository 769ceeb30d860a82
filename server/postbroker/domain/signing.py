"""Signed locator packs: Ed25519 over a line that says what is signed, and the payload.

The library is imported by those who sign and verify, which a running broker does not.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from postbroker.contract.catalogue import Locators
from postbroker.contract.locators import LocatorKey, LocatorPack
from postbroker.domain.locators import problems_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNED_AS = b"postbroker locators 1\n"
"""Stands before the payload, so that a signature made for anything else is none here."""
KEY_ID_DIGITS = 16


class PackError(ValueError):
    """A pack that nobody may use, and why."""


def signed_bytes(payload: str) -> bytes:
    """What a pack's signature is over."""
    return SIGNED_AS + payload.encode()


def key_id(public_key: bytes) -> str:
    """The name of a key: the first digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_DIGITS]


def public_half(private: "Ed25519PrivateKey", note: str = "") -> LocatorKey:
    """What extensions must know to trust what the key signs."""
    public = private.public_key().public_bytes_raw()
    return LocatorKey(id=key_id(public), public_key=base64.b64encode(public).decode(), note=note)


def sign(payload: str, private: "Ed25519PrivateKey") -> LocatorPack:
    """The pack of these locators."""
    signature = private.sign(signed_bytes(payload))
    return LocatorPack(
        key_id=public_half(private).id,
        payload=payload,
        signature=base64.b64encode(signature).decode(),
    )


def check_signature(pack: LocatorPack, keys: Iterable[LocatorKey]) -> None:
    """Raise PackError unless one of the keys signed the pack as it is."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    trusted = next((key for key in keys if key.id == pack.key_id), None)
    if trusted is None:
        raise PackError(f"the key {pack.key_id} is not trusted")
    public = base64.b64decode(trusted.public_key)
    if key_id(public) != trusted.id:
        raise PackError(f"the key {trusted.id} has the name of another")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            base64.b64decode(pack.signature), signed_bytes(pack.payload)
        )
    except InvalidSignature as error:
        raise PackError("the signature does not fit the locators") from error


def open_pack(pack: LocatorPack, bundled: Locators, keys: Iterable[LocatorKey]) -> Locators:
    """The locators of a pack that fits the adapter that knows the bundled ones, of any version.

    Raises PackError. Nothing of the pack is read before its signature holds.
    """
    check_signature(pack, keys)
    locators = read_locators(pack.payload)
    if problems := problems_of(locators, bundled):
        raise PackError("; ".join(problems))
    return locators


def read_locators(payload: str) -> Locators:
    """The locators that a payload holds. Raises PackError with all that is not as agreed."""
    try:
        return Locators.model_validate_json(payload)
    except ValidationError as error:
        rows = (f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors())
        raise PackError(f"it is not as agreed: {'; '.join(rows)}") from error
