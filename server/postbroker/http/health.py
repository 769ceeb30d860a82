"""Whether the process lives, and whether it can take work."""

from aiohttp import web

from postbroker import __version__
from postbroker.appkeys import DATABASE, SIGNALS
from postbroker.http.endpoints import HEALTH
from postbroker.store.database import Connection


def add_health(app: web.Application) -> None:
    """`/livez`, `/readyz`, and `/health` for those who know that name."""
    handlers = {"live": live, "ready": ready, "health": ready}
    for endpoint in HEALTH:
        for method in (endpoint.method, "HEAD"):
            app.router.add_route(method, endpoint.path, handlers[endpoint.operation])


async def live(_request: web.Request) -> web.Response:
    """200 as long as the process answers."""
    return web.json_response({"ok": True})


async def ready(request: web.Request) -> web.Response:
    """200 when jobs are taken, 503 when not, with each check by name."""

    async def write(tx: Connection) -> bool:
        return tx.has_room()

    checks = {"running": not request.app[SIGNALS].is_closed, "database": True, "disk": True}
    try:
        checks["disk"] = await request.app[DATABASE].write(write)
    except Exception:
        checks["database"] = False
    ok = all(checks.values())
    body = {"ok": ok, "service": "postbroker", "version": __version__, "checks": checks}
    return web.json_response(body, status=200 if ok else 503)
