"""Accounts: reading, changing, and why a job waits for one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from postbroker.clock import Clock
from postbroker.contract.accounts import ChangeAccount
from postbroker.contract.catalogue import Pacing
from postbroker.contract.jobs import WaitsFor
from postbroker.domain.account import BY_A_PERSON, Account, Hold, may_post_at
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.domain.person import login_step, step_after
from postbroker.errors import ForbiddenError, NotFoundError, error_codes
from postbroker.services.browsers import is_online
from postbroker.services.care import Care, Guard, lock_accounts, login_of, may_serve
from postbroker.services.routing import Routes
from postbroker.services.signals import PUBLISHER, Signals, events_of, pulls_of
from postbroker.store.accounts import (
    LoginRecord,
    save_account,
    select_accounts,
    select_logins,
)
from postbroker.store.attempts import select_attempts
from postbroker.store.browsers import Browser, select_browsers, select_browsers_by_id
from postbroker.store.database import Connection, Database
from postbroker.store.routes import select_connected_accounts
from postbroker.store.workspaces import select_workspace


@dataclass(frozen=True, slots=True)
class Known:
    """An account with all that is known of it now."""

    account: Account
    logins: list[tuple[LoginRecord, Browser]]
    """Where it is logged in; of one account that was asked for all that ever were."""
    pacing: Pacing | None
    """As it counts; None where nothing is paced."""
    may_post_at: datetime | None
    """When the next post may go out, where that is later than now."""
    posts_today: int

    @property
    def browser_ids(self) -> list[str]:
        """Where it is logged in, as far as the browsers told."""
        return [
            login.browser_id
            for login, browser in self.logins
            if login.ended_at is None and browser.revoked_at is None
        ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a job does not go on, and what somebody can do about it."""

    waits_for: WaitsFor
    because: str
    next_step: str | None = None
    """For a person; None when it goes on by itself."""
    not_before: datetime | None = None


class Accounts:
    """Use cases of accounts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signals: Signals,
        care: Care,
        routes: Routes,
        online_within: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._care = care
        self._routes = routes
        self._online_within = online_within

    async def all(self, workspace_id: str) -> list[Known]:
        """All accounts of a workspace, by platform and handle."""

        async def read(tx: Connection) -> list[Known]:
            accounts = await select_accounts(tx, workspace_id)
            logins = await select_logins(tx, workspace_id)
            return await self._known(tx, workspace_id, accounts, logins)

        return await self._database.read(read)

    async def get(self, workspace_id: str, account_id: str) -> Known:
        """One account with its history of logins. Raises NotFoundError."""
        return await self._database.read(lambda tx: self._get(tx, workspace_id, account_id))

    async def change(self, caller: Caller, wanted: ChangeAccount) -> Known:
        """Pause an account or let it go on, ask about its posts or not, pace it otherwise.

        Raises NotFoundError, and ForbiddenError for what lets more go out when the caller may not
        say yes to posts: else an agent could let its own posts out.
        """

        async def work(tx: Connection) -> Known:
            await lock_accounts(tx, caller.workspace_id)
            account = (await self._get(tx, caller.workspace_id, wanted.id)).account
            if not caller.sees(*account.key):
                raise _not_found()
            after = _changed(account, wanted)
            if _lets_out_more(account, after) and not caller.may("posts.approve"):
                raise ForbiddenError(
                    "FORBIDDEN",
                    "this key may pause an account and have it asked about; the rest needs the "
                    "scope posts.approve",
                )
            await save_account(tx, after)
            tx.notify(events_of(caller.workspace_id), pulls_of(caller.workspace_id), PUBLISHER)
            return await self._get(tx, caller.workspace_id, wanted.id)

        known = await self._database.write(work)
        self._care.forget()
        self._routes.forget()
        self._signals.wake(PUBLISHER)
        self._signals.wake_every(pulls_of(caller.workspace_id))
        self._signals.wake(events_of(caller.workspace_id))
        return known

    async def all_by(self, caller: Caller) -> list[Known]:
        """Those accounts that the caller sees."""
        known = await self.all(caller.workspace_id)
        return [each for each in known if caller.sees(*each.account.key)]

    async def get_by(self, caller: Caller, account_id: str) -> Known:
        """As `get`, for a caller that may not see it. Raises NotFoundError."""
        known = await self.get(caller.workspace_id, account_id)
        if not caller.sees(*known.account.key):
            raise _not_found()
        return known

    async def may_ask(self, workspace_id: str) -> bool:
        """True when some post of the workspace may have to wait for a person's yes."""
        if self._care.confirms_first:
            return True
        accounts = await self._database.read(lambda tx: select_accounts(tx, workspace_id))
        return self._care.may_ask(accounts)

    async def waiting(self, workspace_id: str, jobs: Sequence[Job]) -> dict[str, Waiting]:
        """Why those of the jobs wait that do not go out by themselves at once, by id."""
        asked = {job.id: _for_approval(job) for job in jobs if job.state == "awaiting_approval"}
        queued = [job for job in jobs if job.state == "queued"]
        if not queued:
            return asked

        async def read(tx: Connection) -> dict[str, Waiting]:
            now = self._clock.now()
            workspace = await select_workspace(tx, workspace_id)
            if workspace is None or workspace.is_paused:
                return {job.id: PAUSED for job in queued}
            browsers = [
                browser
                for browser in await select_browsers(tx, workspace_id)
                if is_online(browser, now, self._online_within) and not browser.is_paused
            ]
            guard = await self._care.guard(tx, workspace_id, queued, now)
            connected = set[str]()
            if any(job.route == "api" for job in queued):
                accounts = await select_connected_accounts(tx, workspace_id)
                connected = {each.account_id for each in accounts}
            found = {
                job.id: _waiting_for_api(job, connected, guard, now)
                if job.route == "api"
                else _waiting(job, self._care.site(job.platform), browsers, guard, now)
                for job in queued
            }
            return {job_id: waiting for job_id, waiting in found.items() if waiting}

        return asked | await self._database.read(read)

    async def step_after(self, job: Job) -> str | None:
        """What a person must do, and where, after a job failed; None where no place helps."""
        code = error_codes().get(job.error_code or "")
        if code is None or code.actor != "user" or job.sandbox:
            return None

        async def read(tx: Connection) -> str | None:
            attempts = await select_attempts(tx, job.id)
            if not attempts:
                return None
            browser_id = attempts[-1].browser_id
            browsers = await select_browsers_by_id(tx, job.workspace_id, [browser_id])
            if browser_id not in browsers:
                return None
            site, name = self._care.site(job.platform), browsers[browser_id].name
            return step_after(code.code, site, job.poster, name)

        return await self._database.read(read)

    async def _get(self, tx: Connection, workspace_id: str, account_id: str) -> Known:
        accounts = await select_accounts(tx, workspace_id)
        found = [account for account in accounts if account.id == account_id]
        if not found:
            raise _not_found()
        logins = await select_logins(tx, workspace_id, account_id)
        [known] = await self._known(tx, workspace_id, found, logins)
        return known

    async def _known(
        self,
        tx: Connection,
        workspace_id: str,
        accounts: Iterable[Account],
        logins: Sequence[LoginRecord],
    ) -> list[Known]:
        now = self._clock.now()
        ids = [*{login.browser_id for login in logins}]
        browsers = await select_browsers_by_id(tx, workspace_id, ids)
        of_account = defaultdict[str, list[tuple[LoginRecord, Browser]]](list)
        for login in logins:
            of_account[login.account_id].append((login, browsers[login.browser_id]))
        known = []
        for account in accounts:
            pacing = self._care.pacing(account)
            at = may_post_at(account, pacing, now) if pacing else now
            known.append(
                Known(
                    account=account,
                    logins=of_account[account.id],
                    pacing=pacing,
                    may_post_at=at if at > now else None,
                    posts_today=account.posts_on(now, pacing.zone if pacing else "UTC"),
                )
            )
        return known


