"""The requests of the simulated Reddit's own pages: new comments above all."""

import html
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from postbroker.sandbox.answers import account_named
from postbroker.sandbox.door import Door
from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.occasions import read_profile
from postbroker.sandbox.publishing import Publishing, Refusal, Verdict
from postbroker.sandbox.reddit.markdown import shown
from postbroker.sandbox.reddit.site import RedditSite, thread_of
from postbroker.sandbox.reddit.threads import THREADS, FirstComment
from postbroker.sandbox.site import Account

TEXT_MAX = 10_000
BREAK_MINUTES = 6
POST, COMMENT = "t3_", "t1_"

REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "logged_out": (403, "USER_REQUIRED", "Please log in to do that."),
    "forged": (403, "INVALID_MODHASH", "Please log in again."),
    "locked": (403, "BAD_CAPTCHA", "Care to try these again?"),
    "empty": (400, "NO_TEXT", "We need something here."),
    "too_long": (400, "TOO_LONG", "This is too long."),
    "rate_limited": (
        429,
        "RATELIMIT",
        f"Looks like you've been doing that a lot. Take a break for {BREAK_MINUTES} minutes "
        "before trying again.",
    ),
    "duplicate": (400, "ALREADY_SUB", "That has already been said."),
    "closed": (403, "THREAD_LOCKED", "Comments are locked."),
    "gone": (404, "DELETED_LINK", "The post you are trying to answer has been deleted."),
    "not_allowed": (403, "SUBREDDIT_NOTALLOWED", "You aren't allowed to post there."),
    "banned_domain": (400, "DOMAIN_BANNED", "That domain is not allowed in this community."),
    "internal": (500, "INTERNAL", "Our servers are busy."),
}
"""By reason: the HTTP status of the newer design, the code, the words."""


class Commenting(Publishing[Account]):
    """A new comment: the older design gets errors with 200, the newer one new comments as HTML."""

    refusing_switches = {  # noqa: RUF012 - a constant, as in its parent
        "locked_meanwhile": "closed",
        "not_allowed": "not_allowed",
        "banned_domain": "banned_domain",
    }

    def accepted(self, account: Account, post_id: str | None, draft: Draft) -> dict[str, Any]:
        """The comment in the form of the account's design, or nothing in its place."""
        data = None if post_id is None else _data(post_id, draft)
        if account.layout == "new":
            return {"html": "" if data is None else _element(account, draft, data)}
        things = [] if data is None else [{"kind": "t1", "data": data}]
        return {"json": {"errors": [], "data": {"things": things}}}

    def refused(self, reason: str) -> Refusal:
        """A list of errors; a break has its length in words and in seconds."""
        status, code, words = REFUSALS[reason]
        answer: dict[str, Any] = {"errors": [[code, words, "text"]]}
        if code == "RATELIMIT":
            answer["ratelimit"] = BREAK_MINUTES * 60
        return Refusal(status, {"json": answer}, code)

    def objection(self, _: Account, draft: Draft) -> str | None:
        """Nothing said, too much said, or nobody there to say it to."""
        if not draft.text.strip():
            return "empty"
        if len(draft.text) > TEXT_MAX:
            return "too_long"
        thread = THREADS.get(draft.target or "")
        if thread is None or thread.state == "removed":
            return "gone"
        return None if thread.state == "open" else "closed"

    def respond(self, account: Account | None, verdict: Verdict) -> web.Response:
        """As the account's design does."""
        if "html" in verdict.body:
            return web.Response(text=verdict.body["html"], content_type="text/html")
        is_old = account is not None and account.layout == "old"
        status = 200 if is_old and verdict.status < 500 else verdict.status
        return web.json_response(verdict.body, status=status)


