"""API keys: how they look, how a typing error is told from a wrong key, what they may do.

A key is `claw_` and 48 characters of base 62: 42 random ones (250 bits) and a CRC-32 of them as the
last six, as GitHub's tokens carry it (github.blog, 2021-04-05), so that a scanner can tell a key
from noise.
"""

import binascii
import secrets
import string
from typing import get_args

from postbroker.contract.words import Scope as Scope

SCOPES: tuple[Scope, ...] = get_args(Scope)
ALL_SCOPES: frozenset[Scope] = frozenset(SCOPES)
USUAL_SCOPES: frozenset[Scope] = ALL_SCOPES - {"posts.approve"}
"""What a key may do unless it is said: an agent must not say yes to its own posts."""

KEY_PREFIX = "claw_"
SECRET_LENGTH = 42
CHECKSUM_LENGTH = 6
SHOWN_LENGTH = 12
"""How much of a key is kept readable, to tell keys apart in a list."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_key() -> str:
    """A fresh key of 250 random bits with its checksum."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_LENGTH))
    return KEY_PREFIX + secret + _checksum(secret)


def is_well_formed(key: str) -> bool:
    """True when prefix, length, alphabet and checksum fit; the key need not exist."""
    body = key.removeprefix(KEY_PREFIX)
    if len(body) == len(key) or len(body) != SECRET_LENGTH + CHECKSUM_LENGTH:
        return False
    return all(c in _ALPHABET for c in body) and body[SECRET_LENGTH:] == _checksum(
        body[:SECRET_LENGTH]
    )


def shown_part(key: str) -> str:
    """The beginning of a key, for lists."""
    return key[:SHOWN_LENGTH]


def _checksum(secret: str) -> str:
    number, digits = binascii.crc32(secret.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits
