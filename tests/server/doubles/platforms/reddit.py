"""Reddit's Data API as public clients of 2026-08 use it; not compared with Reddit's own pages.

Errors of posting come with the status 200, in `json.errors`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn

SUBREDDIT = "boats"
TARGET = "1abcde"
FLAIR = "0f0f0f0f-1111-2222-3333-444444444444"
USER_AGENT = re.compile(r"[\w.]+:[\w.-]+:v?[\d.]+(?P<by> \(by /u/\w+\))?")
POST = {
    "api_type", "sr", "kind", "title", "text", "url", "flair_id", "flair_text", "nsfw", "spoiler",
    "sendreplies", "resubmit",
}  # fmt: skip
FLAGS = {"nsfw", "spoiler", "sendreplies", "resubmit"}
TITLE_MAX, BODY_MAX, COMMENT_MAX = 300, 40_000, 10_000


class RedditStandIn(StandIn):
    """One account in one community."""

    handle = "ada"
    options: ClassVar[Mapping[str, Any]] = {"subreddit": SUBREDDIT}
    quota_seconds = 3600

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.stored: dict[str, LiveMedia] = {}
        self.is_locked = False
        self.makes_pictures = True

    def identity(self) -> Identity:
        return Identity(remote_id="q7x1", handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/api/v1/me", self._me, "connect"),
            Route("POST", "/api/media/asset.json", self._lease, "prepare"),
            Route("POST", "/bucket", self._take, "prepare"),
            Route("POST", "/api/submit", self._submit, "commit"),
            Route("POST", "/api/comment", self._comment, "commit"),
            Route("GET", "/user/{name}/{kind:submitted|comments}", self._own, "look"),
            Route("GET", "/subreddits/mine/subscriber", self._joined, "act"),
            Route("GET", "/r/{name}/api/link_flair_v2", self._flairs, "act"),
            Route("GET", "/api/info", self._info, "metrics"),
            Route("POST", "/api/del", self._delete, "delete"),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        if asked.path in ("/api/submit", "/api/comment"):
            words = "you are doing that too much. try again in 2 minutes."
            return _wrong("RATELIMIT", words, "ratelimit", ratelimit=self.rate_seconds)
        headers = {
            "X-Ratelimit-Used": "1000",
            "X-Ratelimit-Remaining": "0",
            "X-Ratelimit-Reset": str(int(self.rate_seconds)),
        }
        return _no(429, "Too Many Requests", headers=headers)

    def out_of_quota(self, asked: Asked) -> web.Response:
        return _wrong("QUOTA_FILLED", "please try again in an hour.", None)

    def expired(self, asked: Asked) -> web.Response:
        return _no(401, "Unauthorized")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, "Forbidden")

    def rejected(self, asked: Asked) -> web.Response:
        return _wrong("NO_LINKS", "that community only allows text posts", "url")

    # -- endpoints

    async def _me(self, asked: Asked) -> web.Response:
        me = {"id": "q7x1", "name": self.handle, "is_suspended": False}
        return self._let_in(asked) or web.json_response(me)

    async def _lease(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        if asked.form.keys() != {"filepath", "mimetype"}:
            self.object_to("a lease takes filepath and mimetype")
        key = f"t2_q7x1/{len(self.stored)}"
        fields = [{"name": "key", "value": key}, {"name": "policy", "value": "signed"}]
        action = f"{self.url.removeprefix('http:')}/bucket"
        return web.json_response(
            {
                "args": {"action": action, "fields": fields},
                "asset": {"asset_id": "a", "websocket_url": "wss://reddit.example/a"},
            }
        )

    async def _take(self, asked: Asked) -> web.Response:
        if "Authorization" in asked.headers:
            self.object_to("the bucket is asked by its fields alone")
        if asked.form.get("policy") != "signed":
            return web.Response(status=403)
        part = asked.parts[-1]
        if part.name != "file":
            self.object_to("the file is the last field")
        address = f"{self.url}/bucket/{asked.form['key']}"
        self.stored[address] = LiveMedia.of(part.body, part.content_type)
        return web.Response(status=201, text="<PostResponse/>", content_type="application/xml")

    async def _submit(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        given = asked.form
        if extra := given.keys() - POST:
            self.object_to(f"a post has no {extra}")
        if given.get("api_type") != "json":
            self.object_to("api_type is json")
        if any(given.get(name) not in (None, "true", "false") for name in FLAGS):
            self.object_to("a flag is true or false")
        if given.get("sr", "").casefold() != SUBREDDIT:
            return _wrong("SUBREDDIT_NOEXIST", "that community doesn't exist", "sr")
        if not given.get("title"):
            return _wrong("NO_TEXT", "we need something here", "title")
        if len(given["title"]) > TITLE_MAX:
            return _wrong("TOO_LONG", "this is too long (max: 300)", "title")
        if len(given.get("text", "")) > BODY_MAX:
            return _wrong("TOO_LONG", "this is too long (max: 40000)", "text")
        return self._made(given)

    def _made(self, given: Mapping[str, str]) -> web.Response:
        kind, number = given.get("kind"), f"2p{len(self.ledger):03}"
        if kind not in ("self", "link", "image"):
            self.object_to(f"there is no kind {kind}")
        if kind != "self" and ("text" in given or not given.get("url")):
            self.object_to("a link or a picture has an address and no body")
        media = [self.stored[given["url"]]] if kind == "image" else []
        text = "\n".join(part for part in (given["title"], given.get("text")) if part)
        details = {
            "given": given,
            "at": self.clock.now().timestamp(),
            "looks": self.pending_looks if kind == "image" else 0,
        }
        if kind == "image" and not self.makes_pictures:
            return _good({"websocket_url": "wss://reddit.example/b"})
        self.publish(LivePost(f"t3_{number}", text, media, details=dict(details)))
        if kind == "image":
            page = f"https://www.reddit.com/user/{self.handle}/submitted/"
            return _good({"user_submitted_page": page, "websocket_url": "wss://reddit.example/b"})
        url = f"https://www.reddit.com/r/{SUBREDDIT}/comments/{number}/a_title/"
        return _good({"url": url, "drafts_count": 0, "id": number, "name": f"t3_{number}"})

    async def _comment(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        given = asked.form
        if given.keys() != {"api_type", "thing_id", "text"}:
            self.object_to("a comment takes api_type, thing_id and text")
        if self.is_locked:
            return _wrong("THREAD_LOCKED", "Comments are locked.", "parent")
        if len(given["text"]) > COMMENT_MAX:
            return _wrong("TOO_LONG", "this is too long (max: 10000)", "text")
        details = {"given": given, "at": self.clock.now().timestamp(), "looks": 0}
        post = LivePost(f"t1_k{len(self.ledger):03}", given["text"], (), given["thing_id"], details)
        self.publish(post)
        return _good({"things": [{"kind": "t1", "data": self._row(post)}]})

    async def _own(self, asked: Asked) -> web.Response:
        if asked.matched["name"] != self.handle:
            self.object_to("only the own ones are looked through")
        if asked.query.get("sort") != "new" or asked.query.get("raw_json") != "1":
            self.object_to("the newest first, without HTML's marks")
        prefix = "t1_" if asked.matched["kind"] == "comments" else "t3_"
        rows = []
        for post in reversed(self.live):
            if not post.id.startswith(prefix):
                continue
            if post.details["looks"]:
                post.details["looks"] -= 1  # type: ignore[index]
                continue
            rows.append(self._row(post))
        return self._let_in(asked) or _listing(rows)

    def _row(self, post: LivePost) -> dict[str, Any]:
        number, given = post.id.partition("_")[2], post.details["given"]
        shared = {"id": number, "name": post.id, "created_utc": post.details["at"], "score": 1}
        if post.id.startswith("t1_"):
            path = f"/r/{SUBREDDIT}/comments/{TARGET}/a_title/{number}/"
            about = {"body": given["text"], "parent_id": given["thing_id"]}
            return {**shared, **about, "link_id": f"t3_{TARGET}", "permalink": path}
        return {
            **shared,
            "subreddit": SUBREDDIT,
            "title": given["title"],
            "selftext": given.get("text", ""),
            "num_comments": 0,
            "permalink": f"/r/{SUBREDDIT}/comments/{number}/a_title/",
        }

    async def _joined(self, asked: Asked) -> web.Response:
        rows = [{"display_name": SUBREDDIT, "title": "All about boats"}]
        return self._let_in(asked) or _listing(rows)

    async def _flairs(self, asked: Asked) -> web.Response:
        rows = [
            {"id": FLAIR, "text": "Sail", "mod_only": False},
            {"id": FLAIR[::-1], "text": "Announcement", "mod_only": True},
        ]
        return self._let_in(asked) or web.json_response(rows)

    async def _info(self, asked: Asked) -> web.Response:
        names = asked.query["id"].split(",")
        rows = [self._row(post) for post in reversed(self.live) if post.id in names]
        return self._let_in(asked) or _listing(rows)

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        for post in self.live:
            if post.id == asked.form["id"]:
                post.is_removed = True
        return web.json_response({})

    def _let_in(self, asked: Asked) -> web.Response | None:
        named = USER_AGENT.fullmatch(asked.headers.get("User-Agent", ""))
        if named is None or not (named["by"] or asked.path == "/api/v1/me"):
            self.object_to("a User-Agent names platform, program, version and account")
        is_known = asked.bearer == self.credentials["access_token"]
        return None if is_known else _no(401, "Unauthorized")


def _good(data: Mapping[str, Any]) -> web.Response:
    return web.json_response({"json": {"errors": [], "data": data}})


def _listing(rows: Sequence[Mapping[str, Any]]) -> web.Response:
    children = [{"kind": "t3", "data": row} for row in rows]
    return web.json_response({"kind": "Listing", "data": {"children": children, "after": None}})


def _wrong(code: str, words: str, place: str | None, **more: Any) -> web.Response:
    return web.json_response({"json": {"errors": [[code, words, place]], **more}})


def _no(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"message": message, "error": status}, status=status, headers=headers)
