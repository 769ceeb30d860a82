"""The Pages API by its documents, Graph API v25."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.meta import MetaStandIn, no
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, Step

PAGE, OTHER_PAGE, PERSON = "104000000000001", "104000000000002", "10150000000001"
PAGE_TOKEN = "secret-page-token"
FEED = {"message", "link", "published"} | {f"attached_media[{place}]" for place in range(10)}


class FacebookStandIn(MetaStandIn):
    """A person with one Page, or two."""

    handle = PAGE
    base_path: ClassVar[str] = "/v25.0"

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.pages = [PAGE]
        self.objects: dict[str, dict[str, Any]] = {}
        """Photos, videos and posts that nobody sees yet, by number."""
        self.video_fails = False

    def identity(self) -> Identity:
        return Identity(remote_id=PAGE, handle=PAGE, base_url=self.url, more={"page": PAGE})

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/me", self._me, "connect"),
            Route("GET", "/me/accounts", self._accounts, "connect"),
            Route("POST", "/{page}/photos", self._photo, "prepare"),
            Route("POST", "/{page}/videos", self._video, "prepare"),
            Route("POST", "/{page}/feed", self._feed, "prepare"),
            Route("GET", "/{id}", self._read, self._read_step),
            Route("POST", "/{id}", self._publish, "commit"),
            Route("DELETE", "/{id}", self._delete, "delete"),
        ]

    def _read_step(self, asked: Asked) -> Step:
        match asked.query["fields"]:
            case "access_token":
                return "refresh"
            case "status":
                return "prepare"
            case fields if "permalink_url" in fields:
                return "poll"
            case _:
                return "metrics"

    # -- endpoints

    async def _me(self, asked: Asked) -> web.Response:
        return self._let_in(asked) or web.json_response({"id": PERSON, "name": "Ada"})

    async def _accounts(self, asked: Asked) -> web.Response:
        rows = [{"id": page, "name": "Harbour", "tasks": ["CREATE_CONTENT"]} for page in self.pages]
        rows.append({"id": "104000000000009", "name": "Watched", "tasks": ["ANALYZE"]})
        return self._let_in(asked) or web.json_response({"data": rows})

    async def _photo(self, asked: Asked) -> web.Response:
        return self._let_page_in(asked) or self._make(
            asked, {"url", "published", "alt_text_custom"}
        )

    async def _video(self, asked: Asked) -> web.Response:
        return self._let_page_in(asked) or self._make(
            asked, {"file_url", "description", "published"}
        )

    async def _feed(self, asked: Asked) -> web.Response:
        refused = self._let_page_in(asked)
        if refused is None and not (asked.form.get("message") or "attached_media[0]" in asked.form):
            refused = no(100, "message is required")
        return refused or self._make(asked, FEED)

    def _make(self, asked: Asked, fields: set[str]) -> web.Response:
        given = asked.form
        if extra := given.keys() - fields:
            self.object_to(f"{asked.path} has no {extra}")
        if given.get("published") != "false":
            self.object_to("it would be seen at once")
        url = given.get("url", given.get("file_url"))
        if url is not None and url not in self.files:
            return no(100, "Missing or invalid image file", 2069019)
        number = f"{PAGE}_{len(self.objects) + 1}"
        self.objects[number] = {"given": given, "looks": self.pending_looks, "is_published": False}
        return web.json_response({"id": number})

    async def _publish(self, asked: Asked) -> web.Response:
        if refused := self._let_page_in(asked):
            return refused
        made = self.objects.get(asked.matched["id"])
        if made is None:
            return no(100, "Object does not exist", 33)
        given = made["given"]
        field = "published" if "file_url" in given else "is_published"
        if asked.form != {field: "true"}:
            self.object_to(f"{field} publishes it")
        if not made["is_published"]:
            made["is_published"] = True
            text = given.get("message", given.get("description", ""))
            self.publish(LivePost(asked.matched["id"], text, tuple(self._media(given))))
        return web.json_response({"success": True})

    def _media(self, given: Mapping[str, str]) -> list[LiveMedia]:
        if "file_url" in given:
            return [LiveMedia.of(self.files[given["file_url"]], "video/mp4")]
        photos = [
            json.loads(given[name])["media_fbid"] for name in sorted(given) if "media" in name
        ]
        made = [self.objects[photo]["given"] for photo in photos]
        return [
            LiveMedia.of(self.files[each["url"]], "image/jpeg", each.get("alt_text_custom"))
            for each in made
        ]

    async def _read(self, asked: Asked) -> web.Response:
        number, fields = asked.matched["id"], asked.query["fields"]
        if number in (PAGE, OTHER_PAGE):
            row = {"id": number} | ({"access_token": PAGE_TOKEN} if number in self.pages else {})
            return self._let_in(asked) or web.json_response(row)
        if refused := self._let_page_in(asked):
            return refused
        made = self.objects.get(number)
        if made is None:
            return no(100, "Object does not exist", 33)
        if fields == "status":
            return web.json_response({"id": number, "status": {"video_status": self._stage(made)}})
        if "permalink_url" not in fields:
            summary = {"summary": {"total_count": 3}}
            return web.json_response({"reactions": summary, "comments": summary})
        published = fields.split(",")[0]
        row = {published: made["is_published"]}
        return web.json_response(row | {"permalink_url": f"/{PAGE}/posts/{number.split('_')[1]}"})

    def _stage(self, made: dict[str, Any]) -> str:
        if made["looks"]:
            made["looks"] -= 1
            return "processing"
        return "error" if self.video_fails else "ready"

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_page_in(asked):
            return refused
        post = next((each for each in self.live if each.id == asked.matched["id"]), None)
        if post is None:
            return no(100, "Unsupported delete request. Object does not exist", 33)
        post.is_removed = True
        return web.json_response({"success": True})

    def _let_in(self, asked: Asked) -> web.Response | None:
        is_known = asked.bearer == self.credentials["access_token"]
        return None if is_known else no(190, "Invalid OAuth access token", 467)

    def _let_page_in(self, asked: Asked) -> web.Response | None:
        return None if asked.bearer == PAGE_TOKEN else no(190, "Invalid OAuth access token", 467)
