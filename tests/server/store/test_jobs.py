"""Jobs as rows: there and back, found by who may and should find them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from postbroker.domain.job import Job, JobState
from postbroker.store.database import (
    Connection,
    Database,
    DatabaseBusyError,
    StaleRowError,
    UniqueError,
)
from postbroker.store.jobs import (
    count_by_state,
    insert_jobs,
    select_first_queued,
    select_held_by,
    select_holdings,
    select_in_doubt,
    select_job,
    select_job_by_post_url,
    select_jobs,
    select_jobs_by_content,
    select_jobs_by_key,
    select_overdue,
    select_post_urls,
    select_posters_in_doubt,
    select_queued,
    update_jobs,
)
from postbroker.store.workspaces import Workspace
from server.doubles.clock import START
from server.samples import (
    POST_URL,
    a_committing_job,
    a_doubtful_job,
    a_job,
    a_job_being_looked_for,
    a_leased_job,
    lease_of,
)
from server.steps import add_workspace

SECOND = timedelta(seconds=1)
LATER = START + timedelta(hours=1)
_numbers = count(1)


async def put(database: Database, workspace_id: str, job: Job | None = None, **changes: Any) -> Job:
    """A job in the database, brought into its state as it is."""
    wanted = replace(
        job or a_job(),
        id=f"00000000-0000-4000-8000-{next(_numbers):012d}",
        workspace_id=workspace_id,
        **changes,
    )
    accepted = replace(a_job(), **{name: getattr(wanted, name) for name in FIXED_FIELDS})
    accepted = replace(accepted, due_at=wanted.due_at, event_count=wanted.event_count)

    async def work(tx: Connection) -> None:
        await insert_jobs(tx, [accepted])
        await update_jobs(tx, [(accepted, wanted)])

    await database.write(work)
    return wanted


FIXED_FIELDS = (
    "id",
    "workspace_id",
    "platform",
    "text",
    "text_sha256",
    "content_key",
    "created_at",
    "expires_at",
    "account",
    "options",
    "media_paths",
    "sandbox",
    "key_id",
    "idempotency_key",
    "fingerprint",
)


class TestRow:
    @pytest.mark.parametrize(
        "job",
        [
            a_job(
                options={"groupId": "7", "list": [1, {"a": None}]},
                media_paths=("a.png", "b.png"),
                sandbox=True,
                account="@ada",
                idempotency_key="one",
                fingerprint="f" * 64,
                key_id="key",
            ),
            a_leased_job(),
            a_committing_job(),
            a_doubtful_job(hint_url=POST_URL),
            a_job_being_looked_for(looks=2, absences=1, report={"buttonState": "joined"}),
            a_job(
                "published",
                deadline_at=None,
                post_url=POST_URL,
                evidence={"source": "permalink", "text": "🚀"},
            ),
            a_job("failed", text="\u202eabc\u202c '; --", error_code="canceled", error="é"),
        ],
    )
    async def test_a_job_comes_back_as_it_went_in(
        self, database: Database, stored_workspace: Workspace, job: Job
    ) -> None:
        wanted = await put(database, stored_workspace.id, job)
        assert await database.read(lambda tx: select_job(tx, wanted.id)) == wanted

    async def test_a_row_that_has_moved_on_is_not_overwritten(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        job = await put(database, stored_workspace.id)
        leased = replace(a_leased_job(), id=job.id, workspace_id=stored_workspace.id)
        await database.write(lambda tx: update_jobs(tx, [(job, leased)]))
        for stale in (job, replace(leased, epoch=7), replace(leased, id="nobody")):
            with pytest.raises((StaleRowError, DatabaseBusyError)):
                await database.write(lambda tx, stale=stale: update_jobs(tx, [(stale, leased)]))  # type: ignore[misc]
        assert await database.read(lambda tx: select_job(tx, job.id)) == leased

    async def test_a_live_post_is_one_job_s(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        await put(database, stored_workspace.id, post_url=POST_URL)
        with pytest.raises(UniqueError):
            await put(database, stored_workspace.id, post_url=POST_URL)
        other = await add_workspace(database)
        await put(database, other.id, post_url=POST_URL)

    async def test_an_idempotency_key_is_one_job_s(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        job = await put(database, stored_workspace.id, idempotency_key="one")
        with pytest.raises(UniqueError):
            await put(database, stored_workspace.id, idempotency_key="one")
        other = await add_workspace(database)
        theirs = await put(database, other.id, idempotency_key="one")
        for workspace_id, found in ((stored_workspace.id, job), (other.id, theirs)):
            assert await database.read(
                lambda tx, at=workspace_id: select_jobs_by_key(tx, at, ["none", "one"])  # type: ignore[misc]
            ) == [found]

    async def test_a_content_is_found_while_it_may_be_live(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        async def put_one(key: str, state: JobState) -> Job:
            return await put(database, stored_workspace.id, state=state, content_key=key)

        for state in ("failed", "canceled", "expired"):
            await put_one("gone", state)
        await put_one("twice", "published")
        newest = await put_one("twice", "outcome_unknown")
        waiting = await put_one("waiting", "queued")
        keys = ["gone", "twice", "waiting", "none"]
        for since, found in (
            (START, {"twice": newest.id, "waiting": waiting.id}),
            (START + SECOND, {}),
        ):
            assert (
                await database.read(
                    lambda tx, since=since: select_jobs_by_content(tx, keys, since)  # type: ignore[misc]
                )
                == found
            )


class TestFinding:
    async def test_a_job_is_found_in_its_workspace_only(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        job = await put(database, stored_workspace.id, post_url=POST_URL)
        assert await database.read(lambda tx: select_job(tx, job.id, stored_workspace.id)) == job
        assert await database.read(lambda tx: select_job(tx, job.id, "elsewhere")) is None
        assert (
            await database.read(
                lambda tx: select_job_by_post_url(tx, stored_workspace.id, POST_URL)
            )
            == job
        )
        assert (
            await database.read(lambda tx: select_job_by_post_url(tx, "elsewhere", POST_URL))
            is None
        )

    async def test_queued_jobs_come_longest_due_first_and_one_of_each_account(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        second = await put(database, stored_workspace.id, due_at=START + SECOND)
        first = await put(database, stored_workspace.id, due_at=START, account="@ada")
        await put(database, stored_workspace.id, due_at=START + SECOND, account="@ada")
        third = await put(database, stored_workspace.id, due_at=START + 2 * SECOND, sandbox=True)
        await put(database, stored_workspace.id, due_at=LATER + SECOND, account="@bob")
        await put(database, stored_workspace.id, expires_at=LATER, account="@eve")
        await put(database, stored_workspace.id, a_leased_job(account="@joe"))
        found = await database.read(
            lambda tx: select_first_queued(tx, stored_workspace.id, LATER, 10)
        )
        assert found == [first, second, third]
        assert await database.read(
            lambda tx: select_first_queued(tx, stored_workspace.id, LATER, 1)
        ) == [first]
        assert await database.read(lambda tx: select_first_queued(tx, "elsewhere", LATER, 10)) == []

    async def test_all_that_is_due_waits_in_the_order_of_its_time(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        late = await put(database, stored_workspace.id, due_at=LATER)
        first = await put(database, stored_workspace.id, account="@ada")
        second = await put(database, stored_workspace.id, account="@ada")
        await put(database, stored_workspace.id, due_at=LATER + SECOND)
        await put(database, stored_workspace.id, expires_at=LATER)
        found = await database.read(lambda tx: select_queued(tx, stored_workspace.id, LATER, 10))
        assert found == [first, second, late]

    async def test_doubts_are_found_until_somebody_looks_or_all_looking_is_over(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        late = await put(database, stored_workspace.id, a_doubtful_job())
        unheld = await put(database, stored_workspace.id, replace(a_doubtful_job(), lease=None))
        await put(database, stored_workspace.id, a_doubtful_job(), due_at=LATER + SECOND)
        await put(database, stored_workspace.id, a_doubtful_job(), deadline_at=None)
        await put(database, stored_workspace.id, a_job_being_looked_for())
        found = await database.read(lambda tx: select_in_doubt(tx, stored_workspace.id, LATER, 10))
        assert found == [late, unheld]
        assert await database.read(lambda tx: select_posters_in_doubt(tx, LATER)) == [
            (stored_workspace.id, late.poster_id)
        ]
        assert await database.read(lambda tx: select_posters_in_doubt(tx, START)) == []

    async def test_held_is_what_a_browser_works_on(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        held = [
            await put(database, stored_workspace.id, job)
            for job in (a_leased_job(), a_committing_job(), a_job_being_looked_for())
        ]
        await put(database, stored_workspace.id, a_doubtful_job())
        await put(database, stored_workspace.id)
        found = await database.read(
            lambda tx: select_held_by(tx, stored_workspace.id, lease_of(held[0]).browser_id)
        )
        assert {job.id for job in found} == {job.id for job in held}
        assert await database.read(lambda tx: select_held_by(tx, "elsewhere", "browser-1")) == []
        holdings = await database.read(lambda tx: select_holdings(tx, stored_workspace.id))
        assert sorted((each.browser_id, each.account or "") for each in holdings) == sorted(
            (lease_of(job).browser_id, job.composed_account or job.account or "") for job in held
        )

    async def test_overdue_is_what_has_passed_its_deadline_or_its_lease(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        expired = await put(database, stored_workspace.id, deadline_at=LATER)
        silent = await put(database, stored_workspace.id, a_leased_job())
        waiting = await put(database, stored_workspace.id, a_job("retry_wait", deadline_at=LATER))
        await put(database, stored_workspace.id, deadline_at=LATER + SECOND)
        await put(database, stored_workspace.id, a_job("published", deadline_at=None))
        found = await database.read(lambda tx: select_overdue(tx, LATER, 10))
        assert {job.id for job in found} == {expired.id, silent.id, waiting.id}
        assert len(await database.read(lambda tx: select_overdue(tx, LATER, 1))) <= 2

    async def test_posts_of_other_jobs_that_a_look_may_meet(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        job = await put(database, stored_workspace.id, a_doubtful_job(), post_url=POST_URL)
        other = f"{POST_URL}0"
        await put(database, stored_workspace.id, post_url=other)
        old = START - timedelta(hours=2)
        await put(database, stored_workspace.id, post_url=f"{POST_URL}00", updated_at=old)
        await put(database, stored_workspace.id, post_url=f"{POST_URL}000", platform="linkedin")
        assert await database.read(lambda tx: select_post_urls(tx, job)) == [other]

    async def test_a_page_ends_where_the_next_begins(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        jobs = [await put(database, stored_workspace.id) for _ in range(5)]
        first = await database.read(lambda tx: select_jobs(tx, stored_workspace.id, limit=3))
        number = first[-1][0]
        second = await database.read(
            lambda tx: select_jobs(tx, stored_workspace.id, before_number=number, limit=3)
        )
        assert [job for _, job in first + second] == jobs[::-1]

    async def test_states_are_told_apart_by_whether_the_job_has_ended(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        going = await put(database, stored_workspace.id, a_doubtful_job())
        ended = await put(database, stored_workspace.id, a_doubtful_job(), deadline_at=None)
        for has_ended, wanted in ((True, [ended]), (False, [going]), (None, [ended, going])):
            rows = await database.read(
                lambda tx, has_ended=has_ended: select_jobs(  # type: ignore[misc]
                    tx, stored_workspace.id, states=[("outcome_unknown", has_ended)], limit=9
                )
            )
            assert [job for _, job in rows] == wanted
        counted = await database.read(lambda tx: count_by_state(tx, stored_workspace.id))
        assert counted == {("outcome_unknown", True): 1, ("outcome_unknown", False): 1}
        since = START + SECOND
        assert await database.read(lambda tx: count_by_state(tx, stored_workspace.id, since)) == {}


async def test_fifty_with_one_idempotency_key_make_one_row(
    database: Database, stored_workspace: Workspace
) -> None:
    results = await asyncio.gather(
        *(put(database, stored_workspace.id, idempotency_key="one") for _ in range(50)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Job) for result in results) == 1
    assert sum(isinstance(result, UniqueError) for result in results) == 49
