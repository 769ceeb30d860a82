"""Who is at the simulated X's door: cookies to session to account, seen through the switches."""

import hmac
from dataclasses import dataclass

from aiohttp import web

from postbroker.sandbox.x.site import Account, Session, Site

SESSION_COOKIE = "auth_token"
CSRF_COOKIE = "ct0"
USER_COOKIE = "twid"
LEFT_COOKIE = "sandbox_left"
"""Set by a log-out, so that a browser which left on purpose is not logged in by itself again."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser with a session, and the account that the site takes it for."""

    session: Session
    account: Account


class Door:
    """Reads and sets the cookies of one site."""

    def __init__(self, site: Site, base: str) -> None:
        self.site = site
        self.path = base or "/"

    def enter(self, request: web.Request) -> tuple[Visitor | None, Session | None]:
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

    def caller(self, request: web.Request) -> Visitor | None:
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

    def is_forged(self, request: web.Request, session: Session) -> bool:
        """True unless the request proves that a page of this site could read its cookie."""
        sent, kept = request.headers.get("x-csrf-token", ""), request.cookies.get(CSRF_COOKIE, "")
        return not (hmac.compare_digest(sent, session.csrf) and hmac.compare_digest(sent, kept))

    def let_in(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        """Give the browser its session."""
        account = self.site.account(session.handle)
        user_id = account.user_id if account else ""
        values = {
            SESSION_COOKIE: session.token,
            CSRF_COOKIE: session.csrf,
            USER_COOKIE: f"u%3D{user_id}",
        }
        for name, value in values.items():
            self._set(request, response, name, value, is_hidden=name == SESSION_COOKIE)
        response.del_cookie(LEFT_COOKIE, path=self.path)

    def see_out(self, request: web.Request, response: web.StreamResponse) -> None:
        """Take the session from the browser, and remember that it left."""
        for name in (SESSION_COOKIE, CSRF_COOKIE, USER_COOKIE):
            response.del_cookie(name, path=self.path)
        self._set(request, response, LEFT_COOKIE, "1", is_hidden=True)

    def _session(self, request: web.Request) -> Session | None:
        return self.site.sessions.get(request.cookies.get(SESSION_COOKIE, ""))

    def _visitor(self, session: Session, other: object) -> Visitor | None:
        account = self.site.account(other if isinstance(other, str) else session.handle)
        return None if account is None else Visitor(session, account)

    def _set(
        self,
        request: web.Request,
        response: web.StreamResponse,
        name: str,
        value: str,
        *,
        is_hidden: bool,
    ) -> None:
        response.set_cookie(
            name, value, path=self.path, httponly=is_hidden, secure=request.secure, samesite="Lax"
        )
