"""Paired browsers, and registrations on their way to become one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from postbroker.domain.pairing import Guess
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms

RegistrationStatus = Literal["pending", "claimed", "paired", "refused"]


@dataclass(frozen=True, slots=True)
class Browser:
    """One paired browser profile with our extension."""

    id: str
    workspace_id: str
    name: str
    browser: str
    """The program's own name and version."""
    extension_version: str
    protocol_version: int
    platforms: list[dict[str, Any]]
    is_paused: bool
    paired_by: str
    paired_at: datetime
    locators_text: str = "[]"
    """Which locators it uses: JSON, which nobody needs who hands out jobs."""
    last_seen_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def locators(self) -> list[dict[str, Any]]:
        """Which locators it uses, by platform."""
        rows: list[dict[str, Any]] = json.loads(self.locators_text)
        return rows


@dataclass(frozen=True, slots=True)
class Registration:
    """An extension that shows a code and waits to be claimed."""

    id: str
    name: str
    extension_version: str
    protocol_version: int
    browser: str
    status: RegistrationStatus
    created_at: datetime
    expires_at: datetime
    browser_id: str
    workspace_id: str | None = None
    claimed_by: str | None = None


async def insert_registration(
    connection: Connection, registration: Registration, code_hash: str, poll_token_hash: str
) -> None:
    """Add a registration. Raises UniqueError when its code is pending elsewhere."""
    await connection.execute(
        "INSERT INTO registrations (id, code_hash, poll_token_hash, name, extension_version, "
        "protocol_version, browser, status, created_at, expires_at, browser_id) "
        "VALUES (:id, :code_hash, :poll_token_hash, :name, :extension_version, "
        ":protocol_version, :browser, :status, :created_at, :expires_at, :browser_id)",
        id=registration.id,
        code_hash=code_hash,
        poll_token_hash=poll_token_hash,
        name=registration.name,
        extension_version=registration.extension_version,
        protocol_version=registration.protocol_version,
        browser=registration.browser,
        status=registration.status,
        created_at=to_ms(registration.created_at),
        expires_at=to_ms(registration.expires_at),
        browser_id=registration.browser_id,
    )


async def select_registration_by_poll_token(
    connection: Connection, poll_token_hash: str
) -> Registration | None:
    """The registration that polls with this token."""
    row = await connection.fetch_one(
        "SELECT * FROM registrations WHERE poll_token_hash = :hash", hash=poll_token_hash
    )
    return _registration(row) if row else None


async def count_pending_registrations(connection: Connection, now: datetime) -> int:
    """How many codes could be claimed now."""
    row = await connection.fetch_one(
        "SELECT COUNT(*) AS pending FROM registrations "
        "WHERE status = 'pending' AND expires_at > :now",
        now=to_ms(now),
    )
    return int(row["pending"]) if row else 0


async def claim_registration(
    connection: Connection, code_hash: str, workspace_id: str, claimed_by: str, now: datetime
) -> Registration | None:
    """Turn a pending, unexpired code into a claim, once; None when there is none."""
    row = await connection.fetch_one(
        "UPDATE registrations SET status = 'claimed', workspace_id = :workspace_id, "
        "claimed_by = :claimed_by "
        "WHERE code_hash = :code_hash AND status = 'pending' AND expires_at > :now RETURNING *",
        code_hash=code_hash,
        workspace_id=workspace_id,
        claimed_by=claimed_by,
        now=to_ms(now),
    )
    return _registration(row) if row else None


async def update_registration_status(
    connection: Connection,
    registration_id: str,
    before: RegistrationStatus,
    after: RegistrationStatus,
) -> bool:
    """Move a registration on; False when it was not in the state `before`."""
    changed = await connection.execute(
        "UPDATE registrations SET status = :after WHERE id = :id AND status = :before",
        id=registration_id,
        before=before,
        after=after,
    )
    return changed == 1


async def delete_old_registrations(connection: Connection, before: datetime) -> None:
    """Forget registrations and guesses that no longer count."""
    await connection.execute(
        "DELETE FROM registrations WHERE expires_at < :before", before=to_ms(before)
    )
    await connection.execute("DELETE FROM guesses WHERE guessed_at < :before", before=to_ms(before))


async def insert_guess(connection: Connection, guess: Guess) -> None:
    """Note a wrong code."""
    await connection.execute(
        "INSERT INTO guesses (person, address, guessed_at) VALUES (:person, :address, :at)",
        person=guess.person,
        address=guess.address,
        at=to_ms(guess.at),
    )


async def select_guesses(connection: Connection, since: datetime) -> list[Guess]:
    """Wrong codes since an instant, over the whole server."""
    rows = await connection.fetch(
        "SELECT person, address, guessed_at FROM guesses WHERE guessed_at > :since",
        since=to_ms(since),
    )
    return [Guess(row["person"], row["address"], from_ms(row["guessed_at"])) for row in rows]


