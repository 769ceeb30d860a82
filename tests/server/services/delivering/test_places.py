"""Places that are reached one way only: Reddit's feed by its API, its comments by both ways."""

from collections.abc import AsyncIterator

import pytest

from postbroker.app import Services
from postbroker.contract.jobs import CreateComment
from postbroker.domain.caller import Caller
from postbroker.errors import ValidationFailedError
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.platforms.reddit import ADAPTER
from server.doubles.clock import StillClock
from server.doubles.platforms.connected import until_over
from server.doubles.platforms.reddit import SUBREDDIT, TARGET, RedditStandIn
from server.steps import enqueue, pair

TO_ANSWER = f"https://www.reddit.com/r/{SUBREDDIT}/comments/{TARGET}/a_title/"
PAYLOAD = {"subreddit": SUBREDDIT, "title": "A boat"}


@pytest.fixture
def adapter() -> PlatformAdapter:
    return ADAPTER


@pytest.fixture
async def platform(still_clock: StillClock) -> AsyncIterator[RedditStandIn]:
    async with RedditStandIn(still_clock) as platform:
        yield platform
    assert platform.notes == [], platform.notes


async def test_a_post_goes_by_the_api_although_a_browser_is_there(
    services: Services,
    caller: Caller,
    connection_id: str,
    platform: RedditStandIn,
    still_clock: StillClock,
) -> None:
    await pair(services, caller)
    services.routes.forget()
    job = await enqueue(services, caller, platform="reddit", platform_payload=PAYLOAD)
    assert job.route == "api"
    job = await until_over(services, still_clock, job)
    assert job.state == "published"
    assert job.post_url == f"https://www.reddit.com/r/{SUBREDDIT}/comments/2p000/a_title"
    assert len(platform.live) == 1


async def test_a_comment_goes_by_the_api_without_a_browser(
    services: Services,
    caller: Caller,
    connection_id: str,
    platform: RedditStandIn,
    still_clock: StillClock,
) -> None:
    job, _ = await services.posts.comment(
        caller, CreateComment(text="Well built", target_url=TO_ANSWER)
    )
    job = await until_over(services, still_clock, job)
    assert (job.route, job.state) == ("api", "published")
    assert job.post_url == f"https://www.reddit.com/r/{SUBREDDIT}/comments/{TARGET}/comment/k000"
    assert platform.live[0].parent == f"t3_{TARGET}"


async def test_no_post_goes_through_a_browser(services: Services, caller: Caller) -> None:
    await pair(services, caller)
    with pytest.raises(ValidationFailedError, match="no feed posts through a browser's tab"):
        await enqueue(services, caller, platform="reddit", platform_payload=PAYLOAD)
