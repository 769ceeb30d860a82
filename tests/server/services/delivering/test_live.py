"""Posts that are out: their numbers, and taking them back."""

import pytest

from postbroker.app import Services
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import BrokerError, ConflictError, NotFoundError
from server.doubles.platforms.connected import names_of, post, work_off
from server.doubles.platforms.tiny import Tiny


@pytest.fixture
async def live(services: Services, job: Job) -> Job:
    await work_off(services)
    return await services.jobs.get(job.id, None)


async def test_its_numbers_come_from_the_platform(
    services: Services,
    caller: Caller,
    live: Job,
) -> None:
    found = await services.live.numbers(caller, live.id)
    assert found.sums == {"likes": 10}


async def test_of_a_thread_the_parts_are_told_apart_and_summed_up(
    services: Services,
    caller: Caller,
    connection_id: str,
) -> None:
    thread = await post(services, caller, "one", platform_payload={"thread": ["two"]})
    await work_off(services)
    found = await services.live.numbers(caller, thread.id)
    assert [numbers for _, numbers in found.parts] == [{"likes": 10}, {"likes": 20}]
    assert found.sums == {"likes": 30}


async def test_a_post_is_removed_once_and_its_job_says_so(
    services: Services,
    caller: Caller,
    live: Job,
    platform: Tiny,
) -> None:
    await services.live.remove(caller, live.id)
    gone = await services.live.remove(caller, live.id)
    assert gone.state == "published"
    assert "removedAt" in gone.report
    assert (platform.live, platform.count("delete")) == ([], 1)
    assert (await names_of(services, live))[-1] == "removed"


async def test_of_a_thread_what_is_gone_is_not_asked_for_again(
    services: Services,
    caller: Caller,
    connection_id: str,
    platform: Tiny,
) -> None:
    thread = await post(services, caller, "one", platform_payload={"thread": ["two"]})
    await work_off(services)
    await services.live.remove(caller, thread.id)
    assert platform.live == []
    assert [asked.matched["id"] for step, asked in platform.asked if step == "delete"] == ["2", "1"]


async def test_what_the_platform_refuses_is_told(
    services: Services,
    caller: Caller,
    live: Job,
    platform: Tiny,
) -> None:
    platform.break_at("delete", "not_permitted")
    with pytest.raises(BrokerError, match="PLATFORM_REFUSED"):
        await services.live.remove(caller, live.id)
    assert len(platform.live) == 1


async def test_what_is_not_out_has_no_numbers(
    services: Services,
    caller: Caller,
    job: Job,
) -> None:
    with pytest.raises(ConflictError, match="INVALID_STATUS_TRANSITION"):
        await services.live.numbers(caller, job.id)
    with pytest.raises(NotFoundError):
        await services.live.numbers(caller, "019ca945-0a00-7fa3-9cc8-40cc4cfeb73f")
