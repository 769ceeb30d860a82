"""A platform with OAuth 2.0 on loopback, whose refresh tokens are good once, and its adapter."""

import asyncio
import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from ipaddress import ip_network
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from postbroker.app import Services
from postbroker.contract.connections import StartConnection
from postbroker.domain.caller import Caller
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Identity,
    Info,
    OAuth,
    Target,
)
from postbroker.platforms.base import Adapter
from postbroker.platforms.outcome import AuthExpired, AuthRevoked, Transient, TroubleError
from postbroker.settings import AtPlatform, Settings
from postbroker.store.connections import ConnectionRecord

CLIENT_ID = "the-app"
CLIENT_SECRET = "a planted secret of the app"
SETTINGS_SCHEMA = {"type": "object", "properties": {"board": {"type": "string"}}}


class OAuthPlatform:
    """Gives pairs of tokens, and tells whose they are."""

    def __init__(self) -> None:
        self.handle = "Ada"
        self.lives_seconds = 7200
        self.gives_refresh_tokens = True
        self.codes = dict[str, str]()
        """Codes that are good, and the challenge each was asked for with."""
        self.access = set[str]()
        self.refresh = set[str]()
        self.spent = set[str]()
        self.refusals: list[tuple[int, Any]] = []
        """What the next requests for tokens are answered with, in place of tokens."""
        self.asked = list[dict[str, str]]()
        """Every request for tokens."""
        self.revoked = list[str]()
        self.is_locked = False
        """True when nobody is let in, whatever the token."""
        self.is_ill = False
        """True when it answers nothing but troubles."""
        self.may_revoke, self.revoking = asyncio.Event(), asyncio.Event()
        self.may_revoke.set()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.under_way = asyncio.Event()
        self.registers = True
        """False for a server on which no app can be made."""
        self._numbers = count(1)
        app = web.Application()
        app.router.add_post("/token", self._token)
        app.router.add_post("/revoke", self._revoke)
        app.router.add_post("/api/v1/apps", self._register)
        app.router.add_route("*", "/echo", self._echo)
        app.router.add_get("/me", self._me)
        app.router.add_get("/boards", self._boards)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return str(self.server.make_url("")).rstrip("/")

    def reached_by(self, settings: Settings) -> Settings:
        """The settings of a broker that has an app here, as X, and may call it."""
        at = AtPlatform.model_validate(
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "url": self.url}
        )
        inside = (ip_network("127.0.0.0/8"),)
        return settings.model_copy(update={"platforms": {"x": at}, "fetch_from": inside})

    def consent(self, authorize_url: str) -> dict[str, str]:
        """A person says yes; what comes back."""
        asked = dict(URL(authorize_url).query)
        code = f"code-{next(self._numbers)}"
        self.codes[code] = asked["code_challenge"]
        return {"code": code, "state": asked["state"]}

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append({**form, "authorization": request.headers.get("Authorization", "")})
        self.under_way.set()
        await self.may_go_on.wait()
        if self.refusals:
            status, body = self.refusals.pop(0)
            return web.json_response(body, status=status)
        if form["grant_type"] == "authorization_code":
            hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = urlsafe_b64encode(hashed).rstrip(b"=").decode()
            if self.codes.pop(form["code"], None) != challenge:
                return _refusal()
            return self._pair()
        if (token := form["refresh_token"]) in self.spent:
            self.refresh.clear()
            self.access.clear()
        if token not in self.refresh:
            return _refusal()
        self.refresh.discard(token)
        self.spent.add(token)
        return self._pair()

    def _pair(self) -> web.Response:
        number = next(self._numbers)
        access, refresh = f"planted-access-{number}", f"planted-refresh-{number}"
        self.access.add(access)
        self.refresh.add(refresh)
        pair = {"access_token": access, "token_type": "Bearer"}
        if self.gives_refresh_tokens:
            pair["refresh_token"] = refresh
        return web.json_response({**pair, "expires_in": self.lives_seconds})

    async def _revoke(self, request: web.Request) -> web.Response:
        self.revoked.append(str((await request.post())["token"]))
        self.revoking.set()
        await self.may_revoke.wait()
        return web.Response()

    async def _register(self, request: web.Request) -> web.Response:
        if not self.registers:
            return web.Response(status=404)
        pair = {"client_id": "own-app", "client_secret": "a planted secret of our own app"}
        return web.json_response(pair)

    async def _echo(self, request: web.Request) -> web.Response:
        """What was sent, and as what."""
        sent = {"type": request.content_type, "text": await request.text()}
        return web.json_response(sent)

    async def _me(self, request: web.Request) -> web.Response:
        if self.is_locked:
            return web.Response(status=403)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.access:
            return web.Response(status=401)
        return web.json_response({"id": "1", "handle": self.handle, "name": "Ada Lovelace"})

    async def _boards(self, request: web.Request) -> web.Response:
        if self.is_ill:
            return web.Response(status=502)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.access:
            return web.Response(status=401)
        return web.json_response({"items": [{"id": "7", "name": "Engines"}]})


class OAuthMember(Adapter):
    """Its adapter, under the id of a platform that the catalogue has."""

    info = Info(
        id="x",
        retry_class="C",
        auth=(
            OAuth(
                "{base}/authorize",
                "{base}/token",
                ("read", "write"),
                client_auth="basic",
                revoke_url="{base}/revoke",
            ),
        ),
        base_url="https://nowhere.example",
        actions={"boards": "the boards that posts can go to"},
        cost_per_post="0.015 USD",
    )

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        me = await _read(api, "/me")
        return Identity(me["id"], me["handle"], me["name"]), dict(api.credentials)

    async def capabilities(self, api: Api) -> Capabilities:
        """The usual, with one option."""
        await _read(api, "/me")
        usual = self.usual()
        return Capabilities(usual.text, usual.media, usual.thread_max, SETTINGS_SCHEMA)

    async def act(self, api: Api, action: str, given: Mapping[str, Any]) -> list[Target]:
        """The boards."""
        found = await _read(api, f"/{action}")
        return [Target(each["id"], each["name"]) for each in found["items"]]


async def _read(api: Api, path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {api.credentials['access_token']}"}
    answer = await api.send("GET", path, headers=headers)
    match answer.status:
        case 200:
            return answer.fields
        case 401:
            raise TroubleError(AuthExpired())
        case 403:
            raise TroubleError(AuthRevoked("the account is locked"))
        case status:
            raise TroubleError(Transient(f"it answered {status}"))


def _refusal() -> web.Response:
    return web.json_response({"error": "invalid_grant"}, status=400)


async def connect(services: Services, caller: Caller, platform: OAuthPlatform) -> ConnectionRecord:
    """An account that the caller's person has consented to."""
    started = await services.connecting.start(caller, StartConnection(platform="x"))
    assert started.authorize_url is not None
    return await services.connecting.finish("x", platform.consent(started.authorize_url), None)
