"""The requests of the simulated Instagram's own pages: new media above all, uploads, lists."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from postbroker.sandbox.answers import account_named
from postbroker.sandbox.door import Door
from postbroker.sandbox.instagram.site import InstagramSite, is_reel, medium_number
from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.occasions import read_profile, spend_on_upload
from postbroker.sandbox.publishing import Publishing, Refusal
from postbroker.sandbox.site import Account

TEXT_MAX = 2200
CAROUSEL_MAX = 10
NOT_READY = {"status": "fail", "message": "Transcode not finished yet."}

REFUSALS: Mapping[str, tuple[int, str]] = {
    "logged_out": (403, "login_required"),
    "forged": (403, "CSRF token missing or incorrect"),
    "locked": (400, "challenge_required"),
    "no_media": (400, "media_needs_reupload"),
    "too_long": (400, "caption_too_long"),
    "duplicate": (400, "feedback_required"),
    "blocked": (400, "feedback_required"),
    "rate_limited": (429, "Please wait a few minutes before you try again."),
    "internal": (500, "Oops, an error occurred."),
}
"""By reason: the HTTP status, and the answer's message, which is mostly a code."""


class Configuring(Publishing[Account]):
    """Uploaded files become a post."""

    refusing_switches = {"feedback_required": "blocked"}  # noqa: RUF012 - as in its parent

    def accepted(self, _: Account, post_id: str | None, __: Draft) -> dict[str, Any]:
        """The new medium, or nothing in its place."""
        if post_id is None:
            return {"status": "ok"}
        return {"status": "ok", "media": {"pk": str(medium_number(post_id)), "code": post_id}}

    def refused(self, reason: str) -> Refusal:
        """Every no is a `fail` with a message."""
        status, message = REFUSALS[reason]
        return Refusal(status, {"status": "fail", "message": message}, message)

    def objection(self, _: Account, draft: Draft) -> str | None:
        """Nothing to see, too much of it, or too many words."""
        if not 1 <= len(draft.media) <= CAROUSEL_MAX:
            return "no_media"
        return "too_long" if len(draft.text) > TEXT_MAX else None


class Api:
    """Handlers of the pages' own requests."""

    def __init__(self, site: InstagramSite, door: Door[Account]) -> None:
        self.site, self.door = site, door
        self.configuring = Configuring(site, door)

    async def user(self, request: web.Request) -> web.Response:
        """Who is logged in, for nobody else."""
        account = self.door.member(request).account
        user = {"pk": account.user_id, "username": account.handle, "full_name": account.name}
        return web.json_response({"user": user, "status": "ok"})

    async def upload(self, request: web.Request) -> web.Response:
        """A file in one piece, under the number that the page gave it."""
        visitor = self.door.member(request)
        if await spend_on_upload(self.site, visitor.session.handle):
            raise web.HTTPBadRequest
        kind = request.headers.get("X-Entity-Type", "application/octet-stream")
        upload = self.site.uploads.begin(kind, request.match_info["number"])
        async for part in request.content.iter_any():
            upload.append(part)
        self.site.uploads.finish(upload)
        return web.json_response({"upload_id": upload.id, "status": "ok"})

    async def configure(self, request: web.Request) -> web.StreamResponse:
        """Publish what was uploaded, unless a rule or a switch says otherwise."""
        form = await request.post()
        visitor = self.door.caller(request)
        if visitor and self.site.faults(visitor.session.handle).take("transcodes"):
            self.site.save()
            return web.json_response(NOT_READY, status=202)
        numbers = json.loads(str(form.get("children_metadata", "null"))) or [
            {"upload_id": form.get("upload_id")}
        ]
        uploads = [self.site.uploads.get(str(each.get("upload_id"))) for each in numbers]
        draft = Draft(
            text=str(form.get("caption", "")),
            client_nonce=str(form.get("client_nonce", "")) or None,
            media=tuple(upload.as_media() for upload in uploads if upload),
        )
        return await self.configuring.publish(request, draft)

    async def profile(self, request: web.Request) -> web.Response:
        """An account's posts, newest first."""
        self.door.member(request)
        account = account_named(self.site, request)
        listed = await read_profile(self.site, account)
        return web.json_response({"items": [_shown(each.entry) for each in listed]})

    async def medium(self, request: web.Request) -> web.Response:
        """One post, for everybody."""
        number = int(request.match_info["number"])
        post = next((each for each in self.site.posts if _number(each) == number), None)
        if post is None:
            raise web.HTTPNotFound
        return web.json_response({"items": [_shown(post)], "status": "ok"})


def _number(entry: LedgerEntry) -> int:
    return medium_number(entry.post_id)


def _shown(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "pk": str(_number(entry)),
        "code": entry.post_id,
        "product_type": "clips" if is_reel(entry) else "feed",
        "caption": {"text": entry.text} if entry.text else None,
        "user": {"username": entry.account},
        "files": [{"sha256": each.sha256, "type": each.content_type} for each in entry.media],
    }
