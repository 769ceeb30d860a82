"""Who is at a simulated site's door: cookies to session to account, seen through the switches."""

import hmac
from dataclasses import dataclass
from typing import Generic

from aiohttp import web

from postbroker.sandbox.answers import json_object, refuse_foreign
from postbroker.sandbox.site import AnyAccount, Session, Site

LEFT_COOKIE = "sandbox_left"
"""Set by a log-out, so that a browser which left on purpose is not logged in by itself again."""


@dataclass(frozen=True, slots=True)
class Visitor(Generic[AnyAccount]):
    """A browser with a session, and the account that the site takes it for."""

    session: Session
    account: AnyAccount


class Door(Generic[AnyAccount]):
    """Reads and sets the cookies of one site."""

    def __init__(self, site: Site[AnyAccount], base: str) -> None:
        self.site = site
        self.path = base or "/"

    def enter(self, request: web.Request) -> tuple[Visitor[AnyAccount] | None, Session | None]:
        """Who loads a page, and the session begun for that if there was none. Spends switches."""
        session, fresh = self._session(request), None
        has_left = LEFT_COOKIE in request.cookies
        if (
            session is None
            and not has_left
            and (account := self.site.account(self.site.auto_login))
        ):
            session = fresh = self.site.log_in(account)
        if session is None:
            return None, None
        faults = self.site.faults(session.handle)
        is_out, other = faults.take("not_logged_in"), faults.take("other_account")
        return (None if is_out else self._visitor(session, other)), fresh

    def caller(self, request: web.Request) -> Visitor[AnyAccount] | None:
        """Who sends a request of a loaded page. Spends nothing."""
        session = self._session(request)
        if session is None:
            return None
        faults = self.site.faults(session.handle)
        return (
            None
            if faults.look("not_logged_in")
            else self._visitor(session, faults.look("other_account"))
        )

    def member(self, request: web.Request) -> Visitor[AnyAccount]:
        """Who sends a request that only those who are logged in may send."""
        visitor = self.caller(request)
        if visitor is None:
            raise web.HTTPUnauthorized
        return visitor

    def is_forged(self, request: web.Request, session: Session) -> bool:
        """True unless the request proves that a page of this site could read its cookie."""
        sent = request.headers.get(self.site.csrf_header, "")
        kept = request.cookies.get(self.site.csrf_cookie, "")
        is_true = self.site.cookies(session)[self.site.csrf_cookie]
        return not (hmac.compare_digest(sent, is_true) and hmac.compare_digest(kept, is_true))

    def let_in(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        """Give the browser its session."""
        for name, value in self.site.cookies(session).items():
            self._set(request, response, name, value)
        response.del_cookie(LEFT_COOKIE, path=self.path)

    def see_out(self, request: web.Request, response: web.StreamResponse) -> None:
        """Take the session from the browser, and remember that it left."""
        for name in self.site.cookies(Session("", "", "")):
            response.del_cookie(name, path=self.path)
        self._set(request, response, LEFT_COOKIE, "1")

    async def log_in(self, request: web.Request) -> web.Response:
        """Begin a session as one of the accounts: `{handle}`; there are no passwords here."""
        refuse_foreign(request)
        account = self.site.account(str((await json_object(request)).get("handle", "")))
        if account is None:
            raise web.HTTPNotFound
        response = web.json_response({"handle": account.handle})
        self.let_in(request, response, self.site.log_in(account))
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        """End the session."""
        refuse_foreign(request)
        if visitor := self.caller(request):
            self.site.log_out(visitor.session)
        response = web.json_response({})
        self.see_out(request, response)
        return response

    def _session(self, request: web.Request) -> Session | None:
        return self.site.sessions.get(request.cookies.get(self.site.session_cookie, ""))

    def _visitor(self, session: Session, other: object) -> Visitor[AnyAccount] | None:
        account = self.site.account(other if isinstance(other, str) else session.handle)
        return None if account is None else Visitor(session, account)

    def _set(
        self, request: web.Request, response: web.StreamResponse, name: str, value: str
    ) -> None:
        response.set_cookie(
            name,
            value,
            path=self.path,
            httponly=name in {self.site.session_cookie, LEFT_COOKIE},
            secure=request.secure,
            samesite="Lax",
        )
