"""Where the broker is, and what to show it so that it lets one in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from postbroker.client.credentials import Credential, Key
from postbroker.client.errors import PostbrokerError
from postbroker.client.logins import LoginStore, StoredLogin
from postbroker.local import read_local_access
from postbroker.settings import ClientSettings

DEFAULT_URL = "http://127.0.0.1:8787"

Means = Literal["key", "login", "local key"]


@dataclass(frozen=True, slots=True)
class Target:
    """A broker, and how to be let in there."""

    url: str
    credential: Credential
    means: Means | None
    """None when there is nothing to show."""
    data_dir: Path
    is_own: bool
    """True when it is the broker of the data folder."""


def find_broker(
    url: str | None = None, key: str | None = None, data_dir: Path | None = None
) -> Target:
    """What was said comes first, then the environment, then the last login, then what a broker on
    this machine left.

    A key that was left here goes to the broker that left it, and a login to the broker it is for,
    and to no other. Raises PostbrokerError for an address that is none.
    """
    said: dict[str, Any] = {"url": url, "api_key": key, "data_dir": data_dir}
    try:
        settings = ClientSettings(**{name: value for name, value in said.items() if value})
    except ValidationError as error:
        raise PostbrokerError(
            code="INVALID_SETTING",
            message=f"that is no address of a broker: {error.errors()[0]['msg']}",
            actor="agent",
            suggested_action=f"Give one such as {DEFAULT_URL}.",
        ) from error
    folder = settings.data_dir
    logins, left = LoginStore(folder), read_local_access(folder)
    known = logins.read()
    at = _address(str(settings.url or known.current or (left.url if left else DEFAULT_URL)))
    is_own = left is not None and left.url == at
    if settings.api_key:
        return Target(at, Key(settings.api_key), "key", folder, is_own)
    if at in known.brokers:
        return Target(at, StoredLogin(logins, at), "login", folder, is_own)
    if left is not None and is_own:
        return Target(at, Key(left.api_key), "local key", folder, is_own)
    return Target(at, Key(None), None, folder, is_own)


def _address(url: str) -> str:
    return url.rstrip("/")
