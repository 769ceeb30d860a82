"""Connections: how accounts are reached by their platforms' official APIs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms

ConnectionState = Literal["pending", "connected", "failed", "disconnected"]
Way = Literal["oauth", "typed"]


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """One way to a platform, from the first request for it on."""

    id: str
    workspace_id: str
    platform: str
    state: ConnectionState
    way: Way
    base_url: str
    """Where the account's API is, without a slash at the end."""
    started_by: str
    """`session:<user id>`, `key:<id>` or `app:<id>`."""
    created_at: datetime
    updated_at: datetime
    account_id: str | None = None
    state_hash: str | None = field(default=None, repr=False)
    """Of OAuth's `state`, until it has come back."""
    identity: Mapping[str, Any] = field(default_factory=dict)
    credentials: str | None = field(default=None, repr=False)
    """Locked; None once it has failed or is disconnected."""
    turn: int = 0
    """One more with each change of the credentials."""
    refresh_lease_until: datetime | None = None
    expires_at: datetime | None = None
    """When the access token ends, where it does."""
    refresh_at: datetime | None = None
    """When the broker gets a fresh one by itself."""
    ends_at: datetime | None = None
    """When a person must connect anew, where that is known."""
    capabilities: str | None = None
    capabilities_at: datetime | None = None
    error_code: str | None = None
    error: str | None = None
    connected_at: datetime | None = None
    checked_at: datetime | None = None
    """When the platform last answered for it."""

    @property
    def handle(self) -> str | None:
        """Whom it posts as; None before that is known."""
        return self.identity.get("handle")


async def insert_connection(connection: Connection, record: ConnectionRecord) -> None:
    """Add a connection."""
    await connection.execute(
        "INSERT INTO connections (id, workspace_id, platform, state, account_id, way, base_url, "
        "started_by, state_hash, identity, credentials, turn, expires_at, refresh_at, ends_at, "
        "capabilities, capabilities_at, error_code, error, created_at, updated_at, connected_at, "
        "checked_at) VALUES (:id, :workspace_id, :platform, :state, :account_id, :way, :base_url, "
        ":started_by, :state_hash, :identity, :credentials, :turn, :expires_at, :refresh_at, "
        ":ends_at, :capabilities, :capabilities_at, :error_code, :error, :created_at, "
        ":updated_at, :connected_at, :checked_at)",
        **_to_row(record),
    )


async def save_connection(connection: Connection, record: ConnectionRecord, turn: int) -> bool:
    """Write a connection back, unless its credentials have changed since `turn`; ends its lease."""
    changed = await connection.execute(
        "UPDATE connections SET state = :state, account_id = :account_id, base_url = :base_url, "
        "state_hash = :state_hash, identity = :identity, credentials = :credentials, "
        "turn = :turn, refresh_lease_id = NULL, refresh_lease_until = NULL, "
        "expires_at = :expires_at, refresh_at = :refresh_at, ends_at = :ends_at, "
        "capabilities = :capabilities, capabilities_at = :capabilities_at, "
        "error_code = :error_code, error = :error, updated_at = :updated_at, "
        "connected_at = :connected_at, checked_at = :checked_at "
        "WHERE id = :id AND turn = :turn_before",
        turn_before=turn,
        **{
            name: value
            for name, value in _to_row(record).items()
            if name not in ("workspace_id", "platform", "way", "started_by", "created_at")
        },
    )
    return changed == 1


async def update_refresh_lease(
    connection: Connection,
    connection_id: str,
    turn: int,
    lease_id: str,
    now: datetime,
    until: datetime,
) -> bool:
    """Take the right to refresh credentials; False when another has it, or has used it."""
    changed = await connection.execute(
        "UPDATE connections SET refresh_lease_id = :lease_id, refresh_lease_until = :until "
        "WHERE id = :id AND turn = :turn AND state = 'connected' "
        "AND (refresh_lease_until IS NULL OR refresh_lease_until <= :now)",
        id=connection_id,
        turn=turn,
        lease_id=lease_id,
        until=to_ms(until),
        now=to_ms(now),
    )
    return changed == 1


async def update_connection_note(
    connection: Connection,
    connection_id: str,
    turn: int,
    *,
    refresh_at: datetime | None,
    error_code: str | None,
    error: str | None,
    now: datetime,
) -> None:
    """Note a trouble that may pass, and when to try again; ends the lease."""
    await connection.execute(
        "UPDATE connections SET refresh_lease_id = NULL, refresh_lease_until = NULL, "
        "refresh_at = :refresh_at, error_code = :error_code, error = :error, updated_at = :now "
        "WHERE id = :id AND turn = :turn AND state = 'connected'",
        id=connection_id,
        turn=turn,
        refresh_at=to_ms(refresh_at),
        error_code=error_code,
        error=error,
        now=to_ms(now),
    )


async def update_capabilities(
    connection: Connection, connection_id: str, capabilities: str, now: datetime
) -> None:
    """Note what an account can post, as the platform has just said."""
    await connection.execute(
        "UPDATE connections SET capabilities = :capabilities, capabilities_at = :now, "
        "checked_at = :now, error_code = NULL, error = NULL WHERE id = :id AND state = 'connected'",
        id=connection_id,
        capabilities=capabilities,
        now=to_ms(now),
    )


