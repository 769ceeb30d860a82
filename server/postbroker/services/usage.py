"""Usage and status of a workspace: how much went out, and whether posts can go out now."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from postbroker.clock import Clock
from postbroker.domain.job import claw_view
from postbroker.services.browsers import is_online
from postbroker.store.browsers import Browser, select_browsers
from postbroker.store.database import Connection, Database
from postbroker.store.jobs import count_by_state
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


class Usage:
    """Use cases of counting."""

    def __init__(self, database: Database, clock: Clock, online_within: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._online_within = online_within

    async def count(self, workspace_id: str) -> UsageCount:
        """How many jobs there were."""
        midnight = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)

        async def read(tx: Connection) -> UsageCount:
            today = await count_by_state(tx, workspace_id, midnight)
            return UsageCount(await _by_view(tx, workspace_id), sum(today.values()))

        return await self._database.read(read)

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
            return Standing(workspace, pairs, await _by_view(tx, workspace_id))

        return await self._database.read(read)


async def _by_view(tx: Connection, workspace_id: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (state, has_ended), jobs in (await count_by_state(tx, workspace_id)).items():
        counts[claw_view(state, has_ended=has_ended)] += jobs
    return dict(counts)
