"""Accepting a post: checked whole, written down once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from postbroker.app import Services, build_services
from postbroker.catalogue import load_platforms
from postbroker.contract.jobs import CreateTweet
from postbroker.domain.caller import Caller
from postbroker.domain.content import text_sha256
from postbroker.domain.job import Job
from postbroker.errors import (
    ConflictError,
    ForbiddenError,
    UnavailableError,
    ValidationFailedError,
)
from postbroker.services.jobs import JobFilter
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals, pulls_of
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.reserve import Reserve
from postbroker.store.retention import prune_jobs
from postbroker.store.sqlite import open_sqlite
from server.doubles.clock import StillClock
from server.doubles.database import RacedDatabase
from server.samples import POST_URL, TEXT, evidence
from server.steps import add_workspace, enqueue, get_permit, pair, take, tell

MORE_THAN_ANY_DISK = 1 << 60


async def jobs_of(services: Services, caller: Caller) -> list[Job]:
    """All jobs of the caller's workspace."""
    page, _ = await services.jobs.list(caller.workspace_id, JobFilter(limit=100))
    return page


async def test_a_sandbox_job_is_refused_where_the_sandbox_is_off(
    services_with: Callable[..., Services], caller: Caller, paired_browser: Browser
) -> None:
    services = services_with(sandbox=False)
    with pytest.raises(ValidationFailedError, match="sandbox"):
        await enqueue(services, caller, sandbox=True)
    assert (await enqueue(services, caller)).state == "queued"


