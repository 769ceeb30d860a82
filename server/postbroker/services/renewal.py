"""Fresh credentials in place of old ones: one at a time for each account, stored before use.

A refresh token may be good once only, and whoever uses a spent one can lose the account. So within
this process all who want fresh credentials wait for the same request, and a lease in the row keeps
the other processes away.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from postbroker.clock import Clock
from postbroker.egress.calls import CallError
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.platforms.oauth import GrantOverError, NoTokenError, OAuthError, Tokens
from postbroker.platforms.outcome import AuthRevoked, TroubleError
from postbroker.services.api import Access, Kept, flow_of, without
from postbroker.services.apis import DisconnectedError
from postbroker.services.credentials import BadKeyError, UnreadableError
from postbroker.services.refusals import refusal_of
from postbroker.store.connections import (
    ConnectionRecord,
    save_connection,
    select_connection,
    select_due_refreshes,
    select_locked,
    update_connection_note,
    update_refresh_lease,
    update_relocked,
)
from postbroker.store.database import Database, DatabaseBusyError, StorageFullError

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
"""Longer than a request for fresh credentials can take."""
LOOK_SECONDS = 0.2
PATIENCE = timedelta(seconds=30)
AGAIN_AFTER = timedelta(minutes=5)
KEEP_DELAYS = (0.1, 0.5, 2.0, 5.0, 10.0, 30.0)
"""Waits between tries to store what came: nobody else has it."""
AT_ONCE = 20
ENDED = "CONNECTION_ENDED"


class Renewal:
    """Use cases of refreshing. `changed` hears of each workspace whose connections changed."""

    def __init__(
        self, database: Database, clock: Clock, access: Access, changed: Callable[[str], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._changed = changed
        self._under_way = dict[str, asyncio.Task[ConnectionRecord | None]]()

    async def renew(self, record: ConnectionRecord) -> ConnectionRecord | None:
        """The connection with fresher credentials than it has; None when they could not be had now.

        Raises DisconnectedError when the platform says that there will be none any more.
        """
        task = self._under_way.get(record.id)
        if task is None:
            task = asyncio.create_task(self._renew(record.id, record.turn))
            self._under_way[record.id] = task
            task.add_done_callback(lambda done: self._is_over(record.id, done))
        return await asyncio.shield(task)  # who gives up waiting must not lose what comes

    async def renew_due(self) -> int:
        """Refresh all whose time has come; how many."""
        now = self._clock.now()
        due = await self._database.read(lambda tx: select_due_refreshes(tx, now, AT_ONCE))
        answers = await asyncio.gather(*map(self.renew, due), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, DisconnectedError):
                raise answer
        return sum(isinstance(answer, ConnectionRecord) for answer in answers)

    async def end(self, record: ConnectionRecord, code: str, message: str) -> bool:
        """Disconnect, unless there are fresher credentials already; True when it was done."""
        after = ended(record, code, message, self._clock.now())
        is_ended = await self._database.write(lambda tx: save_connection(tx, after, record.turn))
        if is_ended:
            log.warning("disconnected", connection=record.id, platform=record.platform, code=code)
            self._changed(record.workspace_id)
        return is_ended

    async def note(self, record: ConnectionRecord, code: str, message: str) -> None:
        """Note a trouble that may pass."""
        now = self._clock.now()
        await self._database.write(
            lambda tx: update_connection_note(
                tx,
                record.id,
                record.turn,
                refresh_at=record.refresh_at,
                error_code=code,
                error=message,
                now=now,
            )
        )

    async def relock(self) -> int:
        """Lock all credentials with the newest key; how many. Raises UnreadableError."""
        locked = await self._database.read(select_locked)
        return sum([await self._relock(record.id, record.credentials or "") for record in locked])

    async def close(self) -> None:
        """Wait for what is under way: what comes is stored."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _renew(self, connection_id: str, turn: int) -> ConnectionRecord | None:
        until = self._clock.now() + PATIENCE
        while True:
            record = await self._take(connection_id, turn)
            if record is not None:
                return record if record.turn != turn else await self._refresh(record)
            if self._clock.now() >= until:
                return None
            await self._clock.sleep(LOOK_SECONDS)

    async def _take(self, connection_id: str, turn: int) -> ConnectionRecord | None:
        """The connection, with the lease on it or refreshed by another; None while one is at it.

        Raises DisconnectedError.
        """
        now, lease_id = self._clock.now(), str(uuid4())
        is_ours = await self._database.write(
            lambda tx: update_refresh_lease(tx, connection_id, turn, lease_id, now, now + LEASE)
        )
        record = await self._database.read(lambda tx: select_connection(tx, connection_id))
        if record is None or record.state != "connected":
            raise DisconnectedError(ENDED, (record and record.error) or "it is not connected")
        return record if is_ours or record.turn != turn else None

    async def _refresh(self, record: ConnectionRecord) -> ConnectionRecord | None:
        kept = Kept()
        try:
            kept = self._access.unlock(record)
            tokens = await self._ask(record, kept)
        except GrantOverError as error:
            return await self._end_or_yield(record, without(str(error), kept))
        except TroubleError as error:
            if isinstance(error.trouble, AuthRevoked):
                return await self._end_or_yield(record, without(error.trouble.message, kept))
            await self._put_off(record, without(refusal_of(error).detail, kept))
        except (OAuthError, CallError) as error:
            await self._put_off(record, without(str(error), kept))
        except (UnreadableError, BadKeyError) as error:
            await self._put_off(record, str(error), "CREDENTIALS_UNREADABLE")
        else:
            return await self._keep(record, replace(kept, credentials=tokens.values), tokens)
        return None

    async def _ask(self, record: ConnectionRecord, kept: Kept) -> Tokens:
        """Fresh credentials, by the adapter's own means or by OAuth's."""
        own = await self._access.adapters[record.platform].refresh(self._access.api(record, kept))
        if own is not None:
            return Tokens(own, instant_of(own.get("expires_at")))
        client, app = self._access.oauth(record), self._access.app(record, kept)
        if client is None or app is None:
            raise NoTokenError("nothing says how its credentials are refreshed")
        return await client.refresh(app, kept.credentials, self._clock.now())

    async def _keep(
        self, record: ConnectionRecord, kept: Kept, tokens: Tokens
    ) -> ConnectionRecord | None:
        """Store what came; the older credentials may be void from now on."""
        now = self._clock.now()
        adapter = self._access.adapters[record.platform]
        fresh = with_times(replace(record, turn=record.turn + 1), adapter, tokens, now)
        fresh = replace(self._access.lock(fresh, kept), error_code=None, error=None, updated_at=now)
        for delay in (*KEEP_DELAYS, None):
            try:
                is_kept = await self._database.write(
                    lambda tx: save_connection(tx, fresh, record.turn)
                )
            except (DatabaseBusyError, StorageFullError):
                if delay is None:
                    raise
                await self._clock.sleep(delay)
            else:
                if is_kept:
                    log.info("refreshed", connection=record.id, platform=record.platform)
                    return fresh
                break
        return await self._database.read(lambda tx: select_connection(tx, record.id))

    async def _end_or_yield(self, record: ConnectionRecord, said: str) -> ConnectionRecord | None:
        """Disconnect and raise DisconnectedError; else what another has made of it meanwhile."""
        message = f"the platform let the connection end: {said}" if said else "it has ended"
        if await self.end(record, ENDED, message):
            raise DisconnectedError(ENDED, message)
        return await self._database.read(lambda tx: select_connection(tx, record.id))

    async def _put_off(
        self, record: ConnectionRecord, said: str, code: str = "PLATFORM_UNREACHABLE"
    ) -> None:
        log.warning("refresh_put_off", connection=record.id, platform=record.platform, reason=said)
        later = replace(record, refresh_at=self._clock.now() + AGAIN_AFTER)
        await self.note(later, code, f"fresh credentials could not be had: {said}")

    async def _relock(self, connection_id: str, before: str) -> bool:
        after = self._access.safe.relock(connection_id, before)
        return await self._database.write(
            lambda tx: update_relocked(tx, connection_id, before, after)
        )

    def _is_over(self, connection_id: str, task: asyncio.Task[ConnectionRecord | None]) -> None:
        del self._under_way[connection_id]
        if not task.cancelled():
            task.exception()  # seen, even when all who waited are gone


