"""What all stand-ins of platforms share: real HTTP on loopback, a ledger, and faults on demand.

A stand-in is written from the platform's documentation, never from our adapter. It refuses what the
platform refuses, in the platform's words, and `object_to` notes whatever the documented contract
forbids although the platform might let it pass: the suite fails on every note.
"""

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Literal, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.contract import Contract

Step = Literal[
    "connect", "refresh", "capabilities", "prepare", "commit", "poll", "look", "act", "delete",
    "metrics",
]  # fmt: skip
"""What a request is for. Exactly the requests that put a post before everybody are `commit`."""

Fault = Literal[
    "dropped",
    "taken_dropped",
    "failing",
    "taken_failing",
    "redirecting",
    "rate_limited",
    "out_of_quota",
    "expired",
    "revoked",
    "not_permitted",
    "rejected",
]
"""What goes wrong. `dropped`: the connection ends without an answer; `failing`: 5xx; each before
or, `taken_`, after the platform did what was asked. The rest are the platform's own answers."""

Handler = Callable[[Asked], Awaitable[web.Response]]

MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class LiveMedia:
    """A file of a live post."""

    sha256: str
    content_type: str
    alt: str | None = None

    @classmethod
    def of(cls, body: bytes, content_type: str, alt: str | None = None) -> "LiveMedia":
        return cls(hashlib.sha256(body).hexdigest(), content_type, alt)


