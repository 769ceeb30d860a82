"""A load that outlives its broker: clients, browsers, a reader of the stream, and their log.

All ask again until they are answered, as clients should; what was answered goes into the log.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any, TypeVar
from uuid import uuid4

import aiohttp

from durability.history import Lease, Log
from postbroker.clock import SystemClock
from postbroker.contract.extension import PullAnswer
from postbroker.contract.words import Outcome, Stage
from server.doubles.extension import FakeBrowser, RefusedError

T = TypeVar("T")

CLIENTS = 4
ACCOUNTS = ("@ada", "@bob", "@cyd")
BACKLOG = 24
"""Clients enqueue no faster than browsers publish, so that every phase is under way at a kill."""
PULL_SECONDS = 0.5
AGAIN_SECONDS = 0.03
PATIENCE_SECONDS = 60
REPLAYS = 0.25
"""How often a client sends an answered request once more."""
SWALLOWED, UNSURE = 0.1, 0.2
"""How often the platform swallows a press, and how often a browser does not know what it did."""

CREATED, REFUSED, SERVER_ERROR, UNAVAILABLE = 201, 400, 500, 503
UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError)


class NoAnswerError(Exception):
    """The broker did not come back."""


@dataclass
class Load:
    """Clients and browsers at work on one broker."""

    url: str
    key: str
    dice: Random
    log: Log = field(default_factory=Log)
    is_over: bool = False
    """No more jobs; browsers go on."""

    @property
    def open_jobs(self) -> int:
        """How many answered jobs have not ended, as far as anybody was told."""
        return len(self.log.jobs) - len(self.log.ends)

    async def ask(self, request: Callable[[], Awaitable[T]]) -> T:
        """The answer, asked for again while the broker is away or busy. Raises RefusedError."""
        deadline = monotonic() + PATIENCE_SECONDS
        while monotonic() < deadline:
            try:
                return await request()
            except UNREACHABLE:
                pass
            except RefusedError as error:
                if error.status < SERVER_ERROR:
                    raise
                self.judge_refusal(error)
            await SystemClock().sleep(AGAIN_SECONDS)
        raise NoAnswerError(f"no answer within {PATIENCE_SECONDS} seconds")

    def judge_refusal(self, error: RefusedError) -> None:
        """A broker without its database says so, and when to come again."""
        if error.status != UNAVAILABLE or "retryAfterSeconds" not in error.problem:
            self.log.refusals.append(f"answered {error.status}: {error.problem}")


@asynccontextmanager
async def running_load(url: str, key: str, dice: Random) -> AsyncIterator[Load]:
    """Clients, three browsers and a reader at work, until the end of the block."""
    load = Load(url, key, dice)
    browsers = [
        await FakeBrowser.pair(url, key, name=account, account=account) for account in ACCOUNTS
    ]
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        workers = [
            *(tasks.create_task(_Client(load, session).work()) for _ in range(CLIENTS)),
            *(tasks.create_task(_Browser(load, browser).work()) for browser in browsers),
            tasks.create_task(_Reader(load, session).work()),
        ]
        try:
            yield load
        finally:
            for worker in workers:
                worker.cancel()
            for browser in browsers:
                await browser.close()


@dataclass
class _Client:
    load: Load
    session: aiohttp.ClientSession

    async def work(self) -> None:
        log = self.load.log
        while not self.load.is_over:
            if self.load.open_jobs >= BACKLOG:
                await SystemClock().sleep(AGAIN_SECONDS)
                continue
            key = uuid4().hex
            log.texts[key] = f"post {key}"
            log.jobs[key], _ = await self.load.ask(lambda key=key: self.enqueue(key))  # type: ignore[misc]
            if self.load.dice.random() < REPLAYS:
                await self.replay(self.load.dice.choice(list(log.jobs)))

    async def replay(self, key: str) -> None:
        answer = await self.load.ask(lambda: self.enqueue(key))
        if answer != (self.load.log.jobs[key], True):
            self.load.log.refusals.append(f"the key of {self.load.log.jobs[key]} gave {answer}")

    async def enqueue(self, key: str) -> tuple[str, bool]:
        """The job's id, and whether it was there before."""
        async with self.session.post(
            f"{self.load.url}/v1/jobs/tweet",
            json={"text": self.load.log.texts[key]},
            headers={"clawpost-api-key": self.load.key, "Idempotency-Key": key},
        ) as answer:
            body = await answer.json(content_type=None)
            if answer.status >= SERVER_ERROR and "Retry-After" not in answer.headers:
                self.load.log.refusals.append(f"{answer.status} without Retry-After: {body}")
            if answer.status != CREATED and "Idempotent-Replayed" not in answer.headers:
                raise RefusedError(answer.status, body)
            return body["id"], "Idempotent-Replayed" in answer.headers


