"""Random tokens, their keyed hashes, and signed values."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

TOKEN_BYTES = 32


class Vault:
    """Everything that needs the installation's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key.encode()
        self._mac = hmac.new(self._key, digestmod=hashlib.sha256)

    def hash(self, secret: str, purpose: str) -> str:
        """The keyed hash under which a secret is stored; different for each purpose."""
        value = f"{purpose}\0{secret}".encode(errors="surrogateescape")  # as a header may hold it
        mac = self._mac.copy()  # in place of hmac.digest, which lets other threads run meanwhile
        mac.update(value)
        return mac.hexdigest()

    def sign(self, value: Any, purpose: str) -> str:
        """A value others may carry but not change."""
        return URLSafeSerializer(self._key, salt=purpose).dumps(value)

    def read(self, signed: str, purpose: str) -> Any:
        """The value that was signed; None when it was not signed here for this purpose."""
        try:
            return URLSafeSerializer(self._key, salt=purpose).loads(signed)
        except BadSignature:
            return None

    def sign_until(self, value: str, purpose: str, until: datetime) -> str:
        """A value that can be read here until an instant."""
        return self.sign([value, until.timestamp()], purpose)

    def read_until(self, signed: str, purpose: str, now: datetime) -> str | None:
        """The value that was signed for this purpose, unless its time is over; None then."""
        match self.read(signed, purpose):
            case [str(value), float(until)] if now.timestamp() < until:
                return value
            case _:
                return None


def new_token() -> str:
    """256 random bits, safe in URLs and headers."""
    return secrets.token_urlsafe(TOKEN_BYTES)
