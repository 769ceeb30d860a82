"""Care for accounts: who is paused, paced, or not to post before a person said yes.

A job is checked when it is accepted, when it is leased, and again before its permit.
"""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.contract.catalogue import Pacing, Platform
from postbroker.domain.account import (
    Account,
    Hold,
    account_key,
    after_post,
    is_public,
    may_post_at,
    pacing_of,
)
from postbroker.domain.content import text_sha256
from postbroker.domain.job import Job
from postbroker.domain.outcome import ask_first
from postbroker.domain.person import site_of
from postbroker.services.lately import Lately
from postbroker.store.accounts import (
    insert_login,
    save_account,
    select_accounts,
    select_logins_of_browser,
    update_account_seen,
    update_login,
)
from postbroker.store.approvals import Approval, select_approvals
from postbroker.store.browsers import Browser, select_browsers
from postbroker.store.database import Connection

_chance = random.SystemRandom()


class Care:
    """What the settings and the catalogue say about accounts."""

    def __init__(
        self,
        clock: Clock,
        platforms: Mapping[str, Platform],
        *,
        paces: bool,
        confirms_first: bool,
    ) -> None:
        self._platforms = platforms
        self._lately = Lately[list[Account]](clock)
        self._paces = paces
        self.confirms_first = confirms_first

    def pacing(self, account: Account) -> Pacing | None:
        """How often an account may post; None where nothing is paced."""
        return pacing_of(account, self._platforms[account.platform].pacing) if self._paces else None

    def site(self, platform_id: str) -> str:
        """What people know a platform by."""
        return site_of(self._platforms[platform_id])

    def may_ask(self, accounts: Collection[Account]) -> bool:
        """True when some post may have to wait for a person."""
        return self.confirms_first or any(account.mode == "ask" for account in accounts)

    @property
    def keeps_record(self) -> bool:
        """True when it matters who posted when."""
        return self._paces or self.confirms_first

    def forget(self) -> None:
        """Accounts have changed: read them anew."""
        self._lately.forget()

    async def _accounts(self, tx: Connection, workspace_id: str) -> list[Account]:
        """The accounts of a workspace; where no record is kept, as they were within a second."""
        if self.keeps_record:
            return await select_accounts(tx, workspace_id)
        return await self._lately.get(workspace_id, lambda id_: select_accounts(tx, id_)) or []

    async def guard(
        self,
        tx: Connection,
        workspace_id: str,
        jobs: Iterable[Job],
        now: datetime,
        *,
        to_change: bool = False,
    ) -> "Guard":
        """What must be heeded for these jobs of a workspace; costs nothing for the sandbox.

        With `to_change` nobody else changes the accounts before this transaction ends.
        """
        live = [job.id for job in jobs if not job.sandbox]
        if live and to_change and self.keeps_record:
            await lock_accounts(tx, workspace_id)
        accounts = await self._accounts(tx, workspace_id) if live else []
        approvals = {}
        if live and self.may_ask(accounts):
            approvals = await select_approvals(tx, live)
        return Guard(self, workspace_id, accounts, approvals, now)

    async def gates(self, tx: Connection, jobs: Iterable[Job], now: datetime) -> dict[str, "Gate"]:
        """By workspace, which of these new jobs a person is asked about first."""
        of_workspace = defaultdict[str, list[Job]](list)
        for job in jobs:
            of_workspace[job.workspace_id].append(job)
        gates = {}
        for workspace_id, theirs in of_workspace.items():
            live = [job for job in theirs if not job.sandbox]
            accounts = await self._accounts(tx, workspace_id) if live else []
            may_ask = bool(live) and self.may_ask(accounts)
            browsers = await select_browsers(tx, workspace_id) if may_ask else []
            guard = Guard(self, workspace_id, accounts, {}, now)
            gates[workspace_id] = Gate(guard, browsers, may_ask=may_ask)
        return gates