PAUSED = Waiting(
    "workspace",
    "the workspace is paused",
    "The user resumes it in the dashboard or with: postbroker resume.",
)
OFFLINE = Waiting("browser", "no browser is online", "The user starts the browser.")


def _not_found() -> NotFoundError:
    return NotFoundError("NOT_FOUND", "there is no account with that id here")


def _for_approval(job: Job) -> Waiting:
    return Waiting(
        "approval",
        "it waits for a person's yes",
        "The user says yes or no in the dashboard, in the extension, or with: "
        f"postbroker approve {job.id}",
    )


def _waiting(
    job: Job, site: str, browsers: Sequence[Browser], guard: Guard, now: datetime
) -> Waiting | None:
    """Why no browser takes the job; None when one will."""
    if not browsers:
        return OFFLINE
    able = [browser for browser in browsers if may_serve(browser, job)]
    if not able:
        step = login_step(site, job.poster, [browser.name for browser in browsers])
        return Waiting(
            "login",
            f"no browser that is online is logged in to {site} as {job.poster}",
            f"{step}, then press Check logins in the extension's popup.",
        )
    holds = [guard.hold(job, job.poster or login_of(each, job.platform)) for each in able]
    if None in holds:
        return None
    return _of_hold(min(filter(None, holds), key=_urgency), now)


def _waiting_for_api(
    job: Job, connected: Collection[str], guard: Guard, now: datetime
) -> Waiting | None:
    """Why the broker does not publish the job by itself; None when it will."""
    if job.account_id not in connected:
        return Waiting(
            "connection",
            f"{job.account} is not connected any more",
            "The user connects the account anew in the dashboard or with: "
            f"postbroker connect {job.platform}",
        )
    hold = guard.hold(job, job.poster)
    if hold is not None:
        return _of_hold(hold, now)
    if job.due_at > now:
        because = job.error or "it is put off"
        return Waiting("limit", because, not_before=job.due_at)
    return None


def _urgency(hold: Hold) -> tuple[bool, float]:
    return hold.until is None, hold.until.timestamp() if hold.until else 0


def _of_hold(hold: Hold, now: datetime) -> Waiting:
    who = hold.handle or "whoever is logged in"
    match hold.reason:
        case "paced":
            seconds = (hold.until - now).total_seconds() if hold.until else 0
            return Waiting(
                "account",
                f"pacing: next post of {who} in {_in_words(seconds)}",
                not_before=hold.until,
            )
        case "account_paused":
            why = "a person paused it" if hold.because == BY_A_PERSON else f"after {hold.because}"
            return Waiting(
                "account",
                f"{who} is paused ({why})",
                "The user sees to the account in the browser, then resumes it in the dashboard or "
                f"with: postbroker accounts resume {who}",
            )
        case "not_approved":
            return Waiting("approval", "a person will be asked first")


def _in_words(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"


def _changed(account: Account, wanted: ChangeAccount) -> Account:
    after = account
    if wanted.mode is not None:
        after = replace(after, mode=wanted.mode)
    if wanted.pacing is not None:
        after = replace(after, pacing=wanted.pacing)
    if wanted.route is not None:
        after = replace(after, route=wanted.route)
    if wanted.paused is not None and wanted.paused != (after.paused_because is not None):
        after = replace(after, paused_because=BY_A_PERSON if wanted.paused else None)
    return after


def _lets_out_more(before: Account, after: Account) -> bool:
    resumes = before.paused_because is not None and after.paused_because is None
    asks_less = after.mode not in (before.mode, "ask")
    return resumes or asks_less or after.pacing != before.pacing
