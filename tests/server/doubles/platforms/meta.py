"""The Graph API by its documents: errors by numbers, and containers that are made and published.

developers.facebook.com, Graph API v25 on errors and rate limits; content publishing of Instagram
(2026-03) and of Threads (2026-04-14).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn, Step

USER = "17841400000000001"


class MetaStandIn(StandIn):
    """What every API of Meta says when it says no."""

    quota_seconds: ClassVar[float] = 3600

    def rate_limited(self, asked: Asked) -> web.Response:
        minutes = self.rate_seconds / 60
        usage = {
            "call_count": 100,
            "total_cputime": 20,
            "total_time": 20,
            "type": "publishing",
            "estimated_time_to_regain_access": minutes,
        }
        headers = {"X-Business-Use-Case-Usage": json.dumps({USER: [usage]})}
        return no(80002, "There have been too many calls to this account.", headers=headers)

    def out_of_quota(self, asked: Asked) -> web.Response:
        return no(9, "The user reached the maximum number of posts.", 2207042)

    def expired(self, asked: Asked) -> web.Response:
        return no(190, "Error validating access token: Session has expired", 463)

    def revoked(self, asked: Asked) -> web.Response:
        return no(190, "The user has not authorized the application", 458)

    def not_permitted(self, asked: Asked) -> web.Response:
        return no(10, "Application does not have permission for this action")

    def rejected(self, asked: Asked) -> web.Response:
        return no(100, "The aspect ratio is not supported.", 2207009)

    def failing(self, asked: Asked) -> web.Response:
        return no(2, "An unexpected error has occurred. Please retry later.", status=500)


class ContainersStandIn(MetaStandIn):
    """Threads and Instagram."""

    edge: ClassVar[str]
    text_field: ClassVar[str]
    status_field: ClassVar[str]
    limit_edge: ClassVar[str]
    fields: ClassVar[frozenset[str]]
    """What a container may be made of."""
    reasons: ClassVar[frozenset[str]]
    """Where a container says why it failed."""
    account: Mapping[str, Any]

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.containers: dict[str, dict[str, Any]] = {}
        self.failure: dict[str, str] | None = None
        """What the next container says that fails."""
        self.posts_used, self.posts_total = 0, 250

    def identity(self) -> Identity:
        return Identity(remote_id=USER, handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/me", self._me, "connect"),
            Route("GET", f"/{USER}/{self.limit_edge}", self._limit, self._limit_step),
            Route("POST", f"/{USER}/{self.edge}", self._make, "prepare"),
            Route("GET", f"/{USER}/{self.edge}", self._list, "look"),
            Route("POST", f"/{USER}/{self.edge}_publish", self._publish, "commit"),
            Route("GET", "/{id}/insights", self._insights, "metrics"),
            Route("GET", "/{id}", self._read, self._read_step),
            Route("DELETE", "/{id}", self._delete, "delete"),
        ]

    def _read_step(self, asked: Asked) -> Step:
        if asked.matched["id"] not in self.containers:
            return "poll"
        return "look" if self.count("commit") else "prepare"

    def _limit_step(self, _asked: Asked) -> Step:
        return "capabilities"

    # -- endpoints

    async def _me(self, asked: Asked) -> web.Response:
        return self._let_in(asked) or web.json_response(dict(self.account))

    async def _limit(self, asked: Asked) -> web.Response:
        row = {
            "quota_usage": self.posts_used,
            "config": {"quota_total": self.posts_total, "quota_duration": 86400},
        }
        return self._let_in(asked) or web.json_response({"data": [row]})

    async def _make(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        given = asked.form
        if extra := given.keys() - self.fields:
            self.object_to(f"a container has no {extra}")
        if wrong := self.wrong(given):
            return no(100, wrong)
        for name in ("image_url", "video_url"):
            if name in given and given[name] not in self.files:
                return no(9004, "Only photo or video can be accepted as media type.", 2207052)
        number = f"1790000000000{len(self.containers):04}"
        self.containers[number] = {
            "given": given,
            "looks": self.pending_looks,
            "state": "FINISHED",
        }
        if self.failure is not None and given.get("media_type") != "CAROUSEL":
            self.containers[number] |= {"state": "ERROR", **self.failure}
            self.failure = None
        return web.json_response({"id": number})

    def wrong(self, given: Mapping[str, str]) -> str | None:
        """What the platform does not take of a container."""
        raise NotImplementedError

    async def _publish(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        number = asked.form.get("creation_id", "")
        container = self.containers.get(number)
        if container is None:
            return no(100, "Object does not exist", 33)
        if container["looks"] or container["state"] == "IN_PROGRESS":
            return no(9007, "Media ID is not available", 2207027)
        if container["state"] != "FINISHED":
            return no(100, "The container cannot be published")
        container["state"] = "PUBLISHED"
        post_id = f"18{number[2:]}"
        given = container["given"]
        children = given.get("children")
        made = (
            [self.containers[each]["given"] for each in children.split(",")]
            if children
            else [given]
        )
        media = [self._live(each) for each in made if "image_url" in each or "video_url" in each]
        self.publish(
            LivePost(
                post_id,
                given.get(self.text_field, ""),
                tuple(media),
                given.get("reply_to_id"),
                {"given": given, "at": self.clock.now()},
            )
        )
        return web.json_response({"id": post_id})

    def _live(self, given: Mapping[str, str]) -> LiveMedia:
        url = given.get("image_url") or given["video_url"]
        content = self.files[url]
        kind = "video/mp4" if "video_url" in given else self.image_type
        return LiveMedia.of(content, kind, given.get("alt_text"))

    image_type: ClassVar[str] = "image/jpeg"

    async def _list(self, asked: Asked) -> web.Response:
        posts = [self._as_post(post) for post in reversed(self.live)]
        return self._let_in(asked) or web.json_response(
            {"data": posts[: int(asked.query["limit"])]}
        )

    async def _read(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        number = asked.matched["id"]
        if (container := self.containers.get(number)) is not None:
            state = container["state"]
            if container["looks"]:
                container["looks"] -= 1
                state = "IN_PROGRESS"
            told = {name: container[name] for name in self.reasons if name in container}
            return web.json_response({"id": number, self.status_field: state, **told})
        post = next((each for each in self.live if each.id == number), None)
        if post is None:
            return no(100, "Object does not exist", 33)
        return web.json_response(self._as_post(post))

    def _as_post(self, post: LivePost) -> dict[str, Any]:
        return {
            "id": post.id,
            "permalink": self.address(post.id),
            self.text_field: post.text,
            "timestamp": f"{post.details['at']:%Y-%m-%dT%H:%M:%S}+0000",
        }

    def address(self, post_id: str) -> str:
        """The live address of a post."""
        raise NotImplementedError

    async def _insights(self, asked: Asked) -> web.Response:
        names = asked.query["metric"].split(",")
        rows = [
            {"name": name, "period": "lifetime", "values": [{"value": place}]}
            for place, name in enumerate(names)
        ]
        return self._let_in(asked) or web.json_response({"data": rows})

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        post = next((each for each in self.live if each.id == asked.matched["id"]), None)
        if post is None:
            return no(100, "Unsupported delete request. Object does not exist", 33)
        post.is_removed = True
        return web.json_response({"success": True, "deleted_id": post.id})

    def _let_in(self, asked: Asked) -> web.Response | None:
        if asked.bearer != self.credentials["access_token"]:
            return no(190, "Invalid OAuth access token", 467)
        return None


def no(
    code: int,
    message: str,
    subcode: int | None = None,
    *,
    status: int = 400,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An error of the Graph API."""
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    body = {"error": error | {"fbtrace_id": "AbCdEf"}}
    return web.json_response(body, status=status, headers=headers)
