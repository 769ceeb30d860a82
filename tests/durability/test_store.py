"""Store and services against a model, on a database that crashes between any two steps."""

import shutil
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from durability.copies import LOG_FILE
from durability.reference import watched
from postbroker.app import build_services
from postbroker.contract.jobs import CreateTweet
from postbroker.domain.job import Job
from postbroker.errors import ConflictError
from postbroker.services.jobs import JobFilter
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.database import Database
from postbroker.store.folder import DATABASE_FILE
from postbroker.store.instants import to_ms
from postbroker.store.postgres import open_postgres
from postbroker.store.sqlite import open_sqlite
from server.doubles.postgres import Cluster, new_schema
from server.services.test_promises import JOBS, SECRET_KEY, TEXTS, Broker
from server.steps import pair

EXAMPLES_A_ROUND = 5
STEPS = 40
KEYS = ("one", "two")
KEPT_HOURS = 24 * 100
STAYS = ("id", "idempotency_key", "fingerprint", "text_sha256", "state", "post_url", "error_code")

folders = count(1)


class StoredBroker(Broker):
    """The same browsers and the same person, with keys, pauses and revoked browsers as well."""

    def __init__(self, folder: Path, cluster: Cluster | None) -> None:
        self.folder = folder
        self.cluster = cluster
        self.is_paused = False
        self.by_key: dict[str, Job] = {}
        super().__init__()

    async def open(self) -> None:
        self.url = await new_schema(self.cluster.url) if self.cluster else None
        self.place = self.new_place()
        await self.connect()
        self.workspace, _ = await self.services.workspaces.ensure_first()
        _, secret = await self.services.keys.create(self.workspace.id, "agent")
        self.caller = await self.services.keys.authenticate(secret)
        self.browsers = [await pair(self.services, self.caller) for _ in range(2)]

    async def connect(self) -> None:
        now_ms = to_ms(self.clock.now())
        self.database: Database = await (
            open_postgres(self.url, now_ms)
            if self.url
            else open_sqlite(self.place / DATABASE_FILE, now_ms, check=True)
        )
        options = Settings(
            data_dir=self.place, secret_key=SECRET_KEY, pacing=False, confirm_first_post=False
        )
        services = build_services(options, self.database, self.clock, Signals(), Vault(SECRET_KEY))

        async def look() -> dict[str, Job]:
            page, _ = await services.jobs.list(self.workspace.id, JobFilter(limit=100))
            return {job.id: job for job in page}

        self.services = watched(services, look)

    def new_place(self) -> Path:
        place = self.folder / str(next(folders))
        place.mkdir()
        return place

    @rule()
    def crash(self) -> None:
        """What is committed is there, whatever the process had in its memory."""
        before = self.all_jobs(), self.histories()
        self.run(self.start_again())
        assert (self.all_jobs(), self.histories()) == before

    async def start_again(self) -> None:
        crashed, place = self.database, self.place
        self.place = self.new_place()
        for name in (DATABASE_FILE, LOG_FILE):
            if (place / name).exists():
                shutil.copyfile(place / name, self.place / name)
        await self.connect()
        await crashed.close()
        shutil.rmtree(place)

    def histories(self) -> list[Any]:
        return [self.run(self.services.jobs.history(job)) for job in self.all_jobs()]

    @precondition(lambda self: len(self.all_jobs()) < JOBS)
    @rule(target=Broker.jobs, key=st.sampled_from(KEYS), text=st.sampled_from(TEXTS))
    def accept_once(self, key: str, text: str) -> Any:
        request = CreateTweet(text=text, idempotency_key=key, allow_duplicate=True)
        known = self.by_key.get(key)
        try:
            job, is_replay = self.run(self.services.posts.create(self.caller, request))
        except ConflictError:
            assert known is not None
            assert known.text != text
            return known.id
        assert is_replay == (known is not None)
        assert known is None or (known.id, known.text) == (job.id, text)
        self.by_key[key] = job
        return job.id

    @rule(is_paused=st.booleans())
    def pause(self, is_paused: bool) -> None:
        self.run(self.services.workspaces.set_paused(self.workspace.id, is_paused=is_paused))
        self.is_paused = is_paused

    @rule(number=st.integers(0, 1))
    def take(self, number: int) -> None:
        is_working = number in self.held
        super().take(number)
        if self.is_paused and not is_working and (held := self.held.get(number)):
            assert held.leased.purpose == "verify"

    @rule(number=st.integers(0, 1), hesitation=st.integers(0, 4))
    def revoke(self, number: int, hesitation: int) -> None:
        """The browser is gone with all it knew; another one comes in its place."""
        if hesitation:
            return
        browser = self.browsers[number]
        self.run(self.services.browsers.revoke(self.workspace.id, browser.id))
        self.run(self.services.leases.release_browser(self.workspace.id, browser.id))
        self.held.pop(number, None)
        self.unsent = [(each, ack) for each, ack in self.unsent if each != number]
        self.browsers[number] = self.run(pair(self.services, self.caller))

    def come_to_the_end(self) -> None:
        super().come_to_the_end()
        self.forget()

    def forget(self) -> None:
        """Long after, text and history of what has ended are gone; what tells it apart stays."""
        before = self.all_jobs()
        self.clock.move(hours=KEPT_HOURS + 1)
        self.run(self.services.retention.clean())
        for old, job in zip(before, self.all_jobs(), strict=True):
            history = self.run(self.services.jobs.history(job))
            if old.state == "outcome_unknown":  # a person may still tell what became of it
                assert (job, bool(history[0])) == (old, True)
                continue
            assert (job.text, history) == ("", ([], []))
            assert [getattr(job, name) for name in STAYS] == [getattr(old, name) for name in STAYS]
        for key, job in self.by_key.items():
            request = CreateTweet(text=job.text, idempotency_key=key)
            replayed, is_replay = self.run(self.services.posts.create(self.caller, request))
            assert (replayed.id, is_replay) == (job.id, True)


def _run(machine: Callable[[], StoredBroker], rounds: int) -> None:
    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]  # any function that makes one
        settings=settings(
            max_examples=EXAMPLES_A_ROUND * rounds,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_sqlite_does_what_the_model_says_through_crashes(tmp_path: Path, rounds: int) -> None:
    _run(partial(StoredBroker, tmp_path, None), rounds)


def test_postgres_does_what_the_model_says_through_crashes(
    tmp_path: Path, cluster: Cluster, rounds: int
) -> None:
    _run(partial(StoredBroker, tmp_path, cluster), rounds)
