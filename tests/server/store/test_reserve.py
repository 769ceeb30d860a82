"""A disk that is really full: new jobs are refused, what is under way ends, and all goes on."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from postbroker.app import Services, build_services
from postbroker.domain.caller import Caller
from postbroker.errors import UnavailableError
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.database import Connection, Database, StorageFullError
from postbroker.store.instants import to_ms
from postbroker.store.reserve import Reserve
from postbroker.store.sqlite import open_sqlite
from server.doubles.clock import StillClock
from server.doubles.disk import A_BLOCK, fill, small_disk
from server.samples import a_report_of_success
from server.steps import enqueue, get_permit, pair, take

DISK_BYTES = 16 << 20
RESERVE_BYTES = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, DISK_BYTES) as place:
        yield place


class TestReserve:
    def test_space_is_given_up_once_and_taken_back_when_there_is_room(self, disk: Path) -> None:
        reserve = Reserve(disk / "reserve", RESERVE_BYTES)
        assert reserve.hold()
        filler = fill(disk)
        assert reserve.release()
        assert not reserve.release()
        (disk / "useful").write_bytes(bytes(RESERVE_BYTES - A_BLOCK))
        assert not reserve.hold()
        filler.unlink()
        assert reserve.hold()
        assert (disk / "reserve").stat().st_blocks * 512 >= RESERVE_BYTES

    def test_disk_without_room_for_it_is_full_from_the_start(self, disk: Path) -> None:
        assert not Reserve(disk / "reserve", DISK_BYTES).hold()
        assert not (disk / "reserve").exists()


@pytest.fixture
async def database(disk: Path, still_clock: StillClock) -> AsyncIterator[Database]:
    """A database on the small disk, with a reserve."""
    reserve = Reserve(disk / "reserve", RESERVE_BYTES)
    opened = await open_sqlite(disk / "postbroker.db", to_ms(still_clock.now()), reserve=reserve)
    yield opened
    await opened.close()


@pytest.fixture
def services(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> Services:
    return build_services(settings, database, still_clock, signals, vault)


async def enqueue_until_refused(services: Services, caller: Caller) -> list[str]:
    """The ids of all jobs that were accepted before the refusal."""
    accepted: list[str] = []
    for number in range(5000):
        try:
            job = await enqueue(services, caller, f"post {number}", idempotency_key=f"k{number}")
        except UnavailableError as refusal:
            assert refusal.code == "STORAGE_FULL"  # noqa: PT017  the code is what counts
            return accepted
        accepted.append(job.id)
    pytest.fail("the disk never filled up")


async def test_full_disk_refuses_new_jobs_and_lets_running_ones_finish(
    services: Services, caller: Caller, disk: Path, still_clock: StillClock
) -> None:
    browser = await pair(services, caller)
    running = await enqueue(services, caller)
    leased = await take(services, browser)
    filler = fill(disk)

    accepted = await enqueue_until_refused(services, caller)
    for job_id in accepted:
        assert (await services.jobs.get(job_id, caller.workspace_id)).state == "queued"

    committing = await get_permit(services, browser, leased)
    published = await services.leases.report(browser, a_report_of_success(committing))
    assert (published.id, published.state) == (running.id, "published")

    # A replay writes nothing: it is answered on a full disk too.
    if accepted:
        assert (await enqueue(services, caller, "post 0", idempotency_key="k0")).id == accepted[0]

    filler.unlink()
    assert (await enqueue(services, caller, "there is room again")).state == "queued"


async def test_error_of_the_disk_has_a_name_and_nothing_is_half_written(
    tmp_path: Path, still_clock: StillClock
) -> None:
    database = await open_sqlite(tmp_path / "small.db", to_ms(still_clock.now()))

    async def shrink(tx: Connection) -> None:
        [pages] = await tx.fetch("PRAGMA page_count")
        await tx.fetch(f"PRAGMA max_page_count = {pages['page_count'] + 2}")

    async def swell(tx: Connection) -> None:
        for number in range(1000):
            nonce = f"{number} " + "x" * 1000
            await tx.execute(
                "INSERT INTO used_links (nonce, used_at) VALUES (:nonce, 0)", nonce=nonce
            )

    await database.write(shrink)
    with pytest.raises(StorageFullError):
        await database.write(swell)
    rows = await database.read(lambda tx: tx.fetch("SELECT COUNT(*) AS links FROM used_links"))
    assert rows[0]["links"] == 0
    await database.close()
