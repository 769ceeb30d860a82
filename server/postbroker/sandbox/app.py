"""The simulated platforms as a web application, in the broker or in the place of real hosts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from postbroker.clock import Clock, SystemClock
from postbroker.sandbox.control import LOOPBACK_NAMES, Control
from postbroker.sandbox.facebook.routes import add_routes as add_facebook
from postbroker.sandbox.facebook.site import FacebookSite
from postbroker.sandbox.instagram.routes import add_routes as add_instagram
from postbroker.sandbox.instagram.site import InstagramSite
from postbroker.sandbox.linkedin.routes import add_routes as add_linkedin
from postbroker.sandbox.linkedin.site import LinkedInSite
from postbroker.sandbox.place import Place
from postbroker.sandbox.reddit.routes import add_routes as add_reddit
from postbroker.sandbox.reddit.site import RedditSite
from postbroker.sandbox.site import Site
from postbroker.sandbox.tiktok.routes import add_routes as add_tiktok
from postbroker.sandbox.tiktok.site import TikTokSite
from postbroker.sandbox.x.routes import add_routes as add_x
from postbroker.sandbox.x.site import XSite

DEFAULT_ACCOUNT = "ada_sandbox"


@dataclass(frozen=True, slots=True)
class Simulation:
    """A platform that can be simulated."""

    site: type[Site[Any]]
    add_routes: Callable[[Place, Any], None]


SIMULATIONS = (
    Simulation(XSite, add_x),
    Simulation(LinkedInSite, add_linkedin),
    Simulation(FacebookSite, add_facebook),
    Simulation(TikTokSite, add_tiktok),
    Simulation(InstagramSite, add_instagram),
    Simulation(RedditSite, add_reddit),
)
BY_ID = {simulation.site.id: simulation for simulation in SIMULATIONS}


def sandbox_app(
    data_dir: Path, *, public_url: str, mount: str = "/sandbox", clock: Clock | None = None
) -> web.Application:
    """All sites, each under its name: `app.add_subapp("/sandbox", sandbox_app(...))`.

    `public_url` is where browsers reach the application that this one is mounted in. A browser that
    comes for the first time is logged in, so that everything can be tried at once.
    """
    app = web.Application()
    for name, simulation in BY_ID.items():
        base = f"{mount}/{name}"
        site = simulation.site(
            data_dir / name, clock or SystemClock(), public_url + base, DEFAULT_ACCOUNT
        )
        _serve(app, simulation, site, prefix=f"/{name}", base=base)
    return app


def site_at_root(
    name: str, data_dir: Path, *, auto_login: str | None = None, clock: Clock | None = None
) -> web.Application:
    """One simulated site in the place of the real one: at the root, under the real host names."""
    simulation = BY_ID[name]
    url = f"https://{simulation.site.hosts[0]}"
    site = simulation.site(data_dir / name, clock or SystemClock(), url, auto_login)
    app = web.Application(middlewares=[_known_hosts(frozenset(simulation.site.hosts))])
    _serve(app, simulation, site, prefix="", base="")
    return app


def _serve(
    app: web.Application, simulation: Simulation, site: Site[Any], *, prefix: str, base: str
) -> None:
    closing = asyncio.Event()

    async def close(_: web.Application) -> None:
        closing.set()

    app.on_shutdown.append(close)
    Control(site).add_routes(app)
    simulation.add_routes(Place(app, prefix, base, closing), site)


def _known_hosts(hosts: frozenset[str]) -> Callable[..., Any]:
    @web.middleware
    async def refuse_others(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        if name not in hosts | LOOPBACK_NAMES:
            raise web.HTTPMisdirectedRequest
        return await handler(request)

    return refuse_others
