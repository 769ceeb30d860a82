"""The request that publishes, through rules and switches; a site only words the answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal

from aiohttp import web

from postbroker.sandbox.answers import cut_off
from postbroker.sandbox.door import Door, Visitor
from postbroker.sandbox.faults import FaultBoard
from postbroker.sandbox.ledger import Draft
from postbroker.sandbox.site import AnyAccount, Site

Reason = str
"""Why a site refuses: logged_out, forged, locked, rate_limited, duplicate, internal, or its own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A clear no, in the platform's own form."""

    status: int
    body: Mapping[str, Any]
    code: str | int | None = None
    """The platform's own name for the reason, if its answers hold one."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one request to publish, and what its sender is told."""

    result: Literal["posted", "refused", "ignored"]
    status: int
    body: Mapping[str, Any]
    switch: str | None = None
    post_id: str | None = None
    code: str | int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut_off: bool = False


class Publishing(ABC, Generic[AnyAccount]):
    """Derived once a site; `publish` is what its handler calls."""

    refusing_switches: ClassVar[Mapping[str, Reason]] = {}
    """The site's own switches of the occasion `create`, each with the reason it refuses for."""

    def __init__(self, site: Site[AnyAccount], door: Door[AnyAccount]) -> None:
        self.site, self.door = site, door

    @abstractmethod
    def accepted(self, account: AnyAccount, post_id: str | None, draft: Draft) -> dict[str, Any]:
        """The body of a good answer; without an id, one that names no post."""

    @abstractmethod
    def refused(self, reason: Reason) -> Refusal:
        """How the platform says no."""

    @abstractmethod
    def objection(self, account: AnyAccount, draft: Draft) -> Reason | None:
        """Which of the platform's own rules the draft breaks."""

    async def after(self, account: AnyAccount, post_id: str, draft: Draft) -> None:
        """What else the platform does with a new post."""

    def respond(self, account: AnyAccount | None, verdict: Verdict) -> web.Response:  # noqa: ARG002 - for platforms
        """The answer as it goes out: JSON, unless the platform speaks otherwise."""
        return web.json_response(verdict.body, status=verdict.status, headers=verdict.headers)

    async def publish(
        self, request: web.Request, draft: Draft, *, is_forged: bool | None = None
    ) -> web.StreamResponse:
        """Publish, unless a rule or a switch says otherwise.

        `is_forged` is for sites whose token is in the body; otherwise the header is looked at.
        """
        began = self.site.clock.now()
        visitor = self.door.caller(request)
        if visitor and is_forged is None:
            is_forged = self.door.is_forged(request, visitor.session)
        verdict = await self._judge(visitor, draft, is_forged=bool(is_forged))
        delay_ms = 0
        if visitor:
            delay_ms = self.site.faults(visitor.session.handle).take_milliseconds("slow_network")
            self.site.save()
        await self.site.log_request(
            {
                "at": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "account": visitor.account.handle if visitor else None,
                **draft.model_dump(exclude_defaults=True),
                "result": verdict.result,
                "status": verdict.status,
                "code": verdict.code,
                "postId": verdict.post_id,
                "switch": verdict.switch,
            }
        )
        if delay_ms:
            await self.site.clock.sleep(delay_ms / 1000)
        response = self.respond(visitor.account if visitor else None, verdict)
        if verdict.switch == "logout_before_compose_submit":
            self.door.see_out(request, response)
        return await cut_off(request, response) if verdict.is_cut_off else response

    async def _judge(
        self, visitor: Visitor[AnyAccount] | None, draft: Draft, *, is_forged: bool
    ) -> Verdict:
        if visitor is None:
            return self._no("logged_out")
        if is_forged:
            return self._no("forged")
        faults = self.site.faults(visitor.session.handle)
        if faults.look("captcha"):
            return self._no("locked", "captcha")
        if reason := self.objection(visitor.account, draft):
            return self._no(reason)
        if faults.take("logout_before_compose_submit"):
            self.site.log_out(visitor.session)
            return self._no("logged_out", "logout_before_compose_submit")
        for switch, reason in {"http_429": "rate_limited", **self.refusing_switches}.items():
            if faults.take(switch):
                return self._no(reason, switch)
        if faults.look("duplicate_rule") and self.site.is_recent(visitor.account, draft.text):
            faults.take("duplicate_rule")
            return self._no("duplicate", "duplicate_rule")
        return await self._accept(visitor.account, faults, draft)

    async def _accept(self, account: AnyAccount, faults: FaultBoard, draft: Draft) -> Verdict:
        if faults.take("empty_answer"):
            return Verdict("ignored", 200, self.accepted(account, None, draft), "empty_answer")
        if faults.take("shows_success_but_posts_nothing"):
            made_up = self.site.made_up_id(self.site.clock.now())
            answer = self.accepted(account, made_up, draft)
            return Verdict("ignored", 200, answer, "shows_success_but_posts_nothing")
        post_id = (await self.site.create_post(account, draft)).post_id
        await self.after(account, post_id, draft)
        if faults.take("empty_but_posted"):
            answer = self.accepted(account, None, draft)
            return Verdict("posted", 200, answer, "empty_but_posted", post_id)
        if how := faults.take("posts_but_shows_error"):
            error = self.refused("internal")
            return Verdict(
                "posted",
                error.status,
                error.body,
                "posts_but_shows_error",
                post_id,
                error.code,
                is_cut_off=how == "network",
            )
        switch = "drop_answer" if faults.take("drop_answer") else None
        answer = self.accepted(account, post_id, draft)
        return Verdict("posted", 200, answer, switch, post_id, is_cut_off=switch is not None)

    def _no(self, reason: Reason, switch: str | None = None) -> Verdict:
        no = self.refused(reason)
        return Verdict("refused", no.status, no.body, switch, code=no.code, headers=no.headers)
