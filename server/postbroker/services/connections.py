"""How connected accounts stand, what they can do, and letting them go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from postbroker.clock import Clock
from postbroker.domain.caller import Caller
from postbroker.egress.calls import CallError
from postbroker.errors import ConflictError, NotFoundError
from postbroker.platforms.adapter import Capabilities, Target
from postbroker.platforms.outcome import TroubleError
from postbroker.services.api import Access
from postbroker.services.apis import DisconnectedError
from postbroker.services.care import lock_accounts
from postbroker.services.connected import ConnectedApis
from postbroker.services.connecting import must_see_all
from postbroker.services.refusals import refusal_of
from postbroker.services.renewal import Renewal
from postbroker.store.accounts import hide_account, select_accounts
from postbroker.store.connections import (
    ConnectionRecord,
    select_connection,
    select_connection_of_account,
    select_connections,
)
from postbroker.store.database import Connection, Database

log = structlog.get_logger()

REMOVED = "CONNECTION_REMOVED"
WARNED_BEFORE = timedelta(days=15)
"""How long before its end a person is asked to connect an account anew, or a quarter of its life
where that is shorter: LinkedIn's 60 days warn from day 45."""


@dataclass(frozen=True, slots=True)
class Ability:
    """What an account can post, and when that was read."""

    record: ConnectionRecord
    capabilities: Capabilities
    read_at: datetime


