"""The requests of the simulated X's own pages: CreateTweet above all, lists, log-in, log-out."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from postbroker.catalogue import load_weights
from postbroker.domain.content import weighted_length
from postbroker.sandbox.answers import account_named, json_object
from postbroker.sandbox.door import Door
from postbroker.sandbox.ledger import Draft
from postbroker.sandbox.occasions import read_profile
from postbroker.sandbox.publishing import Publishing, Refusal
from postbroker.sandbox.site import ListedPost
from postbroker.sandbox.x.rendering import pieces, shown_url
from postbroker.sandbox.x.site import XAccount, XSite
from postbroker.sandbox.x.uploads import Uploading

WEIGHT_MAX = 280
RATE_WINDOW_SECONDS = 900

REFUSALS: Mapping[str, tuple[int, str, int]] = {
    "logged_out": (32, "Could not authenticate you.", 401),
    "forged": (353, "This request requires a matching csrf cookie and header.", 403),
    "locked": (326, "To protect our users, this account is temporarily locked.", 403),
    "empty": (214, "BadRequest: the text is missing.", 400),
    "no_parent": (385, "You attempted to reply to a post that is not there.", 403),
    "too_long": (186, "Authorization: the post needs to be a bit shorter. (186)", 200),
    "duplicate": (187, "Authorization: status is a duplicate. (187)", 200),
    "rate_limited": (88, "Rate limit exceeded.", 429),
    "automated": (226, "Authorization: this request looks automated. (226)", 200),
    "daily_limit": (344, "Authorization: daily limit for posts reached. (344)", 200),
    "internal": (131, "Internal error", 500),
}
"""By reason: the code in the answer, its words, the HTTP status."""


class Tweeting(Publishing[XAccount]):
    """CreateTweet."""

    refusing_switches = {  # noqa: RUF012 - a constant of the class it is derived from
        "error_226": "automated",
        "error_187": "duplicate",
        "error_344": "daily_limit",
    }
    weights = load_weights()["x"]

    def accepted(self, account: XAccount, post_id: str | None, draft: Draft) -> dict[str, Any]:
        """The post as the real answer tells it, or nothing in its place."""
        results = {} if post_id is None else self._result(account, post_id, draft)
        return {"data": {"create_tweet": {"tweet_results": results}}}

    def refused(self, reason: str) -> Refusal:
        """Codes stand in a body that is a good answer otherwise."""
        code, message, status = REFUSALS[reason]
        headers = {}
        if reason == "rate_limited":
            reset = int(self.site.clock.now().timestamp()) + RATE_WINDOW_SECONDS
            headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
        error = {"code": code, "message": message, "extensions": {"code": code}}
        return Refusal(status, {"errors": [error], "data": {}}, code, headers)

    def objection(self, _: XAccount, draft: Draft) -> str | None:
        """Nothing to say, nobody to answer, or a text that weighs too much."""
        if not draft.text.strip() and not draft.media:
            return "empty"
        if draft.parent_id is not None and self.site.post(draft.parent_id) is None:
            return "no_parent"
        return "too_long" if weighted_length(draft.text, self.weights) > WEIGHT_MAX else None

    def _result(self, account: XAccount, post_id: str, draft: Draft) -> dict[str, Any]:
        user = {
            "rest_id": account.user_id,
            "legacy": {"screen_name": account.handle, "name": account.name},
        }
        result = {
            "rest_id": post_id,
            "core": {"user_results": {"result": user}},
            "legacy": {
                "id_str": post_id,
                "full_text": draft.text,
                "user_id_str": account.user_id,
                "in_reply_to_status_id_str": draft.parent_id,
            },
        }
        if account.is_answer_wrapped:
            return {"result": {"__typename": "TweetWithVisibilityResults", "tweet": result}}
        return {"result": {"__typename": "Tweet", **result}}


class Api:
    """Handlers of the pages' own requests."""

    def __init__(self, site: XSite, door: Door[XAccount], uploading: Uploading) -> None:
        self.site, self.door, self.uploading = site, door, uploading
        self.tweeting = Tweeting(site, door)

    async def create_tweet(self, request: web.Request) -> web.StreamResponse:
        """Publish a post, unless a rule or a switch says otherwise."""
        variables = (await json_object(request)).get("variables")
        if not isinstance(variables, dict):
            raise web.HTTPBadRequest
        nonce, reply = variables.get("client_nonce"), variables.get("reply")
        parent = reply.get("in_reply_to_tweet_id") if isinstance(reply, dict) else None
        draft = Draft(
            text=str(variables.get("tweet_text", "")),
            client_nonce=None if nonce is None else str(nonce),
            parent_id=None if parent is None else str(parent),
            media=self.uploading.attached(variables),
        )
        return await self.tweeting.publish(request, draft)

    async def home(self, request: web.Request) -> web.Response:
        """Everybody's posts."""
        self.door.member(request)
        return web.json_response({"posts": [self._shown(post) for post in self.site.home()]})

    async def profile(self, request: web.Request) -> web.Response:
        """An account and its posts; with `replies` those as well that answer others."""
        self.door.member(request)
        account = account_named(self.site, request)
        has_replies = "replies" in request.query
        listed = await read_profile(self.site, account)
        posts = [
            self._shown(post) for post in listed if has_replies or post.entry.parent_id is None
        ]
        return web.json_response({"handle": account.handle, "name": account.name, "posts": posts})

    async def post(self, request: web.Request) -> web.Response:
        """One post with those that it answers, oldest first, for everybody."""
        post = self.site.post(request.match_info["id"])
        if post is None:
            raise web.HTTPNotFound
        above, parent = list[dict[str, Any]](), post
        while parent.parent_id and (found := self.site.post(parent.parent_id)):
            parent = found
            above.insert(0, self._shown(ListedPost(parent)))
        return web.json_response(self._shown(ListedPost(post)) | {"above": above})

    def _shown(self, listed: ListedPost) -> dict[str, Any]:
        entry = listed.entry
        author = self.site.account(entry.account)
        return {
            "id": entry.post_id,
            "handle": entry.account,
            "name": author.name if author else entry.account,
            "at": entry.as_json()["at"],
            "label": listed.label,
            "media": [
                {"sha256": each.sha256, "contentType": each.content_type, "alt": each.alt}
                for each in entry.media
            ],
            "pieces": [
                piece | ({"shown": shown_url(piece["text"])} if piece["kind"] == "link" else {})
                for piece in pieces(entry.text, self.tweeting.weights.url)
            ],
        }
