"""Browsers: pairing one, what each says of itself, revoking."""

from datetime import timedelta

from aiohttp import web

from postbroker.appkeys import BROWSERS, LEASES, USAGE
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.rendering import length, see_other
from postbroker.errors import BrokerError, NotFoundError, TooManyError, error_codes
from postbroker.resources import extension_folder


async def show(visit: Visit) -> web.Response:
    """The paired browsers, and how to pair one more."""
    return await _show(visit)


async def pair(visit: Visit) -> web.Response:
    """Claim the browser that shows a code; the person in front of it has the last word."""
    browsers, typed = visit.request.app[BROWSERS], visit.field("code")
    try:
        claimed = await browsers.claim(visit.caller, visit.request.remote or "", typed)
    except (NotFoundError, TooManyError) as error:
        return await _show(visit, error, typed)
    return see_other(f"/dashboard/browsers?claimed={claimed.browser_id}")


async def revoke(visit: Visit) -> web.Response:
    """End a pairing at once, and take back what the browser works on."""
    app, browser_id = visit.request.app, visit.request.match_info["id"]
    await app[BROWSERS].revoke(visit.workspace.id, browser_id)
    await app[LEASES].release_browser(visit.workspace.id, browser_id)
    return see_other("/dashboard/browsers")


async def _show(visit: Visit, error: BrokerError | None = None, typed: str = "") -> web.Response:
    standing = await visit.request.app[USAGE].standing(visit.workspace.id)
    claimed = visit.request.query.get("claimed")
    return visit.page(
        "browsers.html",
        (error_codes()[error.code].status or 400) if error else 200,
        browsers=standing.browsers,
        claimed=claimed,
        newcomer=next((b for b, _ in standing.browsers if b.id == claimed), None),
        folder=extension_folder(),
        problem=_problem(error) if error else None,
        typed=typed,
    )


def _problem(error: BrokerError) -> str:
    if error.retry_after_seconds is not None:
        wait = length(timedelta(seconds=error.retry_after_seconds) + timedelta(minutes=1))
        return f"Too many wrong codes: pairing is closed for {wait}. Then ask for a new code."
    return f"That code is not valid. {error_codes()[error.code].suggested_action}"