class TestAccepting:
    async def test_a_post_becomes_a_queued_job_with_its_first_event(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        job = await enqueue(services, caller, account="@ada", sandbox=True)
        assert job == await services.jobs.get(job.id, caller.workspace_id)
        assert (job.state, job.platform, job.account, job.sandbox) == ("queued", "x", "@ada", True)
        assert job.deadline_at == job.expires_at == still_clock.now() + timedelta(days=1)
        events, attempts = await services.jobs.history(job)
        assert [(event.sequence, event.name) for event in events] == [(1, "queued")]
        assert attempts == []

    @pytest.mark.parametrize(
        "text",
        [
            "<b>bold</b> <script>alert(1)</script>",
            "{{ 7 * 7 }} ${x} {% if %}",
            "Robert'); DROP TABLE jobs;--",
            "=HYPERLINK(1)",
            "  two  spaces  ",
            "\U0001f469\u200d\U0001f680 \u202eabc\u202c",
        ],
    )
    async def test_a_text_is_kept_as_it_is(
        self, services: Services, caller: Caller, paired_browser: Browser, text: str
    ) -> None:
        job = await enqueue(services, caller, text)
        assert (job.text, job.text_sha256) == (text, text_sha256(text))

    async def test_a_text_is_kept_in_one_normal_form(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        assert (await enqueue(services, caller, "cafe\u0301\r\nbar")).text == "caf\u00e9\nbar"

    async def test_a_group_may_be_named_in_two_places(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        above = await enqueue(services, caller, platform="facebook", group_id="12")
        inside = await enqueue(
            services, caller, platform="facebook", platform_payload={"groupId": 12}
        )
        assert above.options == inside.options == {"groupId": "12"}

    async def test_a_job_may_have_a_shorter_life(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller, expires_in_seconds=60)
        assert job.expires_at - job.created_at == timedelta(minutes=1)

    async def test_browsers_that_wait_are_woken(
        self, services: Services, caller: Caller, paired_browser: Browser, signals: Signals
    ) -> None:
        async with signals.listen(pulls_of(caller.workspace_id)) as waiter:
            await enqueue(services, caller)
            assert await waiter.wait(0)


class TestRefusing:
    @pytest.mark.parametrize(
        ("fields", "code", "field"),
        [
            ({"text": ""}, "VALIDATION_FAILED", "text"),
            ({"text": " \n\t"}, "VALIDATION_FAILED", "text"),
            ({"text": "\u200b\u2060\ufeff"}, "VALIDATION_FAILED", "text"),
            ({"text": "x" * 281}, "CONTENT_TOO_LONG", "text"),
            ({"text": "\u4e2d" * 141}, "CONTENT_TOO_LONG", "text"),
            ({"media_paths": ["a.png"]}, "MEDIA_NOT_AVAILABLE", "mediaPaths.0"),
            ({"media_paths": ["a.png"] * 5}, "UNSUPPORTED_MEDIA_CONFIG", "mediaPaths"),
            ({"account": "two words"}, "VALIDATION_FAILED", "account"),
            ({"platform": "myspace"}, "UNSUPPORTED_PLATFORM", "platform"),
            ({"group_id": "12"}, "VALIDATION_FAILED", "groupId"),
            (
                {"platform_payload": {"groupUrl": "https://x.com/groups/1"}},
                "VALIDATION_FAILED",
                "platformPayload.groupUrl",
            ),
            (
                {"platform": "facebook", "group_id": "1", "platform_payload": {"groupId": "2"}},
                "VALIDATION_FAILED",
                "platformPayload.groupId",
            ),
            ({"platform": "reddit"}, "VALIDATION_FAILED", "platform"),
        ],
    )
    async def test_what_is_wrong_is_named_and_nothing_is_written(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        fields: dict[str, Any],
        code: str,
        field: str,
    ) -> None:
        request = CreateTweet.model_validate({"text": TEXT} | fields)
        with pytest.raises(ValidationFailedError) as refused:
            await services.posts.create(caller, request)
        assert refused.value.code == code
        assert [problem.field for problem in refused.value.errors] == [field]
        assert await jobs_of(services, caller) == []

    async def test_everything_that_is_wrong_is_named_at_once(
        self, services: Services, caller: Caller
    ) -> None:
        request = CreateTweet(text="x" * 300, media_paths=["a.png"], account="?")
        with pytest.raises(ValidationFailedError) as refused:
            await services.posts.create(caller, request)
        assert refused.value.code == "VALIDATION_FAILED"
        assert [problem.field for problem in refused.value.errors] == [
            "text",
            "account",
            "mediaPaths.0",
        ]

    async def test_an_unknown_platform_is_answered_with_the_known_ones(
        self, services: Services, caller: Caller
    ) -> None:
        with pytest.raises(ValidationFailedError) as refused:
            await services.posts.create(caller, CreateTweet(text=TEXT, platform="xx"))
        known = ", ".join(load_platforms())
        (problem,) = refused.value.errors
        assert problem.message == f"xx is none of: {known}; did you mean x?"

    async def test_a_text_of_the_limit_s_length_is_taken(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        await enqueue(services, caller, "x" * 280)

    async def test_without_a_paired_browser_a_post_is_refused_unless_it_may_wait(
        self, services: Services, caller: Caller
    ) -> None:
        with pytest.raises(UnavailableError) as refused:
            await enqueue(services, caller)
        assert refused.value.code == "EXTENSION_NOT_PAIRED"
        assert (await enqueue(services, caller, when_offline="queue")).state == "queued"

    async def test_a_revoked_browser_is_not_paired(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        await services.browsers.revoke(caller.workspace_id, paired_browser.id)
        with pytest.raises(UnavailableError):
            await enqueue(services, caller)

    async def test_on_a_full_disk_no_new_post_is_taken(
        self,
        settings: Settings,
        still_clock: StillClock,
        signals: Signals,
        vault: Vault,
        tmp_path: Path,
    ) -> None:
        reserve = Reserve(tmp_path / "reserve", size=MORE_THAN_ANY_DISK)
        database = await open_sqlite(tmp_path / "full.db", 0, reserve=reserve)
        services = build_services(settings, database, still_clock, signals, vault)
        workspace, _ = await services.workspaces.ensure_first()
        _, secret = await services.keys.create(workspace.id, "agent")
        agent = await services.keys.authenticate(secret)
        with pytest.raises(UnavailableError) as refused:
            await enqueue(services, agent, when_offline="queue")
        await database.close()
        assert refused.value.code == "STORAGE_FULL"

    async def test_the_daily_limit_begins_anew_at_midnight(
        self, services_with: Callable[..., Services], still_clock: StillClock, caller: Caller
    ) -> None:
        services = services_with(daily_posts=2)
        for _ in range(2):
            await enqueue(services, caller, when_offline="queue")
        with pytest.raises(ForbiddenError) as refused:
            await enqueue(services, caller, when_offline="queue")
        assert refused.value.code == "QUOTA_EXCEEDED"
        still_clock.move(hours=12)
        await enqueue(services, caller, when_offline="queue")


class TestIdempotency:
    async def test_the_same_key_and_request_give_the_same_job(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        request = CreateTweet(text=TEXT, idempotency_key="one")
        first, was_there = await services.posts.create(caller, request)
        second, is_there = await services.posts.create(caller, request)
        assert (first, was_there, is_there) == (second, False, True)

    async def test_the_job_is_found_for_the_life_of_the_job(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        still_clock: StillClock,
    ) -> None:
        request = CreateTweet(text=TEXT, idempotency_key="one")
        first, _ = await services.posts.create(caller, request)
        still_clock.move(hours=48)
        await services.leases.sweep()
        await services.browsers.revoke(caller.workspace_id, paired_browser.id)
        again, is_replay = await services.posts.create(caller, request)
        assert (again.id, again.state, is_replay) == (first.id, "expired", True)

    async def test_another_request_under_the_same_key_is_refused_with_the_first_job_s_id(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller, idempotency_key="one")
        with pytest.raises(ConflictError) as refused:
            await enqueue(services, caller, "another text", idempotency_key="one")
        assert (refused.value.code, refused.value.details) == (
            "IDEMPOTENCY_KEY_REUSED",
            {"jobId": job.id},
        )

    async def test_what_does_not_change_the_post_does_not_make_another_request(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller, idempotency_key="one")
        again = await enqueue(
            services, caller, idempotency_key="one", when_offline="queue", tenant_id="anything"
        )
        assert again.id == job.id

    async def test_a_key_is_the_workspace_s_own(
        self, services: Services, caller: Caller, paired_browser: Browser, database: Database
    ) -> None:
        stranger = replace(caller, workspace_id=(await add_workspace(database)).id)
        await pair(services, stranger)
        ours = await enqueue(services, caller, idempotency_key="one")
        theirs = await enqueue(services, stranger, "another text", idempotency_key="one")
        assert ours.id != theirs.id

    async def test_fifty_requests_at_once_make_one_job(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        request = CreateTweet(text=TEXT, idempotency_key="one")
        answers = await asyncio.gather(*(services.posts.create(caller, request) for _ in range(50)))
        assert len({job.id for job, _ in answers}) == 1
        assert sum(not is_replay for _, is_replay in answers) == 1
        assert len(await jobs_of(services, caller)) == 1

    async def test_a_race_with_another_process_is_answered_with_its_job(
        self,
        settings: Settings,
        services: Services,
        database: Database,
        still_clock: StillClock,
        signals: Signals,
        vault: Vault,
        caller: Caller,
    ) -> None:
        raced = build_services(
            settings, RacedDatabase(database).as_database(), still_clock, signals, vault
        )
        request = CreateTweet(text=TEXT, idempotency_key="one", when_offline="queue")
        job, is_replay = await raced.posts.create(caller, request)
        assert is_replay
        assert [each.id for each in await jobs_of(services, caller)] == [job.id]


class TestRepetition:
    """The same content for the same account and target, once a day."""

    REQUEST = CreateTweet(text=TEXT, account="@ada")

    async def is_refused(self, services: Services, caller: Caller, earlier: Job) -> bool:
        """True when the same post is refused because of the earlier one."""
        try:
            await services.posts.create(caller, self.REQUEST)
        except ConflictError as refused:
            return (refused.code, refused.details) == ("duplicate_content", {"jobId": earlier.id})
        return False

    @pytest.fixture
    async def earlier(self, services: Services, caller: Caller, paired_browser: Browser) -> Job:
        job, _ = await services.posts.create(caller, self.REQUEST)
        return job

    @pytest.mark.parametrize(("hours", "is_refused"), [(0, True), (24, True), (24.1, False)])
    async def test_it_is_refused_for_a_day(
        self,
        services: Services,
        caller: Caller,
        earlier: Job,
        still_clock: StillClock,
        hours: float,
        *,
        is_refused: bool,
    ) -> None:
        still_clock.move(hours=hours)
        assert await self.is_refused(services, caller, earlier) is is_refused

    async def test_what_ended_without_a_post_stands_in_nobody_s_way(
        self, services: Services, caller: Caller, earlier: Job
    ) -> None:
        await services.jobs.cancel(caller, earlier.id)
        assert not await self.is_refused(services, caller, earlier)

    async def test_a_post_that_may_be_live_does(
        self, services: Services, caller: Caller, paired_browser: Browser, earlier: Job
    ) -> None:
        leased = await take(services, paired_browser)
        await get_permit(services, paired_browser, leased)
        await tell(services, paired_browser, await services.jobs.get(earlier.id, None), "unknown")
        assert await self.is_refused(services, caller, earlier)

    async def test_it_is_known_after_its_text_was_removed(
        self, services: Services, caller: Caller, database: Database, earlier: Job
    ) -> None:
        await database.write(lambda tx: prune_jobs(tx, [earlier.id], earlier.created_at))
        assert await self.is_refused(services, caller, earlier)

    async def test_two_at_once_make_one_job(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        asked = (services.posts.create(caller, self.REQUEST) for _ in range(20))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(answer, ConflictError) for answer in answers) == 19

    async def test_another_workspace_may_post_the_same(
        self, services: Services, caller: Caller, database: Database, earlier: Job
    ) -> None:
        stranger = replace(caller, workspace_id=(await add_workspace(database)).id)
        await pair(services, stranger)
        job, _ = await services.posts.create(stranger, self.REQUEST)
        assert job.id != earlier.id

    @pytest.mark.parametrize("thread", [["one"], ["two"]])
    async def test_a_thread_is_all_of_its_texts(
        self, services: Services, caller: Caller, paired_browser: Browser, thread: list[str]
    ) -> None:
        for texts in (["one"], thread):
            request = CreateTweet(text=TEXT, platform_payload={"thread": texts})
            try:
                await services.posts.create(caller, request)
            except ConflictError:
                assert texts == thread == ["one"]
                return
        assert thread == ["two"]


class TestRehearsing:
    async def test_the_job_is_as_it_would_be_and_is_not_there(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await services.posts.rehearse(caller, CreateTweet(text=TEXT))
        assert (job.state, job.text) == ("queued", TEXT)
        assert await jobs_of(services, caller) == []
        assert (await enqueue(services, caller)).event_count == 1

    async def test_what_would_refuse_it_does(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        await enqueue(services, caller, allow_duplicate=False)
        with pytest.raises(ConflictError, match="duplicate_content"):
            await services.posts.rehearse(caller, CreateTweet(text=TEXT))
        with pytest.raises(ValidationFailedError, match="text"):
            await services.posts.rehearse(caller, CreateTweet(text=" "))

    async def test_beside_others_nobody_is_disturbed(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        request = CreateTweet(text=TEXT)
        await asyncio.gather(
            *(enqueue(services, caller, f"{TEXT} {number}") for number in range(10)),
            *(services.posts.rehearse(caller, request) for _ in range(10)),
        )
        assert len(await jobs_of(services, caller)) == 10


class TestSendingAgain:
    async def test_what_ended_without_a_post_is_sent_again_once(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller, account="@ada")
        await services.jobs.cancel(caller, job.id)
        first, is_replay = await services.posts.retry(caller, job.id)
        assert (first.state, first.text, first.account) == ("queued", job.text, job.account)
        assert (is_replay, await services.posts.retry(caller, job.id)) == (False, (first, True))
        assert (await take(services, paired_browser)).id == first.id

    async def test_a_race_for_it_makes_one_job(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller)
        await services.jobs.cancel(caller, job.id)
        again = await asyncio.gather(*(services.posts.retry(caller, job.id) for _ in range(20)))
        assert len({each.id for each, _ in again}) == 1

    async def test_a_pruned_job_has_nothing_to_send(
        self, services: Services, caller: Caller, database: Database, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller)
        await services.jobs.cancel(caller, job.id)
        await database.write(lambda tx: prune_jobs(tx, [job.id], job.created_at))
        with pytest.raises(ConflictError, match="retention time"):
            await services.posts.retry(caller, job.id)

    async def test_a_thread_that_is_partly_out_is_not_begun_anew(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller, platform_payload={"thread": ["two"]})
        pressed = await get_permit(services, paired_browser, await take(services, paired_browser))
        live = {"post_url": POST_URL, "evidence": evidence(pressed)}
        await tell(services, paired_browser, pressed, "published", **live)
        await services.jobs.cancel(caller, job.id)
        with pytest.raises(ConflictError, match="parts of the thread are out"):
            await services.posts.retry(caller, job.id)
