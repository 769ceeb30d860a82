"""Control endpoints of a simulated site: switches, accounts, ledger; for this machine alone."""

import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, Generic

from aiohttp import web
from pydantic import ValidationError

from postbroker.sandbox.faults import FaultBoard, FaultError
from postbroker.sandbox.ledger import Draft
from postbroker.sandbox.site import Account, AnyAccount, Site, SiteError, first_fault

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Control(Generic[AnyAccount]):
    """Handlers under `/_control/<platform>`."""

    def __init__(self, site: Site[AnyAccount]) -> None:
        self.site = site

    def add_routes(self, app: web.Application) -> None:
        """Serve the control endpoints in `app`."""
        route, place = app.router.add_route, f"/_control/{self.site.id}"
        route("GET", f"{place}/faults/{{handle}}", guarded(self.read_faults))
        route("PUT", f"{place}/faults/{{handle}}", guarded(self.put_faults))
        route("DELETE", f"{place}/faults/{{handle}}", guarded(self.clear_faults))
        route("GET", f"{place}/accounts", guarded(self.read_accounts))
        route("POST", f"{place}/accounts", guarded(self.put_account))
        route("POST", f"{place}/sessions", guarded(self.log_in))
        route("POST", f"{place}/posts", guarded(self.create_post))
        route("GET", f"{place}/ledger", guarded(self.read_ledger))
        route("GET", f"{place}/requests", guarded(self.read_requests))
        route("POST", f"{place}/reset", guarded(self.reset))

    async def read_faults(self, request: web.Request) -> web.Response:
        """The switches that are on, and the names of all there are."""
        account = self._account(request.match_info["handle"])
        return self._faults_of(account)

    async def put_faults(self, request: web.Request) -> web.Response:
        """Replace an account's switches: `{name: value or {value, times}, ..., times?}`."""
        account = self._account(request.match_info["handle"])
        board = FaultBoard.from_json(self.site.switches, await wish(request))
        if isinstance(other := board.look("other_account"), str):
            self._account(other)
        self.site.put_faults(account.handle, board)
        return self._faults_of(account)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Take all switches of an account away."""
        account = self._account(request.match_info["handle"])
        self.site.put_faults(account.handle, FaultBoard(self.site.switches))
        return self._faults_of(account)

    async def read_accounts(self, _: web.Request) -> web.Response:
        """Everybody who can be logged in."""
        return web.json_response(
            {"accounts": [each.model_dump() for each in self.site.accounts.values()]}
        )

    async def put_account(self, request: web.Request) -> web.Response:
        """Make or change an account: its handle, and any other property of `Account`."""
        return web.json_response(self.site.put_account(await wish(request)).model_dump())

    async def log_in(self, request: web.Request) -> web.Response:
        """Begin a session: `{handle}`. The answer holds the cookies to give a browser."""
        account = self._account(str((await wish(request)).get("handle")))
        return web.json_response(self.site.cookies(self.site.log_in(account)))

    async def create_post(self, request: web.Request) -> web.Response:
        """Publish as from another device: `{handle, text}`, and more of `Draft`."""
        wanted = await wish(request)
        account = self._account(str(wanted.pop("handle", None)))
        try:
            draft = Draft.model_validate(wanted)
        except ValidationError as error:
            raise SiteError(first_fault(error)) from error
        if not draft.text.strip():
            raise SiteError("text is missing")
        entry = await self.site.create_post(account, draft)
        return web.json_response(entry.as_json())

    async def read_ledger(self, request: web.Request) -> web.Response:
        """The ledger; `account` and `text` narrow it."""
        account, text = request.query.get("account"), request.query.get("text")
        entries = [
            entry.as_json()
            for entry in self.site.ledger.entries()
            if (account is None or entry.account.casefold() == account.casefold())
            and (text is None or entry.text == text)
        ]
        return web.json_response({"entries": entries})

    async def read_requests(self, _: web.Request) -> web.Response:
        """Every request to publish with how it went, oldest first."""
        return web.json_response({"requests": list(self.site.requests)})

    async def reset(self, _: web.Request) -> web.Response:
        """Begin anew: no posts, sessions, switches or requests, and only the default accounts."""
        self.site.reset()
        return web.json_response({})

    def _account(self, handle: str) -> AnyAccount:
        account = self.site.account(handle)
        if account is None:
            raise SiteError(f"there is no account {handle}")
        return account

    def _faults_of(self, account: Account) -> web.Response:
        faults = self.site.faults(account.handle).as_json()
        return web.json_response(
            {"account": account.handle, "faults": faults, "known": list(self.site.switches)}
        )


def guarded(handler: Handler) -> Handler:
    """Only programs on this machine come through, and no web page by way of its browser."""

    async def guard(request: web.Request) -> web.Response:
        if reason := _objection(request):
            return web.json_response({"error": reason}, status=403)
        try:
            return await handler(request)
        except (FaultError, SiteError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return guard


def _objection(request: web.Request) -> str | None:
    if request.remote is None or not ip_address(request.remote).is_loopback:
        return "the control endpoints answer to this machine alone"
    if any(name in request.headers for name in FORWARDING_HEADERS):
        return "the control endpoints do not answer through a proxy"
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if name not in LOOPBACK_NAMES:
        return "the control endpoints answer under a loopback name alone"
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        return "the control endpoints do not answer to foreign pages"
    return None


async def wish(request: web.Request) -> dict[str, Any]:
    """What the control program asks for."""
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SiteError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise SiteError("the body is not a JSON object")
    return body
