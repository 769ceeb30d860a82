"""Whatever happens in whatever order: nothing is posted twice, and every job comes to a true end.

A platform with a ledger is the judge. Browsers are honest and unreliable: reports get lost, come
late or twice, looks see nothing, clicks are swallowed, people cancel and settle in between.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from postbroker.app import build_services
from postbroker.contract.extension import Ack, Evidence
from postbroker.domain.job import ENDINGS, Job
from postbroker.domain.outcome import LOOKS_FOR_PROOF
from postbroker.errors import ConflictError, LeaseLostError, PermitRefusedError
from postbroker.services.jobs import JobFilter
from postbroker.services.leases import Leased
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.instants import to_ms
from postbroker.store.sqlite import open_sqlite
from server.doubles.clock import StillClock
from server.samples import report
from server.steps import enqueue, get_permit, pair, pull, step

T = TypeVar("T")
Click = Literal["posts", "is swallowed", "is not made"]
CLICKS: tuple[Click, ...] = ("posts", "is swallowed", "is swallowed", "is not made")
CANDOUR = ("tells all", "tells all", "is unsure", "has no evidence")

SECRET_KEY = "the secret key of an installation that tests itself"
TEXTS = ("good morning", "good evening")
CLEAR = Evidence(source="network", http_status=403, platform_code="226")
JOBS = 4
HESITATION = st.integers(0, 9)
"""People act one time in ten, so that most jobs go on long enough to get into trouble."""


@dataclass
class Held:
    """What a browser works on, and what became of its click."""

    leased: Leased
    click: Click | None = None
    url: str | None = None


@dataclass
class Ledger:
    """The platform's own record: the text of every post by its address."""

    posts: dict[str, str] = field(default_factory=dict)

    def publish(self, text: str) -> str:
        url = f"https://x.com/ada/status/{1001 + len(self.posts)}"
        self.posts[url] = text
        return url

    def find(self, text: str, exclude: list[str]) -> str | None:
        """The newest post with that text which is none of `exclude`."""
        matching = [url for url, each in self.posts.items() if each == text and url not in exclude]
        return matching[-1] if matching else None


