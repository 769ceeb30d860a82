"""Connected apps: what people allowed, and taking it back."""

from aiohttp import web

from postbroker.appkeys import ACCOUNTS, GRANTS, METERS
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.rendering import see_other


async def show(visit: Visit) -> web.Response:
    """The apps that can still do something, newest first."""
    app = visit.request.app
    grants = await app[GRANTS].list(visit.workspace.id)
    known = await app[ACCOUNTS].all(visit.workspace.id)
    return visit.page(
        "apps.html",
        grants=grants,
        handles={each.account.id: each.account.handle for each in known},
        requests=await app[METERS].counts([grant.id for grant in grants]),
        origin=visit.request.url.origin(),
    )


async def revoke(visit: Visit) -> web.Response:
    """End a grant at once, with all its tokens."""
    await visit.request.app[GRANTS].revoke(visit.workspace.id, visit.request.match_info["id"])
    return see_other("/dashboard/apps")