@dataclass(slots=True)
class LivePost:
    """One post that everybody could see. The ledger keeps it when it is removed."""

    id: str
    text: str
    """As a reader sees it."""
    media: Sequence[LiveMedia] = ()
    parent: str | None = None
    """The id of the post that it answers."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else a test of the platform wants to look at."""
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One documented endpoint."""

    method: str
    path: str
    """As in aiohttp: `/users/{id}`."""
    handler: Handler
    step: Step | Callable[[Asked], Step]


class StandIn:
    """A platform on loopback; `async with` opens it."""

    credentials: ClassVar[Mapping[str, str]] = {"access_token": "secret-access-token"}
    """What a connected account holds. No value may appear in a state, an outcome or an error."""
    typed: ClassVar[Mapping[str, str] | None] = None
    """What a person types to connect; None where only OAuth connects."""
    app: ClassVar[Mapping[str, str]] = {"client_id": "our-app", "client_secret": "secret-of-app"}
    handle: ClassVar[str] = "ada"
    options: ClassVar[Mapping[str, Any]] = {}
    """What every post needs beside text and files, such as a board."""
    contract: ClassVar[str | None] = None
    """The platform whose vendor describes every request that may come, contracts/<id>.json."""
    outside: ClassVar[tuple[str, ...]] = ()
    """Beginnings of paths that the vendor's description leaves out, such as a store's own."""
    base_path: ClassVar[str] = ""
    """What an adapter's base address has after the host."""
    rate_seconds: ClassVar[float] = 120
    """How long `rate_limited` says to wait."""
    quota_seconds: ClassVar[float] = 12 * 3600
    """How long `out_of_quota` says to wait, or until when the platform's day lasts."""

    def __init__(self, clock: StillClock) -> None:
        self.clock = clock
        self.ledger: list[LivePost] = []
        """Every post that ever was live, in order."""
        self.asked: list[tuple[Step, Asked]] = []
        """Every request that came, in order."""
        self.notes: list[str] = []
        """Where the documented contract was broken."""
        self.pending_looks = 0
        """How often a new post is told to be still in the making, where the platform does so."""
        self.files: dict[str, bytes] = {}
        """What lies at the addresses that `api.public_url` hands out, for platforms that fetch."""
        self._faults: dict[Step, list[Fault]] = {}
        self._server: TestServer | None = None

    def routes(self) -> Sequence[Route]:
        """The platform's documented endpoints."""
        raise NotImplementedError

    def identity(self) -> Identity:
        """Who the connected account is."""
        return Identity(remote_id="1", handle=self.handle, base_url=self.url)

    # -- the platform's own words; None where it has no such answer

    def rate_limited(self, asked: Asked) -> web.Response | None:
        """Too often: come back in `rate_seconds`."""
        return None

    def out_of_quota(self, asked: Asked) -> web.Response | None:
        """Nothing more today: come back in `quota_seconds`."""
        return None

    def expired(self, asked: Asked) -> web.Response | None:
        """The access token is too old."""
        return None

    def revoked(self, asked: Asked) -> web.Response | None:
        """The access token is worth nothing any more."""
        return None

    def not_permitted(self, asked: Asked) -> web.Response | None:
        """A scope, a review or credits are missing."""
        return None

    def rejected(self, asked: Asked) -> web.Response | None:
        """This content is not taken."""
        return None

    def failing(self, asked: Asked) -> web.Response:
        """A passing trouble of the platform."""
        return web.Response(status=503, text="upstream connect error")

    # -- what tests do

    def break_at(self, step: Step, fault: Fault, times: int = 1) -> None:
        """Let the next requests of a step go wrong."""
        self._faults.setdefault(step, []).extend([fault] * times)

    @property
    def faults_left(self) -> int:
        """How many of the asked faults have not come yet."""
        return sum(len(each) for each in self._faults.values())

    def count(self, step: Step) -> int:
        """How many requests of a step came."""
        return Counter(step for step, _ in self.asked)[step]

    @property
    def live(self) -> list[LivePost]:
        """What everybody sees now, oldest first."""
        return [post for post in self.ledger if not post.is_removed]

    @property
    def url(self) -> str:
        """Where the API is."""
        assert self._server is not None, "the stand-in is not open"
        return f"http://127.0.0.1:{self._server.port}{self.base_path}"

    # -- what stand-ins do

    def publish(self, post: LivePost) -> LivePost:
        """Put a post before everybody."""
        self.ledger.append(post)
        return post

    def object_to(self, what: str) -> None:
        """Note that the contract was broken."""
        self.notes.append(what)

    def in_seconds(self, seconds: float) -> datetime:
        """An instant to come."""
        return self.clock.now() + timedelta(seconds=seconds)

    def public_address(self, media_id: str) -> str:
        """Where the platform finds a file that it fetches itself."""
        return f"https://files.example/{media_id}?signature=secret-of-files"

    # -- the server

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_BYTES)
        for route in self.routes():
            app.router.add_route(route.method, f"{self.base_path}{route.path}", self._serve(route))
        app.router.add_route("*", "/{path:.*}", self._nowhere)
        self._server = TestServer(app)
        await self._server.start_server()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Be gone: nothing listens any more."""
        if self._server is not None:
            await self._server.close()

    def _serve(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            asked = await Asked.read(request)
            self._hold_to_contract(asked)
            step = route.step if isinstance(route.step, str) else route.step(asked)
            self.asked.append((step, asked))
            waiting = self._faults.get(step, [])
            if not waiting:
                return await route.handler(asked)
            fault = waiting.pop(0)
            if fault.startswith("taken_"):
                await route.handler(asked)
            return self._answer(fault, asked) or _hang_up(request)

        return serve

    def _hold_to_contract(self, asked: Asked) -> None:
        path = asked.path.removeprefix(self.base_path)
        if self.contract is None or path.startswith(self.outside):
            return
        for problem in Contract.of(self.contract).problems(asked, path):
            self.object_to(problem)

    def _answer(self, fault: Fault, asked: Asked) -> web.Response | None:
        """None for a connection that ends without an answer."""
        if fault in ("dropped", "taken_dropped"):
            return None
        if fault in ("failing", "taken_failing"):
            return self.failing(asked)
        if fault == "redirecting":
            return web.Response(status=302, headers={"Location": "/elsewhere"})
        answer: web.Response | None = getattr(self, fault)(asked)
        assert answer is not None, f"{type(self).__name__} has no words for {fault}"
        return answer

    async def _nowhere(self, request: web.Request) -> web.Response:
        self.object_to(f"{request.method} {request.path} is no endpoint")
        return web.Response(status=404, text="no such endpoint")


def _hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=500)
