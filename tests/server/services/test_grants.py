"""Grants on both databases: redeemed, refreshed, used, ended, forgotten."""

import asyncio

import pytest

from postbroker.app import Services
from postbroker.contract.words import Scope
from postbroker.domain.authorization import AuthorizationError
from postbroker.domain.caller import Caller
from postbroker.errors import NotAuthenticatedError, NotFoundError
from postbroker.services.grants import Issued, Wish
from postbroker.store.browsers import Browser
from postbroker.store.database import Connection, Database
from postbroker.store.workspaces import Workspace, select_first_user
from server.doubles.clock import StillClock
from server.steps import add_workspace

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The pair of RFC 7636, appendix B."""
CALLBACK = "https://app.example/callback"
CLIENT = "a client"
SCOPES: frozenset[Scope] = frozenset({"posts.read", "usage.read"})
WISH = Wish(CLIENT, "An app", SCOPES, "/")


@pytest.fixture
async def user_id(database: Database, workspace: Workspace) -> str:
    """The owner of the workspace."""
    user = await database.read(select_first_user)
    assert user is not None
    return user[0]


async def allow(services: Services, user_id: str, workspace: Workspace, wish: Wish = WISH) -> str:
    return await services.grants.allow(user_id, workspace.id, wish, CALLBACK, CHALLENGE)


async def redeem(services: Services, code: str) -> Issued:
    return await services.grants.redeem(code, CLIENT, CALLBACK, VERIFIER, None)


async def refresh(services: Services, issued: Issued) -> Issued:
    return await services.grants.refresh(issued.refresh_token, CLIENT, None, None)


@pytest.fixture
async def issued(services: Services, user_id: str, workspace: Workspace) -> Issued:
    """The tokens of a fresh grant."""
    return await redeem(services, await allow(services, user_id, workspace))


async def rows(database: Database, table: str) -> int:
    async def count(tx: Connection) -> int:
        row = await tx.fetch_one(f"SELECT COUNT(*) AS n FROM {table}")  # noqa: S608
        return int(row["n"]) if row else 0

    return await database.read(count)


async def test_a_token_speaks_for_its_grant(
    services: Services, issued: Issued, workspace: Workspace
) -> None:
    caller = await services.grants.authenticate(issued.access_token, "/")
    [grant] = await services.grants.list(workspace.id)
    assert caller == Caller("app", grant.id, "An app", workspace.id, SCOPES, None, 6000)
    assert grant.used_at is None
    await services.meters.take(caller)
    [grant] = await services.grants.list(workspace.id)
    assert grant.used_at is not None


async def test_a_grant_is_limited_to_accounts(
    services: Services, user_id: str, workspace: Workspace, paired_browser: Browser
) -> None:
    [known] = await services.accounts.all(workspace.id)
    wish = Wish(CLIENT, "An app", SCOPES, "/mcp", frozenset({known.account.id}))
    issued = await redeem(services, await allow(services, user_id, workspace, wish))
    caller = await services.grants.authenticate(issued.access_token, "/mcp")
    assert caller.accounts == frozenset({known.account.key})
    with pytest.raises(NotAuthenticatedError):
        await services.grants.authenticate(issued.access_token, "/")


async def test_a_code_is_redeemed_once_however_many_try(
    services: Services, user_id: str, workspace: Workspace
) -> None:
    code = await allow(services, user_id, workspace)
    results = await asyncio.gather(
        *(redeem(services, code) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, Issued) for result in results) == 1
    assert sum(isinstance(result, AuthorizationError) for result in results) == 4
    assert await services.grants.list(workspace.id) == []


async def test_a_refresh_token_is_traded_in_once_however_many_try(
    services: Services, issued: Issued, workspace: Workspace
) -> None:
    results = await asyncio.gather(
        *(refresh(services, issued) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, Issued) for result in results) == 1
    assert await services.grants.list(workspace.id) == []
    [won] = [result for result in results if isinstance(result, Issued)]
    with pytest.raises(NotAuthenticatedError):
        await services.grants.authenticate(won.access_token, "/")


async def test_only_its_workspace_ends_it(
    services: Services, issued: Issued, workspace: Workspace, database: Database
) -> None:
    [grant] = await services.grants.list(workspace.id)
    other = await add_workspace(database)
    with pytest.raises(NotFoundError):
        await services.grants.revoke(other.id, grant.id)
    await services.grants.revoke(workspace.id, grant.id)
    with pytest.raises(NotAuthenticatedError):
        await services.grants.authenticate(issued.access_token, "/")
    with pytest.raises(AuthorizationError):
        await refresh(services, issued)


async def test_a_token_is_ended_by_its_client_alone(services: Services, issued: Issued) -> None:
    with pytest.raises(AuthorizationError, match="another client"):
        await services.grants.revoke_token(issued.access_token, "another")
    await services.grants.revoke_token(issued.access_token, CLIENT)
    await services.grants.revoke_token("mcpat_nothing", CLIENT)
    with pytest.raises(NotAuthenticatedError):
        await services.grants.authenticate(issued.access_token, "/")
    await services.grants.revoke_token((await refresh(services, issued)).refresh_token, CLIENT)


async def test_what_ended_is_forgotten_in_time(
    services: Services, issued: Issued, still_clock: StillClock, database: Database
) -> None:
    for _ in range(3):
        issued = await refresh(services, issued)
    still_clock.move(hours=26)
    await services.retention.clean()
    assert await rows(database, "grants") == 1
    assert await rows(database, "grant_tokens") == 4, "the refresh tokens tell a replay"
    still_clock.move(hours=31 * 24)
    await services.retention.clean()
    for table in ("grants", "grant_codes", "grant_tokens"):
        assert await rows(database, table) == 0


async def test_a_code_nobody_redeems_leaves_nothing(
    services: Services,
    user_id: str,
    workspace: Workspace,
    still_clock: StillClock,
    database: Database,
) -> None:
    await allow(services, user_id, workspace)
    still_clock.move(61)
    assert await services.grants.list(workspace.id) == []
    still_clock.move(hours=25)
    await services.retention.clean()
    assert await rows(database, "grants") == 0
