"""X's API v2 by its documents of 2026-08-22 and its OpenAPI file as read on 2026-11-24."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn

USER = "2244994945"
FIELDS = {
    "text", "media", "reply", "reply_settings", "made_with_ai", "paid_partnership", "poll",
    "quote_tweet_id", "geo", "for_super_followers_only", "direct_message_deep_link",
    "community_id", "nullcast",
}  # fmt: skip
CATEGORIES = {"tweet_image", "tweet_gif", "tweet_video"}
LINK = re.compile(r"(?:https?://)?\b[\w-]+\.com\S*")


class XStandIn(StandIn):
    """One account of one developer."""

    handle = "ada"
    contract = "x"

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.files_come: dict[str, dict[str, Any]] = {}
        self.has_credits = True
        self.processing_fails = False
        self.names_references = True

    def identity(self) -> Identity:
        return Identity(remote_id=USER, handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        media = "/2/media"
        return [
            Route("GET", "/2/users/me", self._me, "connect"),
            Route("POST", f"{media}/upload/initialize", self._initialize, "prepare"),
            Route("POST", f"{media}/upload/{{id}}/append", self._append, "prepare"),
            Route("POST", f"{media}/upload/{{id}}/finalize", self._finalize, "prepare"),
            Route("GET", f"{media}/upload", self._status, "prepare"),
            Route("POST", f"{media}/metadata", self._describe, "prepare"),
            Route("POST", "/2/tweets", self._create, "commit"),
            Route("GET", f"/2/users/{USER}/tweets", self._own, "look"),
            Route("GET", "/2/tweets", self._counted, "metrics"),
            Route("DELETE", "/2/tweets/{id}", self._delete, "delete"),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        headers = {
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(int(self.in_seconds(self.rate_seconds).timestamp())),
        }
        return _no(429, "Too Many Requests", "Too Many Requests", headers=headers)

    def expired(self, asked: Asked) -> web.Response:
        return _no(401, "Unauthorized", "Unauthorized")

    def not_permitted(self, asked: Asked) -> web.Response:
        kind = "client-forbidden"
        return _no(403, "Client Forbidden", "The app lacks the required access.", kind)

    def rejected(self, asked: Asked) -> web.Response:
        detail = "You are not allowed to create a Tweet with duplicate content."
        return _no(403, "Forbidden", detail)

    # -- endpoints

    async def _me(self, asked: Asked) -> web.Response:
        me = {"id": USER, "name": "Ada", "username": self.handle}
        return self._let_in(asked) or web.json_response({"data": me})

    async def _initialize(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        given = asked.fields
        if given.keys() != {"media_type", "total_bytes", "media_category"}:
            self.object_to("initialize takes media_type, total_bytes and media_category")
        if given["media_category"] not in CATEGORIES:
            self.object_to(f"there is no category {given['media_category']}")
        number = f"18800000000000{len(self.files_come):05}"
        self.files_come[number] = {**given, "bytes": b"", "alt": None, "looks": self.pending_looks}
        return web.json_response({"data": {"id": number, "expires_after_secs": 86400}})

    async def _append(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        file = self.files_come[asked.matched["id"]]
        part = next(part for part in asked.parts if part.name == "media")
        if int(asked.form["segment_index"]) != file.get("segments", 0):
            self.object_to("segments come in order")
        file["segments"] = file.get("segments", 0) + 1
        file["bytes"] += part.body
        return web.json_response({"data": {"expires_at": 1_790_000_000}})

    async def _finalize(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        number = asked.matched["id"]
        file = self.files_come[number]
        if len(file["bytes"]) != file["total_bytes"]:
            return _no(400, "Invalid Request", "Segments do not add up.", "invalid-request")
        return web.json_response({"data": {"id": number, **self._processing(file)}})

    async def _status(self, asked: Asked) -> web.Response:
        if asked.query.get("command") != "STATUS":
            self.object_to("command is STATUS")
        number = asked.query["media_id"]
        told = {"id": number, **self._processing(self.files_come[number])}
        return self._let_in(asked) or web.json_response({"data": told})

    def _processing(self, file: dict[str, Any]) -> dict[str, Any]:
        if self.processing_fails:
            error = {"code": 1, "name": "InvalidMedia", "message": "This media is not supported"}
            return {"processing_info": {"state": "failed", "error": error}}
        if file["looks"]:
            file["looks"] -= 1
            return {"processing_info": {"state": "in_progress", "check_after_secs": 2}}
        return {"processing_info": {"state": "succeeded"}}

    async def _describe(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        self.files_come[asked.fields["id"]]["alt"] = asked.fields["metadata"]["alt_text"]["text"]
        return web.json_response({"data": {"id": asked.fields["id"]}})

    async def _create(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        if not self.has_credits:
            return _no(402, "Payment Required", "No credits are left.", "credits-depleted")
        given = asked.fields
        if extra := given.keys() - FIELDS:
            return _no(400, "Invalid Request", f"{extra} is no field", "invalid-request")
        numbers = given.get("media", {}).get("media_ids", [])
        if not (given.get("text") or numbers):
            return _no(400, "Invalid Request", "An empty post", "invalid-request")
        media = [
            LiveMedia.of(file["bytes"], file["media_type"], file["alt"])
            for file in (self.files_come[number] for number in numbers)
        ]
        number = f"19000000000000{len(self.ledger):05}"
        parent = given.get("reply", {}).get("in_reply_to_tweet_id")
        details = {"given": given, "at": self.clock.now()}
        self.publish(LivePost(number, given.get("text", ""), tuple(media), parent, details))
        return web.json_response(
            {"data": {"id": number, "text": given.get("text", "")}}, status=201
        )

    async def _own(self, asked: Asked) -> web.Response:
        if not 5 <= int(asked.query["max_results"]) <= 100:
            self.object_to("max_results is 5 to 100")
        rows = [self._as_read(post) for post in reversed(self.live)]
        since = asked.query["start_time"]
        rows = [row for row in rows if row["created_at"] >= since]
        body: dict[str, Any] = {"meta": {"result_count": len(rows)}}
        return self._let_in(asked) or web.json_response(body | ({"data": rows} if rows else {}))

    def _as_read(self, post: LivePost) -> dict[str, Any]:
        """As X shows a post: its own addresses, signs of HTML escaped, an address for files."""
        urls: list[dict[str, str]] = []

        def shortened(found: re.Match[str]) -> str:
            given = found[0]
            whole = given if given.startswith("http") else f"http://{given}"
            urls.append({"url": f"https://t.co/a{len(urls)}", "expanded_url": whole})
            return urls[-1]["url"]

        text = html.escape(LINK.sub(shortened, post.text), quote=False)
        if post.media:
            urls.append({"url": "https://t.co/media", "media_key": "3_1", "expanded_url": "x"})
            text = f"{text} https://t.co/media".strip()
        row: dict[str, Any] = {
            "id": post.id,
            "text": text,
            "created_at": f"{post.details['at']:%Y-%m-%dT%H:%M:%S}.000Z",
            "conversation_id": post.parent or post.id,
            "edit_history_post_ids": [post.id],
        }
        if urls:
            row["entities"] = {"urls": urls}
        if post.parent and self.names_references:
            row["referenced_posts"] = [{"type": "replied_to", "id": post.parent}]
        return row

    async def _counted(self, asked: Asked) -> web.Response:
        counts = {
            "repost_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4,
            "bookmark_count": 5, "impression_count": 6,
        }  # fmt: skip
        rows = [{"id": each, "public_metrics": counts} for each in asked.query["ids"].split(",")]
        return self._let_in(asked) or web.json_response({"data": rows})

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        post = next((each for each in self.live if each.id == asked.matched["id"]), None)
        if post is None:
            return _no(404, "Not Found Error", "Could not find it.", "resource-not-found")
        post.is_removed = True
        return web.json_response({"data": {"deleted": True}})

    def _let_in(self, asked: Asked) -> web.Response | None:
        is_known = asked.bearer == self.credentials["access_token"]
        return None if is_known else _no(401, "Unauthorized", "Unauthorized")


def _no(
    status: int,
    title: str,
    detail: str,
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    place = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    body = {"title": title, "detail": detail, "type": place, "status": status}
    return web.json_response(body, status=status, headers=headers)