async def insert_browser(connection: Connection, browser: Browser, token_hash: str) -> None:
    """Add a paired browser."""
    await connection.execute(
        "INSERT INTO browsers (id, workspace_id, name, token_hash, browser, extension_version, "
        "protocol_version, paired_by, paired_at) VALUES (:id, :workspace_id, :name, :token_hash, "
        ":browser, :extension_version, :protocol_version, :paired_by, :paired_at)",
        id=browser.id,
        workspace_id=browser.workspace_id,
        name=browser.name,
        token_hash=token_hash,
        browser=browser.browser,
        extension_version=browser.extension_version,
        protocol_version=browser.protocol_version,
        paired_by=browser.paired_by,
        paired_at=to_ms(browser.paired_at),
    )


async def select_browser_by_token(connection: Connection, token_hash: str) -> Browser | None:
    """The browser behind a token, revoked or not."""
    row = await connection.fetch_one(
        "SELECT * FROM browsers WHERE token_hash = :hash", hash=token_hash
    )
    return _browser(row) if row else None


async def has_browser(connection: Connection, workspace_id: str) -> bool:
    """True when a browser is paired with the workspace."""
    row = await connection.fetch_one(
        "SELECT 1 AS one FROM browsers WHERE workspace_id = :workspace_id "
        "AND revoked_at IS NULL LIMIT 1",
        workspace_id=workspace_id,
    )
    return row is not None


async def select_browsers(connection: Connection, workspace_id: str) -> list[Browser]:
    """The browsers of a workspace that are not revoked, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM browsers WHERE workspace_id = :workspace_id AND revoked_at IS NULL "
        "ORDER BY paired_at, id",
        workspace_id=workspace_id,
    )
    return [_browser(row) for row in rows]


async def select_browsers_by_id(
    connection: Connection, workspace_id: str, browser_ids: Sequence[str]
) -> dict[str, Browser]:
    """These browsers of a workspace, revoked or not."""
    ids = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        f"SELECT * FROM browsers WHERE workspace_id = :workspace_id AND id {ids}",  # noqa: S608
        workspace_id=workspace_id,
        ids=json.dumps(browser_ids),
    )
    return {row["id"]: _browser(row) for row in rows}


async def update_browser_hello(
    connection: Connection,
    browser_id: str,
    *,
    extension_version: str,
    protocol_version: int,
    is_paused: bool,
    platforms: list[dict[str, Any]],
    locators_text: str,
    now: datetime,
) -> None:
    """Note what a browser says of itself."""
    await connection.execute(
        "UPDATE browsers SET extension_version = :extension_version, "
        "protocol_version = :protocol_version, is_paused = :is_paused, platforms = :platforms, "
        "locators = :locators, last_seen_at = :now WHERE id = :id",
        id=browser_id,
        extension_version=extension_version,
        protocol_version=protocol_version,
        is_paused=int(is_paused),
        platforms=json.dumps(platforms),
        locators=locators_text,
        now=to_ms(now),
    )


async def update_browser_seen(connection: Connection, browser_id: str, now: datetime) -> None:
    """Note that a browser was heard."""
    await connection.execute(
        "UPDATE browsers SET last_seen_at = :now WHERE id = :id", id=browser_id, now=to_ms(now)
    )


async def update_browser_revoked(
    connection: Connection, workspace_id: str, browser_id: str, now: datetime
) -> bool:
    """Revoke a browser; False when there is no such live browser."""
    changed = await connection.execute(
        "UPDATE browsers SET revoked_at = :now WHERE id = :id AND workspace_id = :workspace_id "
        "AND revoked_at IS NULL",
        id=browser_id,
        workspace_id=workspace_id,
        now=to_ms(now),
    )
    return changed == 1


def _registration(row: Row) -> Registration:
    return Registration(
        id=row["id"],
        name=row["name"],
        extension_version=row["extension_version"],
        protocol_version=row["protocol_version"],
        browser=row["browser"],
        status=row["status"],
        created_at=from_ms(row["created_at"]),
        expires_at=from_ms(row["expires_at"]),
        browser_id=row["browser_id"],
        workspace_id=row["workspace_id"],
        claimed_by=row["claimed_by"],
    )


def _browser(row: Row) -> Browser:
    return Browser(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        browser=row["browser"],
        extension_version=row["extension_version"],
        protocol_version=row["protocol_version"],
        platforms=json.loads(row["platforms"]),
        locators_text=row["locators"],
        is_paused=bool(row["is_paused"]),
        paired_by=row["paired_by"],
        paired_at=from_ms(row["paired_at"]),
        last_seen_at=from_ms(row["last_seen_at"]),
        revoked_at=from_ms(row["revoked_at"]),
    )
