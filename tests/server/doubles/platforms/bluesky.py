"""A PDS by the protocol's documents: atproto.com on XRPC and records, lexicons of PDS 0.5.35.

Error names and statuses are those that a real PDS 0.5.35 gave; the numbers of the index
(app.bsky.feed.getPosts) by its lexicon.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import regex
from aiohttp import web

from postbroker.platforms.adapter import Identity
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.stand_in import LiveMedia, LivePost, Route, StandIn

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
OTHERS = {"bob.test": "did:plc:z72i7hdynmk6r22z27h6tvur"}
PASSWORD = "secret-pass-word-1234"
TID = re.compile(r"^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$")
FIELDS = {"$type", "text", "createdAt", "facets", "langs", "labels", "reply", "embed", "tags"}


class BlueskyStandIn(StandIn):
    """One account on one server."""

    credentials: ClassVar[Mapping[str, str]] = {
        "access_token": "secret-access-jwt",
        "refresh_token": "secret-refresh-jwt",
    }
    typed: ClassVar[Mapping[str, str] | None] = {"handle": "@ada.test", "app_password": PASSWORD}
    app: ClassVar[Mapping[str, str]] = {}
    handle = "ada.test"

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.records: dict[str, Mapping[str, Any]] = {}
        """By key."""
        self.blobs: dict[str, tuple[bytes, str]] = {}
        """By the reference that the server gave."""
        self.refreshed = 0

    def identity(self) -> Identity:
        return Identity(remote_id=DID, handle=self.handle, base_url=self.url)

    def routes(self) -> Sequence[Route]:
        def call(method: str, name: str, handler: Any, step: Any) -> Route:
            return Route(method, f"/xrpc/{name}", handler, step)

        return [
            call("POST", "com.atproto.server.createSession", self._log_in, "connect"),
            call("GET", "com.atproto.server.getSession", self._session_of, "capabilities"),
            call("POST", "com.atproto.server.refreshSession", self._refresh, "refresh"),
            call("GET", "com.atproto.identity.resolveHandle", self._resolve, "prepare"),
            call("POST", "com.atproto.repo.uploadBlob", self._upload, "prepare"),
            call("POST", "com.atproto.repo.putRecord", self._put, "commit"),
            call("GET", "com.atproto.repo.getRecord", self._get, "look"),
            call("POST", "com.atproto.repo.deleteRecord", self._delete, "delete"),
            call("GET", "app.bsky.feed.getPosts", self._posts, "metrics"),
        ]

    # -- the server's own words

    def rate_limited(self, asked: Asked) -> web.Response:
        headers = {
            "RateLimit-Limit": "5000",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(int(self.in_seconds(self.rate_seconds).timestamp())),
            "RateLimit-Policy": "5000;w=3600",
            "Retry-After": str(int(self.rate_seconds)),
        }
        return _no(429, "RateLimitExceeded", "Rate Limit Exceeded", headers)

    def expired(self, asked: Asked) -> web.Response:
        return _no(400, "ExpiredToken", "Token has expired")

    def revoked(self, asked: Asked) -> web.Response:
        if asked.path.endswith("createSession"):
            return _no(401, "AuthenticationRequired", "Invalid identifier or password")
        return _no(401, "AccountDeactivated", "Account is deactivated")

    def not_permitted(self, asked: Asked) -> web.Response:
        return _no(403, "InsufficientScope", "Missing required scope")

    def rejected(self, asked: Asked) -> web.Response:
        return _no(400, "InvalidRequest", "Invalid app.bsky.feed.post record")

    def failing(self, asked: Asked) -> web.Response:
        return _no(502, "UpstreamFailure", "Upstream service unreachable")

    # -- endpoints

    async def _log_in(self, asked: Asked) -> web.Response:
        given = asked.fields
        if (given.get("identifier"), given.get("password")) != (self.handle, PASSWORD):
            return _no(401, "AuthenticationRequired", "Invalid identifier or password")
        return web.json_response(self._session("1"))

    async def _session_of(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        return web.json_response({"did": DID, "handle": self.handle, "emailConfirmed": True})

    async def _refresh(self, asked: Asked) -> web.Response:
        if not asked.bearer.startswith("secret-refresh-jwt"):
            return _no(400, "InvalidToken", "Bad token scope")
        if asked.body:
            self.object_to("refreshSession takes no body")
        self.refreshed += 1
        return web.json_response(self._session(str(self.refreshed + 1)))

    def _session(self, number: str) -> dict[str, Any]:
        end = self.clock.now() + timedelta(hours=2)
        claims = json.dumps({"exp": int(end.timestamp()), "scope": "com.atproto.appPass"})
        middle = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
        return {
            "did": DID,
            "handle": self.handle,
            "accessJwt": f"secret-access-jwt.{middle}.{number}",
            "refreshJwt": f"secret-refresh-jwt.{number}",
            "active": True,
            "didDoc": {
                "id": DID,
                "service": [
                    {
                        "id": "#atproto_pds",
                        "type": "AtprotoPersonalDataServer",
                        "serviceEndpoint": self.url,
                    }
                ],
            },
        }

    async def _resolve(self, asked: Asked) -> web.Response:
        did = OTHERS.get(asked.query.get("handle", ""))
        if did is None:
            return _no(400, "InvalidRequest", "Unable to resolve handle")
        return web.json_response({"did": did})

    async def _upload(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        if not asked.body:
            return _no(400, "InvalidRequest", "Request encoding is required but was not provided")
        reference = _reference(asked.body)
        self.blobs[reference] = (asked.body, asked.content_type)
        blob = {
            "$type": "blob",
            "ref": {"$link": reference},
            "mimeType": asked.content_type,
            "size": len(asked.body),
        }
        return web.json_response({"blob": blob})

    async def _put(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        given = asked.fields
        for name in given.keys() - {"repo", "collection", "rkey", "record", "swapRecord"}:
            self.object_to(f"putRecord has no {name}")
        if "swapRecord" not in given or given["swapRecord"] is not None:
            self.object_to("a post is made with swapRecord null")
        if given.get("repo") != DID or given.get("collection") != "app.bsky.feed.post":
            return _no(400, "InvalidRequest", "no such repository or collection")
        key, record = str(given.get("rkey")), given.get("record", {})
        if not TID.match(key):
            return _no(400, "InvalidRequest", "record key is no TID")
        if (wrong := self._invalid(record)) is not None:
            return _no(400, wrong[0], wrong[1])
        if key in self.records and self.records[key] != record:
            return _no(400, "InvalidSwap", "Record was at another cid")
        if key not in self.records:
            self.records[key] = record
            self._publish(key, record)
        return web.json_response({"uri": _uri(key), "cid": _cid(record)})

    def _publish(self, key: str, record: Mapping[str, Any]) -> None:
        embed = record.get("embed", {})
        images = [(each["image"], each["alt"]) for each in embed.get("images", [])]
        videos = [(embed["video"], embed.get("alt"))] if "video" in embed else []
        media = [
            LiveMedia.of(*self.blobs[blob["ref"]["$link"]], alt) for blob, alt in images + videos
        ]
        parent = record["reply"]["parent"]["uri"] if "reply" in record else None
        self.publish(LivePost(_uri(key), record["text"], media, parent, {"record": record}))

    def _invalid(self, record: Mapping[str, Any]) -> tuple[str, str] | None:
        """What the schema of a post forbids."""
        for name in record.keys() - FIELDS:
            self.object_to(f"a post has no {name}")
        text = record.get("text")
        if record.get("$type") != "app.bsky.feed.post" or not isinstance(text, str):
            return "InvalidRequest", "Record must have the property $type, and text"
        if len(regex.findall(r"\X", text)) > 300:
            return "InvalidRequest", "grapheme too big (maximum 300) at $.record.text"
        if len(text.encode()) > 3000:
            return "InvalidRequest", "string too big (maximum 3000) at $.record.text"
        try:
            at = datetime.fromisoformat(record["createdAt"])
        except (KeyError, ValueError):
            return "InvalidRequest", "createdAt must be a datetime"
        if at.tzinfo is None:
            return "InvalidRequest", "createdAt must be a datetime"
        if len(record.get("langs", [])) > 3:
            return "InvalidRequest", "array too big (maximum 3) at $.record.langs"
        return self._invalid_parts(record, len(text.encode()))

    def _invalid_parts(self, record: Mapping[str, Any], length: int) -> tuple[str, str] | None:
        for each in record.get("facets", []):
            index = each["index"]
            if not 0 <= index["byteStart"] < index["byteEnd"] <= length:
                self.object_to(f"a facet lies outside of the text: {index}")
        for reference in record.get("reply", {}).values():
            key = reference["uri"].rpartition("/")[2]
            if key not in self.records or _cid(self.records[key]) != reference["cid"]:
                self.object_to(f"{reference} is no post of here")
        return self._invalid_embed(record.get("embed", {}))

    def _invalid_embed(self, embed: Mapping[str, Any]) -> tuple[str, str] | None:
        images = embed.get("images", [])
        if len(images) > 4:
            return "InvalidRequest", "array too big (maximum 4)"
        if not all(isinstance(each.get("alt"), str) for each in images):
            return "InvalidRequest", "Missing required key alt"
        if any(each["image"]["size"] > 2_000_000 for each in images):
            return "InvalidRequest", "blob too big (maximum 2000000)"
        external = embed.get("external", {})
        blobs = [each["image"] for each in images]
        blobs += [
            each[name] for each, name in ((embed, "video"), (external, "thumb")) if name in each
        ]
        if any(blob["ref"]["$link"] not in self.blobs for blob in blobs):
            return "BlobNotFound", "Could not find blob"
        return None

    async def _get(self, asked: Asked) -> web.Response:
        key = asked.query.get("rkey", "")
        if asked.query.get("repo") != DID or key not in self.records:
            return _no(400, "RecordNotFound", f"Could not locate record: {key}")
        record = self.records[key]
        return web.json_response({"uri": _uri(key), "cid": _cid(record), "value": record})

    async def _delete(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        key = str(asked.fields.get("rkey"))
        if self.records.pop(key, None) is not None:
            next(post for post in self.live if post.id == _uri(key)).is_removed = True
        return web.json_response({})

    async def _posts(self, asked: Asked) -> web.Response:
        if (refused := self._door(asked)) is not None:
            return refused
        posts = [
            {"uri": post.id, "likeCount": 3, "repostCount": 2, "replyCount": 1, "quoteCount": 0}
            for post in self.live
            if post.id == asked.query.get("uris")
        ]
        return web.json_response({"posts": posts})

    def _door(self, asked: Asked) -> web.Response | None:
        if not asked.bearer:
            return _no(401, "AuthMissing", "Authentication Required")
        if not asked.bearer.startswith("secret-access-jwt"):
            return _no(400, "InvalidToken", "Token could not be verified")
        return None


def _no(
    status: int, name: str, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response({"error": name, "message": message}, status=status, headers=headers)


def _uri(key: str) -> str:
    return f"at://{DID}/app.bsky.feed.post/{key}"


def _reference(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return "bafkrei" + base64.b32encode(digest).decode().lower().rstrip("=")


def _cid(record: Mapping[str, Any]) -> str:
    return _reference(json.dumps(record, sort_keys=True).encode())
