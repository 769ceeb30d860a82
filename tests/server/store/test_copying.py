"""A copy is the same installation, however often it was broken off, and never another one."""

import re
from collections.abc import AsyncIterator

import pytest

from postbroker.app import Services, build_services
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.copying import (
    PAGE,
    TABLES,
    OtherInstallationError,
    TableCopy,
    copy_all,
)
from postbroker.store.database import MIGRATIONS, Database
from postbroker.store.instants import to_ms
from postbroker.store.sqlite import open_sqlite
from server.doubles.clock import StillClock
from server.samples import a_report_of_success
from server.steps import add_workspace, enqueue, get_permit, hello, take


@pytest.fixture
async def source(still_clock: StillClock) -> AsyncIterator[Database]:
    opened = await open_sqlite(None, to_ms(still_clock.now()))
    yield opened
    await opened.close()


@pytest.fixture
def services(
    settings: Settings, source: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> Services:
    """The services over the source; `database` is what is copied to."""
    return build_services(settings, source, still_clock, signals, vault)


@pytest.fixture
def moved(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> Services:
    """The services over the copy."""
    return build_services(settings, database, still_clock, signals, vault)


async def copied(source: Database, target: Database) -> dict[str, TableCopy]:
    return {table.name: table async for table in copy_all(source, target)}


def test_every_table_is_copied() -> None:
    made = re.findall(
        r"CREATE TABLE (\w+)", "".join(file.read_text() for file in MIGRATIONS.glob("*.sql"))
    )
    assert sorted(made) == sorted(table.name for table in TABLES)


async def test_moved_installation_goes_on_where_it_was(
    source: Database,
    database: Database,
    services: Services,
    moved: Services,
    caller: Caller,
    paired_browser: Browser,
    leased_job: Job,
) -> None:
    tables = await copied(source, database)
    assert all(table.is_equal for table in tables.values())
    assert await moved.jobs.get(leased_job.id, caller.workspace_id) == leased_job
    assert await moved.jobs.history(leased_job) == await services.jobs.history(leased_job)

    committing = await get_permit(moved, paired_browser, leased_job)
    published = await moved.leases.report(paired_browser, a_report_of_success(committing))
    assert published.state == "published"
    later = await enqueue(moved, caller, "numbered on after what came over")
    [event], _ = await moved.jobs.history(later)
    events, _ = await moved.jobs.history(published)
    assert event.id > max(e.id for e in events)


async def test_second_run_copies_only_what_is_new(
    source: Database,
    database: Database,
    services: Services,
    caller: Caller,
    paired_browser: Browser,
    queued_job: Job,
) -> None:
    await copied(source, database)
    again = await copied(source, database)
    assert {table.written for table in again.values()} == {0}

    await take(services, paired_browser)
    await enqueue(services, caller, "new")
    third = await copied(source, database)
    written = {name: table.written for name, table in third.items() if table.written}
    assert written == {"jobs": 2, "attempts": 1, "events": 2}
    assert all(table.is_equal for table in third.values())


async def test_copy_that_was_broken_off_is_taken_up(
    source: Database, database: Database, queued_job: Job, moved: Services
) -> None:
    copying = copy_all(source, database)
    async for table in copying:
        if table.name == "jobs":
            break
    await copying.aclose()  # type: ignore[attr-defined]
    assert await moved.jobs.history(queued_job) == ([], [])
    tables = await copied(source, database)
    assert tables["jobs"].written == 0
    assert tables["events"].written == 1
    assert all(table.is_equal for table in tables.values())


async def test_what_the_source_forgot_goes_from_the_copy(
    source: Database, database: Database, services: Services, caller: Caller
) -> None:
    cookie, _ = await services.workspaces.sign_in(services.workspaces.sign_in_token())
    await copied(source, database)
    await services.workspaces.sign_out(cookie)
    tables = await copied(source, database)
    assert (tables["sessions"].removed, tables["sessions"].is_equal) == (1, True)


async def test_more_rows_than_a_page_come_over(
    source: Database, database: Database, services: Services, caller: Caller
) -> None:
    for number in range(PAGE + 1):
        await enqueue(services, caller, f"post {number}", when_offline="queue")
    tables = await copied(source, database)
    assert (tables["jobs"].rows, tables["jobs"].is_equal) == (PAGE + 1, True)


async def test_text_of_every_script_comes_over(
    source: Database, database: Database, services: Services, caller: Caller, moved: Services
) -> None:
    text = "Grüße, 世界 🦉 'quoted' \\ :named $1 {braces} %s"
    job = await enqueue(services, caller, text, when_offline="queue")
    await copied(source, database)
    assert (await moved.jobs.get(job.id, None)).text == text


class TestOtherInstallation:
    async def test_database_of_others_is_left_alone(
        self, source: Database, database: Database, queued_job: Job
    ) -> None:
        other = await add_workspace(database)
        with pytest.raises(OtherInstallationError, match="another installation"):
            await copied(source, database)
        rows = await database.read(lambda tx: tx.fetch("SELECT id FROM workspaces"))
        assert [row["id"] for row in rows] == [other.id]

    async def test_copy_that_has_taken_jobs_of_its_own_is_left_alone(
        self, source: Database, database: Database, moved: Services, queued_job: Job, caller: Caller
    ) -> None:
        await copied(source, database)
        job = await enqueue(moved, caller, "only there")
        with pytest.raises(OtherInstallationError, match=job.id):
            await copied(source, database)
        assert (await moved.jobs.get(job.id, None)).state == "queued"

    async def test_copy_whose_jobs_have_gone_on_is_not_set_back(
        self,
        source: Database,
        database: Database,
        moved: Services,
        queued_job: Job,
        paired_browser: Browser,
    ) -> None:
        await copied(source, database)
        await moved.browsers.hello(paired_browser, hello())
        leased = await take(moved, paired_browser)
        with pytest.raises(OtherInstallationError, match="has gone on"):
            await copied(source, database)
        assert (await moved.jobs.get(leased.id, None)).state == "leased"