class Broker(RuleBasedStateMachine):
    """Two browsers of one account, and a person, at work."""

    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = StillClock()
        self.ledger = Ledger()
        self.held: dict[int, Held] = {}
        self.unsent: list[tuple[int, Ack]] = []
        self.unproven: set[str] = set()
        self.absences: Counter[str] = Counter()
        self.ended: dict[str, Job] = {}
        self.run(self.open())

    async def open(self) -> None:
        self.database: Database = await open_sqlite(None, to_ms(self.clock.now()))
        options = Settings(
            data_dir=Path("unused"),
            secret_key=SECRET_KEY,
            pacing=False,
            confirm_first_post=False,
        )
        self.services = build_services(
            options, self.database, self.clock, Signals(), Vault(SECRET_KEY)
        )
        self.workspace, _ = await self.services.workspaces.ensure_first()
        _, secret = await self.services.keys.create(self.workspace.id, "agent")
        self.caller = await self.services.keys.authenticate(secret)
        self.browsers: list[Browser] = [await pair(self.services, self.caller) for _ in range(2)]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def all_jobs(self) -> list[Job]:
        page, _ = self.run(self.services.jobs.list(self.workspace.id, JobFilter()))
        return page

    def send(self, number: int, ack: Ack) -> bool:
        """True when the report was taken."""
        try:
            first = self.run(self.services.leases.report(self.browsers[number], ack))
        except LeaseLostError:
            return False
        again = self.run(self.services.leases.report(self.browsers[number], ack))
        assert again == first, "the same report twice changed something"
        self.weigh(ack)
        return True

    def weigh(self, ack: Ack) -> None:
        """What a report that was taken proves: nothing was pressed, or two looks found nothing."""
        is_miss = ack.outcome == "absent"
        self.absences[ack.job_id] = self.absences[ack.job_id] + 1 if is_miss else 0
        is_unused = ack.outcome in ("failed", "released") and ack.stage == "preparing"
        if is_unused or self.absences[ack.job_id] >= LOOKS_FOR_PROOF:
            self.unproven.discard(ack.job_id)

    @initialize(target=jobs, texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2))
    def begin(self, texts: list[str]) -> Any:
        return multiple(*(self.accept(text) for text in texts))

    @precondition(lambda self: len(self.all_jobs()) < JOBS)
    @rule(target=jobs, text=st.sampled_from(TEXTS))
    def accept(self, text: str) -> Any:
        return self.run(enqueue(self.services, self.caller, text)).id

    @precondition(lambda self: len(self.held) < len(self.browsers))
    @rule(number=st.integers(0, 1))
    def take(self, number: int) -> None:
        if number not in self.held and (
            leased := self.run(pull(self.services, self.browsers[number]))
        ):
            self.held[number] = Held(leased)

    @precondition(lambda self: self.held)
    @rule()
    def renew(self) -> None:
        for number, held in list(self.held.items()):
            try:
                self.run(step(self.services, self.browsers[number], held.leased.job, "confirm"))
            except LeaseLostError:
                if held.click is None:
                    del self.held[number]

    @precondition(lambda self: self.may_press() is not None)
    @rule(click=st.sampled_from(CLICKS))
    def press(self, click: Click) -> None:
        number = self.may_press()
        assert number is not None
        held = self.held[number]
        job = held.leased.job
        try:
            permitted = self.run(get_permit(self.services, self.browsers[number], job))
        except (LeaseLostError, PermitRefusedError):
            del self.held[number]
            return
        assert job.id not in self.unproven, "a second permit without proof"
        self.unproven.add(job.id)
        self.absences[job.id] = 0
        held.leased = Leased(permitted, "publish", 0, None, None, [])
        held.click = click
        if click == "posts":
            held.url = self.ledger.publish(job.text)

    def may_press(self) -> int | None:
        """A browser that has filled its composer and has not asked for leave."""
        for number, held in self.held.items():
            if held.click is None and held.leased.purpose == "publish":
                return number
        return None

    @precondition(lambda self: self.held)
    @rule(
        candour=st.sampled_from(CANDOUR),
        arrives=st.sampled_from(["now", "now", "late", "never"]),
    )
    def tell(self, candour: str, arrives: str) -> None:
        number, held = self.held.popitem()
        ack = self.look(held, candour) if held.leased.purpose == "verify" else said(held, candour)
        if arrives == "now":
            self.send(number, ack)
        elif arrives == "late" and ack.outcome != "absent":
            self.unsent.append((number, ack))

    @rule(
        number=st.integers(0, 1),
        click=st.sampled_from(CLICKS),
        candour=st.sampled_from(CANDOUR),
        arrives=st.sampled_from(["now", "now", "late", "never"]),
        seconds=st.sampled_from([0, 0, 131]),
    )
    def publish(self, number: int, click: Click, candour: str, arrives: str, seconds: int) -> None:
        """A whole attempt in one go, as soon as there is something to do."""
        self.time_passes(seconds)
        self.take(number)
        if self.may_press() is not None:
            self.press(click)
        if self.held:
            self.tell(candour, arrives)

    @rule(
        number=st.integers(0, 1),
        candour=st.lists(st.sampled_from(CANDOUR), min_size=1, max_size=6),
    )
    def look_around(self, number: int, candour: list[str]) -> None:
        """Several looks, each when it is due."""
        for each in candour:
            self.time_passes(0)
            self.take(number)
            if self.held and not self.may_press():
                self.tell(each, "now")

    def look(self, held: Held, candour: str) -> Ack:
        job = held.leased.job
        if candour == "is unsure":
            return report(job, "unseen", stage="preparing")
        url = self.ledger.find(job.text, held.leased.exclude)
        if url is None:
            return report(job, "absent", stage="preparing")
        return report(job, "found", stage="preparing", post_url=url, evidence=shown(job, candour))

    @precondition(lambda self: self.unsent)
    @rule()
    def deliver_late(self) -> None:
        for number, ack in self.unsent:
            self.send(number, ack)
        self.unsent.clear()

    @rule(seconds=st.sampled_from([0, 0, 0, 1, 61, 131, 600, 3600]))
    def time_passes(self, seconds: int) -> None:
        """By so much, or until somebody may look or try again."""
        now = self.clock.now()
        dues = [(job.due_at - now).total_seconds() for job in self.all_jobs() if not job.has_ended]
        self.clock.move(seconds or max(0, min(dues, default=10)))
        self.sweep()

    def sweep(self) -> None:
        while self.run(self.services.leases.sweep()):
            pass
        for job in self.all_jobs():
            assert job.deadline_at is None or job.deadline_at > self.clock.now()

    @rule(job_id=jobs, hesitation=HESITATION)
    def cancel(self, job_id: str, hesitation: int) -> None:
        if hesitation:
            return
        try:
            self.run(self.services.jobs.cancel(self.caller, job_id))
        except ConflictError:
            assert self.run(self.services.jobs.get(job_id, None)).state not in (
                "queued",
                "leased",
                "retry_wait",
            )

    @precondition(lambda self: self.is_any_in_doubt())
    @rule(job_id=jobs, hesitation=HESITATION)
    def look_again(self, job_id: str, hesitation: int) -> None:
        if (
            not hesitation
            and self.run(self.services.jobs.get(job_id, None)).state == "outcome_unknown"
        ):
            self.run(self.services.jobs.look_again(self.caller, job_id))

    @precondition(lambda self: self.is_any_in_doubt())
    @rule(job_id=jobs, hesitation=HESITATION)
    def settle(self, job_id: str, hesitation: int) -> None:
        job = self.run(self.services.jobs.get(job_id, None))
        if not hesitation and job.state == "outcome_unknown":
            claimed = [each.post_url for each in self.all_jobs() if each.post_url]
            url = self.ledger.find(job.text, claimed)
            self.run(self.services.jobs.settle(self.caller, job_id, url))

    def is_any_in_doubt(self) -> bool:
        return any(job.state == "outcome_unknown" for job in self.all_jobs())

    @invariant()
    def nothing_is_posted_twice(self) -> None:
        jobs = self.all_jobs()
        wanted = Counter(job.text for job in jobs)
        assert Counter(self.ledger.posts.values()) <= wanted

    @invariant()
    def published_means_live_and_each_post_is_one_job_s(self) -> None:
        published = [job for job in self.all_jobs() if job.state == "published"]
        urls = [job.post_url for job in published]
        assert len(set(urls)) == len(urls)
        assert all(self.ledger.posts.get(job.post_url or "") == job.text for job in published)

    @invariant()
    def an_account_is_worked_on_by_one_browser(self) -> None:
        working = [
            job
            for job in self.all_jobs()
            if job.lease and (job.state != "outcome_unknown" or job.lease.purpose == "verify")
        ]
        assert len(working) <= 1

    @invariant()
    def what_has_ended_stays_so(self) -> None:
        for job in self.all_jobs():
            if before := self.ended.get(job.id):
                assert job == before
            elif job.state in ENDINGS:
                self.ended[job.id] = job
            assert job.has_ended == (job.state in ENDINGS) or job.state == "outcome_unknown"

    def teardown(self) -> None:
        try:
            self.come_to_the_end()
        finally:
            self.run(self.database.close())
            self.loop.close()

    def come_to_the_end(self) -> None:
        """Nobody does anything any more: every job ends by itself."""
        for _ in range(4):
            self.clock.move(hours=13)
            self.sweep()
        for job in self.all_jobs():
            assert job.has_ended
            events, _ = self.run(self.services.jobs.history(job))
            assert [event.sequence for event in events] == list(range(1, job.event_count + 1))


def said(held: Held, candour: str) -> Ack:
    """The publisher's report, true to what its journal and the page say."""
    job = held.leased.job
    match held.click:
        case None:
            outcome = "failed" if candour == "is unsure" else "released"
            return report(job, outcome, stage="preparing", error_code="tab_closed")
        case "is not made":
            return report(job, "failed", stage="preparing", error_code="tab_closed")
        case "is swallowed" if candour == "tells all":
            return report(job, "failed", error_code="content_rejected", evidence=CLEAR)
        case "posts" if candour != "is unsure":
            return report(job, "published", post_url=held.url, evidence=shown(job, candour))
        case _:
            return report(job, "unknown", post_url=held.url)


def shown(job: Job, candour: str) -> Evidence | None:
    """The live post, as far as the page shows it."""
    if candour == "has no evidence":
        return None
    return Evidence(source="permalink", account="ada", text=job.text, seen_live=True)


Broker.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestPromises = Broker.TestCase
