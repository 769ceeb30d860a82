"""How much went out, and whether posts can go out now."""

from dataclasses import replace

import pytest

from postbroker.app import Services
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from server.doubles.clock import StillClock
from server.steps import add_workspace, enqueue, pair, take


async def test_jobs_are_counted_by_the_word_clients_know(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    for _ in range(3):
        await enqueue(services, caller)
    leased = await take(services, paired_browser)
    await services.jobs.cancel(caller, leased.id)
    await take(services, paired_browser)
    counted = await services.usage.count(caller)
    assert counted.by_view == {"queued": 1, "processing": 1, "failed": 1}


async def test_a_day_begins_at_midnight(
    services: Services, caller: Caller, queued_job: Job, still_clock: StillClock
) -> None:
    still_clock.move(hours=12)
    await enqueue(services, caller)
    counted = await services.usage.count(caller)
    assert (sum(counted.by_view.values()), counted.today) == (2, 1)


async def test_another_workspace_s_jobs_are_not_counted(
    services: Services, caller: Caller, queued_job: Job, database: Database
) -> None:
    stranger = replace(caller, workspace_id=(await add_workspace(database)).id)
    await pair(services, stranger)
    counted = await services.usage.count(stranger)
    assert (counted.by_view, counted.today) == ({}, 0)
    standing = await services.usage.standing(stranger.workspace_id)
    assert (standing.by_view, len(standing.browsers)) == ({}, 1)


async def test_a_browser_is_online_until_it_is_silent(
    services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
) -> None:
    assert [on for _, on in (await services.usage.standing(caller.workspace_id)).browsers] == [True]
    still_clock.move(61)
    assert [on for _, on in (await services.usage.standing(caller.workspace_id)).browsers] == [
        False
    ]


async def test_an_unknown_workspace_is_an_error_of_ours(services: Services) -> None:
    with pytest.raises(LookupError):
        await services.usage.standing("22222222-2222-4222-8222-222222222222")