def ended(record: ConnectionRecord, code: str, message: str, now: datetime) -> ConnectionRecord:
    """The connection once it is over: its credentials are forgotten."""
    return replace(
        record,
        state="disconnected",
        credentials=None,
        state_hash=None,
        refresh_at=None,
        turn=record.turn + 1,
        error_code=code,
        error=message,
        updated_at=now,
    )


def with_times(
    record: ConnectionRecord, adapter: PlatformAdapter, tokens: Tokens, now: datetime
) -> ConnectionRecord:
    """The connection with when its credentials end: refreshed at two thirds of their life."""
    expires_at, ends_at, refresh_at = tokens.expires_at, tokens.ends_at, None
    if expires_at is not None:
        if _is_refreshed(record, adapter, tokens):
            refresh_at = now + (expires_at - now) * 2 / 3
        else:
            ends_at = expires_at
    return replace(record, expires_at=expires_at, refresh_at=refresh_at, ends_at=ends_at)


def instant_of(text: str | None) -> datetime | None:
    """An instant in ISO 8601 with its zone; None for anything else."""
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _is_refreshed(record: ConnectionRecord, adapter: PlatformAdapter, tokens: Tokens) -> bool:
    if record.way == "typed":
        return True
    flow = flow_of(adapter)
    match flow.refresh if flow else "none":
        case "exchange":
            return True
        case "rotating" | "fixed":
            return "refresh_token" in tokens.values
        case _:
            return False
