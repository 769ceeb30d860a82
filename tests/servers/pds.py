"""A real Bluesky server with accounts: what tests of several kinds need of it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from servers.processes import folder_of, running

JWT_SECRET = "the secret with which the server signs sessions"
PASSWORD = "the main password of an account"
POSTS = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Member:
    """An account, with an app password."""

    url: str
    did: str
    handle: str
    app_password: str

    def posts(self) -> list[dict[str, Any]]:
        """Everything that is live, newest first: the judge of all that was published."""
        where = {"repo": self.did, "collection": POSTS, "limit": "100"}
        records: list[dict[str, Any]] = []
        while True:
            page = ask(self.url, "com.atproto.repo.listRecords", where)
            records += page["records"]
            if "cursor" not in page or not page["records"]:
                return records
            where["cursor"] = page["cursor"]

    def token(self, ends_at: datetime) -> str:
        """An access token of the server's own making that ends at an instant of our choice."""
        claims = {
            "scope": "com.atproto.appPass",
            "sub": self.did,
            "aud": "did:web:localhost",
            "iat": int(ends_at.timestamp()) - 7200,
            "exp": int(ends_at.timestamp()),
        }
        signed = b".".join(_part(each) for each in ({"typ": "at+jwt", "alg": "HS256"}, claims))
        signature = hmac.new(JWT_SECRET.encode(), signed, hashlib.sha256).digest()
        return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


class Server:
    """A server on loopback."""

    def __init__(self, url: str) -> None:
        self.url = url

    def join(self, name: str) -> Member:
        """A new account `<name>.test`."""
        handle = f"{name}.test"
        account = tell(
            self.url,
            "com.atproto.server.createAccount",
            {"handle": handle, "email": f"{name}@example.com", "password": PASSWORD},
        )
        made = tell(
            self.url,
            "com.atproto.server.createAppPassword",
            {"name": "postbroker"},
            account["accessJwt"],
        )
        return Member(self.url, account["did"], handle, made["password"])


@contextmanager
def running_server(folder: Path, *, rate_limits: bool = False) -> Iterator[Server]:
    """A fresh server until the block ends. Skips the test where it is not installed."""
    (program,) = folder_of("bluesky").glob("node_modules/node-*-*64/bin/node")
    options = {"folder": str(folder), "jwt_secret": JWT_SECRET, "rate_limits": rate_limits}
    with running("bluesky", options, program) as said:
        yield Server(said["url"])


def ask(url: str, name: str, where: dict[str, str]) -> dict[str, Any]:
    """What a query answers."""
    return _call(Request(f"{url}/xrpc/{name}?{urlencode(where)}"))


def tell(url: str, name: str, given: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    """What a procedure answers."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return _call(Request(f"{url}/xrpc/{name}", json.dumps(given).encode(), headers))


def _call(request: Request) -> dict[str, Any]:
    try:
        with urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.loads(response.read() or b"{}")
            return answer
    except HTTPError as error:
        raise AssertionError(f"{error.code}: {error.read().decode()}") from error


def _part(value: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
