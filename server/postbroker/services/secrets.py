"""Random tokens, their keyed hashes, and signed values."""

import hashlib
import hmac
import secrets
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

TOKEN_BYTES = 32


class Vault:
    """Everything that needs the installation's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key.encode()

    def hash(self, secret: str, purpose: str) -> str:
        """The keyed hash under which a secret is stored; different for each purpose."""
        return hmac.new(self._key, f"{purpose}\0{secret}".encode(), hashlib.sha256).hexdigest()

    def sign(self, value: Any, purpose: str) -> str:
        """A value others may carry but not change."""
        return URLSafeSerializer(self._key, salt=purpose).dumps(value)

    def read(self, signed: str, purpose: str) -> Any:
        """The value that was signed; None when it was not signed here for this purpose."""
        try:
            return URLSafeSerializer(self._key, salt=purpose).loads(signed)
        except BadSignature:
            return None

    def sign_for_a_while(self, value: Any, purpose: str) -> str:
        """A value with the time of its signing."""
        return URLSafeTimedSerializer(self._key, salt=purpose).dumps(value)

    def read_recent(self, signed: str, purpose: str, max_age_seconds: int) -> Any:
        """The value, unless it was not signed here or is older than that; None then."""
        try:
            return URLSafeTimedSerializer(self._key, salt=purpose).loads(
                signed, max_age=max_age_seconds
            )
        except BadSignature:
            return None


def new_token() -> str:
    """256 random bits, safe in URLs and headers."""
    return secrets.token_urlsafe(TOKEN_BYTES)
