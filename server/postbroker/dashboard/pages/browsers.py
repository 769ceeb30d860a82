"""Browsers: pairing one, what each says of itself, revoking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from postbroker.appkeys import BROWSERS, LEASES, USAGE
from postbroker.contract.locators import LocatorState
from postbroker.dashboard.frame import Visit, status_of
from postbroker.dashboard.rendering import length, see_other
from postbroker.dashboard.words import site_words
from postbroker.errors import BrokerError, NotFoundError, TooManyError, error_codes
from postbroker.resources import extension_folder
from postbroker.store.browsers import Browser
from postbroker.store.instants import from_ms


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
        status_of(error),
        browsers=standing.browsers,
        sites={browser.id: _sites(browser) for browser, _ in standing.browsers},
        claimed=claimed,
        newcomer=next((b for b, _ in standing.browsers if b.id == claimed), None),
        folder=extension_folder(),
        problem=_problem(error) if error else None,
        typed=typed,
    )


@dataclass(frozen=True, slots=True)
class Site:
    """What is worth saying of a browser's locators on one platform."""

    platform: str
    words: list[str]
    checked_at: datetime | None


def _sites(browser: Browser) -> list[Site]:
    states = (LocatorState.model_validate(row) for row in browser.locators)
    return [
        Site(state.platform, words, from_ms(state.check.checked_at) if state.check else None)
        for state in states
        if (words := site_words(state))
    ]


def _problem(error: BrokerError) -> str:
    if error.retry_after_seconds is not None:
        wait = length(timedelta(seconds=error.retry_after_seconds) + timedelta(minutes=1))
        return f"Too many wrong codes: pairing is closed for {wait}. Then ask for a new code."
    return f"That code is not valid. {error_codes()[error.code].suggested_action}"
