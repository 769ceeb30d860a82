"""Discord's webhook resource by its documentation of 2026-08-06."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked, Part
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn

ID, TOKEN = "1201234567890123456", "secret-" + "a" * 61
GUILD, CHANNEL = "1100000000000000001", "1100000000000000002"
BASE = "/webhooks/{id}/{token}"
FIELDS = {
    "content", "username", "avatar_url", "tts", "embeds", "allowed_mentions", "components",
    "attachments", "flags", "thread_name", "applied_tags", "poll",
}  # fmt: skip
CONTENT_MAX, FILES_MAX, DESCRIPTION_MAX = 2000, 10, 1024


class DiscordStandIn(StandIn):
    """One webhook of one channel."""

    credentials: ClassVar[Mapping[str, str]] = {"webhook_id": ID, "webhook_token": TOKEN}
    typed: ClassVar[Mapping[str, str] | None] = {
        "webhook_url": f"https://discord.com/api/webhooks/{ID}/{TOKEN}"
    }
    app: ClassVar[Mapping[str, str]] = {}
    handle = f"Harbour#{CHANNEL}"
    base_path = "/api/v10"
    contract = "discord"

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.is_forum = False
        self.is_gone = False

    def identity(self) -> Identity:
        return Identity(
            remote_id=ID,
            handle=self.handle,
            base_url=self.url,
            more={"channel": CHANNEL, "guild": GUILD},
        )

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", BASE, self._webhook, "connect"),
            Route("POST", BASE, self._execute, "commit"),
            Route("GET", f"{BASE}/messages/{{message}}", self._message, "metrics"),
            Route("DELETE", f"{BASE}/messages/{{message}}", self._delete, "delete"),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        seconds = self.rate_seconds
        headers = {
            "Retry-After": str(int(seconds)),
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(self.in_seconds(seconds).timestamp()),
            "X-RateLimit-Reset-After": str(seconds),
            "X-RateLimit-Bucket": "abcd1234",
            "X-RateLimit-Scope": "user",
        }
        body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
        return web.json_response(body, status=429, headers=headers)

    def revoked(self, asked: Asked) -> web.Response:
        return _no(404, 10015, "Unknown Webhook")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, 50013, "Missing Permissions")

    def rejected(self, asked: Asked) -> web.Response:
        inner = {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be shorter."}]}
        return _no(400, 50035, "Invalid Form Body", {"content": inner})

    # -- endpoints

    async def _webhook(self, asked: Asked) -> web.Response:
        if refused := self._refuse(asked):
            return refused
        if "Authorization" in asked.headers:
            self.object_to("a webhook is asked without a bot's token")
        return web.json_response(
            {
                "id": ID,
                "type": 1,
                "name": "Harbour",
                "avatar": None,
                "channel_id": CHANNEL,
                "guild_id": GUILD,
                "application_id": None,
                "token": TOKEN,
            }
        )

    async def _execute(self, asked: Asked) -> web.Response:
        if refused := self._refuse(asked):
            return refused
        if asked.query.get("wait") != "true":
            self.object_to("without wait there is no id")
        files = [part for part in asked.parts if part.file_name is not None]
        given = json.loads(asked.form["payload_json"]) if files else asked.fields
        if extra := given.keys() - FIELDS:
            self.object_to(f"there is no {extra}")
        if given.get("allowed_mentions") != {"parse": []}:
            self.object_to("somebody might be called")
        content = given.get("content", "")
        if not (content or files):
            return _no(400, 50006, "Cannot send an empty message")
        if len(content) > CONTENT_MAX or len(files) > FILES_MAX:
            return self.rejected(asked)
        is_told_where = "thread_name" in given or "thread_id" in asked.query
        if self.is_forum and not is_told_where:
            return _no(
                400,
                220001,
                "Webhooks posted to forum channels must have a thread_name or thread_id",
            )
        media = self._media(files, given)
        number = f"130000000000000{len(self.ledger):04}"
        channel = asked.query.get("thread_id", CHANNEL)
        if "thread_name" in given:
            channel = number
        details = {"given": given, "query": dict(asked.query), "channel": channel}
        self.publish(LivePost(number, content, tuple(media), details=details))
        return web.json_response({"id": number, "channel_id": channel, "content": content})

    def _media(self, files: Sequence[Part], given: Mapping[str, Any]) -> list[LiveMedia]:
        described = {str(each["id"]): each for each in given.get("attachments", [])}
        media = []
        for place, part in enumerate(files):
            if part.name != f"files[{place}]" or str(place) not in described:
                self.object_to("files are files[n], each with its attachment")
            alt = described[str(place)].get("description")
            if len(alt or "") > DESCRIPTION_MAX:
                self.object_to("a description is shorter")
            media.append(LiveMedia.of(part.body, part.content_type, alt))
        return media

    async def _message(self, asked: Asked) -> web.Response:
        post = self._find(asked)
        if post is None:
            return _no(404, 10008, "Unknown Message")
        reactions = [{"count": 2, "emoji": {"name": "👍"}}, {"count": 1, "emoji": {"name": "⛴"}}]
        return web.json_response({"id": post.id, "reactions": reactions})

    async def _delete(self, asked: Asked) -> web.Response:
        post = self._find(asked)
        if post is None:
            return _no(404, 10008, "Unknown Message")
        post.is_removed = True
        return web.Response(status=204)

    def _find(self, asked: Asked) -> LivePost | None:
        wanted, thread = asked.matched["message"], asked.query.get("thread_id", CHANNEL)
        places = [(post.id, post.details["channel"]) for post in self.live]
        if (wanted, thread) not in places:
            return None
        return next(post for post in self.live if post.id == wanted)

    def _refuse(self, asked: Asked) -> web.Response | None:
        if self.is_gone or asked.matched["id"] != ID:
            return _no(404, 10015, "Unknown Webhook")
        if asked.matched["token"] != TOKEN:
            return _no(401, 50027, "Invalid Webhook Token")
        return None


def _no(status: int, code: int, message: str, errors: Any = None) -> web.Response:
    body: dict[str, Any] = {"message": message, "code": code}
    return web.json_response(body | ({"errors": errors} if errors else {}), status=status)
