"""The Content Posting API by its documents, read 2026-11-22."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn, Step

OPEN_ID = "-000AbCdEf"
LEVELS = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
LEAST, MOST, LAST_MOST = 5_000_000, 64_000_000, 128_000_000
POST_INFO = {
    "title", "privacy_level", "disable_comment", "disable_duet", "disable_stitch",
    "video_cover_timestamp_ms", "brand_content_toggle", "brand_organic_toggle", "is_aigc",
}  # fmt: skip


class TikTokStandIn(StandIn):
    """One creator."""

    handle = "ada"
    options: ClassVar[Mapping[str, Any]] = {"privacy": "PUBLIC_TO_EVERYONE"}
    rate_seconds: ClassVar[float] = 60
    quota_seconds: ClassVar[float] = 24 * 3600

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.uploads: dict[str, dict[str, Any]] = {}
        self.fail_reason: str | None = None
        """Why the next video fails after its bytes came."""
        self.is_audited = True

    def identity(self) -> Identity:
        return Identity(remote_id=OPEN_ID, handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        publish = "/v2/post/publish"
        return [
            Route("GET", "/v2/user/info/", self._user, "connect"),
            Route("POST", f"{publish}/creator_info/query/", self._creator, "capabilities"),
            Route("POST", f"{publish}/video/init/", self._init, "prepare"),
            Route("POST", f"{publish}/inbox/video/init/", self._init, "prepare"),
            Route("PUT", "/upload/{id}", self._upload, self._upload_step),
            Route("POST", f"{publish}/status/fetch/", self._status, "poll"),
        ]

    def _upload_step(self, asked: Asked) -> Step:
        _, end, size = _range(asked)
        return "commit" if end == size else "prepare"

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        return _no(429, "rate_limit_exceeded")

    def out_of_quota(self, asked: Asked) -> web.Response:
        return _no(403, "spam_risk_too_many_posts")

    def expired(self, asked: Asked) -> web.Response:
        return _no(401, "access_token_invalid")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(401, "scope_not_authorized")

    def rejected(self, asked: Asked) -> web.Response:
        return _no(400, "invalid_params")

    def failing(self, asked: Asked) -> web.Response:
        return _no(500, "internal_error")

    # -- endpoints

    async def _user(self, asked: Asked) -> web.Response:
        user = {"open_id": OPEN_ID, "display_name": "Ada"}
        return self._let_in(asked) or _yes({"user": user})

    async def _creator(self, asked: Asked) -> web.Response:
        return self._let_in(asked) or _yes(
            {
                "creator_username": self.handle,
                "creator_nickname": "Ada",
                "privacy_level_options": LEVELS,
                "comment_disabled": False,
                "duet_disabled": True,
                "stitch_disabled": False,
                "max_video_post_duration_sec": 300,
            }
        )

    async def _init(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        is_inbox = "/inbox/" in asked.path
        info = asked.fields.get("post_info", {})
        if is_inbox and info:
            self.object_to("an inbox takes no post_info")
        if extra := info.keys() - POST_INFO:
            self.object_to(f"post_info has no {extra}")
        if not is_inbox:
            if not self.count("capabilities"):
                self.object_to("creator_info is asked before each post")
            if info.get("privacy_level") not in LEVELS:
                return _no(400, "privacy_level_option_mismatch")
            if not self.is_audited and info["privacy_level"] != "SELF_ONLY":
                return _no(403, "unaudited_client_can_only_post_to_private_accounts")
        self._check_chunks(asked.fields["source_info"])
        number = f"v_pub_file~v2-1.{len(self.uploads)}"
        self.uploads[number] = {
            "info": info,
            "source": asked.fields["source_info"],
            "bytes": b"",
            "is_inbox": is_inbox,
            "looks": self.pending_looks,
        }
        place = f"{self.url}/upload/{number}?upload_token=abc"
        return _yes({"publish_id": number, "upload_url": place})

    def _check_chunks(self, source: Mapping[str, Any]) -> None:
        size, chunk, count = (
            source["video_size"], source["chunk_size"], source["total_chunk_count"],
        )  # fmt: skip
        if source["source"] != "FILE_UPLOAD":
            self.object_to("bytes come from a file")
        if count != max(1, size // chunk) or count > 1000:
            self.object_to("total_chunk_count is video_size through chunk_size, rounded down")
        if chunk > MOST or (chunk < LEAST and count > 1) or size - (count - 1) * chunk > LAST_MOST:
            self.object_to("a chunk has 5 to 64 MB, the last one up to 128")

    async def _upload(self, asked: Asked) -> web.Response:
        upload = self.uploads[asked.matched["id"]]
        start, end, size = _range(asked)
        if start != len(upload["bytes"]) or size != upload["source"]["video_size"]:
            return web.Response(status=416)
        if len(asked.body) != end - start or "Authorization" in asked.headers:
            self.object_to("a chunk has as many bytes as it says, and no token")
        upload["bytes"] += asked.body
        if end < size:
            return web.Response(status=206)
        if self.fail_reason:
            upload["fail_reason"], self.fail_reason = self.fail_reason, None
        elif not upload["is_inbox"]:
            number = f"74000000000000{len(self.ledger):05}"
            upload["post"] = number
            media = LiveMedia.of(upload["bytes"], asked.content_type)
            self.publish(
                LivePost(number, upload["info"]["title"], (media,), details=upload["info"])
            )
        return web.Response(status=201)

    async def _status(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        upload = self.uploads.get(asked.fields["publish_id"])
        if upload is None:
            return _no(400, "invalid_publish_id")
        come, size = len(upload["bytes"]), upload["source"]["video_size"]
        told: dict[str, Any] = {"status": "PROCESSING_UPLOAD", "uploaded_bytes": come}
        if come == size and upload["looks"]:
            upload["looks"] -= 1
        elif come == size and "fail_reason" in upload:
            told = {"status": "FAILED", "fail_reason": upload["fail_reason"]}
        elif come == size and upload["is_inbox"]:
            told = {"status": "SEND_TO_USER_INBOX"}
        elif come == size:
            told = {"status": "PUBLISH_COMPLETE"}
            if upload["info"]["privacy_level"] == "PUBLIC_TO_EVERYONE":
                told["publicaly_available_post_id"] = [upload["post"]]
        return _yes(told)

    def _let_in(self, asked: Asked) -> web.Response | None:
        is_known = asked.bearer == self.credentials["access_token"]
        return None if is_known else _no(401, "access_token_invalid")


def _range(asked: Asked) -> tuple[int, int, int]:
    """From, up to and without, and of how many bytes."""
    found = RANGE.fullmatch(asked.headers["Content-Range"])
    assert found is not None
    start, last, size = map(int, found.groups())
    return start, last + 1, size


def _yes(data: Mapping[str, Any]) -> web.Response:
    error = {"code": "ok", "message": "", "log_id": "2026"}
    return web.json_response({"data": dict(data), "error": error})


def _no(status: int, code: str) -> web.Response:
    error = {"code": code, "message": code.replace("_", " "), "log_id": "2026"}
    return web.json_response({"data": {}, "error": error}, status=status)
