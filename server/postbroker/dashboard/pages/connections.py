"""Connections: accounts by official APIs, connecting one more, and the way back from a consent."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from yarl import URL

from postbroker.appkeys import ACCESS, ACCOUNTS, CONNECTING, CONNECTIONS
from postbroker.contract.accounts import ChangeAccount
from postbroker.contract.connections import StartConnection
from postbroker.dashboard.frame import Visit, status_of, visit_of
from postbroker.dashboard.rendering import page, see_other
from postbroker.errors import BrokerError, field_error
from postbroker.operations.connections import connectable, health_of
from postbroker.services.connections import warning_of

PAGE = "/dashboard/connections"
ROUTES = {
    "auto": "whichever fits",
    "api": "the official API first",
    "tab": "a browser first",
}
"""Which way an account prefers, and what it is called."""
ANSWERED = ("state", "code", "iss", "error", "error_description")
ANSWER_LENGTH = 4000


async def show(visit: Visit) -> web.Response:
    """The connected accounts, and what can be connected."""
    return await _show(visit)


async def start(visit: Visit) -> web.Response:
    """Connect by what was entered, or show the way to the platform's consent page."""
    platform = visit.request.match_info["platform"]
    try:
        started = await visit.request.app[CONNECTING].start(visit.caller, _wanted(visit, platform))
    except BrokerError as error:
        return await _show(visit, error, platform)
    if started.authorize_url is None:
        return see_other(f"{PAGE}?connected={started.record.id}")
    return visit.page(
        "leaving.html",
        platform=_platform(visit, platform),
        address=started.authorize_url,
        host=URL(started.authorize_url).host,
    )


async def come_back(request: web.Request) -> web.Response:
    """The platform's consent page leads here; whoever began hears how it ended."""
    query = request.query
    answer = {name: query[name][:ANSWER_LENGTH] for name in ANSWERED if name in query}
    visit = await visit_of(request)
    record = await request.app[CONNECTING].finish(
        request.match_info["platform"], answer, visit.session.user_id if visit else None
    )
    return page("connected.html", visit=visit, record=record)


async def check(visit: Visit) -> web.Response:
    """Ask the platform how a connection stands."""
    connections = visit.request.app[CONNECTIONS]
    record = await connections.get(visit.caller, visit.request.match_info["id"])
    await connections.check(record)
    return see_other(PAGE)


async def remove(visit: Visit) -> web.Response:
    """Let a connection go."""
    await visit.request.app[CONNECTIONS].remove(visit.caller, visit.request.match_info["id"])
    return see_other(PAGE)


async def prefer(visit: Visit) -> web.Response:
    """Say which way an account's posts go out."""
    route = visit.field("route")
    if route not in ROUTES:
        raise field_error("VALIDATION_FAILED", "route", "choose one of the ways")
    wanted = ChangeAccount.model_validate({"id": visit.request.match_info["id"], "route": route})
    await visit.request.app[ACCOUNTS].change(visit.caller, wanted)
    return see_other(PAGE)


def _wanted(visit: Visit, platform: str) -> StartConnection:
    """What the form says. Raises ValidationFailedError."""
    way = visit.field("way")
    if way not in ("oauth", "typed"):
        raise field_error("VALIDATION_FAILED", "way", "choose a way")
    entered = {
        name.removeprefix("field-"): values[0]
        for name, values in visit.form.items()
        if name.startswith("field-") and values[0].strip()
    }
    given: dict[str, Any] = {"platform": platform, "way": way, "fields": entered}
    if server := visit.field("server").strip():
        given["server"] = server
    try:
        return StartConnection.model_validate(given)
    except ValueError as error:
        raise field_error("VALIDATION_FAILED", "fields", "something entered is too long") from error


async def _show(visit: Visit, error: BrokerError | None = None, platform: str = "") -> web.Response:
    app, now = visit.request.app, visit.now
    records = await app[CONNECTIONS].standing(visit.caller)
    accounts = {
        each.account.id: each.account for each in await app[ACCOUNTS].all(visit.workspace.id)
    }
    connected = visit.request.query.get("connected")
    access = app[ACCESS]
    return visit.page(
        "connections.html",
        status_of(error),
        connections=[
            (record, health_of(record, now), warning_of(record, now), accounts[record.account_id])
            for record in reversed(records)
            if record.account_id in accounts
        ],
        newcomer=next((each for each in records if each.id == connected), None),
        platforms=[connectable(each, access) for _, each in sorted(access.adapters.items())],
        routes=ROUTES,
        tried=platform,
        problem=error.detail if error else None,
        typed=_shown_again(visit, access.adapters, platform) if error else {},
    )


def _shown_again(visit: Visit, adapters: Mapping[str, Any], platform: str) -> dict[str, str]:
    """What was entered, without its secrets, for another try."""
    ways = adapters[platform].info.auth if platform in adapters else ()
    shown = ["server"] + [
        f"field-{entry.name}"
        for way in ways
        for entry in getattr(way, "entries", ())
        if not entry.is_secret
    ]
    return {name: visit.field(name) for name in shown}


def _platform(visit: Visit, platform: str) -> Any:
    access = visit.request.app[ACCESS]
    return connectable(access.adapters[platform], access)