class Connections:
    """Use cases of connections. `changed` hears of each workspace whose connections changed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        access: Access,
        renewal: Renewal,
        apis: ConnectedApis,
        changed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._renewal = renewal
        self._apis = apis
        self._changed = changed

    async def all(self, caller: Caller) -> list[ConnectionRecord]:
        """All connections that the caller sees, newest first."""
        records = await self._database.read(lambda tx: select_connections(tx, caller.workspace_id))
        return [record for record in records if _sees(caller, record)]

    async def get(self, caller: Caller, connection_id: str) -> ConnectionRecord:
        """One connection. Raises NotFoundError."""
        record = await self._database.read(
            lambda tx: select_connection(tx, connection_id, caller.workspace_id)
        )
        if record is None or not _sees(caller, record):
            raise NotFoundError("NOT_FOUND", "there is no connection with that id here")
        return record

    async def of_account(self, caller: Caller, account_id: str) -> ConnectionRecord:
        """What an account is connected by. Raises NotFoundError, ConflictError."""
        record = await self._database.read(lambda tx: _of_account(tx, caller, account_id))
        if record is None:
            raise ConflictError(
                "ACCOUNT_NOT_CONNECTED", "this account is not connected by an official API"
            )
        return record

    async def check(self, record: ConnectionRecord) -> ConnectionRecord:
        """The connection after its platform was asked just now, whatever it said."""
        if record.state == "connected":
            try:
                await self._apis.read_capabilities(record)
            except (CallError, TroubleError, DisconnectedError) as error:
                refusal = refusal_of(error)
                await self._renewal.note(record, refusal.code, refusal.detail)
        found = await self._database.read(lambda tx: select_connection(tx, record.id))
        return found or record

    async def standing(
        self, caller: Caller, platform: str | None = None, *, anew: bool = False
    ) -> list[ConnectionRecord]:
        """Of each account the connection that counts, asked now with `anew`; oldest first."""
        chosen = dict[str, ConnectionRecord]()
        for record in sorted(await self.all(caller), key=_liveness):
            if record.account_id and platform in (None, record.platform):
                chosen[record.account_id] = record
        found = [*chosen.values()]
        return [await self.check(record) for record in found] if anew else found

    async def ability(self, caller: Caller, account_id: str, *, anew: bool = False) -> Ability:
        """What an account can post. Raises NotFoundError, ConflictError, BrokerError."""
        record = await self.of_account(caller, account_id)
        try:
            found = await self._apis.capabilities(record.id, anew=anew)
        except (CallError, TroubleError, DisconnectedError) as error:
            raise refusal_of(error) from error
        fresh = await self.get(caller, record.id)
        return Ability(fresh, found, fresh.capabilities_at or self._clock.now())

    async def actions(self, caller: Caller, account_id: str) -> Mapping[str, str]:
        """What can be asked about an account. Raises NotFoundError, ConflictError."""
        record = await self.of_account(caller, account_id)
        return self._access.adapters[record.platform].info.actions

    async def act(
        self, caller: Caller, account_id: str, action: str, given: Mapping[str, Any]
    ) -> list[Target]:
        """Ask one of the account's actions. Raises NotFoundError, ConflictError, BrokerError."""
        record = await self.of_account(caller, account_id)
        adapter = self._access.adapters[record.platform]
        if action not in adapter.info.actions:
            names = ", ".join(adapter.info.actions) or "none at all"
            raise NotFoundError("NOT_FOUND", f"{action} is none of its actions: {names}")
        try:
            return await self._apis.ask(record, lambda api: adapter.act(api, action, given))
        except (CallError, TroubleError, DisconnectedError) as error:
            raise refusal_of(error) from error

    async def remove(self, caller: Caller, connection_id: str) -> ConnectionRecord:
        """Let a connection go: its tokens are given back, its credentials forgotten.

        Raises NotFoundError.
        """
        must_see_all(caller)
        record = await self.get(caller, connection_id)
        if record.state in ("failed", "disconnected"):
            return record
        await self._give_back(record)
        while not await self._renewal.end(record, REMOVED, f"{caller.name} removed it"):
            record = await self.get(caller, connection_id)  # it was refreshed meanwhile
        return await self.get(caller, connection_id)

    async def remove_account(self, caller: Caller, account_id: str) -> None:
        """Forget an account and how it is connected; its jobs stay. Raises NotFoundError."""
        must_see_all(caller)
        record = await self._database.read(lambda tx: _of_account(tx, caller, account_id))
        if record is not None:
            await self.remove(caller, record.id)
        now = self._clock.now()

        async def work(tx: Connection) -> None:
            await lock_accounts(tx, caller.workspace_id)
            await hide_account(tx, account_id, now)

        await self._database.write(work)
        self._changed(caller.workspace_id)

    async def _give_back(self, record: ConnectionRecord) -> None:
        """Tell the platform that the tokens are not needed any more; it may not hear."""
        try:
            kept = self._access.unlock(record)
            client, app = self._access.oauth(record), self._access.app(record, kept)
            if client is not None and app is not None:
                await client.revoke(app, kept.credentials)
        except Exception as error:
            log.warning("not_revoked", connection=record.id, reason=type(error).__name__)


def warning_of(record: ConnectionRecord, now: datetime) -> str | None:
    """What a person should do about a connection soon; None while nothing."""
    if record.state != "connected" or record.ends_at is None:
        return None
    life = record.ends_at - (record.connected_at or record.created_at)
    if now < record.ends_at - min(WARNED_BEFORE, life / 4):
        return None
    return f"connect it again by {record.ends_at:%Y-%m-%d}: the platform lets it end then"


def _liveness(record: ConnectionRecord) -> tuple[bool, datetime]:
    """Last comes what is connected, before it what was last."""
    return record.state == "connected", record.created_at


async def _of_account(tx: Connection, caller: Caller, account_id: str) -> ConnectionRecord | None:
    """What an account is connected by now, if by anything. Raises NotFoundError."""
    accounts = await select_accounts(tx, caller.workspace_id)
    if not any(each.id == account_id and caller.sees(*each.key) for each in accounts):
        raise NotFoundError("NOT_FOUND", "there is no account with that id here")
    return await select_connection_of_account(tx, caller.workspace_id, account_id)


def _sees(caller: Caller, record: ConnectionRecord) -> bool:
    is_own = record.started_by == f"{caller.kind}:{caller.id}"
    return is_own or caller.sees(record.platform, record.handle)
