"""The Bot API by its document: Bot API 10.0, as public clients of 2026 quote it.

Errors are `{"ok": false, "error_code", "description", "parameters"?}`, with the same HTTP status.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn, Step

TOKEN = "123456789:secret-AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CHANNEL = -1001234567890
BOT = {"id": 123456789, "is_bot": True, "first_name": "Poster", "username": "poster_bot"}
USUAL = {"chat_id", "message_thread_id", "disable_notification", "protect_content"}
FIELDS = {
    "sendMessage": USUAL | {"text", "parse_mode", "link_preview_options"},
    "sendPhoto": USUAL | {"photo", "caption", "parse_mode"},
    "sendAnimation": USUAL | {"animation", "caption", "parse_mode"},
    "sendVideo": USUAL | {"video", "caption", "parse_mode"},
    "sendMediaGroup": USUAL | {"media"},
}
FILES = {"sendPhoto": "photo", "sendAnimation": "animation", "sendVideo": "video"}
OTHERS: Mapping[str, Step] = {
    "getMe": "connect",
    "getChat": "connect",
    "getChatMember": "connect",
    "deleteMessages": "delete",
}
TEXT_MAX, CAPTION_MAX, GROUP_MAX = 4096, 1024, 10


class TelegramStandIn(StandIn):
    """One bot, admin of one channel."""

    credentials: ClassVar[Mapping[str, str]] = {"bot_token": TOKEN}
    typed: ClassVar[Mapping[str, str] | None] = {"bot_token": TOKEN, "chat": "@harbour_news"}
    app: ClassVar[Mapping[str, str]] = {}
    handle = "@harbour_news"

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.chat: dict[str, Any] = {
            "id": CHANNEL,
            "type": "channel",
            "title": "Harbour news",
            "username": "harbour_news",
        }
        self.member: dict[str, Any] = {"status": "administrator", "can_post_messages": True}

    def identity(self) -> Identity:
        return Identity(
            remote_id=str(CHANNEL),
            handle=self.handle,
            base_url=self.url,
            more={"bot": "poster_bot", "username": "harbour_news"},
        )

    def routes(self) -> Sequence[Route]:
        return [
            Route("POST", "/bot{token}/{method}", self._call, _step),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        seconds = int(self.rate_seconds)
        description = f"Too Many Requests: retry after {seconds}"
        return _no(429, description, {"retry_after": seconds})

    def revoked(self, asked: Asked) -> web.Response:
        return _no(401, "Unauthorized")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, "Forbidden: bot is not a member of the channel chat")

    def rejected(self, asked: Asked) -> web.Response:
        return _no(400, "Bad Request: can't parse entities")

    def failing(self, asked: Asked) -> web.Response:
        return _no(500, "Internal Server Error")

    # -- endpoints

    async def _call(self, asked: Asked) -> web.Response:
        method = asked.matched["method"]
        if asked.matched["token"] != TOKEN:
            return _no(401, "Unauthorized")
        match method:
            case "getMe":
                return _yes(BOT)
            case "getChat":
                known = {self.handle, str(CHANNEL)}
                is_known = str(asked.fields.get("chat_id")) in known
                return _yes(self.chat) if is_known else _no(400, "Bad Request: chat not found")
            case "getChatMember":
                return _yes({"user": BOT, **self.member})
            case "deleteMessages":
                return self._delete(asked)
            case _:
                return self._send(asked, method)

    def _send(self, asked: Asked, method: str) -> web.Response:
        given = asked.fields or asked.form
        parts = {part.name: part for part in asked.parts if part.file_name is not None}
        if extra := {*given, *parts} - FIELDS[method] - {f"file{each}" for each in range(10)}:
            self.object_to(f"{method} has no {extra}")
        if str(given.get("chat_id")) != str(CHANNEL):
            return _no(400, "Bad Request: chat not found")
        if asked.headers.get("Transfer-Encoding"):
            self.object_to("a form has a length")
        text, media = str(given.get("text", given.get("caption", ""))), []
        if method == "sendMessage":
            if not 1 <= _units(text) <= TEXT_MAX:
                return _no(400, "Bad Request: message is too long")
        elif method in FILES:
            part = parts[FILES[method]]
            media = [LiveMedia.of(part.body, part.content_type)]
        else:
            items = json.loads(given["media"])
            if not 2 <= len(items) <= GROUP_MAX:
                self.object_to("an album has two to ten files")
            text = items[0].get("caption", "")
            for item in items:
                part = parts[item["media"].removeprefix("attach://")]
                media.append(LiveMedia.of(part.body, part.content_type))
        if media and _units(text) > CAPTION_MAX:
            return _no(400, "Bad Request: message caption is too long")
        return _yes(self._publish(text, media, given))

    def _publish(self, text: str, media: Sequence[LiveMedia], given: Mapping[str, Any]) -> Any:
        first = 100 * (len(self.ledger) + 1)
        post = LivePost(f"{first}", text, tuple(media), details={"given": given})
        self.publish(post)
        messages = [
            {"message_id": first + place, "chat": self.chat, "date": 1_780_000_000}
            for place in range(max(1, len(media)))
        ]
        return messages if len(media) > 1 else messages[0]

    def _delete(self, asked: Asked) -> web.Response:
        gone = {str(each) for each in asked.fields["message_ids"]}
        for post in self.ledger:
            post.is_removed = post.is_removed or post.id in gone
        return _yes(True)


def _step(asked: Asked) -> Step:
    return OTHERS.get(asked.matched["method"], "commit")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _yes(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _no(code: int, description: str, parameters: dict[str, Any] | None = None) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)
