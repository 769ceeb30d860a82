"""Which way a job goes: through a browser's tab or through an official API, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.words import AskedRoute, Kind, Route
from postbroker.domain.content import WeightTable, text_length
from postbroker.domain.job import Job
from postbroker.domain.matching import same_handle
from postbroker.domain.media import Attached, problems_with_files
from postbroker.errors import BrokerError, ConflictError, field_error
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.services.lately import Lately
from postbroker.store.browsers import has_browser
from postbroker.store.database import Connection, Database
from postbroker.store.routes import ConnectedAccount, select_connected_accounts

BY_API: frozenset[Kind] = frozenset({"post", "comment"})
"""What official APIs carry; errands are a browser's."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way that a job may go."""

    route: Route
    because: str
    """Why, for the job's history; empty where there is no other."""
    account: ConnectedAccount | None = None
    """Who posts it, by an official API."""


TAB = Way("tab", "")


@dataclass(frozen=True, slots=True)
class _Doors:
    """What a workspace has, as it was within the last second."""

    connected: Sequence[ConnectedAccount]
    is_paired: bool


class Routes:
    """The choice between the ways."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        platforms: Mapping[str, Platform],
        weights: Mapping[str, WeightTable],
        adapters: Mapping[str, PlatformAdapter],
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._weights = weights
        self._adapters = adapters
        self._lately = Lately[_Doors](clock)

    def forget(self) -> None:
        """Connections or preferences have changed: read them anew."""
        self._lately.forget()

    async def ways(
        self,
        workspace_id: str,
        platform: Platform,
        kind: Kind,
        account: str | None,
        asked: AskedRoute,
        *,
        sandbox: bool,
    ) -> list[Way]:
        """The ways that a job may go, the best first; what it holds is not looked at.

        Costs nothing where only a browser comes into question. Raises ValidationFailedError for a
        way that the platform does not have, ConflictError when no account is connected.
        """
        has_tab = "tab" in platform.routes
        if platform.id not in self._adapters or kind not in BY_API or sandbox:
            if asked == "api":
                raise field_error("VALIDATION_FAILED", "route", _no_api(platform, sandbox=sandbox))
            if has_tab or kind not in BY_API:
                return [TAB]
            raise field_error(
                "VALIDATION_FAILED", "platform", f"{platform.name} takes posts by its API alone"
            )
        if asked == "tab":
            if has_tab:
                return [Way("tab", "the job asks for it")]
            message = f"{platform.name} is not reached through a browser"
            raise field_error("VALIDATION_FAILED", "route", message)
        doors = await self._doors(workspace_id)
        theirs = [each for each in doors.connected if each.platform == platform.id]
        fit = [each for each in theirs if account is None or same_handle(account, each.handle)]
        if len(fit) == 1:
            return self._of_one(fit[0], asked, doors, has_tab=has_tab)
        if has_tab and asked == "auto":
            return [Way("tab", _why_not(platform, theirs, account))] if theirs else [TAB]
        raise _refusal(platform, theirs, account)

    def _of_one(
        self, account: ConnectedAccount, asked: AskedRoute, doors: _Doors, *, has_tab: bool
    ) -> list[Way]:
        if asked == "api":
            return [Way("api", "the job asks for it", account)]
        if not has_tab:
            return [Way("api", "", account)]
        cost = self._adapters[account.platform].info.cost_per_post
        if account.prefers != "auto":
            because = f"{account.handle} prefers it"
            first = account.prefers
        elif not doors.is_paired:
            first, because = "api", "no browser is paired"
        elif cost is not None:
            first, because = "tab", f"a post through the API costs {cost}"
        else:
            first, because = "api", "it needs no browser"
        by_tab = Way("tab", because if first == "tab" else "the API does not take it")
        by_api = Way("api", because if first == "api" else "the tab does not take it", account)
        return [by_tab, by_api] if first == "tab" else [by_api, by_tab]

    async def way_again(self, job: Job, files: Sequence[Attached]) -> Way:
        """The way of a new job with the content of an earlier one. Raises as `ways`."""
        platform = self._platforms[job.platform]
        ways = await self.ways(
            job.workspace_id,
            platform,
            job.kind,
            job.account,
            job.asked_route,
            sandbox=job.sandbox,
        )
        fit = (each for each in ways if each.route == "api" or self.fits_tab(job, files))
        return next(fit, ways[0])

    async def instead_of_tab(self, tx: Connection, job: Job) -> ConnectedAccount | None:
        """The connected account by which a job may go that a browser could not do."""
        handle = job.account or job.composed_account
        is_open = job.asked_route == "auto" and job.kind in BY_API and not job.sandbox
        if not is_open or handle is None or job.part_urls or job.platform not in self._adapters:
            return None
        for each in await select_connected_accounts(tx, job.workspace_id):
            if each.platform == job.platform and same_handle(each.handle, handle):
                return each
        return None

    async def tab_takes(self, job: Job, files: Sequence[Attached]) -> bool:
        """True where a browser may do a job in the place of an API."""
        platform = self._platforms[job.platform]
        if job.asked_route != "auto" or "tab" not in platform.routes:
            return False
        if not (await self._doors(job.workspace_id)).is_paired:
            return False
        return self.fits_tab(job, files)

    def fits_tab(self, job: Job, files: Sequence[Attached]) -> bool:
        """True where the platform's own composer takes what the job holds."""
        platform = self._platforms[job.platform]
        weights = self._weights.get(platform.id)
        if len(job.parts) > max(1, platform.thread_max):
            return False
        if any(text_length(p, platform.text.unit, weights) > platform.text.max for p in job.parts):
            return False
        if platform.media.required and not files:
            return False
        return not problems_with_files(platform.media, platform.name, files)

    async def _doors(self, workspace_id: str) -> _Doors:
        async def find(id_: str) -> _Doors:
            async def read(tx: Connection) -> _Doors:
                return _Doors(await select_connected_accounts(tx, id_), await has_browser(tx, id_))

            return await self._database.read(read)

        return await self._lately.get(workspace_id, find) or _Doors((), is_paired=False)


def _no_api(platform: Platform, *, sandbox: bool) -> str:
    if sandbox:
        return "the simulated platforms are reached through the tab"
    return f"{platform.name} is not reached through an official API for this"


def _why_not(platform: Platform, theirs: Sequence[ConnectedAccount], account: str | None) -> str:
    if account is not None:
        return f"{account} is not connected to {platform.name}"
    return f"{len(theirs)} accounts of {platform.name} are connected, and the job names none"


def _refusal(
    platform: Platform, theirs: Sequence[ConnectedAccount], account: str | None
) -> BrokerError:
    known = ", ".join(each.handle for each in theirs)
    if theirs and account is None:
        message = f"say which account posts: {known}"
        return field_error("VALIDATION_FAILED", "account", message)
    if theirs:
        message = f"{account} is not connected; connected are: {known}"
        return field_error("VALIDATION_FAILED", "account", message)
    return ConflictError("ACCOUNT_NOT_CONNECTED", f"no account of {platform.name} is connected")
