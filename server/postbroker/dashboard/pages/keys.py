"""API keys: the list, making one with its limits, rotating, revoking."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from postbroker.appkeys import ACCOUNTS, KEYS, METERS, SETTINGS
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.rendering import see_other
from postbroker.domain.key import USUAL_SCOPES
from postbroker.errors import ValidationFailedError, field_error
from postbroker.services.keys import Limits
from postbroker.store.keys import Key

LIVES = {"": "until I revoke it", "1": "a day", "7": "a week", "30": "30 days", "90": "90 days"}
"""Days, and what they are called."""
OVERLAPS = {"0": "at once", "3600": "in an hour", "86400": "in a day", "604800": "in a week"}
"""Seconds until an old secret ends, and what they are called."""
MOST_A_MINUTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Entered:
    """What the form for a new key holds."""

    label: str = ""
    scopes: frozenset[str] = USUAL_SCOPES
    accounts: frozenset[str] = frozenset()
    life: str = ""
    per_minute: str = ""


async def show(visit: Visit) -> web.Response:
    """All keys, and a form for a new one."""
    return await _show(visit, Entered())


async def create(visit: Visit) -> web.Response:
    """Make a key; its secret is on this answer and nowhere else."""
    entered = Entered(
        label=visit.field("label"),
        scopes=frozenset(visit.form.get("scope", [])),
        accounts=frozenset(visit.form.get("account", [])),
        life=visit.field("life"),
        per_minute=visit.field("per_minute"),
    )
    try:
        if not entered.scopes:
            raise field_error("VALIDATION_FAILED", "scope", "choose what the key may do")
        key, secret = await visit.request.app[KEYS].create(
            visit.workspace.id, entered.label, entered.scopes, limits=_limits(entered)
        )
    except ValidationFailedError as error:
        return await _show(visit, entered, error)
    return _secret(visit, key, secret, 201)


async def rotate(visit: Visit) -> web.Response:
    """Give a key a new secret, which is on this answer and nowhere else."""
    overlap = visit.field("overlap")
    if overlap not in OVERLAPS:
        raise field_error("VALIDATION_FAILED", "overlap", "choose when the old secret ends")
    key, secret = await visit.request.app[KEYS].rotate(
        visit.caller, visit.request.match_info["id"], timedelta(seconds=int(overlap))
    )
    return _secret(visit, key, secret, 200)


async def revoke(visit: Visit) -> web.Response:
    """End a key at once."""
    await visit.request.app[KEYS].revoke(visit.workspace.id, visit.request.match_info["id"])
    return see_other("/dashboard/keys")


def _secret(visit: Visit, key: Key, secret: str, status: int) -> web.Response:
    return visit.page(
        "key-created.html",
        status,
        key=key,
        secret=secret,
        origin=visit.request.url.origin(),
        has_sandbox=visit.request.app[SETTINGS].sandbox,
    )


def _limits(entered: Entered) -> Limits:
    """Raises ValidationFailedError for what the form cannot hold."""
    if entered.life not in LIVES:
        raise field_error("VALIDATION_FAILED", "life", "choose how long it is good")
    number = entered.per_minute.strip()
    is_number = number.isascii() and number.isdigit() and len(number) <= len(str(MOST_A_MINUTE))
    if number and not (is_number and int(number) <= MOST_A_MINUTE):
        message = f"give a number from 0 to {MOST_A_MINUTE}"
        raise field_error("VALIDATION_FAILED", "per_minute", message)
    return Limits(
        account_ids=entered.accounts or None,
        life=timedelta(days=int(entered.life)) if entered.life else None,
        requests_per_minute=int(number) if number else None,
    )


async def _show(
    visit: Visit, entered: Entered, error: ValidationFailedError | None = None
) -> web.Response:
    app = visit.request.app
    keys = await app[KEYS].list(visit.workspace.id)
    accounts = [each.account for each in await app[ACCOUNTS].all(visit.workspace.id)]
    live = [key for key in keys if key.is_live(visit.now)]
    return visit.page(
        "keys.html",
        400 if error else 200,
        keys=live,
        revoked=[key for key in keys if not key.is_live(visit.now)],
        requests=await app[METERS].counts([key.id for key in live]),
        limit_of=app[KEYS].limit_of,
        handles={account.id: account.handle for account in accounts},
        accounts=accounts,
        problems={row.field: row.message for row in error.errors} if error else {},
        entered=entered,
        lives=LIVES,
        overlaps=OVERLAPS,
        usual_limit=app[SETTINGS].key_requests_per_minute,
    )