class Guard:
    """The accounts of one workspace, while some jobs are looked at in one transaction."""

    def __init__(
        self,
        care: Care,
        workspace_id: str,
        accounts: Iterable[Account],
        approvals: Mapping[str, Approval],
        now: datetime,
    ) -> None:
        self._care = care
        self._workspace_id = workspace_id
        self._accounts = {account.key: account for account in accounts}
        self._approvals = approvals
        self._now = now
        self._changed = dict[tuple[str, str], Account]()

    def hold(self, job: Job, handle: str | None) -> Hold | None:
        """Why the job must not go out now as `handle`; None when it may.

        A thread that has begun goes on.
        """
        if job.sandbox or job.kind == "check":
            return None
        account = self._find(job, handle)
        if account is not None and account.paused_because is not None:
            return Hold("account_paused", account.handle, because=account.paused_because)
        if not is_public(job) or job.part_urls:
            return None
        if self.asks(job, handle):
            return Hold("not_approved", handle)
        pacing = self._care.pacing(account) if account else None
        if account is None or pacing is None:
            return None
        at = may_post_at(account, pacing, self._now)
        return Hold("paced", account.handle, until=at) if at > self._now else None

    def asks(self, job: Job, handle: str | None) -> bool:
        """True when a person must say yes to the job, and has not yet."""
        if not is_public(job) or job.part_urls:
            return False
        account = self._find(job, handle)
        confirms_first = self._care.confirms_first
        asks = account.asks(confirms_first=confirms_first) if account else confirms_first
        approval = self._approvals.get(job.id) if asks else None
        said_yes = approval is not None and (approval.text_sha256, approval.media) == (
            whole_text_sha256(job),
            job.media_paths,
        )
        return asks and not said_yes

    def note_post(self, job: Job, handle: str) -> None:
        """The job has leave to go out as `handle`: what comes next is paced by it."""
        if not is_public(job) or job.part_urls or not self._care.keeps_record:
            return
        known = self._find(job, handle)
        account = known or new_account(self._workspace_id, job.platform, handle, self._now)
        if account.confirmed_at is None and (approval := self._approvals.get(job.id)):
            account = replace(account, confirmed_at=approval.approved_at)
        if pacing := self._care.pacing(account):
            jitter = _chance.uniform(-1, 1)
            account = after_post(account, pacing.zone, jitter, self._now)
        if account is not known:
            self._change(account)

    def pause(self, job: Job, handle: str, because: str) -> None:
        """The account posts nothing before a person lets it."""
        known = self._find(job, handle)
        account = known or new_account(self._workspace_id, job.platform, handle, self._now)
        self._change(replace(account, paused_because=because))

    async def save(self, tx: Connection) -> None:
        """Write down what has changed."""
        for account in self._changed.values():
            await save_account(tx, account)
        if self._changed:
            self._care.forget()

    def _find(self, job: Job, handle: str | None) -> Account | None:
        return self._accounts.get(account_key(job.platform, handle)) if handle else None

    def _change(self, account: Account) -> None:
        self._accounts[account.key] = self._changed[account.key] = account


def whole_text_sha256(job: Job) -> str:
    """The hash of all that a person says yes to: of a thread, every part."""
    return text_sha256("\0".join(job.parts)) if len(job.parts) > 1 else job.text_sha256


class Gate:
    """Where new jobs of a workspace come in."""

    def __init__(self, guard: Guard, browsers: Iterable[Browser], *, may_ask: bool) -> None:
        self._guard = guard
        self._browsers = browsers
        self._may_ask = may_ask

    def admit(self, job: Job) -> Job:
        """The job, queued or awaiting a person's yes."""
        if not self._may_ask:
            return job
        handle = job.account or presumed_handle(self._browsers, job.platform)
        return ask_first(job) if self._guard.asks(job, handle) else job


def presumed_handle(browsers: Iterable[Browser], platform: str) -> str | None:
    """Who would post, where the browsers know of one account only."""
    handles = {login_of(browser, platform) for browser in browsers}
    by_key = {account_key(platform, handle): handle for handle in handles if handle}
    return by_key.popitem()[1] if len(by_key) == 1 else None


async def lock_accounts(tx: Connection, workspace_id: str) -> None:
    """Let nobody else change accounts of a workspace before this transaction ends."""
    await tx.lock(f"accounts of {workspace_id}")


def new_account(workspace_id: str, platform: str, handle: str, now: datetime) -> Account:
    """An account that was just seen for the first time."""
    return Account(str(uuid4()), workspace_id, platform, handle, created_at=now, last_seen_at=now)


def login_of(browser: Browser, platform: str) -> str | None:
    """Who is logged in to a platform, as far as the browser told."""
    for row in browser.platforms:
        if row["platform"] == platform and row["loggedIn"] and row["account"]:
            return str(row["account"])
    return None


def may_serve(browser: Browser, job: Job) -> bool:
    """False when the browser told that somebody else is logged in there than the job names."""
    if job.poster is None or job.sandbox:
        return True
    told = next((row for row in browser.platforms if row["platform"] == job.platform), None)
    if told is None or (told["loggedIn"] and not told["account"]):
        return True
    wanted = account_key(job.platform, job.poster)
    return bool(told["loggedIn"]) and account_key(job.platform, told["account"]) == wanted


async def note_logins(tx: Connection, browser: Browser, now: datetime) -> None:
    """Write down which accounts a browser says are logged in, new ones with it."""
    if not browser.platforms:
        return
    await lock_accounts(tx, browser.workspace_id)
    before = await select_logins_of_browser(tx, browser.id)
    accounts = {account.key: account for account in await select_accounts(tx, browser.workspace_id)}
    for row in browser.platforms:
        platform = str(row["platform"])
        handle, login = login_of(browser, platform), before.get(platform)
        account = accounts.get(account_key(platform, handle)) if handle else None
        if login is not None and account is not None and login.account_id == account.id:
            await update_login(tx, login.id, now, has_ended=False)
        elif login is not None and (handle or not row["loggedIn"]):
            await update_login(tx, login.id, now, has_ended=True)
            login = None
        if handle is None:
            continue
        if account is None:
            account = new_account(browser.workspace_id, platform, handle, now)
            await save_account(tx, account)
        else:
            await update_account_seen(tx, account.id, handle, now)
        if login is None:
            await insert_login(tx, account, browser.id, now)
