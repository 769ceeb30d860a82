"""WordPress's REST API as a real WordPress 6.5.5 answered it on 2026-11-22 and 2026-11-24."""

import base64
import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn, Step

USER, PASSWORD = "ada", "secret abcd efgh ijkl mnop qrst"
POSTS = "/wp-json/wp/v2/posts"
FIELDS = {
    "status", "slug", "title", "content", "excerpt", "categories", "tags", "featured_media", "date",
    "date_gmt", "format", "sticky", "comment_status",
}  # fmt: skip
IMAGES = re.compile(r'<img src="([^"]*)" alt="([^"]*)" class="wp-image-(\d+)"/>')
DISPOSITION = re.compile(r'attachment; filename="[\w.-]+"')
TAGS = re.compile(r"<figure.*?</figure>|</?p>", re.DOTALL)


class WordPressStandIn(StandIn):
    """One site with one author."""

    credentials: ClassVar[Mapping[str, str]] = {"username": USER, "app_password": PASSWORD}
    typed: ClassVar[Mapping[str, str] | None] = {"username": USER, "app_password": PASSWORD}
    app: ClassVar[Mapping[str, str]] = {}

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.posts: dict[int, dict[str, Any]] = {}
        self.media: dict[int, dict[str, Any]] = {}
        self.may_publish = True
        self.has_pretty_addresses = True

    @property
    def handle(self) -> str:  # type: ignore[override]
        """User and host."""
        return f"{USER}@{self.url.removeprefix('http://')}"

    def identity(self) -> Identity:
        return Identity(remote_id="1", handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        media = "/wp-json/wp/v2/media"
        return [
            Route("GET", "/wp-json/wp/v2/users/me", self._me, "connect"),
            Route("GET", "/", self._by_query, "connect"),
            Route("POST", media, self._upload, "prepare"),
            Route("POST", f"{media}/{{id}}", self._describe, "prepare"),
            Route("GET", POSTS, self._find, "prepare"),
            Route("POST", POSTS, self._create, "prepare"),
            Route("POST", f"{POSTS}/{{id}}", self._update, self._update_step),
            Route("GET", f"{POSTS}/{{id}}", self._read, "look"),
            Route("DELETE", f"{POSTS}/{{id}}", self._delete, "delete"),
            Route("GET", "/wp-json/wp/v2/comments", self._comments, "metrics"),
        ]

    def _update_step(self, asked: Asked) -> Step:
        return "commit" if asked.fields.get("status") == "publish" else "prepare"

    # -- the site's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        headers = {"Retry-After": str(int(self.rate_seconds))}
        return web.Response(status=429, text="<h1>Too many requests</h1>", headers=headers)

    def revoked(self, asked: Asked) -> web.Response:
        return _no(401, "rest_cannot_create", "Sorry, you are not allowed to create posts.")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts.")

    def rejected(self, asked: Asked) -> web.Response:
        return _no(400, "rest_invalid_param", "Invalid parameter(s): content")

    # -- endpoints

    async def _me(self, asked: Asked) -> web.Response:
        if not self.has_pretty_addresses:
            return web.Response(status=404, text="<h1>Not found</h1>")
        return self._who(asked)

    async def _by_query(self, asked: Asked) -> web.Response:
        if asked.query.get("rest_route") != "/wp/v2/users/me":
            self.object_to("by the query only the connection is tried here")
        return self._who(asked)

    def _who(self, asked: Asked) -> web.Response:
        me = {
            "id": 1,
            "name": "Ada",
            "slug": USER,
            "capabilities": {"publish_posts": self.may_publish, "edit_posts": True},
        }
        return self._let_in(asked) or web.json_response(me)

    async def _upload(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        if not asked.headers.get("Content-Disposition", "").startswith("attachment; filename"):
            return _no(
                400, "rest_upload_no_content_disposition", "No Content-Disposition supplied."
            )
        number = 100 + len(self.media)
        self.media[number] = {"bytes": asked.body, "kind": asked.content_type, "alt": None}
        place = f"{self.url}/wp-content/uploads/{number}"
        return web.json_response({"id": number, "source_url": place}, status=201)

    async def _describe(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        number = int(asked.matched["id"])
        self.media[number]["alt"] = asked.fields["alt_text"]
        return web.json_response({"id": number})

    async def _find(self, asked: Asked) -> web.Response:
        rows = [
            {"id": number, "status": post["status"]}
            for number, post in self.posts.items()
            if (post["slug"], post["status"]) == (asked.query["slug"], asked.query["status"])
        ]
        if self._let_in(asked) is not None:
            return self._forbidden()
        return web.json_response(rows)

    def _forbidden(self) -> web.Response:
        """Who is not let in may not ask for drafts."""
        inner = {
            "code": "rest_forbidden_status",
            "message": "Status is forbidden.",
            "data": {"status": 401},
        }
        body = {
            "code": "rest_invalid_param",
            "message": "Invalid parameter(s): status",
            "data": {"status": 400, "details": {"status": inner}},
        }
        return web.json_response(body, status=400)

    async def _create(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        given = asked.fields
        if extra := given.keys() - FIELDS:
            self.object_to(f"a post has no {extra}")
        if given.get("status") != "draft":
            self.object_to("it would be seen at once")
        number = len(self.posts) + 1
        self.posts[number] = {"title": "", "content": "", "slug": "", **given}
        return web.json_response({"id": number, "status": "draft"}, status=201)

    async def _update(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        number = int(asked.matched["id"])
        post = self.posts.get(number)
        if post is None:
            return _no(404, "rest_post_invalid_id", "Invalid post ID.")
        was = post["status"]
        post |= asked.fields
        post["slug"] = post["slug"] or re.sub(r"\W+", "-", post["title"].lower()).strip("-")
        if was != "publish":
            self.publish(self._as_seen(number, post))
        return web.json_response(self._as_told(number))

    def _as_seen(self, number: int, post: Mapping[str, Any]) -> LivePost:
        """What readers see: the title, and the text below it."""
        body = html.unescape(TAGS.sub("", post["content"]).replace("<br>", "\n").strip())
        text = "\n".join(filter(None, [html.unescape(post["title"]), body]))
        media = [
            LiveMedia.of(file["bytes"], file["kind"], html.unescape(alt) or None)
            for _, alt, media_id in IMAGES.findall(post["content"])
            for file in [self.media[int(media_id)]]
        ]
        return LivePost(str(number), text, tuple(media), details=dict(post))

    async def _read(self, asked: Asked) -> web.Response:
        number = int(asked.matched["id"])
        if number not in self.posts:
            return _no(404, "rest_post_invalid_id", "Invalid post ID.")
        return self._let_in(asked) or web.json_response(self._as_told(number))

    def _as_told(self, number: int) -> dict[str, Any]:
        post = self.posts[number]
        link = f"{self.url}/{post['slug']}/"
        return {"id": number, "status": post["status"], "slug": post["slug"], "link": link}

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        post = self.posts[int(asked.matched["id"])]
        if post["status"] == "trash":
            return _no(410, "rest_already_trashed", "The post has already been deleted.")
        post["status"] = "trash"
        for each in self.ledger:
            each.is_removed = each.is_removed or each.id == asked.matched["id"]
        return web.json_response({"id": int(asked.matched["id"]), "status": "trash"})

    async def _comments(self, asked: Asked) -> web.Response:
        return self._let_in(asked) or web.json_response([], headers={"X-WP-Total": "4"})

    def _let_in(self, asked: Asked) -> web.Response | None:
        scheme, _, given = asked.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic" and base64.b64decode(given).decode() == f"{USER}:{PASSWORD}":
            return None
        return _no(401, "rest_not_logged_in", "You are not currently logged in.")


def _no(status: int, code: str, message: str) -> web.Response:
    body = {"code": code, "message": message, "data": {"status": status}}
    return web.json_response(body, status=status)
