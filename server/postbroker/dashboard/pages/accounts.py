"""Accounts: who posts, whether it may, and the switches of each."""

from aiohttp import web

from postbroker.appkeys import ACCOUNTS
from postbroker.contract.accounts import ChangeAccount
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.rendering import see_other

CHANGES: dict[str, dict[str, object]] = {
    "pause": {"paused": True},
    "resume": {"paused": False},
    "ask": {"mode": "ask"},
    "first": {"mode": "first"},
    "always": {"mode": "always"},
}
"""What each switch changes."""


async def show(visit: Visit) -> web.Response:
    """All accounts that browsers told of."""
    known = await visit.request.app[ACCOUNTS].all(visit.workspace.id)
    return visit.page("accounts.html", accounts=known)


async def change(visit: Visit) -> web.Response:
    """Turn one switch of one account."""
    given = visit.request.match_info
    if given["change"] not in CHANGES:
        raise web.HTTPNotFound
    wanted = ChangeAccount.model_validate({"id": given["id"], **CHANGES[given["change"]]})
    await visit.request.app[ACCOUNTS].change(visit.caller, wanted)
    return see_other("/dashboard/accounts")