class Api:
    """Handlers of the pages' own requests."""

    def __init__(self, site: RedditSite, door: Door[Account]) -> None:
        self.site, self.door = site, door
        self.commenting = Commenting(site, door)

    async def me(self, request: web.Request) -> web.Response:
        """Who is logged in; nobody has an empty answer."""
        visitor = self.door.caller(request)
        if visitor is None:
            return web.json_response({})
        is_suspended = bool(self.site.faults(visitor.session.handle).look("suspended"))
        data = {
            "name": visitor.account.handle,
            "modhash": visitor.session.csrf,
            "is_suspended": is_suspended,
        }
        return web.json_response({"kind": "t2", "data": data})

    async def comment(self, request: web.Request) -> web.StreamResponse:
        """Publish in the older design: the text is Markdown."""
        form = await request.post()
        text = shown(str(form.get("text", "")))
        return await self._publish(request, form, str(form.get("thing_id", "")), text, "uh")

    async def create_comment(self, request: web.Request) -> web.StreamResponse:
        """Publish in the newer design: the text is Markdown or a document."""
        form = await request.post()
        content = str(form.get("content", ""))
        text = _plain(content) if form.get("mode") == "richText" else shown(content)
        thing = request.match_info["thing"]
        return await self._publish(request, form, thing, text, "csrf_token")

    async def _publish(
        self, request: web.Request, form: Mapping[str, Any], thing: str, text: str, token: str
    ) -> web.StreamResponse:
        visitor = self.door.caller(request)
        target, parent = self._place(thing)
        draft = Draft(
            text=text,
            client_nonce=str(form.get("nonce", "")) or None,
            kind="comment",
            target=target,
            parent_id=parent,
        )
        is_forged = visitor is not None and form.get(token) != visitor.session.csrf
        return await self.commenting.publish(request, draft, is_forged=is_forged)

    def _place(self, thing: str) -> tuple[str | None, str | None]:
        """The thread of a thing, and the comment that it is, if it is one."""
        if thing.startswith(POST):
            return thing.removeprefix(POST), None
        comment_id = thing.removeprefix(COMMENT)
        entry = self.site.post(comment_id)
        if entry is not None:
            return thread_of(entry).id, comment_id
        for thread in THREADS.values():
            if thread.comment is not None and thread.comment.id == comment_id:
                return thread.id, comment_id
        return None, comment_id

    async def thread(self, request: web.Request) -> web.Response:
        """A thread with its comments, for everybody."""
        thread = THREADS.get(request.match_info["thread"])
        if thread is None:
            raise web.HTTPNotFound
        entries = [_entry(entry) for entry in self.site.comments(thread)]
        first = [] if thread.comment is None else [_first(thread.comment, thread.path)]
        return web.json_response(
            {
                "id": thread.id,
                "path": thread.path,
                "title": thread.title,
                "state": thread.state,
                "comments": first + entries,
            }
        )

    async def own_comments(self, request: web.Request) -> web.Response:
        """An account's comments, newest first."""
        account = account_named(self.site, request)
        listed = await read_profile(self.site, account)
        return web.json_response({"comments": [_entry(each.entry) for each in listed]})


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "id": entry.post_id,
        "parent": entry.parent_id,
        "path": f"{thread_of(entry).path}/comment/{entry.post_id}/",
        "author": entry.account,
        "at": entry.at.isoformat(timespec="milliseconds"),
        "paragraphs": entry.text.split("\n"),
    }


def _first(comment: FirstComment, path: str) -> dict[str, Any]:
    return {
        "id": comment.id,
        "parent": None,
        "path": f"{path}/comment/{comment.id}/",
        "author": comment.author,
        "at": "2026-01-01T00:00:00.000+00:00",
        "paragraphs": [comment.text],
    }


def _data(post_id: str, draft: Draft) -> dict[str, str]:
    link = POST + thread_of(draft).id
    parent = COMMENT + draft.parent_id if draft.parent_id else link
    return {"id": COMMENT + post_id, "link": link, "parent": parent}


def _element(account: Account, draft: Draft, thing: Mapping[str, str]) -> str:
    """The new comment as the newer design's answers hold it."""
    path = f"{thread_of(draft).path}/comment/{thing['id'].removeprefix(COMMENT)}/"
    marks = {
        "author": account.handle,
        "thingid": thing["id"],
        "postid": thing["link"],
        "parentid": thing["parent"],
        "permalink": path,
    }
    attributes = " ".join(f'{name}="{html.escape(value)}"' for name, value in marks.items())
    text = html.escape(draft.text)
    return f'<shreddit-comment {attributes}><div slot="comment">{text}</div></shreddit-comment>'


def _plain(document: str) -> str:
    """The text of a document of paragraphs, each a list of runs."""
    try:
        paragraphs = json.loads(document)["document"]
        return "\n".join("".join(run["t"] for run in each["c"]) for each in paragraphs)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise web.HTTPBadRequest from error
