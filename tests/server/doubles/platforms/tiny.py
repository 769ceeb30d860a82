"""A platform that has each part of the interface once, and its adapter, of any retry class.

It takes a file before the post, one request that publishes, and tells what became of a key.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from postbroker.catalogue import load_weights
from postbroker.domain.content import text_length
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Entry,
    Identity,
    Info,
    RetryClass,
    Save,
    Typed,
)
from postbroker.platforms.base import Adapter
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    AuthRevoked,
    CannotTell,
    Finding,
    NotPermitted,
    Outcome,
    Pending,
    Published,
    QuotaExhausted,
    RateLimited,
    Rejected,
    State,
    Transient,
    Trouble,
    TroubleError,
    Unknown,
)
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LivePost, Route, StandIn


class Tiny(StandIn):
    """The platform."""

    def __init__(
        self, clock: StillClock, *, keeps_keys: bool = False, is_slow: bool = False
    ) -> None:
        super().__init__(clock)
        self.keeps_keys = keeps_keys
        """True where the same key gives the same post."""
        self.is_slow = is_slow
        """True where a post is pending at first."""
        self.hides = False
        """True while nobody can look for posts."""

    def routes(self) -> Sequence[Route]:
        return [
            Route("POST", "/files", self._take_file, "prepare"),
            Route("POST", "/posts", self._publish, "commit"),
            Route("GET", "/posts/{key}", self._look, "look"),
            Route("GET", "/status/{key}", self._status, "poll"),
            Route("DELETE", "/posts/{id}", self._delete, "delete"),
            Route("GET", "/likes/{id}", self._likes, "metrics"),
        ]

    def find(self, key: str) -> LivePost | None:
        """The live post of a key."""
        return next((post for post in self.live if post.details["key"] == key), None)

    async def _take_file(self, asked: Asked) -> web.Response:
        return web.json_response({"size": len(asked.body)})

    async def _publish(self, asked: Asked) -> web.Response:
        wanted = asked.fields
        post = self.find(wanted["key"]) if self.keeps_keys else None
        if post is None:
            number = len(self.ledger) + 1
            post = LivePost(
                str(number), wanted["text"], parent=wanted.get("parent"), details=wanted
            )
            self.publish(post)
        if self.is_slow:
            return web.json_response({"pending": True}, status=202)
        return web.json_response({"id": post.id})

    async def _look(self, asked: Asked) -> web.Response:
        if self.hides:
            return web.Response(status=404)
        post = self.find(asked.matched["key"])
        return web.json_response({"id": post.id if post else None})

    async def _status(self, asked: Asked) -> web.Response:
        post = self.find(asked.matched["key"])
        if self.is_slow or post is None:
            return web.json_response({"pending": True}, status=202)
        return web.json_response({"id": post.id})

    async def _delete(self, asked: Asked) -> web.Response:
        for post in self.ledger:
            if post.id == asked.matched["id"]:
                post.is_removed = True
        return web.Response(status=204)

    async def _likes(self, asked: Asked) -> web.Response:
        return web.json_response({"likes": 10 * int(asked.matched["id"])})

    def rate_limited(self, asked: Asked) -> web.Response:
        return web.json_response({"seconds": self.rate_seconds}, status=429)

    def out_of_quota(self, asked: Asked) -> web.Response:
        return web.json_response({"seconds": self.quota_seconds}, status=402)

    def expired(self, asked: Asked) -> web.Response:
        return web.json_response({"reason": "expired"}, status=401)

    def revoked(self, asked: Asked) -> web.Response:
        return web.json_response({"reason": "revoked"}, status=401)

    def not_permitted(self, asked: Asked) -> web.Response:
        return web.json_response({}, status=403)

    def rejected(self, asked: Asked) -> web.Response:
        return web.json_response({"words": "not here"}, status=422)


class TinyAdapter(Adapter):
    """Speaks to Tiny, under the name of a platform of the catalogue."""

    def __init__(
        self, platform_id: str, retry_class: RetryClass, *, cost_per_post: str | None = None
    ) -> None:
        self.info = Info(
            platform_id,
            retry_class,
            (Typed((Entry("token", "Token", "From the platform's settings", is_secret=True),)),),
            "http://127.0.0.1",
            asks_for_server=True,
            deletes=True,
            metrics=("likes",),
            cost_per_post=cost_per_post,
        )
        self.text_max: int | None = None
        """How much text the API takes; as much as is usual when absent."""
        self.prepares_for: float = 0
        """How many seconds it takes before the one request."""
        self.refreshed = 0
        """How often fresh credentials were asked for."""

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        return Identity("1", "ada"), dict(api.credentials)

    async def refresh(self, api: Api) -> dict[str, str]:
        self.refreshed += 1
        return {**api.credentials, "access_token": f"secret-{self.refreshed}"}

    async def capabilities(self, api: Api) -> Capabilities:
        usual = self.usual()
        if self.text_max is None:
            return usual
        return replace(usual, text=usual.text.model_copy(update={"max": self.text_max}))

    def text_length(self, draft: Draft, capabilities: Capabilities) -> int:
        weights = load_weights().get(self.info.id)
        return text_length(draft.text, capabilities.text.unit, weights)

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        await api.wait(self.prepares_for)
        for file in draft.media:
            if file.media.id not in state:
                answer = await api.send("POST", "/files", body=await _content(api, file))
                _refuse(api, answer)
                state[file.media.id] = answer.fields["size"]
                await save(state)
        return state

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:
        parent = draft.previous[-1].remote_id if draft.previous else None
        wanted = {"key": key, "text": draft.text, "parent": parent, "files": len(draft.media)}
        answer = await api.send_once("POST", "/posts", json=wanted)
        return _outcome(api, answer, {**state, "key": key})

    async def poll(self, api: Api, state: State) -> Outcome:
        answer = await api.send("GET", f"/status/{state['key']}")
        return _outcome(api, answer, state)

    async def reconcile(
        self, api: Api, draft: Draft, state: State, key: str, since: datetime
    ) -> Finding:
        answer = await api.send("GET", f"/posts/{key}")
        if answer.status == 404:
            return CannotTell("nobody can look there now")
        _refuse(api, answer)
        return _live(answer.fields["id"]) if answer.fields["id"] else Absent()

    async def delete(self, api: Api, post: Published) -> None:
        _refuse(api, await api.send("DELETE", f"/posts/{post.remote_id}"))

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        answers = [await api.send("GET", f"/likes/{post.remote_id}") for post in posts]
        return [{"likes": answer.fields["likes"]} for answer in answers]


async def _content(api: Api, file: Attached) -> bytes:
    return b"".join([chunk async for chunk in api.read(file)])


def _outcome(api: Api, answer: Answer, state: State) -> Outcome:
    if answer.status == 202:
        return Pending(state, 5)
    if answer.is_ok:
        return _live(answer.fields["id"])
    return _trouble(api, answer) or Unknown(f"the platform answered {answer.status}")


def _live(remote_id: str) -> Published:
    return Published(remote_id, f"https://tiny.example/ada/{remote_id}", {"likes": 0})


def _refuse(api: Api, answer: Answer) -> None:
    if not answer.is_ok:
        raise TroubleError(_trouble(api, answer) or Transient(f"answered {answer.status}"))


def _trouble(api: Api, answer: Answer) -> Trouble | None:
    said: dict[str, Any] = json.loads(answer.body) if answer.status < 500 and answer.body else {}
    later = api.now() + timedelta(seconds=said.get("seconds", 0))
    match answer.status:
        case 401 if said.get("reason") == "expired":
            return AuthExpired()
        case 401:
            return AuthRevoked("the person has thrown the app out")
        case 402:
            return QuotaExhausted(later, "app")
        case 403:
            return NotPermitted("the app lacks the review for posts")
        case 422:
            return Rejected("content_rejected", said["words"])
        case 429:
            return RateLimited(later)
        case _:
            return None
