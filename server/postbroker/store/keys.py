"""API keys: only their keyed hashes are here."""

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
    account_ids: frozenset[str] | None = None
    """The accounts that it sees and posts as; None for all."""
    expires_at: datetime | None = None
    requests_per_minute: int | None = None
    """How often it may ask; None for what the settings say, 0 is no limit."""
    old_until: datetime | None = None
    """Until when the secret from before the last rotation is good."""

    def is_live(self, now: datetime) -> bool:
        """True while it can be used."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


async def insert_key(connection: Connection, key: Key, key_hash: str) -> None:
    """Add a key."""
    await connection.execute(
        "INSERT INTO keys (id, workspace_id, label, shown, key_hash, scopes, created_at, "
        "account_ids, expires_at, requests_per_minute) "
        "VALUES (:id, :workspace_id, :label, :shown, :key_hash, :scopes, :created_at, "
        ":account_ids, :expires_at, :requests_per_minute)",
        id=key.id,
        workspace_id=key.workspace_id,
        label=key.label,
        shown=key.shown,
        key_hash=key_hash,
        scopes=json.dumps(sorted(key.scopes)),
        created_at=to_ms(key.created_at),
        account_ids=None if key.account_ids is None else json.dumps(sorted(key.account_ids)),
        expires_at=to_ms(key.expires_at),
        requests_per_minute=key.requests_per_minute,
    )


async def select_key_by_hash(connection: Connection, key_hash: str, now: datetime) -> Key | None:
    """The key with a secret of this hash, live or not; an old secret counts until its time."""
    row = await connection.fetch_one(
        "SELECT * FROM keys WHERE key_hash = :key_hash "
        "UNION ALL SELECT * FROM keys WHERE old_key_hash = :key_hash AND old_until > :now",
        key_hash=key_hash,
        now=to_ms(now),
    )
    return _from_row(row) if row else None


async def select_keys(connection: Connection, workspace_id: str) -> list[Key]:
    """All keys of a workspace, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM keys WHERE workspace_id = :workspace_id ORDER BY created_at, id",
        workspace_id=workspace_id,
    )
    return [_from_row(row) for row in rows]


async def select_key(connection: Connection, workspace_id: str, key_id: str) -> Key | None:
    """One key of a workspace, held until the transaction ends."""
    row = await connection.fetch_one(
        "SELECT * FROM keys WHERE id = :id AND workspace_id = :workspace_id "  # noqa: S608
        f"{connection.dialect.for_update}",
        id=key_id,
        workspace_id=workspace_id,
    )
    return _from_row(row) if row else None


async def update_key_secret(
    connection: Connection, key_id: str, key_hash: str, shown: str, old_until: datetime
) -> None:
    """Give a key a new secret; the one before it is good until an instant."""
    await connection.execute(
        "UPDATE keys SET old_key_hash = key_hash, old_until = :old_until, key_hash = :key_hash, "
        "shown = :shown WHERE id = :id",
        id=key_id,
        key_hash=key_hash,
        shown=shown,
        old_until=to_ms(old_until),
    )


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
    account_ids = row["account_ids"]
    return Key(
        id=row["id"],
        workspace_id=row["workspace_id"],
        label=row["label"],
        shown=row["shown"],
        scopes=frozenset(json.loads(row["scopes"])),
        created_at=from_ms(row["created_at"]),
        last_used_at=from_ms(row["last_used_at"]),
        revoked_at=from_ms(row["revoked_at"]),
        account_ids=None if account_ids is None else frozenset(json.loads(account_ids)),
        expires_at=from_ms(row["expires_at"]),
        requests_per_minute=row["requests_per_minute"],
        old_until=from_ms(row["old_until"]),
    )
