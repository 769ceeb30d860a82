"""Workspaces, signing in, and the switch that stops everything."""

import pytest

from postbroker.app import Services
from postbroker.domain.key import ALL_SCOPES
from postbroker.errors import NotAuthenticatedError
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals, events_of, pulls_of
from postbroker.services.workspaces import LINK_LIFE, SESSION_LIFE, caller_of
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import START, StillClock


async def test_the_first_start_makes_a_workspace_and_later_ones_find_it(
    services: Services,
) -> None:
    made, is_new = await services.workspaces.ensure_first()
    found, is_new_again = await services.workspaces.ensure_first()
    assert (is_new, is_new_again) == (True, False)
    assert made == found == await services.workspaces.get(made.id)


async def test_an_unknown_workspace_is_an_error_of_ours(services: Services) -> None:
    with pytest.raises(LookupError):
        await services.workspaces.get("22222222-2222-4222-8222-222222222222")


async def test_pausing_wakes_whoever_waits(
    services: Services, workspace: Workspace, signals: Signals
) -> None:
    async with (
        signals.listen(pulls_of(workspace.id)) as pull,
        signals.listen(events_of(workspace.id)) as page,
    ):
        await services.workspaces.set_paused(workspace.id, is_paused=True)
        assert await pull.wait(0)
        assert await page.wait(0)
    assert (await services.workspaces.get(workspace.id)).is_paused
    await services.workspaces.set_paused(workspace.id, is_paused=False)
    assert not (await services.workspaces.get(workspace.id)).is_paused


class TestSigningIn:
    async def test_a_link_signs_the_owner_in(
        self, services: Services, workspace: Workspace
    ) -> None:
        cookie, session = await services.workspaces.sign_in(services.workspaces.sign_in_token())
        assert session == await services.workspaces.session(cookie)
        caller = caller_of(session)
        assert (caller.kind, caller.name, caller.workspace_id) == (
            "session",
            "owner",
            workspace.id,
        )
        assert caller.scopes == ALL_SCOPES

    async def test_a_link_is_good_once(self, services: Services, workspace: Workspace) -> None:
        link = services.workspaces.sign_in_token()
        await services.workspaces.sign_in(link)
        with pytest.raises(NotAuthenticatedError, match="used before"):
            await services.workspaces.sign_in(link)

    async def test_a_link_is_good_for_ten_minutes(
        self, services: Services, workspace: Workspace, still_clock: StillClock
    ) -> None:
        link = services.workspaces.sign_in_token()
        still_clock.move(LINK_LIFE.total_seconds())
        with pytest.raises(NotAuthenticatedError, match="not valid any more"):
            await services.workspaces.sign_in(link)

    async def test_a_link_of_another_installation_is_refused(
        self, services: Services, workspace: Workspace
    ) -> None:
        forged = Vault("another installation's key").sign_until("n", "sign-in", START + LINK_LIFE)
        with pytest.raises(NotAuthenticatedError):
            await services.workspaces.sign_in(forged)

    async def test_a_link_before_the_first_start_signs_nobody_in(self, services: Services) -> None:
        with pytest.raises(NotAuthenticatedError):
            await services.workspaces.sign_in(services.workspaces.sign_in_token())

    async def test_a_session_ends_by_itself_and_by_signing_out(
        self, services: Services, workspace: Workspace, still_clock: StillClock
    ) -> None:
        first, _ = await services.workspaces.sign_in(services.workspaces.sign_in_token())
        await services.workspaces.sign_out(first)
        assert await services.workspaces.session(first) is None
        second, _ = await services.workspaces.sign_in(services.workspaces.sign_in_token())
        still_clock.move(SESSION_LIFE.total_seconds())
        assert await services.workspaces.session(second) is None

    async def test_no_cookie_is_stored_readable(
        self, services: Services, workspace: Workspace, database: Database
    ) -> None:
        cookie, _ = await services.workspaces.sign_in(services.workspaces.sign_in_token())
        rows = await database.read(lambda tx: tx.fetch("SELECT * FROM sessions"))
        assert all(cookie not in str(value) for row in rows for value in dict(row).values())
