"""The requests of the simulated TikTok's own pages: new videos above all, uploads, lists."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from postbroker.sandbox.answers import json_object
from postbroker.sandbox.door import Door
from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.occasions import read_profile, spend_on_upload
from postbroker.sandbox.publishing import Publishing, Refusal
from postbroker.sandbox.site import Account
from postbroker.sandbox.tiktok.site import TikTokSite
from postbroker.sandbox.uploads import Upload

TEXT_MAX = 2200
PROJECT = "7400000000000000001"

REFUSALS: Mapping[str, tuple[int, int, str]] = {
    "logged_out": (200, 8, "Login expired"),
    "forged": (403, 10000, "Forbidden"),
    "locked": (403, 10101, "Verify to continue"),
    "no_video": (200, 10204, "The post has no video."),
    "too_long": (200, 10204, "The caption is too long."),
    "duplicate": (200, 10204, "You have posted this before."),
    "rate_limited": (429, 10202, "You are posting too often."),
    "internal": (500, 10201, "Server is busy"),
}
"""By reason: the HTTP status, the code in the answer, its words."""


class Posting(Publishing[Account]):
    """A project that is posted: one video with its caption."""

    def accepted(self, _: Account, post_id: str | None, __: Draft) -> dict[str, Any]:
        """Without an id the project is taken, and its video follows or not."""
        items = [] if post_id is None else [{"item_id": post_id, "status_code": 0}]
        return {"status_code": 0, "project_id": PROJECT, "single_post_resp_list": items}

    def refused(self, reason: str) -> Refusal:
        """The answer's own code says no, whatever the HTTP status is."""
        status, code, message = REFUSALS[reason]
        return Refusal(status, {"status_code": code, "status_msg": message}, code)

    def objection(self, _: Account, draft: Draft) -> str | None:
        """No video, or too many words."""
        if len(draft.media) != 1:
            return "no_video"
        return "too_long" if len(draft.text) > TEXT_MAX else None


class Api:
    """Handlers of the pages' own requests."""

    def __init__(self, site: TikTokSite, door: Door[Account]) -> None:
        self.site, self.door = site, door
        self.posting = Posting(site, door)

    async def context(self, request: web.Request) -> web.Response:
        """Who is logged in; nobody is no error."""
        visitor = self.door.caller(request)
        user = {} if visitor is None else {"uniqueId": visitor.account.handle}
        return web.json_response({"user": user})

    async def begin_upload(self, request: web.Request) -> web.Response:
        """A name for a file that will come in parts."""
        visitor = self.door.member(request)
        kind = str((await json_object(request)).get("contentType", "application/octet-stream"))
        if await spend_on_upload(self.site, visitor.session.handle):
            raise web.HTTPUnprocessableEntity
        return web.json_response({"video_id": self.site.uploads.begin(kind).id})

    async def take_part(self, request: web.Request) -> web.Response:
        """The next bytes of a file."""
        upload = self._upload(request.match_info["id"])
        async for part in request.content.iter_any():
            upload.append(part)
        return web.Response(status=204)

    async def finish_upload(self, request: web.Request) -> web.Response:
        """The file is whole."""
        self.site.uploads.finish(self._upload(request.match_info["id"]))
        return web.json_response({})

    async def post_project(self, request: web.Request) -> web.StreamResponse:
        """Publish a video, unless a rule or a switch says otherwise."""
        body = await json_object(request)
        try:
            creation, [single] = body["post_common_info"], body["single_post_req_list"]
            draft = Draft(
                text=str(single["single_post_feature_info"]["text"]),
                client_nonce=str(creation["creation_id"]),
                media=(self._upload(str(single["video_id"])).as_media(),),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest from error
        return await self.posting.publish(request, draft)

    async def own_items(self, request: web.Request) -> web.Response:
        """The videos of whoever is logged in, newest first."""
        account = self.door.member(request).account
        listed = await read_profile(self.site, account)
        return web.json_response({"items": [_shown(each.entry) for each in listed]})

    async def item(self, request: web.Request) -> web.Response:
        """One video, for everybody."""
        post = self.site.post(request.match_info["id"])
        if post is None:
            raise web.HTTPNotFound
        return web.json_response(_shown(post))

    def _upload(self, upload_id: str) -> Upload:
        upload = self.site.uploads.get(upload_id)
        if upload is None:
            raise web.HTTPNotFound
        return upload


def _shown(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "id": entry.post_id,
        "handle": entry.account,
        "desc": entry.text,
        "video": entry.media[0].sha256 if entry.media else None,
    }
