"""Grants: what a person allowed an app, the code for it, and the tokens made of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from postbroker.domain.authorization import Audience
from postbroker.domain.key import Scope
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms

TokenKind = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Grant:
    """A person's yes to an app."""

    id: str
    workspace_id: str
    user_id: str
    client_id: str
    client_name: str
    scopes: frozenset[Scope]
    audience: Audience
    """What it is good for, as a path under the broker's address."""
    created_at: datetime
    expires_at: datetime
    """When its last token ends."""
    account_ids: frozenset[str] | None = None
    """The accounts that it sees and posts as; None for all."""
    used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """What an app redeems for tokens, once."""

    grant_id: str
    redirect_uri: str
    challenge: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What an app shows, or for `refresh` trades in, once."""

    grant_id: str
    kind: TokenKind
    scopes: frozenset[Scope]
    expires_at: datetime
    used_at: datetime | None = None


async def insert_grant(connection: Connection, grant: Grant) -> None:
    """Add a grant."""
    await connection.execute(
        "INSERT INTO grants (id, workspace_id, user_id, client_id, client_name, scopes, "
        "account_ids, audience, created_at, expires_at) VALUES (:id, :workspace_id, :user_id, "
        ":client_id, :client_name, :scopes, :account_ids, :audience, :created_at, :expires_at)",
        id=grant.id,
        workspace_id=grant.workspace_id,
        user_id=grant.user_id,
        client_id=grant.client_id,
        client_name=grant.client_name,
        scopes=json.dumps(sorted(grant.scopes)),
        account_ids=None if grant.account_ids is None else json.dumps(sorted(grant.account_ids)),
        audience=grant.audience,
        created_at=to_ms(grant.created_at),
        expires_at=to_ms(grant.expires_at),
    )


async def lock_grant(connection: Connection, grant_id: str) -> Grant:
    """One grant that is known to exist, held until the transaction ends."""
    row = await connection.fetch_one(
        f"SELECT * FROM grants WHERE id = :id {connection.dialect.for_update}",  # noqa: S608
        id=grant_id,
    )
    if row is None:
        raise LookupError(grant_id)
    return _grant(row)


async def select_live_grants(
    connection: Connection, workspace_id: str, now: datetime
) -> list[Grant]:
    """The grants of a workspace that can still be used, newest first."""
    rows = await connection.fetch(
        "SELECT * FROM grants WHERE workspace_id = :workspace_id AND revoked_at IS NULL "
        "AND expires_at > :now ORDER BY created_at DESC, id",
        workspace_id=workspace_id,
        now=to_ms(now),
    )
    return [_grant(row) for row in rows]


async def update_grant_used(connection: Connection, grant_id: str, now: datetime) -> None:
    """Note that a grant was used."""
    await connection.execute(
        "UPDATE grants SET used_at = :now WHERE id = :id", id=grant_id, now=to_ms(now)
    )


async def update_grant_end(connection: Connection, grant_id: str, ends_at: datetime) -> None:
    """Note when the last token of a grant ends."""
    await connection.execute(
        "UPDATE grants SET expires_at = :ends_at WHERE id = :id",
        id=grant_id,
        ends_at=to_ms(ends_at),
    )


async def update_grant_revoked(
    connection: Connection, workspace_id: str, grant_id: str, now: datetime
) -> bool:
    """Revoke a grant; False when there is no such live grant."""
    changed = await connection.execute(
        "UPDATE grants SET revoked_at = :now "
        "WHERE id = :id AND workspace_id = :workspace_id AND revoked_at IS NULL",
        id=grant_id,
        workspace_id=workspace_id,
        now=to_ms(now),
    )
    return changed == 1


async def insert_code(connection: Connection, code_hash: str, code: Code) -> None:
    """Add a code."""
    await connection.execute(
        "INSERT INTO grant_codes (code_hash, grant_id, redirect_uri, challenge, expires_at) "
        "VALUES (:code_hash, :grant_id, :redirect_uri, :challenge, :expires_at)",
        code_hash=code_hash,
        grant_id=code.grant_id,
        redirect_uri=code.redirect_uri,
        challenge=code.challenge,
        expires_at=to_ms(code.expires_at),
    )


async def lock_code(connection: Connection, code_hash: str) -> Code | None:
    """A code, held until the transaction ends."""
    row = await connection.fetch_one(
        "SELECT * FROM grant_codes WHERE code_hash = :code_hash "  # noqa: S608
        f"{connection.dialect.for_update}",
        code_hash=code_hash,
    )
    if row is None:
        return None
    return Code(
        grant_id=row["grant_id"],
        redirect_uri=row["redirect_uri"],
        challenge=row["challenge"],
        expires_at=from_ms(row["expires_at"]),
        used_at=from_ms(row["used_at"]),
    )


async def update_code_used(connection: Connection, code_hash: str, now: datetime) -> None:
    """Note that a code was redeemed."""
    await connection.execute(
        "UPDATE grant_codes SET used_at = :now WHERE code_hash = :code_hash",
        code_hash=code_hash,
        now=to_ms(now),
    )


async def insert_tokens(connection: Connection, tokens: Sequence[tuple[str, Token]]) -> None:
    """Add tokens by their hashes."""
    await connection.execute_many(
        "INSERT INTO grant_tokens (token_hash, grant_id, kind, scopes, expires_at) "
        "VALUES (:token_hash, :grant_id, :kind, :scopes, :expires_at)",
        [
            {
                "token_hash": token_hash,
                "grant_id": token.grant_id,
                "kind": token.kind,
                "scopes": json.dumps(sorted(token.scopes)),
                "expires_at": to_ms(token.expires_at),
            }
            for token_hash, token in tokens
        ],
    )


async def lock_token(connection: Connection, token_hash: str) -> Token | None:
    """A token, held until the transaction ends."""
    row = await connection.fetch_one(
        "SELECT * FROM grant_tokens WHERE token_hash = :token_hash "  # noqa: S608
        f"{connection.dialect.for_update}",
        token_hash=token_hash,
    )
    return _token(row) if row else None


async def select_token(connection: Connection, token_hash: str) -> tuple[Token, Grant] | None:
    """A token and its grant, live or not."""
    row = await connection.fetch_one(
        "SELECT * FROM grant_tokens WHERE token_hash = :token_hash", token_hash=token_hash
    )
    if row is None:
        return None
    grant = await connection.fetch_one("SELECT * FROM grants WHERE id = :id", id=row["grant_id"])
    return (_token(row), _grant(grant)) if grant else None


async def update_token_used(connection: Connection, token_hash: str, now: datetime) -> None:
    """Note that a refresh token was traded in."""
    await connection.execute(
        "UPDATE grant_tokens SET used_at = :now WHERE token_hash = :token_hash",
        token_hash=token_hash,
        now=to_ms(now),
    )


async def delete_token(connection: Connection, token_hash: str) -> None:
    """End one token."""
    await connection.execute(
        "DELETE FROM grant_tokens WHERE token_hash = :token_hash", token_hash=token_hash
    )


async def delete_old_grants(connection: Connection, before: datetime) -> None:
    """Forget grants that ended before an instant, and access tokens that did."""
    over = "(SELECT id FROM grants WHERE expires_at < :before OR revoked_at < :before)"
    instant = to_ms(before)
    for table in ("grant_codes", "grant_tokens", "device_logins"):
        await connection.execute(
            f"DELETE FROM {table} WHERE grant_id IN {over}",  # noqa: S608
            before=instant,
        )
    await connection.execute(
        "DELETE FROM grants WHERE expires_at < :before OR revoked_at < :before", before=instant
    )
    await connection.execute(
        "DELETE FROM grant_tokens WHERE kind = 'access' AND expires_at < :before", before=instant
    )


def _grant(row: Row) -> Grant:
    account_ids = row["account_ids"]
    return Grant(
        id=row["id"],
        workspace_id=row["workspace_id"],
        user_id=row["user_id"],
        client_id=row["client_id"],
        client_name=row["client_name"],
        scopes=frozenset(json.loads(row["scopes"])),
        audience=row["audience"],
        created_at=from_ms(row["created_at"]),
        expires_at=from_ms(row["expires_at"]),
        account_ids=None if account_ids is None else frozenset(json.loads(account_ids)),
        used_at=from_ms(row["used_at"]),
        revoked_at=from_ms(row["revoked_at"]),
    )


def _token(row: Row) -> Token:
    return Token(
        grant_id=row["grant_id"],
        kind=row["kind"],
        scopes=frozenset(json.loads(row["scopes"])),
        expires_at=from_ms(row["expires_at"]),
        used_at=from_ms(row["used_at"]),
    )
