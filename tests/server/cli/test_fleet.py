"""Several broker processes on one PostgreSQL database."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aiohttp import ClientSession
from mcp.shared.subscriptions import ResourceUpdated

from postbroker.client import AsyncPostbroker
from postbroker.clock import SystemClock
from postbroker.contract.extension import PullAnswer
from server.cli.conftest import Broker, Installation
from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import ERAS, Endpoint, Era

LEASE_SECONDS = 2
HAND_OVER_SECONDS = LEASE_SECONDS + 15
ENOUGH_JOBS = 12


@pytest.fixture
def address(postgres_url: str | None) -> str:
    if postgres_url is None:
        pytest.skip("needs PostgreSQL: make test-postgres")
    return postgres_url


@pytest.fixture
def start(installation: Installation, address: str) -> Callable[..., Broker]:
    """Start one more broker on the same database."""

    def start(*arguments: str) -> Broker:
        return installation.start(
            *arguments,
            POSTBROKER_DATABASE_URL=address,
            POSTBROKER_LEASE_SECONDS=str(LEASE_SECONDS),
            POSTBROKER_RETRY_DELAYS="0.1",
            POSTBROKER_SANDBOX="false",
        )

    return start


@pytest.fixture
async def browser(start: Callable[..., Broker]) -> AsyncIterator[tuple[FakeBrowser, Broker, str]]:
    """A browser paired at the first broker, that broker, and the first key."""
    broker = start()
    key = broker.ready["apiKey"]
    paired = await FakeBrowser.pair(broker.url, key)
    yield paired, broker, key
    await paired.close()


async def test_a_job_accepted_by_one_process_wakes_a_pull_at_another(
    start: Callable[..., Broker], browser: tuple[FakeBrowser, Broker, str]
) -> None:
    waiting, _, key = browser
    other = start()
    pull = asyncio.create_task(waiting.pull(15))
    async with AsyncPostbroker(other.url, key) as client:
        await asyncio.sleep(0.3)  # noqa: TID251  the pull is to be waiting at the other process
        accepted = monotonic()
        job = await client.post("across processes")
        leased = await pull
        assert leased is not None
        assert leased.job.id == job.id
        assert monotonic() - accepted < 2
        reader = asyncio.create_task(client.get(job.id, wait_seconds=15))
        await waiting.publish(leased)
        assert (await reader).status == "succeeded"


async def test_a_limit_on_requests_holds_over_all_processes(start: Callable[..., Broker]) -> None:
    """Should a minute begin meanwhile, each of the two has its limit."""
    brokers = [start(), start()]
    first = brokers[0].ready["apiKey"]
    limit, asked, minutes = 200, 400, {_minute()}
    async with ClientSession() as session:
        made = {"label": "limited", "requestsPerMinute": limit}
        headers = {"clawpost-api-key": first}
        url = f"{brokers[1].url}/v1/keys"
        async with session.post(url, json=made, headers=headers) as response:
            secret = (await response.json())["key"]

        async def ask(number: int) -> int:
            url = f"{brokers[number % 2].url}/v1/usage"
            async with session.get(url, headers={"clawpost-api-key": secret}) as response:
                return response.status

        said = Counter(await asyncio.gather(*(ask(number) for number in range(asked))))
    minutes.add(_minute())
    assert said.keys() == {200, 429}
    assert limit * 0.9 <= said[200] <= limit * len(minutes)


async def test_a_job_of_a_killed_process_is_handed_over_and_posted_once(
    start: Callable[..., Broker], browser: tuple[FakeBrowser, Broker, str]
) -> None:
    holder, first, key = browser
    other = start()
    async with AsyncPostbroker(other.url, key) as client:
        job = await client.post("handed over")
        held = await holder.pull(5)
        assert held is not None
        first.stop(signal.SIGKILL)
        successor = await FakeBrowser.pair(other.url, key, name="successor")
        try:
            leased = await _pull_within(successor, HAND_OVER_SECONDS)
            assert leased.job.id == job.id
            assert leased.lease.epoch > held.lease.epoch
            await successor.publish(leased)
        finally:
            await successor.close()
        assert (await client.get(job.id)).status == "succeeded"


async def test_workers_share_one_port_and_a_killed_one_is_started_again(
    start: Callable[..., Broker],
) -> None:
    broker = start("--workers", "2")
    key = broker.ready["apiKey"]
    browser = await FakeBrowser.pair(broker.url, key)
    try:
        async with AsyncPostbroker(broker.url, key) as client:
            for number in range(ENOUGH_JOBS):
                job = await client.post(f"post {number}")
                await browser.publish_next(10)
                assert (await client.get(job.id, wait_seconds=10)).status == "succeeded"
                if number == 1:
                    workers = _children(broker.process.pid)
                    os.kill(workers[0], signal.SIGKILL)
            await _until(lambda: len(_children(broker.process.pid)) == len(workers))
    finally:
        await browser.close()
    workers = _children(broker.process.pid)
    assert broker.process.poll() is None
    broker.process.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(broker.process.wait, 20) == 0
    assert not any(map(_is_alive, workers))


async def test_several_workers_on_sqlite_are_refused(installation: Installation) -> None:
    ended = await installation.run("up", "--workers", "2", "--json")
    assert ended.code == 2
    assert ended.document["code"] == "WORKERS_NEED_POSTGRES"


async def _pull_within(browser: FakeBrowser, seconds: float) -> PullAnswer:
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if leased := await browser.pull(2):
            return leased
    pytest.fail(f"no job was handed over within {seconds} seconds")


async def _until(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline
        await asyncio.sleep(0.05)  # noqa: TID251  another process has to do it


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in text.split()]
    return []


@pytest.mark.parametrize("era", ERAS)
async def test_tools_are_served_by_whichever_worker_is_asked(
    start: Callable[..., Broker], era: Era
) -> None:
    broker = start("--workers", "2")
    browser = await FakeBrowser.pair(broker.url, broker.ready["apiKey"])
    heard = list[str | None]()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    try:
        for number in range(ENOUGH_JOBS):  # each time new connections, to one worker or the other
            async with Endpoint(broker.url, broker.ready["apiKey"]).client(era) as client:
                arguments = {"text": f"post {number}", "wait": 20}
                asked = asyncio.create_task(
                    client.call_tool("create_post", arguments, progress_callback=hear)
                )
                await browser.publish_next(10)
                result: Any = (await asked).structured_content
                assert result["status"] == "succeeded"
        assert heard.count("published") == ENOUGH_JOBS
    finally:
        await browser.close()


async def test_news_of_a_job_come_from_whichever_process_it_moves_at(
    start: Callable[..., Broker], browser: tuple[FakeBrowser, Broker, str]
) -> None:
    waiting, _, key = browser
    other = start()
    async with AsyncPostbroker(other.url, key) as client:
        uri = f"job://{(await client.post('across processes')).id}"
    async with (
        Endpoint(other.url, key).client("auto") as tools,
        tools.listen(resource_subscriptions=[uri]) as news,
    ):
        await waiting.publish_next(10)
        async with asyncio.timeout(10):
            assert await anext(aiter(news)) == ResourceUpdated(uri)


def _minute() -> int:
    return int(SystemClock().now().timestamp() // 60)
