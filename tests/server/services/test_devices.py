"""Logins of devices on both databases."""

import asyncio

import pytest

from postbroker.app import Services
from postbroker.domain.authorization import OWN_CLIENT, AuthorizationError
from postbroker.errors import NotFoundError, TooManyError
from postbroker.services.devices import LOGINS_IN_ALL, Begun
from postbroker.services.grants import Issued, Wish
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace, select_first_user
from server.doubles.clock import StillClock

WISH = Wish(OWN_CLIENT, "The command line", frozenset({"posts.read"}), "/")


@pytest.fixture
async def user_id(database: Database, workspace: Workspace) -> str:
    """The owner of the workspace."""
    user = await database.read(select_first_user)
    assert user is not None
    return user[0]


@pytest.fixture
async def begun(services: Services) -> Begun:
    """A login that waits."""
    return await begin(services)


async def begin(services: Services, address: str = "10.0.0.1") -> Begun:
    client = await services.clients.known(OWN_CLIENT)
    return await services.devices.begin(client, WISH.scopes, "/", address)


async def test_a_yes_gives_tokens_once_however_many_ask(
    services: Services, begun: Begun, user_id: str, workspace: Workspace
) -> None:
    login = await services.devices.find(user_id, "10.0.0.9", begun.user_code)
    assert (login.client_id, login.scopes, login.address) == (
        OWN_CLIENT,
        WISH.scopes,
        "10.0.0.1",
    )
    await services.devices.answer(user_id, workspace.id, begun.user_code, WISH)
    results = await asyncio.gather(
        *(services.devices.poll(begun.device_code, OWN_CLIENT) for _ in range(5)),
        return_exceptions=True,
    )
    [issued] = [result for result in results if isinstance(result, Issued)]
    assert (await services.grants.authenticate(issued.access_token, "/")).scopes == WISH.scopes


async def test_wrong_codes_of_one_person_close_it_for_that_person(
    services: Services, begun: Begun, user_id: str
) -> None:
    for _ in range(5):
        with pytest.raises(NotFoundError):
            await services.devices.find(user_id, "10.0.0.1", "WRONG")
    with pytest.raises(TooManyError):
        await services.devices.find(user_id, "10.0.0.1", begun.user_code)
    await services.devices.find("another", "10.0.0.1", begun.user_code)


async def test_a_late_answer_is_told_so(
    services: Services, begun: Begun, user_id: str, workspace: Workspace, still_clock: StillClock
) -> None:
    still_clock.move(minutes=11)
    with pytest.raises(NotFoundError):
        await services.devices.answer(user_id, workspace.id, begun.user_code, None)
    with pytest.raises(AuthorizationError, match="expired_token"):
        await services.devices.poll(begun.device_code, OWN_CLIENT)


async def test_so_many_wait_in_all_and_old_ones_make_room(
    services: Services, still_clock: StillClock
) -> None:
    for number in range(LOGINS_IN_ALL):
        await begin(services, f"10.0.{number // 25}.1")
    with pytest.raises(AuthorizationError, match="too many"):
        await begin(services, "10.9.9.9")
    still_clock.move(hours=1.5)
    await begin(services, "10.9.9.9")
    await services.retention.clean()
