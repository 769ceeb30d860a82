"""Accounts of a workspace, and in which browsers each is or was logged in."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from postbroker.contract.accounts import PacingChange
from postbroker.domain.account import Account
from postbroker.domain.matching import bare_handle
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """An account was logged in in a browser, as far as the browser told."""

    id: str
    account_id: str
    browser_id: str
    platform: str
    began_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None


async def select_accounts(connection: Connection, workspace_id: str) -> list[Account]:
    """The accounts of a workspace, by platform and handle."""
    rows = await connection.fetch(
        "SELECT * FROM accounts WHERE workspace_id = :workspace_id AND removed_at IS NULL "
        "ORDER BY platform, bare_handle",
        workspace_id=workspace_id,
    )
    return [_from_row(row) for row in rows]


async def select_account_keys(
    connection: Connection, workspace_id: str, account_ids: Collection[str]
) -> frozenset[tuple[str, str]]:
    """Platform and bare handle of those of the accounts that are there."""
    rows = await connection.fetch(
        "SELECT platform, bare_handle FROM accounts WHERE workspace_id = :workspace_id "  # noqa: S608
        f"AND id {connection.dialect.in_strings.format(name='ids')}",
        workspace_id=workspace_id,
        ids=json.dumps(sorted(account_ids)),
    )
    return frozenset((row["platform"], row["bare_handle"]) for row in rows)


async def save_account(connection: Connection, account: Account) -> None:
    """Add an account, or write it back whole."""
    await connection.execute(
        "INSERT INTO accounts (id, workspace_id, platform, bare_handle, handle, mode, pacing, "
        "paused_because, confirmed_at, created_at, last_seen_at, posted_at, jitter, day_posts, "
        "route) "
        "VALUES (:id, :workspace_id, :platform, :bare_handle, :handle, :mode, :pacing, "
        ":paused_because, :confirmed_at, :created_at, :last_seen_at, :posted_at, :jitter, "
        ":day_posts, :route) ON CONFLICT (workspace_id, platform, bare_handle) DO UPDATE SET "
        "handle = excluded.handle, mode = excluded.mode, pacing = excluded.pacing, "
        "paused_because = excluded.paused_because, confirmed_at = excluded.confirmed_at, "
        "last_seen_at = excluded.last_seen_at, posted_at = excluded.posted_at, "
        "jitter = excluded.jitter, day_posts = excluded.day_posts, route = excluded.route",
        **_to_row(account),
    )


async def update_account_seen(
    connection: Connection, account_id: str, handle: str, now: datetime
) -> None:
    """Note that a browser told of an account."""
    await connection.execute(
        "UPDATE accounts SET handle = :handle, last_seen_at = :now WHERE id = :id",
        id=account_id,
        handle=handle,
        now=to_ms(now),
    )


async def hide_account(connection: Connection, account_id: str, now: datetime) -> None:
    """Let an account be gone: seen again it is a new one; what it did stays."""
    await connection.execute(
        "UPDATE logins SET ended_at = :now WHERE account_id = :id AND ended_at IS NULL",
        id=account_id,
        now=to_ms(now),
    )
    await connection.execute(
        "UPDATE accounts SET removed_at = :now, bare_handle = bare_handle || ' ' || id "
        "WHERE id = :id AND removed_at IS NULL",
        id=account_id,
        now=to_ms(now),
    )


async def select_logins(
    connection: Connection, workspace_id: str, account_id: str | None = None
) -> list[LoginRecord]:
    """Who is logged in now in browsers that are paired; of one account all that ever were."""
    which = (
        "l.ended_at IS NULL AND b.revoked_at IS NULL"
        if account_id is None
        else "l.account_id = :account_id"
    )
    rows = await connection.fetch(
        "SELECT l.* FROM logins l JOIN browsers b ON b.id = l.browser_id "  # noqa: S608
        f"WHERE b.workspace_id = :workspace_id AND {which} ORDER BY l.began_at DESC, l.id",
        workspace_id=workspace_id,
        **({} if account_id is None else {"account_id": account_id}),
    )
    return [_login(row) for row in rows]


async def select_logins_of_browser(
    connection: Connection, browser_id: str
) -> dict[str, LoginRecord]:
    """Who is logged in now in a browser, by platform."""
    rows = await connection.fetch(
        "SELECT * FROM logins WHERE browser_id = :browser_id AND ended_at IS NULL",
        browser_id=browser_id,
    )
    return {row["platform"]: _login(row) for row in rows}


async def insert_login(
    connection: Connection, account: Account, browser_id: str, now: datetime
) -> None:
    """Note that an account is logged in in a browser."""
    await connection.execute(
        "INSERT INTO logins (id, account_id, browser_id, platform, began_at, last_seen_at) "
        "VALUES (:id, :account_id, :browser_id, :platform, :now, :now)",
        id=str(uuid4()),
        account_id=account.id,
        browser_id=browser_id,
        platform=account.platform,
        now=to_ms(now),
    )


async def update_login(
    connection: Connection, login_id: str, now: datetime, *, has_ended: bool
) -> None:
    """Note that an account is logged in still, or not any more."""
    await connection.execute(
        "UPDATE logins SET last_seen_at = CASE WHEN :has_ended = 1 THEN last_seen_at ELSE :now END,"
        " ended_at = CASE WHEN :has_ended = 1 THEN :now END WHERE id = :id",
        id=login_id,
        now=to_ms(now),
        has_ended=int(has_ended),
    )


def _to_row(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "workspace_id": account.workspace_id,
        "platform": account.platform,
        "bare_handle": bare_handle(account.handle),
        "handle": account.handle,
        "mode": account.mode,
        "pacing": account.pacing.model_dump_json(exclude_none=True),
        "paused_because": account.paused_because,
        "confirmed_at": to_ms(account.confirmed_at),
        "created_at": to_ms(account.created_at),
        "last_seen_at": to_ms(account.last_seen_at),
        "posted_at": to_ms(account.posted_at),
        "jitter": float(account.jitter),
        "day_posts": account.day_posts,
        "route": account.route,
    }


def _from_row(row: Row) -> Account:
    return Account(
        id=row["id"],
        workspace_id=row["workspace_id"],
        platform=row["platform"],
        handle=row["handle"],
        mode=row["mode"],
        pacing=PacingChange.model_validate_json(row["pacing"]),
        paused_because=row["paused_because"],
        confirmed_at=from_ms(row["confirmed_at"]),
        created_at=from_ms(row["created_at"]),
        last_seen_at=from_ms(row["last_seen_at"]),
        posted_at=from_ms(row["posted_at"]),
        jitter=row["jitter"],
        day_posts=row["day_posts"],
        route=row["route"],
    )


def _login(row: Row) -> LoginRecord:
    return LoginRecord(
        id=row["id"],
        account_id=row["account_id"],
        browser_id=row["browser_id"],
        platform=row["platform"],
        began_at=from_ms(row["began_at"]),
        last_seen_at=from_ms(row["last_seen_at"]),
        ended_at=from_ms(row["ended_at"]),
    )
