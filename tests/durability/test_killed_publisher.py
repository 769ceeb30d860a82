"""A broker that is killed while it publishes by an official API: one post, whenever it dies."""

from collections.abc import AsyncIterator, Callable
from typing import Literal

import pytest
from aiohttp import web

from durability.conftest import Start
from durability.delivering import POINTS, ApiPoint, Connected, connected, die_at, die_when
from postbroker.clock import SystemClock
from server.doubles.clock import StillClock
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.bluesky import PASSWORD, BlueskyStandIn
from server.doubles.platforms.stand_in import Fault


class DeadlyBluesky(BlueskyStandIn):
    """Kills the broker while that waits for an answer, before or after it takes the post."""

    kill: Callable[[], None] | None = None

    def _answer(self, fault: Fault, asked: Asked) -> web.Response | None:
        if self.kill is not None:
            self.kill()
            self.kill = None
        return super()._answer(fault, asked)


@pytest.fixture
async def platform() -> AsyncIterator[DeadlyBluesky]:
    async with DeadlyBluesky(StillClock(SystemClock().now())) as platform:
        yield platform
    assert platform.notes == []


@pytest.fixture
async def place(start: Start, platform: DeadlyBluesky) -> Connected:
    typed = {"handle": "@ada.test", "app_password": PASSWORD}
    return await connected(start, "bluesky", platform.url, typed)


@pytest.mark.parametrize("point", POINTS)
async def test_it_dies_between_the_steps(
    place: Connected, platform: DeadlyBluesky, point: ApiPoint
) -> None:
    job = await die_at(place, point, "Killed in between")
    assert job["status"] == "succeeded", job
    assert [post.text for post in platform.ledger] == ["Killed in between"]


@pytest.mark.parametrize("fault", ["dropped", "taken_dropped"])
async def test_it_dies_while_the_request_is_out(
    place: Connected, platform: DeadlyBluesky, fault: Literal["dropped", "taken_dropped"]
) -> None:
    def arm(kill: Callable[[], None]) -> None:
        platform.kill = kill
        platform.break_at("commit", fault)

    job = await die_when(place, arm, "Killed in the middle")
    assert job["status"] == "succeeded", job
    assert [post.text for post in platform.ledger] == ["Killed in the middle"]


async def test_parts_of_a_thread_go_out_once_each(
    place: Connected, platform: DeadlyBluesky
) -> None:
    thread = {"thread": ["two", "three"]}
    job = await die_at(place, "api_committed", "one", platformPayload=thread)
    assert job["status"] == "succeeded", job
    assert [post.text for post in platform.ledger] == ["one", "two", "three"]
