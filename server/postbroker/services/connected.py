"""Opens connected accounts: each with fresh credentials, for whoever publishes or asks."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from pydantic import TypeAdapter

from postbroker.egress.calls import CallError
from postbroker.platforms.adapter import Capabilities
from postbroker.platforms.outcome import AuthExpired, AuthRevoked, TroubleError
from postbroker.services.api import Access, ConnectedApi
from postbroker.services.apis import DisconnectedError
from postbroker.services.credentials import BadKeyError, UnreadableError
from postbroker.services.renewal import ENDED, Renewal
from postbroker.store.connections import (
    ConnectionRecord,
    select_connection,
    update_capabilities,
)
from postbroker.store.database import Database

T = TypeVar("T")

NEARLY_OVER = timedelta(seconds=30)
"""Credentials that end within this time are replaced first."""
OLD_AFTER = timedelta(hours=24)
UNREADABLE = "CREDENTIALS_UNREADABLE"

_CAPABILITIES = TypeAdapter(Capabilities)


class ConnectedApis:
    """The way to every connected account's platform."""

    def __init__(self, database: Database, access: Access, renewal: Renewal) -> None:
        self._database = database
        self._access = access
        self._renewal = renewal

    async def open(self, workspace_id: str, connection_id: str) -> ConnectedApi:
        """The account's `Api`. Raises DisconnectedError when there is no way to it."""
        record = await self._select(connection_id, workspace_id)
        if record.expires_at and record.expires_at - NEARLY_OVER <= self._access.clock.now():
            record = await self._renewal.renew(record) or record
        return self._made(record)

    async def refresh(self, api: ConnectedApi) -> bool:
        """Fresh credentials for the same `api`; False when they could not be had now.

        Raises DisconnectedError when there will be none any more.
        """
        fresh = await self._renewal.renew(api.record)
        if fresh is None or fresh.turn == api.record.turn:
            return False
        api.take_over(self._made(fresh))
        return True

    async def disconnect(self, connection_id: str, message: str) -> None:
        """The platform lets nobody in any more: a person must connect the account anew."""
        record = await self._database.read(lambda tx: select_connection(tx, connection_id))
        if record is not None and record.state == "connected":
            await self._renewal.end(record, ENDED, message)

    async def capabilities(self, connection_id: str, *, anew: bool = False) -> Capabilities:
        """What the account can post: as it was read within a day, else as the platform says now.

        Where the platform does not answer, what was read before counts on. Raises
        DisconnectedError, TroubleError, CallError.
        """
        record = await self._select(connection_id)
        known = capabilities_of(record)
        read_at = record.capabilities_at
        if known and read_at and not anew and self._access.clock.now() - read_at < OLD_AFTER:
            return known
        try:
            return await self.read_capabilities(record)
        except (CallError, TroubleError):
            if known is None or anew:
                raise
            return known

    async def read_capabilities(self, record: ConnectionRecord) -> Capabilities:
        """What the platform says now, noted. Raises DisconnectedError, TroubleError, CallError."""
        adapter = self._access.adapters[record.platform]
        found = await self.ask(record, adapter.capabilities)
        text, now = written_capabilities(found), self._access.clock.now()
        await self._database.write(lambda tx: update_capabilities(tx, record.id, text, now))
        return found

    async def ask(
        self, record: ConnectionRecord, question: Callable[[ConnectedApi], Awaitable[T]]
    ) -> T:
        """The answer to what only reads; asked again once with fresh credentials.

        Raises DisconnectedError, TroubleError, CallError.
        """
        api = await self.open(record.workspace_id, record.id)
        try:
            return await question(api)
        except TroubleError as error:
            match error.trouble:
                case AuthExpired() if await self.refresh(api):
                    return await question(api)
                case AuthRevoked(message):
                    await self.disconnect(record.id, message)
                    raise DisconnectedError(ENDED, message) from error
                case _:
                    raise

    async def _select(
        self, connection_id: str, workspace_id: str | None = None
    ) -> ConnectionRecord:
        record = await self._database.read(
            lambda tx: select_connection(tx, connection_id, workspace_id)
        )
        if record is None or record.state != "connected":
            raise DisconnectedError(
                (record and record.error_code) or ENDED,
                (record and record.error) or "it is not connected",
            )
        return record

    def _made(self, record: ConnectionRecord) -> ConnectedApi:
        try:
            return self._access.api(record, self._access.unlock(record))
        except (UnreadableError, BadKeyError) as error:
            raise DisconnectedError(UNREADABLE, str(error)) from error


def capabilities_of(record: ConnectionRecord) -> Capabilities | None:
    """What the account could post when the platform was last asked."""
    return _CAPABILITIES.validate_json(record.capabilities) if record.capabilities else None


def written_capabilities(capabilities: Capabilities) -> str:
    """As they are stored."""
    return _CAPABILITIES.dump_json(capabilities).decode()
