"""The simulated platforms as a web application, in the broker or in the place of a real host."""

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from postbroker.clock import Clock, SystemClock
from postbroker.sandbox.control import LOOPBACK_NAMES, Control
from postbroker.sandbox.x.routes import add_routes
from postbroker.sandbox.x.site import Site

X_HOSTS = {"x.com", "twitter.com"}
DEFAULT_ACCOUNT = "ada_sandbox"


def sandbox_app(
    data_dir: Path, *, public_url: str, mount: str = "/sandbox", clock: Clock | None = None
) -> web.Application:
    """All sites, each under its name: `app.add_subapp("/sandbox", sandbox_app(...))`.

    `public_url` is where browsers reach the application that this one is mounted in. A browser that
    comes for the first time is logged in, so that everything can be tried at once.
    """
    base = f"{mount}/x"
    site = Site(data_dir / "x", clock or SystemClock(), public_url + base, DEFAULT_ACCOUNT)
    app = web.Application()
    Control(site).add_routes(app)
    add_routes(app, site, prefix="/x", base=base)
    return app


def x_at_root(
    data_dir: Path, *, auto_login: str | None = None, clock: Clock | None = None
) -> web.Application:
    """The simulated X in the place of the real one: at the root, under the real host names."""
    site = Site(data_dir / "x", clock or SystemClock(), "https://x.com", auto_login)
    app = web.Application(middlewares=[_known_hosts])
    Control(site).add_routes(app)
    add_routes(app, site, prefix="", base="")
    return app


@web.middleware
async def _known_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if name not in X_HOSTS | LOOPBACK_NAMES:
        raise web.HTTPMisdirectedRequest
    return await handler(request)
