"""Usage and status of a workspace: how much went out, and whether posts can go out now."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from postbroker.clock import Clock
from postbroker.domain.caller import Caller
from postbroker.domain.job import claw_view
from postbroker.services.browsers import is_online
from postbroker.store.browsers import Browser, select_browsers
from postbroker.store.database import Connection, Database
from postbroker.store.jobs import count_by_account, count_by_state
from postbroker.store.routes import ConnectedAccount, select_connected_accounts
from postbroker.store.workspaces import Workspace, select_workspace


@dataclass(frozen=True, slots=True)
class UsageCount:
    """Jobs by the word Claw Post clients know, in all and since midnight UTC."""

    by_view: dict[str, int]
    today: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Who could publish now, and what waits."""

    workspace: Workspace
    browsers: list[tuple[Browser, bool]]
    """Each paired browser, and whether it is online."""
    by_view: dict[str, int]
    connected: Sequence[ConnectedAccount] = ()
    """The accounts that the broker itself posts as."""


class Usage:
    """Use cases of counting."""

    def __init__(self, database: Database, clock: Clock, online_within: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._online_within = online_within

    async def count(self, caller: Caller, key_id: str | None = None) -> UsageCount:
        """How many jobs there were that the caller sees; with a key only those that it sent."""
        midnight = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)

        async def read(tx: Connection) -> UsageCount:
            if caller.accounts is None and key_id is None:
                today = await count_by_state(tx, caller.workspace_id, midnight)
                return UsageCount(await _by_view(tx, caller.workspace_id), sum(today.values()))
            of_today = await _seen_by_view(tx, caller, midnight, key_id)
            return UsageCount(await _seen_by_view(tx, caller, None, key_id), sum(of_today.values()))

        return await self._database.read(read)

    async def standing_by(self, caller: Caller) -> Standing:
        """As `standing`, with those logins and jobs that the caller sees."""
        standing = await self.standing(caller.workspace_id)
        if caller.accounts is None:
            return standing
        by_view = await self._database.read(lambda tx: _seen_by_view(tx, caller, None, None))
        browsers = [
            (_as_seen(caller, browser), is_online) for browser, is_online in standing.browsers
        ]
        connected = [each for each in standing.connected if caller.sees(each.platform, each.handle)]
        return replace(standing, browsers=browsers, by_view=by_view, connected=connected)

    async def standing(self, workspace_id: str) -> Standing:
        """Whether posts can go out now. Raises LookupError for an unknown workspace."""
        now = self._clock.now()

        async def read(tx: Connection) -> Standing:
            workspace = await select_workspace(tx, workspace_id)
            if workspace is None:
                raise LookupError(workspace_id)
            browsers = await select_browsers(tx, workspace_id)
            pairs = [
                (browser, is_online(browser, now, self._online_within)) for browser in browsers
            ]
            connected = await select_connected_accounts(tx, workspace_id)
            return Standing(workspace, pairs, await _by_view(tx, workspace_id), connected)

        return await self._database.read(read)


async def _seen_by_view(
    tx: Connection, caller: Caller, since: datetime | None, key_id: str | None
) -> dict[str, int]:
    counts: Counter[str] = Counter()
    rows = await count_by_account(tx, caller.workspace_id, since, key_id)
    for platform, handle, state, has_ended, jobs in rows:
        if caller.sees(platform, handle):
            counts[claw_view(state, has_ended=has_ended)] += jobs
    return dict(counts)


def _as_seen(caller: Caller, browser: Browser) -> Browser:
    """What a browser told: of accounts that the caller does not see nothing is left."""
    logins = [row for row in browser.platforms if caller.sees(row["platform"], row.get("account"))]
    locators = [_without_others(caller, row) for row in browser.locators]
    return replace(browser, platforms=logins, locators_text=json.dumps(locators))


def _without_others(caller: Caller, row: dict[str, Any]) -> dict[str, Any]:
    check = row.get("check")
    if check is None or caller.sees(row["platform"], check.get("account")):
        return row
    return {name: value for name, value in row.items() if name != "check"}


async def _by_view(tx: Connection, workspace_id: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (state, has_ended), jobs in (await count_by_state(tx, workspace_id)).items():
        counts[claw_view(state, has_ended=has_ended)] += jobs
    return dict(counts)
