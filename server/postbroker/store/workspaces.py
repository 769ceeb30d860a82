"""Workspaces, their people, and who is signed in."""

from dataclasses import dataclass
from datetime import datetime

from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Workspace:
    """Whose things these are: the wall between customers."""

    id: str
    name: str
    is_paused: bool
    created_at: datetime
    paused_because: str | None = None
    """Why the broker itself paused it; None when a person did."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person's cookie login at the dashboard."""

    user_id: str
    user_name: str
    workspace_id: str
    csrf_token: str
    expires_at: datetime


async def insert_workspace(connection: Connection, workspace: Workspace) -> None:
    """Add a workspace."""
    await connection.execute(
        "INSERT INTO workspaces (id, name, is_paused, created_at) "
        "VALUES (:id, :name, :paused, :created)",
        id=workspace.id,
        name=workspace.name,
        paused=int(workspace.is_paused),
        created=to_ms(workspace.created_at),
    )


async def insert_user(
    connection: Connection, user_id: str, name: str, workspace_id: str, now: datetime
) -> None:
    """Add a person to a workspace."""
    await connection.execute(
        "INSERT INTO users (id, name, workspace_id, created_at) "
        "VALUES (:id, :name, :workspace_id, :now)",
        id=user_id,
        name=name,
        workspace_id=workspace_id,
        now=to_ms(now),
    )


async def select_workspace(connection: Connection, workspace_id: str) -> Workspace | None:
    """One workspace."""
    row = await connection.fetch_one("SELECT * FROM workspaces WHERE id = :id", id=workspace_id)
    return _from_row(row) if row else None


async def select_workspaces(connection: Connection) -> list[Workspace]:
    """All workspaces, oldest first."""
    return [
        _from_row(row)
        for row in await connection.fetch("SELECT * FROM workspaces ORDER BY created_at, id")
    ]


async def select_first_user(connection: Connection) -> tuple[str, str] | None:
    """Id and name of the person the installation began with."""
    row = await connection.fetch_one("SELECT id, name FROM users ORDER BY created_at, id LIMIT 1")
    return (row["id"], row["name"]) if row else None


async def update_workspace_paused(
    connection: Connection, workspace_id: str, *, is_paused: bool, because: str | None = None
) -> None:
    """Pause or resume a workspace."""
    await connection.execute(
        "UPDATE workspaces SET is_paused = :paused, paused_because = :because WHERE id = :id",
        id=workspace_id,
        paused=int(is_paused),
        because=because,
    )


async def insert_used_link(connection: Connection, nonce: str, now: datetime) -> None:
    """Use up a sign-in link. Raises UniqueError when it was used before."""
    await connection.execute(
        "INSERT INTO used_links (nonce, used_at) VALUES (:nonce, :now)", nonce=nonce, now=to_ms(now)
    )


async def insert_session(
    connection: Connection,
    token_hash: str,
    user_id: str,
    csrf_token: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Sign a person in."""
    await connection.execute(
        "INSERT INTO sessions (token_hash, user_id, csrf_token, created_at, expires_at) "
        "VALUES (:token_hash, :user_id, :csrf_token, :now, :expires_at)",
        token_hash=token_hash,
        user_id=user_id,
        csrf_token=csrf_token,
        now=to_ms(now),
        expires_at=to_ms(expires_at),
    )


async def select_session(connection: Connection, token_hash: str, now: datetime) -> Session | None:
    """The live session of a cookie."""
    row = await connection.fetch_one(
        "SELECT s.user_id, s.csrf_token, s.expires_at, u.name, u.workspace_id FROM sessions s "
        "JOIN users u ON u.id = s.user_id WHERE s.token_hash = :token_hash AND s.expires_at > :now",
        token_hash=token_hash,
        now=to_ms(now),
    )
    if row is None:
        return None
    return Session(
        user_id=row["user_id"],
        user_name=row["name"],
        workspace_id=row["workspace_id"],
        csrf_token=row["csrf_token"],
        expires_at=from_ms(row["expires_at"]),
    )


async def delete_session(connection: Connection, token_hash: str) -> None:
    """Sign a person out."""
    await connection.execute(
        "DELETE FROM sessions WHERE token_hash = :token_hash", token_hash=token_hash
    )


async def delete_old_sign_ins(connection: Connection, before: datetime) -> None:
    """Forget sessions that ended and links that were used before an instant."""
    await connection.execute(
        "DELETE FROM sessions WHERE expires_at < :before", before=to_ms(before)
    )
    await connection.execute("DELETE FROM used_links WHERE used_at < :before", before=to_ms(before))


def _from_row(row: Row) -> Workspace:
    return Workspace(
        id=row["id"],
        name=row["name"],
        is_paused=bool(row["is_paused"]),
        created_at=from_ms(row["created_at"]),
        paused_because=row["paused_because"],
    )