@dataclass
class _Browser:
    load: Load
    browser: FakeBrowser

    async def work(self) -> None:
        while True:
            leased = await self.load.ask(lambda: self.browser.pull(PULL_SECONDS))
            if leased is None:
                continue
            lease = Lease(leased.job.id, leased.lease.epoch, leased.lease.id)
            self.load.log.leases.append(lease)
            try:
                match leased.purpose:
                    case "publish":
                        await self.publish(leased)
                    case "verify":
                        await self.look(leased)
            except RefusedError as error:
                if error.code != "LEASE_LOST":
                    self.load.log.refusals.append(f"{leased.job.id}: {error.problem}")

    async def publish(self, leased: PullAnswer) -> None:
        ask, browser, log = self.load.ask, self.browser, self.load.log
        await ask(lambda: browser.progress(leased, "open_tab"))
        await ask(lambda: browser.progress(leased, "insert_text"))
        try:
            permit = await ask(lambda: browser.permit(leased))
        except RefusedError as error:
            if error.code != "PERMIT_REFUSED":
                raise
            # It was given before and its answer got lost: nothing was pressed.
            await self.tell(leased, "failed", "preparing", error_code="browser_lost")
            return
        log.permits.append((leased.lease.id, permit.permit_id))
        chance = self.load.dice.random()
        if chance < SWALLOWED:
            await self.tell(leased, "unknown", "pressed")
            return
        url = browser.post_url(leased)
        log.posts[url] = leased.job.text
        if chance < UNSURE:
            await self.tell(leased, "unknown", "pressed")
            return
        seen = browser.seen_live(leased)
        await self.tell(leased, "published", "pressed", post_url=url, evidence=seen)

    async def look(self, leased: PullAnswer) -> None:
        live = [url for url, text in self.load.log.posts.items() if text == leased.job.text]
        if live:
            seen = self.browser.seen_live(leased)
            await self.tell(leased, "found", "preparing", post_url=live[0], evidence=seen)
        else:
            await self.tell(leased, "absent", "preparing")

    async def tell(self, leased: PullAnswer, outcome: Outcome, stage: Stage, **more: Any) -> None:
        answer = await self.load.ask(lambda: self.browser.ack(leased, outcome, stage, **more))
        if answer.status in ("published", "failed"):
            self.load.log.ends[leased.job.id] = answer.status


@dataclass
class _Reader:
    """Reads what happens in the workspace, and after a break goes on where it was."""

    load: Load
    session: aiohttp.ClientSession
    last_id: str = "0"

    async def work(self) -> None:
        while True:
            await self.load.ask(self.read)
            await SystemClock().sleep(AGAIN_SECONDS)

    async def read(self) -> None:
        """All events until the stream ends."""
        headers = {"clawpost-api-key": self.load.key, "Last-Event-ID": self.last_id}
        event: dict[str, str] = {}
        async with self.session.get(f"{self.load.url}/v1/events", headers=headers) as answer:
            if answer.status >= REFUSED:
                raise RefusedError(answer.status, await answer.json(content_type=None))
            with suppress(*UNREACHABLE):  # the stream has ended, in one way or another
                async for line in answer.content:
                    name, _, value = line.decode().rstrip("\r\n").partition(": ")
                    if name:
                        event[name] = value
                    elif "data" in event:
                        self.hear(event["id"], json.loads(event["data"]))
                        event = {}

    def hear(self, event_id: str, data: dict[str, Any]) -> None:
        self.last_id = event_id
        self.load.log.told.setdefault(data["jobId"], []).append(data["sequence"])
