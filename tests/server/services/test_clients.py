"""Clients of OAuth on both databases: registered, found, forgotten."""

import pytest

from postbroker.app import Services
from postbroker.domain.authorization import OWN_CLIENT, AuthorizationError
from postbroker.services.clients import REGISTRATIONS, UNUSED_CLIENTS, redirect_of
from postbroker.services.grants import Wish
from postbroker.store.clients import Client
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace, select_first_user
from server.doubles.clock import START, StillClock

CALLBACK = "https://app.example/callback"
SAID = {"client_name": "An app", "redirect_uris": [CALLBACK]}


async def test_a_client_is_found_as_it_registered(services: Services) -> None:
    client = await services.clients.register(SAID, "10.0.0.1")
    assert client.redirect_uris == (CALLBACK,)
    assert await services.clients.find(client.id) == client
    assert (await services.clients.known(OWN_CLIENT)).redirect_uris == ()
    for nobody in ("nobody", "", "a\0b"):
        with pytest.raises(AuthorizationError):
            await services.clients.known(nobody)


async def test_one_address_stands_in_no_other_s_way(services: Services) -> None:
    for _ in range(REGISTRATIONS):
        await services.clients.register(SAID, "10.0.0.1")
    with pytest.raises(AuthorizationError, match="too many"):
        await services.clients.register(SAID, "10.0.0.1")
    await services.clients.register(SAID, "10.0.0.2")


async def test_the_newest_push_the_oldest_out(services: Services, still_clock: StillClock) -> None:
    first = await services.clients.register(SAID, "10.0.0.0")
    last = first
    for number in range(UNUSED_CLIENTS):
        still_clock.move(1)
        last = await services.clients.register(SAID, f"10.0.{number // 50}.1")
    with pytest.raises(AuthorizationError):
        await services.clients.known(first.id)
    assert await services.clients.known(last.id) == last


async def test_a_client_that_somebody_uses_stays_as_long_as_its_grant(
    services: Services, workspace: Workspace, still_clock: StillClock, database: Database
) -> None:
    unused = await services.clients.register(SAID, "10.0.0.1")
    used = await services.clients.register(SAID, "10.0.0.1")
    user = await database.read(select_first_user)
    assert user is not None
    wish = Wish(used.id, used.name, frozenset({"posts.read"}), "/")
    await services.grants.allow(user[0], workspace.id, wish, CALLBACK, "x" * 43)
    still_clock.move(hours=48)
    await services.retention.clean()
    with pytest.raises(AuthorizationError):
        await services.clients.known(unused.id)
    assert (await services.clients.known(used.id)).used_at == START
    still_clock.move(hours=91 * 24)
    await services.retention.clean()
    with pytest.raises(AuthorizationError):
        await services.clients.known(used.id)


def test_a_client_without_any_address_is_answered_nowhere() -> None:
    with pytest.raises(AuthorizationError):
        redirect_of(Client("id", "name", (), START), None)
