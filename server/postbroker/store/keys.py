"""API keys: only their keyed hash is here."""

import json
from dataclasses import dataclass
from datetime import datetime

from postbroker.domain.key import Scope
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Key:
    """An agent's credential, without its secret."""

    id: str
    workspace_id: str
    label: str
    shown: str
    """The beginning of the key, to tell keys apart."""
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


async def insert_key(connection: Connection, key: Key, key_hash: str) -> None:
    """Add a key."""
    await connection.execute(
        "INSERT INTO keys (id, workspace_id, label, shown, key_hash, scopes, created_at) "
        "VALUES (:id, :workspace_id, :label, :shown, :key_hash, :scopes, :created_at)",
        id=key.id,
        workspace_id=key.workspace_id,
        label=key.label,
        shown=key.shown,
        key_hash=key_hash,
        scopes=json.dumps(sorted(key.scopes)),
        created_at=to_ms(key.created_at),
    )


async def select_key_by_hash(connection: Connection, key_hash: str) -> Key | None:
    """The key behind a hash, revoked or not."""
    row = await connection.fetch_one(
        "SELECT * FROM keys WHERE key_hash = :key_hash", key_hash=key_hash
    )
    return _from_row(row) if row else None


async def select_keys(connection: Connection, workspace_id: str) -> list[Key]:
    """All keys of a workspace, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM keys WHERE workspace_id = :workspace_id ORDER BY created_at, id",
        workspace_id=workspace_id,
    )
    return [_from_row(row) for row in rows]


async def update_key_revoked(
    connection: Connection, workspace_id: str, key_id: str, now: datetime
) -> bool:
    """Revoke a key; False when there is no such live key."""
    changed = await connection.execute(
        "UPDATE keys SET revoked_at = :now "
        "WHERE id = :id AND workspace_id = :workspace_id AND revoked_at IS NULL",
        id=key_id,
        workspace_id=workspace_id,
        now=to_ms(now),
    )
    return changed == 1


async def update_key_used(connection: Connection, key_id: str, now: datetime) -> None:
    """Note that a key was used."""
    await connection.execute(
        "UPDATE keys SET last_used_at = :now WHERE id = :id", id=key_id, now=to_ms(now)
    )


def _from_row(row: Row) -> Key:
    return Key(
        id=row["id"],
        workspace_id=row["workspace_id"],
        label=row["label"],
        shown=row["shown"],
        scopes=frozenset(json.loads(row["scopes"])),
        created_at=from_ms(row["created_at"]),
        last_used_at=from_ms(row["last_used_at"]),
        revoked_at=from_ms(row["revoked_at"]),
    )
