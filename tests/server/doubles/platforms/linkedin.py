"""LinkedIn's versioned API by its documents: Posts, Images and Videos, read 2026-11-22."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn

MEMBER = "782bbtaQ"
POST = {
    "author", "commentary", "visibility", "distribution", "content", "lifecycleState",
    "isReshareDisabledByAuthor",
}  # fmt: skip
PIECE = 4 << 20
RESERVED = r"<>#~_|[]*(){}@"
TEMPLATE = re.compile(r"\{hashtag\|\\#\|((?:\\.|[^|{}])+)\}")


class LinkedInStandIn(StandIn):
    """One member of one app."""

    handle = f"Ada ({MEMBER})"

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.files_come: dict[str, dict[str, Any]] = {}
        self.versions = {"202609"}
        self.organizations: set[str] = set()
        self.piece = PIECE

    def identity(self) -> Identity:
        return Identity(remote_id=MEMBER, handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/v2/userinfo", self._userinfo, "connect"),
            Route("POST", "/rest/images", self._images, "prepare"),
            Route("POST", "/rest/videos", self._videos, "prepare"),
            Route("PUT", "/upload/{urn}/{number}", self._upload, "prepare"),
            Route("POST", "/rest/posts", self._create, "commit"),
            Route("DELETE", "/rest/posts/{urn}", self._delete, "delete"),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        headers = {"Retry-After": str(int(self.rate_seconds))}
        return _no(429, "TOO_MANY_REQUESTS", "Too many requests", 101, headers=headers)

    def out_of_quota(self, asked: Asked) -> web.Response:
        return _no(429, "TOO_MANY_REQUESTS", "Resource level throttle DAY limit", 101)

    def expired(self, asked: Asked) -> web.Response:
        return _no(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602)

    def revoked(self, asked: Asked) -> web.Response:
        return _no(401, "REVOKED_ACCESS_TOKEN", "The token has been revoked by the user", 65601)

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE", 100)

    def rejected(self, asked: Asked) -> web.Response:
        return _no(422, "INVALID_CONTENT", "The post is not valid")

    # -- endpoints

    async def _userinfo(self, asked: Asked) -> web.Response:
        me = {"sub": MEMBER, "name": "Ada", "given_name": "Ada"}
        return self._let_in(asked, is_versioned=False) or web.json_response(me)

    async def _images(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        if asked.query != {"action": "initializeUpload"}:
            self.object_to("an image is begun")
        urn = self._begin("image", asked.fields["initializeUploadRequest"])
        return web.json_response({"value": {"uploadUrl": self._place(urn, 0), "image": urn}})

    async def _videos(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        if asked.query["action"] == "initializeUpload":
            given = asked.fields["initializeUploadRequest"]
            urn, size = self._begin("video", given), given["fileSizeBytes"]
            pieces = [
                {
                    "uploadUrl": self._place(urn, number),
                    "firstByte": start,
                    "lastByte": min(start + self.piece, size) - 1,
                }
                for number, start in enumerate(range(0, size, self.piece))
            ]
            self.files_come[urn]["pieces"] = len(pieces)
            value = {"video": urn, "uploadToken": "token", "uploadInstructions": pieces}
            return web.json_response({"value": value})
        given = asked.fields["finalizeUploadRequest"]
        file = self.files_come[given["video"]]
        wanted = [f"tag-{number}" for number in range(file["pieces"])]
        if given["uploadedPartIds"] != wanted or given["uploadToken"] != "token":
            self.object_to("the tags of all pieces, in order, close a video")
        file["is_whole"] = True
        return web.Response(status=200)

    def _begin(self, kind: str, given: Mapping[str, Any]) -> str:
        if not given["owner"].startswith(("urn:li:person:", "urn:li:organization:")):
            self.object_to("a file has an owner")
        urn = f"urn:li:{kind}:C{len(self.files_come)}"
        self.files_come[urn] = {"pieces": 1, "bytes": {}, "is_whole": kind == "image"}
        return urn

    def _place(self, urn: str, number: int) -> str:
        return f"{self.url}/upload/{urn}/{number}"

    async def _upload(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked, is_versioned=False):
            return refused
        number = int(asked.matched["number"])
        self.files_come[asked.matched["urn"]]["bytes"][number] = asked.body
        return web.Response(status=201, headers={"ETag": f'"tag-{number}"'})

    async def _create(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        given = asked.fields
        if given.keys() - POST or POST - {"content"} - given.keys():
            self.object_to(f"a post has other fields than {sorted(given)}")
        author = given["author"]
        if (
            author != f"urn:li:person:{MEMBER}"
            and author.rpartition(":")[2] not in self.organizations
        ):
            return self.not_permitted(asked)
        text = self._read(given["commentary"])
        number = f"urn:li:share:70000000000000{len(self.ledger):05}"
        media = tuple(self._media(given.get("content", {})))
        self.publish(LivePost(number, text, media, details=given))
        return web.Response(status=201, headers={"x-restli-id": number})

    def _read(self, commentary: str) -> str:
        """The text as readers see it: what stands unescaped ends it."""
        plain = TEMPLATE.sub(lambda found: f"\\#{found[1]}", commentary)
        text, at = "", 0
        while at < len(plain):
            if plain[at] == "\\":
                at += 1
            elif plain[at] in RESERVED:
                return text
            text += plain[at : at + 1]
            at += 1
        return text

    def _media(self, content: Mapping[str, Any]) -> list[LiveMedia]:
        items = content.get("multiImage", {}).get("images", [])
        if "media" in content:
            items = [content["media"]]
        made = []
        for item in items:
            file = self.files_come[item["id"]]
            if not file["is_whole"]:
                self.object_to("a video is closed before it is posted")
            body = b"".join(file["bytes"][each] for each in sorted(file["bytes"]))
            kind = "video/mp4" if ":video:" in item["id"] else "image/jpeg"
            made.append(LiveMedia.of(body, kind, item.get("altText")))
        return made

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        urn = unquote(asked.matched["urn"])
        post = next((each for each in self.live if each.id == urn), None)
        if post is None:
            return _no(404, "NOT_FOUND", "Could not find entity")
        post.is_removed = True
        return web.Response(status=204)

    def _let_in(self, asked: Asked, *, is_versioned: bool = True) -> web.Response | None:
        if asked.bearer != self.credentials["access_token"]:
            return _no(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        if not is_versioned:
            return None
        if asked.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            self.object_to("the protocol's version is 2.0.0")
        if asked.headers.get("Linkedin-Version") not in self.versions:
            return _no(426, "NONEXISTENT_VERSION", "Requested version is not active")
        return None


def _no(
    status: int,
    code: str,
    message: str,
    service: int | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    body: dict[str, Any] = {"status": status, "code": code, "message": message}
    if service is not None:
        body["serviceErrorCode"] = service
    return web.json_response(body, status=status, headers=headers)