async def update_relocked(
    connection: Connection, connection_id: str, before: str, after: str
) -> bool:
    """Put credentials under another key, unless they have changed meanwhile."""
    changed = await connection.execute(
        "UPDATE connections SET credentials = :after WHERE id = :id AND credentials = :before",
        id=connection_id,
        before=before,
        after=after,
    )
    return changed == 1


async def update_state_used(connection: Connection, connection_id: str, state_hash: str) -> bool:
    """Use up OAuth's `state`; False when somebody has already."""
    changed = await connection.execute(
        "UPDATE connections SET state_hash = NULL WHERE id = :id AND state_hash = :state_hash",
        id=connection_id,
        state_hash=state_hash,
    )
    return changed == 1


async def select_connections(connection: Connection, workspace_id: str) -> list[ConnectionRecord]:
    """All connections of a workspace, newest first."""
    rows = await connection.fetch(
        "SELECT * FROM connections WHERE workspace_id = :workspace_id "
        "ORDER BY created_at DESC, id DESC",
        workspace_id=workspace_id,
    )
    return [_from_row(row) for row in rows]


async def select_connection(
    connection: Connection, connection_id: str, workspace_id: str | None = None
) -> ConnectionRecord | None:
    """One connection, of a workspace where one is named."""
    row = await connection.fetch_one(
        "SELECT * FROM connections WHERE id = :id "
        "AND workspace_id = COALESCE(CAST(:workspace_id AS TEXT), workspace_id)",
        id=connection_id,
        workspace_id=workspace_id,
    )
    return _from_row(row) if row else None


async def select_connection_of_account(
    connection: Connection, workspace_id: str, account_id: str
) -> ConnectionRecord | None:
    """What an account is connected by now."""
    row = await connection.fetch_one(
        "SELECT * FROM connections WHERE account_id = :account_id AND state = 'connected' "
        "AND workspace_id = :workspace_id",
        account_id=account_id,
        workspace_id=workspace_id,
    )
    return _from_row(row) if row else None


async def select_connection_by_state(
    connection: Connection, state_hash: str
) -> ConnectionRecord | None:
    """The connection that waits for this `state` to come back."""
    row = await connection.fetch_one(
        "SELECT * FROM connections WHERE state_hash = :state_hash", state_hash=state_hash
    )
    return _from_row(row) if row else None


async def select_due_refreshes(
    connection: Connection, now: datetime, limit: int
) -> list[ConnectionRecord]:
    """Those whose access token is to be replaced now, the oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM connections WHERE state = 'connected' AND refresh_at IS NOT NULL "
        "AND refresh_at <= :now ORDER BY refresh_at LIMIT :limit",
        now=to_ms(now),
        limit=limit,
    )
    return [_from_row(row) for row in rows]


async def select_abandoned(connection: Connection, before: datetime) -> list[ConnectionRecord]:
    """Those that nobody has finished."""
    rows = await connection.fetch(
        "SELECT * FROM connections WHERE state = 'pending' AND created_at <= :before",
        before=to_ms(before),
    )
    return [_from_row(row) for row in rows]


async def select_locked(connection: Connection) -> list[ConnectionRecord]:
    """All that hold credentials, of all workspaces."""
    rows = await connection.fetch(
        "SELECT * FROM connections WHERE credentials IS NOT NULL ORDER BY id"
    )
    return [_from_row(row) for row in rows]


def _to_row(record: ConnectionRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "workspace_id": record.workspace_id,
        "platform": record.platform,
        "state": record.state,
        "account_id": record.account_id,
        "way": record.way,
        "base_url": record.base_url,
        "started_by": record.started_by,
        "state_hash": record.state_hash,
        "identity": json.dumps(record.identity, ensure_ascii=False),
        "credentials": record.credentials,
        "turn": record.turn,
        "expires_at": to_ms(record.expires_at),
        "refresh_at": to_ms(record.refresh_at),
        "ends_at": to_ms(record.ends_at),
        "capabilities": record.capabilities,
        "capabilities_at": to_ms(record.capabilities_at),
        "error_code": record.error_code,
        "error": record.error,
        "created_at": to_ms(record.created_at),
        "updated_at": to_ms(record.updated_at),
        "connected_at": to_ms(record.connected_at),
        "checked_at": to_ms(record.checked_at),
    }


def _from_row(row: Row) -> ConnectionRecord:
    return ConnectionRecord(
        id=row["id"],
        workspace_id=row["workspace_id"],
        platform=row["platform"],
        state=row["state"],
        way=row["way"],
        base_url=row["base_url"],
        started_by=row["started_by"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        account_id=row["account_id"],
        state_hash=row["state_hash"],
        identity=json.loads(row["identity"]),
        credentials=row["credentials"],
        turn=row["turn"],
        refresh_lease_until=from_ms(row["refresh_lease_until"]),
        expires_at=from_ms(row["expires_at"]),
        refresh_at=from_ms(row["refresh_at"]),
        ends_at=from_ms(row["ends_at"]),
        capabilities=row["capabilities"],
        capabilities_at=from_ms(row["capabilities_at"]),
        error_code=row["error_code"],
        error=row["error"],
        connected_at=from_ms(row["connected_at"]),
        checked_at=from_ms(row["checked_at"]),
    )
