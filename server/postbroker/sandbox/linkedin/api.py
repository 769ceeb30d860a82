"""The requests of the simulated LinkedIn's own pages: new shares above all, uploads, lists."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from postbroker.sandbox.answers import account_named, json_object
from postbroker.sandbox.door import Door
from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.linkedin.rendering import pieces
from postbroker.sandbox.linkedin.site import LinkedInSite, activity_urn, share_urn
from postbroker.sandbox.occasions import read_profile, spend_on_upload
from postbroker.sandbox.publishing import Publishing, Refusal
from postbroker.sandbox.site import Account

TEXT_MAX = 3000
IMAGES_MAX = 20
ASSET = "urn:li:digitalmediaAsset:"

REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "logged_out": (401, "UNAUTHORIZED", "Unauthorized"),
    "forged": (403, "CSRF", "CSRF check failed."),
    "locked": (403, "CHALLENGE", "Verify that it is you."),
    "empty": (422, "EMPTY_SHARE", "The share has neither words nor media."),
    "too_long": (422, "TEXT_TOO_LONG", "The commentary is too long."),
    "mixed_media": (422, "MIXED_MEDIA", "Pictures and videos do not go together."),
    "rate_limited": (429, "RATE_LIMITED", "You may not post for now."),
    "duplicate": (422, "DUPLICATE_POST", "The share is a duplicate of another one."),
    "invalid": (200, "INVALID_SHARE", "The share is not valid."),
    "internal": (500, "INTERNAL", "Internal error"),
}
"""By reason: the HTTP status, the code in the answer, its words."""


class Sharing(Publishing[Account]):
    """A new share, by the old request or the new one."""

    refusing_switches = {"invalid_share": "invalid"}  # noqa: RUF012 - a constant, as in its parent

    def accepted(self, account: Account, post_id: str | None, _: Draft) -> dict[str, Any]:
        """The share as the account's design asks for it, or nothing in its place."""
        if account.layout == "old":
            status = {} if post_id is None else {"status": {"urn": share_urn(post_id)}}
            return {"data": status}
        created = None
        if post_id is not None:
            created = {"resourceKey": f"urn:li:fsd_share:({share_urn(post_id)},MAIN_FEED)"}
        return {"data": {"createContentcreationDashShares": created}}

    def refused(self, reason: str) -> Refusal:
        """Errors stand beside an empty result."""
        status, code, message = REFUSALS[reason]
        error = {"message": message, "extensions": {"status": status, "code": code}}
        return Refusal(
            status, {"errors": [error], "data": {"createContentcreationDashShares": None}}, code
        )

    def objection(self, _: Account, draft: Draft) -> str | None:
        """Nothing to show, too many words, or media that do not go together."""
        videos = sum(each.content_type.startswith("video/") for each in draft.media)
        if not draft.text.strip() and not draft.media:
            return "empty"
        if len(draft.text) > TEXT_MAX:
            return "too_long"
        is_mixed = videos > 1 or (videos and len(draft.media) > 1)
        return "mixed_media" if is_mixed or len(draft.media) > IMAGES_MAX else None


class Api:
    """Handlers of the pages' own requests."""

    def __init__(self, site: LinkedInSite, door: Door[Account], base: str) -> None:
        self.site, self.door, self.base = site, door, base
        self.sharing = Sharing(site, door)

    async def me(self, request: web.Request) -> web.Response:
        """Who is logged in."""
        account = self.door.member(request).account
        profile = {"publicIdentifier": account.handle, "firstName": account.name}
        return web.json_response({"miniProfile": profile})

    async def create_share(self, request: web.Request) -> web.StreamResponse:
        """Publish a post, unless a rule or a switch says otherwise."""
        share = (await json_object(request)).get("share")
        if not isinstance(share, dict):
            raise web.HTTPBadRequest
        named = [str(urn).removeprefix(ASSET) for urn in share.get("media", [])]
        uploads = [upload for each in named if (upload := self.site.uploads.get(each))]
        draft = Draft(
            text=str(share.get("commentary", "")),
            client_nonce=str(share.get("trackingId", "")) or None,
            media=tuple(upload.as_media() for upload in uploads),
        )
        return await self.sharing.publish(request, draft)

    async def announce_upload(self, request: web.Request) -> web.Response:
        """Where to send the bytes of a file."""
        self.door.member(request)
        kind = str((await json_object(request)).get("contentType", "application/octet-stream"))
        upload = self.site.uploads.begin(kind)
        url = f"{self.base}/dms-uploads/{upload.id}"
        return web.json_response(
            {"data": {"value": {"urn": ASSET + upload.id, "singleUploadUrl": url}}}
        )

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes of a file, unless a switch says otherwise."""
        visitor = self.door.member(request)
        upload = self.site.uploads.get(request.match_info["id"])
        if upload is None:
            raise web.HTTPNotFound
        if await spend_on_upload(self.site, visitor.session.handle):
            raise web.HTTPUnprocessableEntity
        async for part in request.content.iter_any():
            upload.append(part)
        self.site.uploads.finish(upload)
        return web.Response(status=201)

    async def home(self, request: web.Request) -> web.Response:
        """Everybody's posts."""
        self.door.member(request)
        return web.json_response({"posts": [self._shown(each.entry) for each in self.site.home()]})

    async def activity(self, request: web.Request) -> web.Response:
        """An account's posts, newest first."""
        self.door.member(request)
        account = account_named(self.site, request)
        listed = await read_profile(self.site, account)
        return web.json_response({"posts": [self._shown(each.entry) for each in listed]})

    async def update(self, request: web.Request) -> web.Response:
        """One post, for everybody."""
        post = self.site.post_of(request.match_info["urn"])
        if post is None:
            raise web.HTTPNotFound
        return web.json_response(self._shown(post))

    def _shown(self, entry: LedgerEntry) -> dict[str, Any]:
        author = self.site.account(entry.account)
        return {
            "urn": activity_urn(entry.post_id),
            "handle": entry.account,
            "name": author.name if author else entry.account,
            "pieces": pieces(entry.text),
            "media": [{"sha256": each.sha256, "type": each.content_type} for each in entry.media],
        }
