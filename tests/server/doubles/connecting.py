"""A program that connects by OAuth as its standards say, and the person who is asked.

It registers itself, receives its answer on a loopback port of its own, and checks what it gets.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from server.dashboard.visitor import Page, Visitor

SECONDS = 5


@dataclass(frozen=True)
class Said:
    """An answer of the broker to a program."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def error(self) -> str:
        """The code of a refusal."""
        return str(self.body["error"])


def challenge_of(verifier: str) -> str:
    """S256 of a verifier."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Program:
    """One installation of an app."""

    base: str
    name: str = "A good app"
    client_id: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    answers: list[dict[str, str]] = field(default_factory=list)
    """What came to its callback."""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/callback", self._called)
        self._server = TestServer(app)
        await self._server.start_server()
        self._session = ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()
        await self._server.close()

    @property
    def callback(self) -> str:
        """Where it is answered."""
        return str(self._server.make_url("/callback"))

    @property
    def answer(self) -> dict[str, str]:
        """The last answer that came."""
        return self.answers[-1]

    async def register(self, **changes: Any) -> Said:
        """Register as a client, and remember the id."""
        body = {"client_name": self.name, "redirect_uris": [self.callback]} | changes
        said = await self.send("/oauth/register", json=body)
        if said.status == 201:
            self.client_id = said.body["client_id"]
        return said

    def address(self, **changes: str | None) -> str:
        """The page that asks its person."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "state": self.state,
        } | changes
        given = {name: value for name, value in query.items() if value is not None}
        return f"/oauth/authorize?{urlencode(given)}"

    async def ask(
        self, person: Visitor, answer: str = "yes", entered: Any = None, **changes: str | None
    ) -> Page:
        """Open the page, and have the person answer; where that leads."""
        page = await person.open(self.address(**changes))
        return await person.submit(page.form("/oauth/authorize"), answer=answer, **(entered or {}))

    async def redeem(self, **changes: str | None) -> Said:
        """Trade the code for tokens."""
        fields = {
            "grant_type": "authorization_code",
            "code": self.answers[-1].get("code") if self.answers else None,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
        }
        return await self.token(**fields | changes)

    async def refresh(self, refresh_token: str, **changes: str | None) -> Said:
        """Trade a refresh token for new tokens."""
        return await self.token(
            **{"grant_type": "refresh_token", "refresh_token": refresh_token} | changes
        )

    async def token(self, **fields: str | None) -> Said:
        """Ask the token endpoint."""
        return await self.form("/oauth/token", **fields)

    async def form(self, path: str, **fields: str | None) -> Said:
        """Send a form, with the client's id unless it is said."""
        given = {"client_id": self.client_id or None} | fields
        data = {name: value for name, value in given.items() if value is not None}
        return await self.send(path, data=data)

    async def connect(
        self, person: Visitor, entered: Any = None, **changes: str | None
    ) -> dict[str, Any]:
        """All of it: the tokens of a fresh grant."""
        if not self.client_id:
            await self.register()
        await self.ask(person, "yes", entered, **changes)
        said = await self.redeem(resource=changes.get("resource"))
        assert said.status == 200, said.body
        tokens: dict[str, Any] = said.body
        return tokens

    async def read(self, path: str, token: str = "") -> Said:
        """Read something with a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.send(path, method="GET", headers=headers)

    async def send(self, path: str, method: str = "POST", **request: Any) -> Said:
        """One request to the broker."""
        async with self._session.request(method, f"{self.base}{path}", **request) as response:
            is_json = response.content_type.endswith("json")
            body = await response.json(content_type=None) if is_json else await response.text()
            return Said(response.status, response.headers, body)

    async def _called(self, request: web.Request) -> web.Response:
        self.answers.append(dict(request.query))
        return web.Response(text="<p>You may close this.</p>", content_type="text/html")
