"""Requests of the simulated Facebook's pages: one address for all operations, lists, uploads."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import BodyPartReader, web

from postbroker.sandbox.control import wish
from postbroker.sandbox.door import Door
from postbroker.sandbox.facebook.groups import GROUPS, Group, find_group
from postbroker.sandbox.facebook.site import FacebookAccount, FacebookSite
from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.occasions import spend_on_list
from postbroker.sandbox.publishing import Publishing, Refusal
from postbroker.sandbox.site import SiteError

TEXT_MAX = 63_206
PART_BYTES = 1 << 16
GUARD = "for (;;);"
"""The real answers begin so, lest a foreign page run them as a script."""

REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "logged_out": (1_357_001, "Not Logged In", "Please log in to continue."),
    "forged": (1_357_004, "Sorry, something went wrong", "Please try closing the browser window."),
    "locked": (368, "You're Temporarily Blocked", "Please confirm that this is your account."),
    "rate_limited": (
        1_390_008,
        "You Can't Use This Feature Now",
        "We limit how often you can post.",
    ),
    "blocked": (368, "You're Temporarily Blocked", "It looks like you were posting too fast."),
    "duplicate": (1_366_051, "Duplicate status update", "This status update is identical to one."),
    "empty": (1_366_025, "Missing message", "This status update appears to be blank."),
    "too_long": (1_366_022, "Message too long", "Please shorten your message."),
    "not_in_group": (1_390_013, "Not allowed", "You can't post in this group."),
    "internal": (1_675_030, "Query error", "A server error occured."),
}
"""By reason: the code in the answer, its heading, its words."""


class Composing(Publishing[FacebookAccount]):
    """ComposerStoryCreateMutation."""

    site: FacebookSite
    refusing_switches = {  # noqa: RUF012 - a constant of the class it is derived from
        "error_368": "blocked",
        "error_1366051": "duplicate",
    }

    def accepted(
        self, account: FacebookAccount, post_id: str | None, draft: Draft
    ) -> dict[str, Any]:
        """The story as the real answer tells it, or nothing in its place."""
        if post_id is None:
            return {"data": {"story_create": {"story": None}}}
        story = {
            "id": base64.b64encode(f"S:_I{account.user_id}:{post_id}".encode()).decode(),
            "legacy_story_hideable_id": post_id,
            "url": self.site.post_url(account, post_id, draft),
        }
        return {"data": {"story_create": {"story": story}}}

    def refused(self, reason: str) -> Refusal:
        """Codes stand at the top of an answer that is a good one otherwise."""
        code, summary, description = REFUSALS[reason]
        body = {"error": code, "errorSummary": summary, "errorDescription": description}
        return Refusal(200, body, code)

    def objection(self, account: FacebookAccount, draft: Draft) -> str | None:
        """An empty text, one that is too long, or a group that takes nothing from the account."""
        group = GROUPS.get(draft.target or "")
        if group and (self.site.join_state(account, group) != "MEMBER" or group.takes == "nothing"):
            return "not_in_group"
        if not draft.text.strip() and not draft.media:
            return "empty"
        return "too_long" if len(draft.text) > TEXT_MAX else None


class Api:
    """Handlers of the pages' own requests."""

    def __init__(self, site: FacebookSite, door: Door[FacebookAccount]) -> None:
        self.site, self.door = site, door
        self.composing = Composing(site, door)

    async def graphql(self, request: web.Request) -> web.StreamResponse:
        """One operation, by its friendly name in the form."""
        form = await request.post()
        try:
            variables = json.loads(str(form.get("variables", "")))["input"]
        except (ValueError, KeyError, TypeError) as error:
            raise web.HTTPBadRequest from error
        match form.get("fb_api_req_friendly_name"):
            case "ComposerStoryCreateMutation":
                return await self._create_story(request, variables)
            case "GroupCometJoinForumMutation":
                return self._join(request, variables)
            case _:
                raise web.HTTPBadRequest

    async def upload(self, request: web.Request) -> web.Response:
        """Take one file and name it."""
        visitor = self.door.member(request)
        faults = self.site.faults(visitor.session.handle)
        delay_ms, fails = faults.take_milliseconds("slow_upload"), faults.take("upload_fails")
        self.site.save()
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader):
            raise web.HTTPBadRequest
        upload = self.site.uploads.begin(part.headers.get("Content-Type", ""))
        while chunk := await part.read_chunk(PART_BYTES):
            upload.append(chunk)
        self.site.uploads.finish(upload)
        if delay_ms:
            await self.site.clock.sleep(delay_ms / 1000)
        if fails:
            error = {"error": 1_366_046, "errorSummary": "Can't Read Files"}
            return web.Response(text=GUARD + json.dumps(error), content_type="text/javascript")
        payload = {"payload": {"photoID": upload.id}}
        return web.Response(text=GUARD + json.dumps(payload), content_type="text/javascript")

    async def profile(self, request: web.Request) -> web.Response:
        """What an account posted to its feed."""
        self.door.member(request)
        account = self.site.person(request.match_info["name"])
        if account is None:
            raise web.HTTPNotFound
        min_age_ms = await spend_on_list(self.site, account)
        return self._list(self.site.own_posts(account, min_age_ms=min_age_ms))

    async def group_posts(self, request: web.Request) -> web.Response:
        """What the visitor sees in a group: the live posts, and all of its own."""
        visitor, group = self._group(request)
        posts = [
            post
            for post in reversed(self.site.posts)
            if post.target == group.id and (not post.waits or post.account == visitor.handle)
        ]
        return self._list(posts)

    async def own_content(self, request: web.Request) -> web.Response:
        """What the visitor posted to a group, live or waiting."""
        visitor, group = self._group(request)
        min_age_ms = await spend_on_list(self.site, visitor)
        own = self.site.own_posts(visitor, group, min_age_ms)
        waits = request.match_info["which"] == "pending"
        return self._list([post for post in own if post.waits == waits])

    async def post(self, request: web.Request) -> web.Response:
        """One post."""
        post = self.site.post(request.match_info["id"])
        if post is None:
            raise web.HTTPNotFound
        return self._list([post])

    async def put_join_state(self, request: web.Request) -> web.Response:
        """Make an account something in a group: `{handle, group, state}`."""
        wanted = await wish(request)
        account = self.site.account(str(wanted.get("handle")))
        group = find_group(str(wanted.get("group")))
        if account is None or group is None:
            raise SiteError("there is no such account or group")
        self.site.put_join_state(account, group, wanted["state"])
        return web.json_response({})

    async def read_join_state(self, request: web.Request) -> web.Response:
        """What an account is in a group: `?handle=…&group=…`."""
        account = self.site.account(request.query.get("handle"))
        group = find_group(request.query.get("group", ""))
        if account is None or group is None:
            raise SiteError("there is no such account or group")
        return web.json_response({"state": self.site.join_state(account, group)})

    async def _create_story(
        self, request: web.Request, variables: Mapping[str, Any]
    ) -> web.StreamResponse:
        group = GROUPS.get(str(variables.get("audience", {}).get("to_id")))
        ids = [str(each.get("photo", {}).get("id")) for each in variables.get("attachments", [])]
        draft = Draft(
            text=str(variables.get("message", {}).get("text", "")),
            client_nonce=str(variables.get("idempotence_token")),
            target=group.id if group else None,
            waits=group is not None and group.posts_wait,
            media=tuple(up.as_media() for each in ids if (up := self.site.uploads.get(each))),
        )
        answer = await self.composing.publish(request, draft)
        visitor = self.door.caller(request)
        if isinstance(answer, web.Response) and visitor and visitor.account.layout == "new":
            # Newer pages get several documents, each on a line of its own.
            later = {"label": "ComposerStoryCreateMutation$defer$feed", "data": {}}
            answer.text = f"{GUARD}{answer.text}\n{json.dumps(later)}"
        return answer

    def _join(self, request: web.Request, variables: Mapping[str, Any]) -> web.Response:
        visitor = self.door.member(request)
        group = GROUPS.get(str(variables.get("group_id")))
        if group is None or self.door.is_forged(request, visitor.session):
            raise web.HTTPForbidden
        state = self.site.press_join_button(visitor.account, group)
        told = {"id": group.id, "viewer_join_state": state}
        return web.json_response({"data": {"group_request_to_join": {"group": told}}})

    def _group(self, request: web.Request) -> tuple[FacebookAccount, Group]:
        visitor = self.door.member(request)
        group = find_group(request.match_info["group"])
        if group is None:
            raise web.HTTPNotFound
        return visitor.account, group

    def _list(self, posts: list[LedgerEntry]) -> web.Response:
        return web.json_response({"posts": [self._shown(post) for post in posts]})

    def _shown(self, post: LedgerEntry) -> dict[str, Any]:
        author = self.site.account(post.account)
        return {
            "id": post.post_id,
            "handle": post.account,
            "userId": author.user_id if author else "",
            "name": author.name if author else post.account,
            "at": post.as_json()["at"],
            "group": post.target,
            "waits": post.waits,
            "text": post.text,
            "media": [each.sha256 for each in post.media],
        }
