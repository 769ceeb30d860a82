"""Pinterest's API v5 by the vendor's OpenAPI file 5.23.0 and its pages on rate limits."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn

BOARD = "549755885175"
PIN = {
    "board_id", "board_section_id", "title", "description", "link", "alt_text", "media_source",
    "dominant_color", "parent_pin_id", "note",
}  # fmt: skip
SOURCES = {"image_base64", "multiple_image_base64", "video_id", "image_url"}
PAGE = 2


class PinterestStandIn(StandIn):
    """One account with two boards."""

    handle = "ada"
    contract = "pinterest"
    outside = ("/bucket",)
    base_path: ClassVar[str] = "/v5"
    options: ClassVar[Mapping[str, Any]] = {"board": BOARD}

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.videos: dict[str, dict[str, Any]] = {}
        self.video_fails = False
        self.is_trial = False

    def identity(self) -> Identity:
        return Identity(remote_id="809", handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/user_account", self._me, "connect"),
            Route("GET", "/boards", self._boards, "act"),
            Route("GET", "/boards/{board}/pins", self._pins, "look"),
            Route("POST", "/media", self._register, "prepare"),
            Route("POST", "/bucket", self._take, "prepare"),
            Route("GET", "/media/{id}", self._media_status, "prepare"),
            Route("POST", "/pins", self._create, "commit"),
            Route("GET", "/pins/{id}/analytics", self._analytics, "metrics"),
            Route("DELETE", "/pins/{id}", self._delete, "delete"),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        headers = {
            "x-ratelimit-limit": "100",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(int(self.rate_seconds)),
        }
        return _no(429, 8, "You have exceeded your rate limit. Try again later.", headers)

    def expired(self, asked: Asked) -> web.Response:
        return _no(401, 2, "Authentication failed.")

    def revoked(self, asked: Asked) -> web.Response:
        return _no(401, 3, "Authorization failed.")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, 29, "You are not permitted to access that resource.")

    def rejected(self, asked: Asked) -> web.Response:
        return _no(400, 1, "Invalid request: the picture cannot be read.")

    def failing(self, asked: Asked) -> web.Response:
        return _no(500, 0, "Unexpected error")

    # -- endpoints

    async def _me(self, asked: Asked) -> web.Response:
        me = {"account_type": "BUSINESS", "id": "809", "username": self.handle}
        return self._let_in(asked) or web.json_response(me)

    async def _boards(self, asked: Asked) -> web.Response:
        rows = [
            {"id": BOARD, "name": "Boats", "privacy": "PUBLIC"},
            {"id": "549755885176", "name": "Piers", "privacy": "SECRET"},
            {"id": "549755885177", "name": "Ropes", "privacy": "PUBLIC"},
        ]
        return self._let_in(asked) or self._page(asked, rows)

    async def _pins(self, asked: Asked) -> web.Response:
        rows = [
            {"id": post.id, "created_at": f"{post.details['at']:%Y-%m-%dT%H:%M:%S}"}
            | {name: post.details["given"].get(name) for name in ("title", "description", "link")}
            for post in self.live
            if post.details["given"]["board_id"] == asked.matched["board"]
        ]
        return self._let_in(asked) or self._page(asked, rows)

    def _page(self, asked: Asked, rows: Sequence[Mapping[str, Any]]) -> web.Response:
        """Two at a time, whatever was asked for: a page may be shorter."""
        start = int(asked.query.get("bookmark", "0"))
        after = start + PAGE
        bookmark = str(after) if after < len(rows) else None
        return web.json_response({"items": rows[start:after], "bookmark": bookmark})

    async def _register(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        if asked.fields != {"media_type": "video"}:
            self.object_to("only videos are registered")
        number = f"70000{len(self.videos)}"
        self.videos[number] = {"bytes": b"", "kind": "", "looks": self.pending_looks}
        return web.json_response(
            {
                "media_id": number,
                "media_type": "video",
                "upload_url": f"{self.url}/bucket",
                "upload_parameters": {"key": f"uploads/{number}", "policy": "signed"},
            },
            status=201,
        )

    async def _take(self, asked: Asked) -> web.Response:
        if "Authorization" in asked.headers:
            self.object_to("the bucket is asked by its parameters alone")
        if asked.form.get("policy") != "signed":
            return web.Response(status=403)
        part = next(part for part in asked.parts if part.name == "file")
        self.videos[asked.form["key"].rpartition("/")[2]] |= {
            "bytes": part.body,
            "kind": part.content_type,
        }
        return web.Response(status=204)

    async def _media_status(self, asked: Asked) -> web.Response:
        video = self.videos[asked.matched["id"]]
        status = "registered" if not video["bytes"] else "succeeded"
        if video["bytes"] and video["looks"]:
            video["looks"] -= 1
            status = "processing"
        if self.video_fails:
            status = "failed"
        return self._let_in(asked) or web.json_response({"status": status})

    async def _create(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        given = asked.fields
        if extra := given.keys() - PIN:
            self.object_to(f"a pin has no {extra}")
        if self.is_trial:
            return self.not_permitted(asked)
        if given["board_id"] not in (BOARD, "549755885176"):
            return _no(404, 40, "Board not found.")
        number = f"81300000000000{len(self.ledger):04}"
        media = tuple(self._media(given["media_source"], given.get("alt_text")))
        details = {"given": given, "at": self.clock.now()}
        self.publish(LivePost(number, given.get("description", ""), media, details=details))
        return web.json_response({"id": number, **given}, status=201)

    def _media(self, source: Mapping[str, Any], alt: str | None) -> list[LiveMedia]:
        kind = source["source_type"]
        if kind not in SOURCES:
            self.object_to(f"there is no source {kind}")
        if kind == "video_id":
            if "cover_image_key_frame_time" not in source:
                self.object_to("a video has a cover")
            video = self.videos[source["media_id"]]
            return [LiveMedia.of(video["bytes"], video["kind"], alt)]
        items = source["items"] if kind == "multiple_image_base64" else [source]
        if kind == "multiple_image_base64" and not 2 <= len(items) <= 5:
            self.object_to("a carousel has two to five pictures")
        return [
            LiveMedia.of(base64.b64decode(each["data"]), each["content_type"], alt)
            for each in items
        ]

    async def _analytics(self, asked: Asked) -> web.Response:
        names = asked.query["metric_types"].split(",")
        told = {"summary_metrics": {name: place for place, name in enumerate(names)}}
        return self._let_in(asked) or web.json_response({"all": told})

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        post = next((each for each in self.live if each.id == asked.matched["id"]), None)
        if post is None:
            return _no(404, 50, "Pin not found.")
        post.is_removed = True
        return web.Response(status=204)

    def _let_in(self, asked: Asked) -> web.Response | None:
        is_known = asked.bearer == self.credentials["access_token"]
        return None if is_known else _no(401, 2, "Authentication failed.")


def _no(
    status: int, code: int, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status, headers=headers)
