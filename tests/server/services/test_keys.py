"""API keys: made, shown once, checked, revoked."""

import pytest

from postbroker.app import Services
from postbroker.domain.key import ALL_SCOPES, is_well_formed, new_key
from postbroker.errors import NotAuthenticatedError, NotFoundError, ValidationFailedError
from postbroker.services.keys import Keys
from postbroker.services.secrets import Vault
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.doubles.database import WatchedDatabase
from server.steps import add_workspace


async def test_a_key_speaks_for_its_workspace_with_its_scopes(
    services: Services, workspace: Workspace
) -> None:
    key, secret = await services.keys.create(workspace.id, " reader ", ["posts.read"])
    caller = await services.keys.authenticate(secret)
    assert is_well_formed(secret)
    assert (caller.kind, caller.id, caller.name) == ("key", key.id, "reader")
    assert (caller.workspace_id, set(caller.scopes)) == (workspace.id, {"posts.read"})


async def test_a_key_may_do_everything_but_say_yes_to_its_posts_unless_said(
    services: Services, workspace: Workspace
) -> None:
    key, _ = await services.keys.create(workspace.id, "agent")
    assert key.scopes == ALL_SCOPES - {"posts.approve"}


@pytest.mark.parametrize("label", ["", "  ", "x" * 81])
async def test_a_label_has_one_to_eighty_characters(
    services: Services, workspace: Workspace, label: str
) -> None:
    with pytest.raises(ValidationFailedError, match="label"):
        await services.keys.create(workspace.id, label)


async def test_an_unknown_scope_is_refused_by_name(
    services: Services, workspace: Workspace
) -> None:
    with pytest.raises(ValidationFailedError, match=r"posts\.write is none of"):
        await services.keys.create(workspace.id, "agent", ["posts.read", "posts.write"])


async def test_every_wrong_key_is_refused_alike(services: Services, workspace: Workspace) -> None:
    key, secret = await services.keys.create(workspace.id, "agent")
    await services.keys.revoke(workspace.id, key.id)
    mistyped = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    refusals = set()
    for wrong in (secret, mistyped, new_key(), "claw_", ""):
        with pytest.raises(NotAuthenticatedError) as refused:
            await services.keys.authenticate(wrong)
        refusals.add(str(refused.value))
    assert refusals == {"UNAUTHORIZED: the API key is not valid"}


async def test_what_is_no_key_asks_nothing_of_the_database(
    database: Database, still_clock: StillClock, vault: Vault
) -> None:
    watched = WatchedDatabase(database)
    keys = Keys(watched.as_database(), still_clock, vault, requests_per_minute=0)
    well_formed = new_key()
    for wrong in (well_formed[:-1] + ("a" if well_formed[-1] != "a" else "b"), "claw_", "noise"):
        with pytest.raises(NotAuthenticatedError):
            await keys.authenticate(wrong)
    assert watched.reads == 0
    with pytest.raises(NotAuthenticatedError):
        await keys.authenticate(well_formed)
    assert watched.reads == 1


async def test_a_key_is_revoked_once_and_by_its_own_workspace_only(
    services: Services, workspace: Workspace, database: Database
) -> None:
    key, secret = await services.keys.create(workspace.id, "agent")
    stranger = await add_workspace(database)
    with pytest.raises(NotFoundError):
        await services.keys.revoke(stranger.id, key.id)
    await services.keys.authenticate(secret)
    await services.keys.revoke(workspace.id, key.id)
    with pytest.raises(NotFoundError):
        await services.keys.revoke(workspace.id, key.id)


async def test_the_list_holds_the_workspace_s_keys_with_their_last_use(
    services: Services, workspace: Workspace, database: Database, still_clock: StillClock
) -> None:
    first, secret = await services.keys.create(workspace.id, "first")
    still_clock.move(1)
    second, _ = await services.keys.create(workspace.id, "second")
    stranger = await add_workspace(database)
    await services.keys.create(stranger.id, "theirs")
    await services.meters.take(await services.keys.authenticate(secret))
    keys = await services.keys.list(workspace.id)
    assert [(key.id, key.last_used_at) for key in keys] == [
        (first.id, still_clock.now()),
        (second.id, None),
    ]


async def test_a_use_is_noted_once_a_minute(
    services: Services, workspace: Workspace, still_clock: StillClock
) -> None:
    _, secret = await services.keys.create(workspace.id, "agent")
    noted = []
    for seconds in (0, 59, 1):
        still_clock.move(seconds)
        await services.meters.take(await services.keys.authenticate(secret))
        noted.append((await services.keys.list(workspace.id))[0].last_used_at)
    assert noted[0] == noted[1]
    assert noted[2] == still_clock.now()


async def test_no_key_is_stored_readable(
    services: Services, workspace: Workspace, database: Database
) -> None:
    _, secret = await services.keys.create(workspace.id, "agent")
    rows = await database.read(lambda tx: tx.fetch("SELECT * FROM keys"))
    assert all(secret not in str(value) for row in rows for value in dict(row).values())
