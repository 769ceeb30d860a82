"""Holders who speak at the same moment share a transaction, and nobody suffers for another."""

import asyncio

import pytest

from postbroker.app import Services
from postbroker.contract.extension import PermitRequest
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import LeaseLostError, PermitRefusedError
from postbroker.store.browsers import Browser
from server.samples import POST_URL, a_report_of_success, composed, report
from server.steps import enqueue, get_permit, lease_ref, pair, step, take

MANY = 20


@pytest.fixture
async def held(services: Services, caller: Caller) -> list[tuple[Browser, Job]]:
    """Browsers, each with a job of its own."""
    browsers = [await pair(services, caller, f"ada{number}") for number in range(MANY)]
    for number in range(MANY):
        await enqueue(services, caller, f"Ferry {number} leaves at nine.")
    jobs = await asyncio.gather(*(take(services, browser) for browser in browsers))
    return [*zip(browsers, jobs, strict=True)]


async def names_of(services: Services, job: Job) -> list[str]:
    """What happened to a job."""
    return [event.name for event in (await services.jobs.history(job))[0]]


async def test_all_get_jobs_of_their_own(held: list[tuple[Browser, Job]]) -> None:
    assert len({job.id for _, job in held}) == MANY


async def test_all_get_permits_but_the_one_whose_text_differs(
    services: Services, held: list[tuple[Browser, Job]]
) -> None:
    requests = [PermitRequest(**lease_ref(job), composed=composed(job)) for _, job in held]
    other = composed(held[3][1], text_sha256="0" * 64)
    requests[3] = requests[3].model_copy(update={"composed": other})
    answers = await asyncio.gather(
        *(services.leases.permit(held[place][0], asked) for place, asked in enumerate(requests)),
        return_exceptions=True,
    )
    assert isinstance(answers.pop(3), PermitRefusedError)
    assert len({*answers}) == MANY - 1
    states = [(await services.jobs.get(job.id, None)).state for _, job in held]
    assert states.pop(3) == "leased"
    assert {*states} == {"committing"}


async def test_one_who_has_lost_its_lease_stops_no_other(
    services: Services, caller: Caller, held: list[tuple[Browser, Job]]
) -> None:
    await services.jobs.cancel(caller, held[5][1].id)
    answers = await asyncio.gather(
        *(step(services, browser, job, "insert_text") for browser, job in held),
        return_exceptions=True,
    )
    assert isinstance(answers.pop(5), LeaseLostError)
    assert not any(isinstance(answer, BaseException) for answer in answers)
    assert (await names_of(services, held[4][1]))[-1] == "step"


async def test_the_same_report_twice_at_once_is_one(
    services: Services, held: list[tuple[Browser, Job]]
) -> None:
    browser, job = held[0]
    once = report(job, "failed", stage="preparing", error_code="content_rejected")
    others = [report(each, "failed", stage="preparing") for _, each in held[1:]]
    answers = await asyncio.gather(
        services.leases.report(browser, once),
        *(services.leases.report(held[n][0], ack) for n, ack in enumerate(others, 1)),
        services.leases.report(browser, once),
    )
    assert answers[0] == answers[-1] == await services.jobs.get(job.id, None)
    assert await names_of(services, job) == ["queued", "leased", "failed"]


async def test_a_live_post_that_two_report_at_once_publishes_one_job(
    services: Services, held: list[tuple[Browser, Job]]
) -> None:
    pressed = [
        await get_permit(services, browser, job, account="@ada") for browser, job in held[:2]
    ]
    ended = await asyncio.gather(
        *(
            services.leases.report(held[n][0], a_report_of_success(job))
            for n, job in enumerate(pressed)
        )
    )
    assert sorted(job.state for job in ended) == ["outcome_unknown", "published"]
    assert {job.post_url for job in ended} == {POST_URL, None}
