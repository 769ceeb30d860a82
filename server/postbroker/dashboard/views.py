"""Every page of the dashboard in one table: method, path, handler."""

from aiohttp import web

from postbroker.dashboard.assets import serve_asset
from postbroker.dashboard.frame import Handler, OpenHandler, Visit, for_anyone, for_signed_in
from postbroker.dashboard.live import follow
from postbroker.dashboard.pages import (
    accounts,
    apps,
    browsers,
    connections,
    consent,
    home,
    jobs,
    keys,
    signin,
    tools,
)
from postbroker.dashboard.rendering import see_other

OPEN_PAGES: tuple[tuple[str, str, OpenHandler], ...] = (
    ("GET", "/dashboard/sign-in", signin.ask),
    ("POST", "/dashboard/sign-in", signin.sign_in),
    ("GET", "/dashboard/signed-out", signin.signed_out),
    ("GET", "/dashboard/static/{name}", serve_asset),
    ("GET", "/oauth/{platform}/callback", connections.come_back),
)

PAGES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/dashboard", home.show),
    ("POST", "/dashboard/pause", home.pause),
    ("POST", "/dashboard/resume", home.resume),
    ("POST", "/dashboard/sign-out", signin.sign_out),
    ("GET", "/dashboard/accounts", accounts.show),
    ("POST", "/dashboard/accounts/{id}/{change}", accounts.change),
    ("GET", "/dashboard/browsers", browsers.show),
    ("POST", "/dashboard/browsers/pair", browsers.pair),
    ("POST", "/dashboard/browsers/{id}/revoke", browsers.revoke),
    ("GET", "/dashboard/connections", connections.show),
    ("POST", "/dashboard/connections/{platform}/start", connections.start),
    ("POST", "/dashboard/connections/{id}/check", connections.check),
    ("POST", "/dashboard/connections/{id}/remove", connections.remove),
    ("POST", "/dashboard/connections/accounts/{id}/route", connections.prefer),
    ("GET", "/dashboard/jobs", jobs.show_list),
    ("GET", "/dashboard/jobs/{id}", jobs.show),
    ("POST", "/dashboard/jobs/{id}/cancel", jobs.cancel),
    ("POST", "/dashboard/jobs/{id}/live", jobs.settle_live),
    ("POST", "/dashboard/jobs/{id}/not-there", jobs.settle_absent),
    ("POST", "/dashboard/jobs/{id}/look-again", jobs.look_again),
    ("POST", "/dashboard/jobs/{id}/approve", jobs.approve),
    ("POST", "/dashboard/jobs/{id}/yes", jobs.say_yes),
    ("POST", "/dashboard/jobs/{id}/always", jobs.say_always),
    ("POST", "/dashboard/jobs/{id}/no", jobs.say_no),
    ("GET", "/dashboard/keys", keys.show),
    ("POST", "/dashboard/keys", keys.create),
    ("POST", "/dashboard/keys/{id}/rotate", keys.rotate),
    ("POST", "/dashboard/keys/{id}/revoke", keys.revoke),
    ("GET", "/dashboard/tools.json", tools.show),
    ("GET", "/dashboard/apps", apps.show),
    ("POST", "/dashboard/apps/{id}/revoke", apps.revoke),
    ("GET", "/oauth/authorize", consent.ask),
    ("POST", "/oauth/authorize", consent.answer),
    ("GET", "/oauth/device", consent.ask_for_code),
    ("POST", "/oauth/device", consent.answer_code),
)


def add_dashboard(app: web.Application) -> None:
    """Put the pages on the application."""
    for method, path, handler in OPEN_PAGES:
        app.router.add_route(method, path, for_anyone(handler))
    for method, path, page in PAGES:
        app.router.add_route(method, path, for_signed_in(page))
    app.router.add_get("/dashboard/events", follow)
    app.router.add_get("/", _to_dashboard)
    app.router.add_get("/dashboard/{rest:.*}", for_signed_in(_nowhere))


async def _to_dashboard(_request: web.Request) -> web.Response:
    return see_other("/dashboard")


async def _nowhere(_visit: Visit) -> web.Response:
    raise web.HTTPNotFound
