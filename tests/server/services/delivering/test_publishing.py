"""Jobs that go by official APIs: each outcome, each doubt by its class, each interruption."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from postbroker.app import Services, rules_of
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.platforms.adapter import RetryClass
from postbroker.services.restoring import distrust
from postbroker.settings import Settings
from postbroker.store.database import Database
from postbroker.store.deliveries import select_deliveries
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.doubles.platforms.connected import (
    connect,
    names_of,
    post,
    read,
    take,
    until_over,
    work_off,
)
from server.doubles.platforms.stand_in import Fault, LivePost
from server.doubles.platforms.tiny import Tiny, TinyAdapter

CLASSES: tuple[RetryClass, ...] = ("A", "B", "C", "D")
every_class = pytest.mark.parametrize("retry_class", CLASSES)


class TestPublished:
    async def test_a_post_goes_out_without_a_browser(
        self, services: Services, job: Job, platform: Tiny
    ) -> None:
        assert (job.route, job.account) == ("api", "ada")
        assert await work_off(services) == 1
        done = await read(services, job)
        assert done.state == "published"
        assert done.post_url == "https://tiny.example/ada/1"
        assert [(each.text, each.details["key"]) for each in platform.live] == [
            ("Hello", f"{job.id}-0")
        ]
        assert await names_of(services, job) == [
            "queued", "leased", "step", "committing", "published",
        ]  # fmt: skip

    async def test_its_history_says_which_way_it_went(self, services: Services, job: Job) -> None:
        await work_off(services)
        events, _ = await services.jobs.history(job)
        assert events[0].data == {"route": "api"}
        assert events[1].data["route"] == "api"
        assert "browser" not in events[1].data

    async def test_a_thread_goes_out_part_by_part_each_under_a_key_of_its_own(
        self, services: Services, caller: Caller, connection_id: str, platform: Tiny
    ) -> None:
        job = await post(services, caller, "one", platform_payload={"thread": ["two", "three"]})
        assert await work_off(services) == 3
        done = await read(services, job)
        assert done.state == "published"
        assert [each.text for each in platform.live] == ["one", "two", "three"]
        assert [each.parent for each in platform.live] == [None, "1", "2"]
        assert len(done.part_urls) == 3

    async def test_the_permit_is_written_before_the_request(
        self, services: Services, job: Job, platform: Tiny
    ) -> None:
        await work_off(services)
        done = await read(services, job)
        assert done.permit_id is not None
        assert done.presses == 1
        assert (done.poster_id or "").startswith("api:")

    async def test_pending_is_looked_at_until_it_is_live(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        platform.is_slow = True
        await work_off(services)
        waiting = await read(services, job)
        assert (waiting.state, waiting.has_ended) == ("outcome_unknown", False)
        still_clock.move(5)
        await work_off(services)
        assert platform.count("poll") == 1
        platform.is_slow = False
        done = await until_over(services, still_clock, job)
        assert done.state == "published"
        assert platform.count("commit") == 1

    async def test_pending_for_hours_is_left_to_a_person(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        platform.is_slow = True
        done = await until_over(services, still_clock, job, 8 * 3600, step=300)
        assert (done.state, done.has_ended, done.error_code) == (
            "outcome_unknown", True, "outcome_unknown",
        )  # fmt: skip
        assert platform.count("commit") == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("fault", "code"), [("rejected", "content_rejected"), ("not_permitted", "not_permitted")]
    )
    async def test_a_clear_refusal_ends_it_with_nothing_posted(
        self, services: Services, job: Job, platform: Tiny, fault: Fault, code: str
    ) -> None:
        platform.break_at("commit", fault)
        await work_off(services)
        done = await read(services, job)
        assert (done.state, done.error_code, done.presses) == ("failed", code, 0)
        assert platform.live == []

    async def test_a_spent_limit_makes_the_job_wait_and_others_of_the_account_too(
        self,
        services: Services,
        caller: Caller,
        still_clock: StillClock,
        job: Job,
        platform: Tiny,
    ) -> None:
        other = await post(services, caller, "Another")
        platform.break_at("commit", "rate_limited")
        await work_off(services)
        first, second = await read(services, job), await read(services, other)
        assert (first.state, first.error_code) == ("queued", "rate_limited")
        assert (first.due_at - still_clock.now()).total_seconds() == platform.rate_seconds
        assert second.due_at == first.due_at
        assert platform.count("commit") == 1
        waiting = await services.accounts.waiting(job.workspace_id, [first])
        assert waiting[job.id].waits_for == "limit"
        assert waiting[job.id].not_before == first.due_at
        still_clock.move(platform.rate_seconds)
        await work_off(services)
        assert (await read(services, job)).state == "published"
        assert (await read(services, other)).state == "published"
        assert (await read(services, job)).attempt == 1

    async def test_a_quota_that_outlasts_the_job_fails_it(
        self, services: Services, caller: Caller, connection_id: str, platform: Tiny
    ) -> None:
        job = await post(services, caller, expires_in_seconds=3600)
        platform.break_at("commit", "out_of_quota")
        await work_off(services)
        done = await read(services, job)
        assert (done.state, done.error_code) == ("failed", "quota_exhausted")

    async def test_a_limit_of_the_app_holds_for_every_account(
        self,
        services: Services,
        caller: Caller,
        database: Database,
        adapter: TinyAdapter,
        job: Job,
        platform: Tiny,
    ) -> None:
        await connect(services, database, job.workspace_id, "bluesky", platform, handle="eve")
        services.routes.forget()
        platform.break_at("commit", "out_of_quota")
        await work_off(services)
        other = await post(services, caller, account="eve")
        await work_off(services)
        assert (await read(services, other)).error_code == "quota_exhausted"
        assert platform.count("commit") == 1

    async def test_an_old_token_is_refreshed_and_the_post_goes_out(
        self, services: Services, still_clock: StillClock, adapter: TinyAdapter, job: Job,
        platform: Tiny,
    ) -> None:  # fmt: skip
        platform.break_at("commit", "expired")
        done = await until_over(services, still_clock, job)
        assert (done.state, adapter.refreshed) == ("published", 1)
        assert len(platform.ledger) == 1

    async def test_a_person_who_throws_the_app_out_is_waited_for(
        self,
        services: Services,
        still_clock: StillClock,
        database: Database,
        adapter: TinyAdapter,
        job: Job,
        platform: Tiny,
    ) -> None:
        platform.break_at("commit", "revoked")
        await work_off(services)
        waiting = await read(services, job)
        assert (waiting.state, waiting.error_code) == ("queued", "not_connected")
        assert await work_off(services) == 0
        told = await services.accounts.waiting(job.workspace_id, [waiting])
        assert told[job.id].waits_for == "connection"
        assert "postbroker connect bluesky" in (told[job.id].next_step or "")
        await connect(services, database, job.workspace_id, "bluesky", platform)
        still_clock.move(10)
        await work_off(services)
        assert (await read(services, job)).state == "published"

    async def test_what_cannot_be_reached_is_tried_again_and_then_fails(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        await platform.close()
        done = await until_over(services, still_clock, job)
        assert (done.state, done.error_code) == ("failed", "platform_unavailable")
        assert (done.attempt, done.presses) == (3, 0)


class TestDoubt:
    """The request went out, and nobody knows what became of it."""

    @every_class
    @pytest.mark.parametrize("fault", ["taken_dropped", "taken_failing", "dropped", "failing"])
    async def test_it_ends_right_for_each_class(
        self,
        services: Services,
        still_clock: StillClock,
        job: Job,
        platform: Tiny,
        retry_class: RetryClass,
        fault: Fault,
    ) -> None:
        platform.break_at("commit", fault)
        done = await until_over(services, still_clock, job, 2 * 3600)
        if retry_class == "D":
            assert (done.state, done.error_code) == ("outcome_unknown", "outcome_unknown")
            assert platform.count("commit") == 1
            assert platform.count("look") == 0
        else:
            assert done.state == "published"
            assert len(platform.ledger) == 1

    @pytest.mark.parametrize("retry_class", ["A"])
    @pytest.mark.parametrize("fault", ["taken_dropped", "dropped"])
    async def test_where_keys_are_kept_the_same_request_settles_it(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny, fault: Fault
    ) -> None:
        platform.hides = True
        platform.break_at("commit", fault)
        done = await until_over(services, still_clock, job)
        assert done.state == "published"
        assert platform.count("commit") == 2
        assert len(platform.ledger) == 1

    @pytest.mark.parametrize("retry_class", ["A"])
    async def test_a_key_that_may_be_forgotten_is_not_used_again(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        platform.hides = True
        platform.break_at("commit", "dropped")
        await work_off(services)
        still_clock.move(minutes=31)
        done = await until_over(services, still_clock, job)
        assert (done.state, done.error_code) == ("outcome_unknown", "outcome_unknown")
        assert platform.count("commit") == 1

    @pytest.mark.parametrize("retry_class", ["A"])
    async def test_nothing_is_sent_again_while_the_workspace_is_paused(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        platform.hides = True
        platform.break_at("commit", "dropped")
        await work_off(services)
        await services.workspaces.set_paused(job.workspace_id, is_paused=True)
        await until_over(services, still_clock, job, 60)
        assert platform.count("commit") == 1

    @pytest.mark.parametrize("retry_class", ["B", "C"])
    async def test_who_cannot_look_leaves_it_to_a_person(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        platform.hides = True
        platform.break_at("commit", "dropped")
        done = await until_over(services, still_clock, job)
        assert (done.state, done.has_ended) == ("outcome_unknown", True)
        assert platform.count("commit") == 1

    @pytest.mark.parametrize("retry_class", ["C"])
    async def test_where_lists_are_slow_one_absence_proves_nothing(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        platform.break_at("commit", "dropped")
        await work_off(services)
        await until_over(services, still_clock, job, 30)
        assert platform.count("look") >= 1
        assert platform.count("commit") == 1

    @every_class
    async def test_a_broker_that_dies_after_the_permit_leaves_a_doubt(
        self,
        services: Services,
        still_clock: StillClock,
        job: Job,
        platform: Tiny,
        retry_class: RetryClass,
    ) -> None:
        await die_after_permit(services, job)
        done = await until_over(services, still_clock, job, 3 * 3600)
        if retry_class == "D":
            assert (done.state, done.error_code) == ("outcome_unknown", "outcome_unknown")
            assert platform.ledger == []
        else:
            assert done.state == "published"
            assert len(platform.ledger) == 1


async def begin(services: Services, job: Job) -> asyncio.Task[None]:
    """The work on the job, under way."""
    held = await take(services, job.workspace_id)
    return asyncio.create_task(services.publishing.run(held))


async def die_after_permit(services: Services, job: Job) -> None:
    """Take the job as far as its permit, and no further."""
    held = await take(services, job.workspace_id)
    work = await services.publishing._work(held)
    await services.publishing._permit(work)


class TestHeld:
    async def test_a_paused_workspace_publishes_nothing(
        self, services: Services, job: Job, platform: Tiny
    ) -> None:
        await services.workspaces.set_paused(job.workspace_id, is_paused=True)
        assert await work_off(services) == 0
        await services.workspaces.set_paused(job.workspace_id, is_paused=False)
        await work_off(services)
        assert (await read(services, job)).state == "published"

    async def test_the_first_post_of_an_account_waits_for_a_yes(
        self, build: Callable[..., Services], caller: Caller, connection_id: str, platform: Tiny
    ) -> None:
        services = build(confirm_first_post=True)
        job = await post(services, caller)
        assert job.state == "awaiting_approval"
        assert await work_off(services) == 0
        await services.approvals.say_yes(caller, job.id)
        await work_off(services)
        assert (await read(services, job)).state == "published"

    async def test_accounts_are_paced(
        self,
        build: Callable[..., Services],
        caller: Caller,
        still_clock: StillClock,
        connection_id: str,
        platform: Tiny,
    ) -> None:
        services = build(pacing=True)
        first, second = await post(services, caller), await post(services, caller, "Two")
        await work_off(services)
        assert (await read(services, first)).state == "published"
        waiting = await read(services, second)
        assert waiting.state == "queued"
        told = await services.accounts.waiting(first.workspace_id, [waiting])
        assert told[second.id].waits_for == "account"
        done = await until_over(services, still_clock, second, 24 * 3600, step=60)
        assert done.state == "published"

    async def test_one_account_does_one_thing_at_a_time(
        self, services: Services, caller: Caller, connection_id: str
    ) -> None:
        for text in ("one", "two"):
            await post(services, caller, text)
        assert len(await services.deliveries.take(caller.workspace_id, 5)) == 1
        assert await services.deliveries.take(caller.workspace_id, 5) == []

    async def test_two_brokers_share_the_work_and_each_job_goes_once(
        self,
        build: Callable[..., Services],
        services: Services,
        caller: Caller,
        database: Database,
        adapter: TinyAdapter,
        platform: Tiny,
        workspace: Workspace,
    ) -> None:
        for number in range(6):
            await connect(
                services, database, workspace.id, "bluesky", platform, handle=f"ada{number}"
            )
        services.routes.forget()
        jobs = [await post(services, caller, f"Text {n}", account=f"ada{n}") for n in range(6)]
        other = build()
        await asyncio.gather(work_off(services), work_off(other))
        assert {(await read(services, job)).state for job in jobs} == {"published"}
        assert len(platform.ledger) == 6

    async def test_a_canceled_job_is_let_go_of(
        self, services: Services, caller: Caller, job: Job, platform: Tiny
    ) -> None:
        held = await take(services, job.workspace_id)
        await services.jobs.cancel(caller, job.id)
        await services.publishing.run(held)
        assert (await read(services, job)).state == "canceled"
        assert platform.ledger == []

    async def test_a_broker_that_stops_gives_its_job_back(
        self, services: Services, job: Job, platform: Tiny
    ) -> None:
        working = await begin(services, job)
        await asyncio.sleep(0)  # noqa: TID251  lets the work begin
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        freed = await read(services, job)
        assert (freed.state, freed.attempt) == ("queued", 0)

    async def test_the_word_of_a_lost_lease_is_not_forgotten(
        self, services: Services, still_clock: StillClock, database: Database, job: Job,
        platform: Tiny,
    ) -> None:  # fmt: skip
        held = await take(services, job.workspace_id)
        work = await services.publishing._work(held)
        assert await services.publishing._permit(work) is None
        still_clock.move(minutes=10)
        await services.leases.sweep()
        again = await take(services, job.workspace_id)
        api = await services.publishing._apis.open(job.workspace_id, held.holder.connection_id)
        outcome = await services.publishing._commit(work, api)
        with pytest.raises(Exception, match="LEASE_LOST"):
            await services.publishing._conclude(
                work, lambda job, now: work.verdicts.after_commit(job, outcome, now)
            )
        found = await database.read(lambda tx: select_deliveries(tx, [job.id]))
        assert found[job.id][0].remote_id == "1"
        await services.publishing.run(again)
        assert (await read(services, job)).state == "published"
        assert platform.count("commit") == 1


class TestStart:
    async def test_a_broker_alone_on_its_data_takes_back_what_one_before_it_held(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        await take(services, job.workspace_id)
        await services.leases.release_publishers()
        assert (await read(services, job)).state == "retry_wait"
        done = await until_over(services, still_clock, job)
        assert (done.state, len(platform.ledger)) == ("published", 1)

    async def test_what_it_had_leave_to_send_is_looked_for(
        self, services: Services, still_clock: StillClock, job: Job, platform: Tiny
    ) -> None:
        await die_after_permit(services, job)
        await services.leases.release_publishers()
        assert (await read(services, job)).state == "outcome_unknown"
        done = await until_over(services, still_clock, job)
        assert (done.state, len(platform.ledger)) == ("published", 1)

    async def test_a_job_from_a_backup_is_looked_for_before_it_goes_out(
        self,
        services: Services,
        database: Database,
        still_clock: StillClock,
        job: Job,
        platform: Tiny,
    ) -> None:
        platform.publish(LivePost("1", "Hello", details={"key": f"{job.id}-0"}))
        rules, now = rules_of(Settings()), still_clock.now()
        assert await distrust(database, now, rules, now) == {"looks": 1}
        done = await until_over(services, still_clock, job)
        assert (done.state, platform.count("commit")) == ("published", 0)


class TestWhileItWorks:
    async def test_a_lease_goes_on_as_long_as_the_work(
        self, services: Services, still_clock: StillClock, job: Job, adapter: TinyAdapter
    ) -> None:
        adapter.prepares_for = 100
        working = await begin(services, job)
        for _ in range(10):
            await settle()
            still_clock.move(10)
            await services.leases.sweep()
        await working
        assert (await read(services, job)).state == "published"

    async def test_a_cancel_ends_the_work_before_anything_is_sent(
        self,
        services: Services,
        caller: Caller,
        still_clock: StillClock,
        job: Job,
        adapter: TinyAdapter,
        platform: Tiny,
    ) -> None:
        adapter.prepares_for = 100
        working = await begin(services, job)
        await settle()
        await services.jobs.cancel(caller, job.id)
        still_clock.move(15)
        await working
        assert (await read(services, job)).state == "canceled"
        assert platform.ledger == []

    async def test_a_pause_gives_the_job_back(
        self, services: Services, still_clock: StillClock, job: Job, adapter: TinyAdapter
    ) -> None:
        adapter.prepares_for = 100
        working = await begin(services, job)
        await settle()
        await services.workspaces.set_paused(job.workspace_id, is_paused=True)
        still_clock.move(15)
        await working
        assert (await read(services, job)).state == "queued"


async def settle() -> None:
    """Let whatever can go on do so."""
    for _ in range(100):
        await asyncio.sleep(0.001)  # noqa: TID251  the network and the database take real time
