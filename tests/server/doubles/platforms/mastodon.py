"""A Mastodon server by docs.joinmastodon.org of 2026-07-02: statuses, media, instance, accounts."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from aiohttp import web
from yarl import URL

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn

TOKEN = "secret-token-of-ada"
ACCOUNT = "109302436954721982"
FIELDS = {
    "status", "media_ids", "in_reply_to_id", "sensitive", "spoiler_text", "visibility", "language",
}  # fmt: skip
KEPT_SECONDS = 3600
"""How long a key is remembered."""


class MastodonStandIn(StandIn):
    """One account on one server."""

    credentials: ClassVar[Mapping[str, str]] = {"access_token": TOKEN}
    typed: ClassVar[Mapping[str, str] | None] = {"access_token": TOKEN}
    app: ClassVar[Mapping[str, str]] = {}
    handle = "ada@social.example"
    is_old = False
    """True for a server before 4.0, which tells of itself in the first version's place."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.statuses: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, tuple[bytes, str, str | None]] = {}
        self.looks: dict[str, int] = {}
        """How often each upload is still to be told as in the making."""
        self.keys: dict[str, tuple[str, datetime]] = {}
        self.apps: dict[str, set[str]] = {}
        """The scopes of each registered app."""
        self.codes: dict[str, tuple[str, str]] = {}
        """The app and the challenge of each code that nobody redeemed yet."""
        self.revoked_tokens = 0

    def identity(self) -> Identity:
        return Identity(ACCOUNT, self.handle, "Ada", base_url=self.url)

    def routes(self) -> Sequence[Route]:
        return [
            Route("POST", "/api/v1/apps", self._register, "connect"),
            Route("POST", "/oauth/token", self._redeem, "connect"),
            Route("POST", "/oauth/revoke", self._revoke, "connect"),
            Route("GET", "/api/v1/accounts/verify_credentials", self._whoami, "connect"),
            Route("GET", "/api/v2/instance", self._instance, "capabilities"),
            Route("GET", "/api/v1/instance", self._old_instance, "capabilities"),
            Route("POST", "/api/v2/media", self._upload, "prepare"),
            Route("GET", "/api/v1/media/{id}", self._media, "prepare"),
            Route("POST", "/api/v1/statuses", self._post, "commit"),
            Route("GET", "/api/v1/accounts/{id}/statuses", self._statuses, "look"),
            Route("GET", "/api/v1/statuses/{id}/source", self._source, "look"),
            Route("GET", "/api/v1/statuses/{id}", self._status, "metrics"),
            Route("DELETE", "/api/v1/statuses/{id}", self._delete, "delete"),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        at = self.in_seconds(self.rate_seconds).isoformat(timespec="microseconds")
        headers = {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": at.replace("+00:00", "Z"),
        }
        return _no(429, "Too many requests", headers)

    def revoked(self, asked: Asked) -> web.Response:
        said = 'Bearer realm="Doorkeeper", error="invalid_token"'
        return _no(401, "The access token was revoked", {"WWW-Authenticate": said})

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, "This action is outside the authorized scopes")

    def rejected(self, asked: Asked) -> web.Response:
        return _no(422, "Validation failed: Text character limit of 500 exceeded")

    def failing(self, asked: Asked) -> web.Response:
        return web.Response(status=503, text="<html>This page is not correct</html>")

    # -- connecting

    def consent(self, authorize_url: str) -> dict[str, str]:
        """What the consent page leads back with, once a person has said yes."""
        url = URL(authorize_url)
        asked = url.query
        if str(url.with_query(None)) != f"{self.url}/oauth/authorize":
            self.object_to(f"{url} is no consent page")
        if asked.get("client_id") not in self.apps or asked.get("response_type") != "code":
            self.object_to("the consent page does not know the app")
        if set(asked.get("scope", "").split()) - self.apps[asked["client_id"]]:
            self.object_to("an app asks for scopes only that it was registered with")
        code = f"secret-code-{len(self.codes)}"
        self.codes[code] = (asked["client_id"], asked.get("code_challenge", ""))
        return {"code": code, "state": asked["state"]}

    async def _register(self, asked: Asked) -> web.Response:
        if not {"client_name", "redirect_uris"} <= asked.form.keys():
            return _no(422, "Validation failed: Redirect URI must be an absolute URI.")
        client_id = f"app-{len(self.apps)}"
        self.apps[client_id] = set(asked.form.get("scopes", "read").split())
        return web.json_response(
            {"id": "1", "client_id": client_id, "client_secret": f"secret-of-{client_id}"}
        )

    async def _redeem(self, asked: Asked) -> web.Response:
        form = asked.form
        client_id, challenge = self.codes.pop(form.get("code", ""), ("", ""))
        if not client_id or form.get("client_secret") != f"secret-of-{client_id}":
            return web.json_response({"error": "invalid_grant"}, status=400)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if challenge != base64.urlsafe_b64encode(digest).decode().rstrip("="):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(
            {"access_token": TOKEN, "token_type": "Bearer", "scope": "read", "created_at": 1}
        )

    async def _revoke(self, asked: Asked) -> web.Response:
        if asked.form.get("token") != TOKEN or asked.form.get("client_id") not in self.apps:
            self.object_to("what is revoked must be a token of an app")
        self.revoked_tokens += 1
        return web.json_response({})

    # -- endpoints

    async def _whoami(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        return web.json_response(
            {"id": ACCOUNT, "username": "ada", "acct": "ada", "display_name": "Ada"}
        )

    async def _instance(self, asked: Asked) -> web.Response:
        if self.is_old:
            return _no(404, "Not Found")
        return web.json_response(
            {"domain": "social.example", "version": "4.5.1", "configuration": self._limits()}
        )

    async def _old_instance(self, asked: Asked) -> web.Response:
        return web.json_response(
            {"uri": "social.example", "version": "3.5.0", "configuration": self._limits()}
        )

    def _limits(self) -> dict[str, Any]:
        return {
            "statuses": {
                "max_characters": 1000,
                "max_media_attachments": 6,
                "characters_reserved_per_url": 30,
            },
            "media_attachments": {
                "supported_mime_types": ["image/jpeg", "image/png", "video/mp4", "audio/ogg"],
                "description_limit": 1400,
                "image_size_limit": 10485760,
                "image_matrix_limit": 16777216,
                "video_size_limit": 41943040,
                "video_frame_rate_limit": 60,
                "video_matrix_limit": 2304000,
            },
        }

    async def _upload(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        files = [part for part in asked.parts if part.name == "file"]
        for part in asked.parts:
            if part.name not in ("file", "description", "focus", "thumbnail"):
                self.object_to(f"media has no {part.name}")
        if len(files) != 1 or files[0].file_name is None:
            return _no(422, "Validation failed: File can't be blank")
        number = str(22348641 + len(self.uploads))
        description = asked.form.get("description")
        self.uploads[number] = (files[0].body, files[0].content_type, description)
        self.looks[number] = self.pending_looks
        is_ready = not self.pending_looks
        found = {"id": number, "type": "image", "url": "https://f.example/a" if is_ready else None}
        return web.json_response(found, status=200 if is_ready else 202)

    async def _media(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        number = asked.matched["id"]
        if number not in self.uploads:
            return _no(404, "Record not found")
        self.looks[number] -= 1
        is_ready = self.looks[number] <= 0
        return web.json_response(
            {"id": number, "url": "https://f.example/a" if is_ready else None},
            status=200 if is_ready else 206,
        )

    async def _post(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        key = asked.headers.get("Idempotency-Key", "")
        if not key:
            self.object_to("a post without an idempotency key may be made twice")
        number, until = self.keys.get(key, ("", self.clock.now()))
        if number and until > self.clock.now():
            return web.json_response(self.statuses[number])
        given = asked.fields
        for name in given.keys() - FIELDS:
            self.object_to(f"a status has no {name}")
        if (wrong := self._invalid(given)) is not None:
            return wrong
        number = str(103254962155278888 + len(self.statuses))
        self.keys[key] = (number, self.in_seconds(KEPT_SECONDS))
        self.statuses[number] = {
            "id": number,
            "created_at": self.clock.now().isoformat().replace("+00:00", "Z"),
            "in_reply_to_id": given.get("in_reply_to_id"),
            "url": f"https://social.example/@ada/{number}",
            "uri": f"https://social.example/users/ada/statuses/{number}",
            "content": f"<p>{given.get('status', '')}</p>",
            "media_attachments": [{"id": each} for each in given.get("media_ids", [])],
            "replies_count": 1,
            "reblogs_count": 2,
            "favourites_count": 3,
        }
        media = [LiveMedia.of(*self.uploads[each]) for each in given.get("media_ids", [])]
        parent = given.get("in_reply_to_id")
        self.publish(LivePost(number, given.get("status", ""), media, parent, given))
        return web.json_response(self.statuses[number])

    def _invalid(self, given: Mapping[str, Any]) -> web.Response | None:
        media = given.get("media_ids", [])
        if not given.get("status") and not media:
            return _no(422, "Validation failed: Text can't be blank")
        if any(each not in self.uploads for each in media):
            return _no(422, "Validation failed: Media attachments are invalid")
        if any(self.looks[each] > 0 for each in media):
            return _no(422, "Cannot attach files that have not finished processing.")
        if given.get("in_reply_to_id") and given["in_reply_to_id"] not in self.statuses:
            return _no(404, "Record not found")
        return None

    async def _statuses(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        if asked.matched["id"] != ACCOUNT:
            return _no(404, "Record not found")
        newest = list(reversed(self.statuses.values()))
        return web.json_response(newest[: int(asked.query.get("limit", "20"))])

    async def _source(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        number = asked.matched["id"]
        post = next(post for post in self.ledger if post.id == number)
        return web.json_response({"id": number, "text": post.text, "spoiler_text": ""})

    async def _status(self, asked: Asked) -> web.Response:
        found = self.statuses.get(asked.matched["id"])
        return web.json_response(found) if found else _no(404, "Record not found")

    async def _delete(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        found = self.statuses.pop(asked.matched["id"], None)
        if found is None:
            return _no(404, "Record not found")
        next(post for post in self.live if post.id == found["id"]).is_removed = True
        return web.json_response(found)

    def _door(self, asked: Asked) -> web.Response | None:
        if asked.bearer != TOKEN:
            return _no(401, "The access token is invalid")
        return None


def _no(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": message}, status=status, headers=headers)
