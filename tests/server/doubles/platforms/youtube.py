"""The YouTube Data API v3 by its documents: resumable sessions, videos, quotas (2026-11)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn, Step

CHANNEL = "UCabcdefghijklmnopqrstuv"
RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")
SNIPPET = {"title", "description", "categoryId", "tags", "defaultLanguage"}
STATUS = {
    "privacyStatus", "selfDeclaredMadeForKids", "containsSyntheticMedia", "publishAt", "license",
    "embeddable", "publicStatsViewable",
}  # fmt: skip


class YouTubeStandIn(StandIn):
    """One channel."""

    handle = "@ada"
    contract = "youtube"
    outside = ("/session/",)
    quota_seconds: ClassVar[float] = 20 * 3600
    """From the clock's noon in UTC to midnight in California."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refusal: dict[str, str] | None = None
        """What the status of the next video says in place of `processed`."""
        self.has_channel = True

    def identity(self) -> Identity:
        return Identity(remote_id=CHANNEL, handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/youtube/v3/channels", self._channels, "connect"),
            Route("POST", "/upload/youtube/v3/videos", self._open, "prepare"),
            Route("PUT", "/session/{id}", self._take, self._take_step),
            Route("GET", "/youtube/v3/videos", self._videos, self._videos_step),
            Route("DELETE", "/youtube/v3/videos", self._delete, "delete"),
        ]

    def _take_step(self, asked: Asked) -> Step:
        start, end, size = _range(asked)
        if start is None:
            return "look"
        return "commit" if end == size else "prepare"

    def _videos_step(self, asked: Asked) -> Step:
        return "metrics" if asked.query["part"] == "statistics" else "poll"

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        return _no(403, "rateLimitExceeded", {"Retry-After": str(int(self.rate_seconds))})

    def out_of_quota(self, asked: Asked) -> web.Response:
        return _no(403, "quotaExceeded")

    def expired(self, asked: Asked) -> web.Response:
        return _no(401, "authError")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, "insufficientPermissions")

    def rejected(self, asked: Asked) -> web.Response:
        return _no(400, "invalidTitle")

    def failing(self, asked: Asked) -> web.Response:
        return _no(503, "backendError")

    # -- endpoints

    async def _channels(self, asked: Asked) -> web.Response:
        channel = {"id": CHANNEL, "snippet": {"title": "Ada", "customUrl": self.handle}}
        rows = [channel] if self.has_channel else []
        return self._let_in(asked) or web.json_response({"items": rows})

    async def _open(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        snippet, status = asked.fields["snippet"], asked.fields["status"]
        if extra := (snippet.keys() - SNIPPET) | (status.keys() - STATUS):
            self.object_to(f"a video has no {extra}")
        if "privacyStatus" not in status:
            self.object_to("what is not said is public")
        if asked.query["part"] != "snippet,status":
            self.object_to("part names what is sent")
        if not 1 <= len(snippet["title"]) <= 100 or set("<>") & set(snippet["title"]):
            return self.rejected(asked)
        number = f"s{len(self.sessions)}"
        self.sessions[number] = {
            "size": int(asked.headers["X-Upload-Content-Length"]),
            "kind": asked.headers["X-Upload-Content-Type"],
            "video": asked.fields,
            "bytes": b"",
            "id": None,
            "looks": self.pending_looks,
        }
        return web.Response(status=200, headers={"Location": f"{self.url}/session/{number}"})

    async def _take(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        session = self.sessions.get(asked.matched["id"])
        if session is None:
            return web.Response(status=404)
        start, end, size = _range(asked)
        if start is not None and end is not None and session["id"] is None:
            if start != len(session["bytes"]) or size != session["size"]:
                return web.Response(status=400)
            if end < size and (end - start) % (256 << 10):
                self.object_to("chunks are multiples of 256 KiB")
            if len(asked.body) != end - start:
                self.object_to("a chunk has as many bytes as it says")
            session["bytes"] += asked.body
            if end == size:
                self._finish(session)
        if session["id"] is None:
            come = len(session["bytes"])
            headers = {"Range": f"bytes=0-{come - 1}"} if come else {}
            return web.Response(status=308, headers=headers)
        return web.json_response({"kind": "youtube#video", "id": session["id"]})

    def _finish(self, session: dict[str, Any]) -> None:
        session["id"] = f"dQw4w9Wg{len(self.ledger):03}"
        media = LiveMedia.of(session["bytes"], session["kind"])
        text = session["video"]["snippet"]["description"]
        self.publish(LivePost(session["id"], text, (media,), details=session["video"]))

    async def _videos(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        rows = []
        for number in asked.query["id"].split(","):
            statistics = {"viewCount": "7", "likeCount": "2", "commentCount": "1"}
            row = {"id": number, "status": self._status(number), "statistics": statistics}
            rows.append({"id": number, asked.query["part"]: row[asked.query["part"]]})
        return web.json_response({"items": rows})

    def _status(self, number: str) -> dict[str, str]:
        session = next(each for each in self.sessions.values() if each["id"] == number)
        if session["looks"]:
            session["looks"] -= 1
            return {"uploadStatus": "uploaded"}
        return self.refusal or {"uploadStatus": "processed"}

    async def _delete(self, asked: Asked) -> web.Response:
        if refused := self._let_in(asked):
            return refused
        post = next((each for each in self.live if each.id == asked.query["id"]), None)
        if post is None:
            return _no(404, "videoNotFound")
        post.is_removed = True
        return web.Response(status=204)

    def _let_in(self, asked: Asked) -> web.Response | None:
        is_known = asked.bearer == self.credentials["access_token"]
        return None if is_known else _no(401, "authError")


def _range(asked: Asked) -> tuple[int | None, int | None, int]:
    """From, up to and without (None for a question), and of how many bytes."""
    found = RANGE.fullmatch(asked.headers["Content-Range"])
    assert found is not None
    start, last, size = found.groups()
    return (None, None, int(size)) if start is None else (int(start), int(last) + 1, int(size))


def _no(status: int, reason: str, headers: Mapping[str, str] | None = None) -> web.Response:
    errors = [{"domain": "youtube", "reason": reason, "message": reason}]
    error = {"code": status, "message": f"Refused: {reason}", "errors": errors}
    return web.json_response({"error": error}, status=status, headers=headers)
