"""Clients that registered themselves, and logins of devices on their way to a grant."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from postbroker.domain.authorization import Audience
from postbroker.domain.key import Scope
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms

LoginStatus = Literal["pending", "approved", "denied", "redeemed"]


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may ask a person for a grant."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None = None
    """When a person last said yes to it."""


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """A program without a browser of its own that waits for a person to type its code."""

    client_id: str
    client_name: str
    scopes: frozenset[Scope]
    audience: Audience
    address: str
    """Where the request came from."""
    status: LoginStatus
    created_at: datetime
    expires_at: datetime
    grant_id: str | None = None
    asked_at: datetime | None = None
    """When it last asked how it stands."""


async def insert_client(connection: Connection, client: Client, address: str) -> None:
    """Add a client that registered from an address."""
    await connection.execute(
        "INSERT INTO clients (id, name, redirect_uris, address, created_at) "
        "VALUES (:id, :name, :redirect_uris, :address, :created_at)",
        id=client.id,
        name=client.name,
        redirect_uris=json.dumps(client.redirect_uris),
        address=address,
        created_at=to_ms(client.created_at),
    )


async def select_client(connection: Connection, client_id: str) -> Client | None:
    """One client."""
    row = await connection.fetch_one("SELECT * FROM clients WHERE id = :id", id=client_id)
    return _client(row) if row else None


async def update_client_used(connection: Connection, client_id: str, now: datetime) -> None:
    """Note that a person said yes to a client."""
    await connection.execute(
        "UPDATE clients SET used_at = :now WHERE id = :id", id=client_id, now=to_ms(now)
    )


async def count_registrations(connection: Connection, address: str, since: datetime) -> int:
    """How many clients registered from an address since an instant and are there."""
    row = await connection.fetch_one(
        "SELECT COUNT(*) AS n FROM clients WHERE address = :address AND created_at > :since",
        address=address,
        since=to_ms(since),
    )
    return int(row["n"]) if row else 0


async def delete_unused_clients(connection: Connection, before: datetime, kept: int) -> None:
    """Forget clients nobody said yes to: those from before an instant, and all but the newest."""
    await connection.execute(
        "DELETE FROM clients WHERE used_at IS NULL AND (created_at < :before OR id IN ("
        "SELECT id FROM clients WHERE used_at IS NULL ORDER BY created_at DESC, id "
        "LIMIT 1000 OFFSET :kept))",
        before=to_ms(before),
        kept=kept,
    )


async def delete_idle_clients(connection: Connection, before: datetime) -> None:
    """Forget clients that no person said yes to since an instant and that have no grant."""
    await connection.execute(
        "DELETE FROM clients WHERE used_at < :before "
        "AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.id)",
        before=to_ms(before),
    )


async def insert_device_login(
    connection: Connection, device_hash: str, code_hash: str, login: DeviceLogin
) -> None:
    """Add a login. Raises UniqueError when its code is taken."""
    await connection.execute(
        "INSERT INTO device_logins (device_hash, code_hash, client_id, client_name, scopes, "
        "audience, address, status, created_at, expires_at) VALUES (:device_hash, :code_hash, "
        ":client_id, :client_name, :scopes, :audience, :address, :status, :created_at, "
        ":expires_at)",
        device_hash=device_hash,
        code_hash=code_hash,
        client_id=login.client_id,
        client_name=login.client_name,
        scopes=json.dumps(sorted(login.scopes)),
        audience=login.audience,
        address=login.address,
        status=login.status,
        created_at=to_ms(login.created_at),
        expires_at=to_ms(login.expires_at),
    )


async def select_device_login(connection: Connection, code_hash: str) -> DeviceLogin | None:
    """The login with a code for people, held until the transaction ends."""
    row = await connection.fetch_one(
        "SELECT * FROM device_logins WHERE code_hash = :code_hash "  # noqa: S608
        f"{connection.dialect.for_update}",
        code_hash=code_hash,
    )
    return _login(row) if row else None


async def lock_device_login(connection: Connection, device_hash: str) -> DeviceLogin | None:
    """The login with a code for its device, held until the transaction ends."""
    row = await connection.fetch_one(
        "SELECT * FROM device_logins WHERE device_hash = :device_hash "  # noqa: S608
        f"{connection.dialect.for_update}",
        device_hash=device_hash,
    )
    return _login(row) if row else None


async def update_login_answered(
    connection: Connection, code_hash: str, status: LoginStatus, grant_id: str | None
) -> None:
    """Write down what the person said."""
    await connection.execute(
        "UPDATE device_logins SET status = :status, grant_id = :grant_id "
        "WHERE code_hash = :code_hash",
        code_hash=code_hash,
        status=status,
        grant_id=grant_id,
    )


async def update_login_asked(
    connection: Connection, device_hash: str, status: LoginStatus, now: datetime
) -> None:
    """Note that the device asked how it stands."""
    await connection.execute(
        "UPDATE device_logins SET status = :status, asked_at = :now "
        "WHERE device_hash = :device_hash",
        device_hash=device_hash,
        status=status,
        now=to_ms(now),
    )


async def count_device_logins(
    connection: Connection, address: str, since: datetime
) -> tuple[int, int]:
    """How many logins began since an instant: from an address, and in all."""
    row = await connection.fetch_one(
        "SELECT COUNT(*) AS n, "
        "COALESCE(SUM(CASE WHEN address = :address THEN 1 ELSE 0 END), 0) AS own "
        "FROM device_logins WHERE created_at > :since",
        address=address,
        since=to_ms(since),
    )
    return (int(row["own"]), int(row["n"])) if row else (0, 0)


async def delete_old_device_logins(connection: Connection, before: datetime) -> None:
    """Forget logins whose time was over before an instant."""
    await connection.execute(
        "DELETE FROM device_logins WHERE expires_at < :before", before=to_ms(before)
    )


def _client(row: Row) -> Client:
    return Client(
        id=row["id"],
        name=row["name"],
        redirect_uris=tuple(json.loads(row["redirect_uris"])),
        created_at=from_ms(row["created_at"]),
        used_at=from_ms(row["used_at"]),
    )


def _login(row: Row) -> DeviceLogin:
    return DeviceLogin(
        client_id=row["client_id"],
        client_name=row["client_name"],
        scopes=frozenset(json.loads(row["scopes"])),
        audience=row["audience"],
        address=row["address"],
        status=row["status"],
        created_at=from_ms(row["created_at"]),
        expires_at=from_ms(row["expires_at"]),
        grant_id=row["grant_id"],
        asked_at=from_ms(row["asked_at"]),
    )
