"""How long a job takes from its acceptance to a browser, while thousands of browsers wait."""

import asyncio
import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from uuid import uuid4

from bench.installation import Installation
from bench.processes import private_kib

PULL_SECONDS = 20
CONNECTING_AT_ONCE = 100
AGENTS = 8
HEADER_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What was measured."""

    p50_ms: float
    p99_ms: float
    kib_per_browser: float
    jobs: int


@dataclass(slots=True)
class Times:
    """When each job was accepted, and when a browser had it."""

    accepted: dict[str, float] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)

    def delays_ms(self) -> list[float]:
        """A job that a browser had before its agent had the answer took no time."""
        return [
            max(0.0, self.taken[job_id] - at) * 1000
            for job_id, at in self.accepted.items()
            if job_id in self.taken
        ]


class Connection(asyncio.Protocol):
    """Asks one thing after another; cheap enough to have thousands of them."""

    def __init__(self, credential: str, answered: Callable[["Connection", int, bytes], None]):
        self._head = f"Host: bench\r\nAuthorization: Bearer {credential}\r\n"
        self._answered = answered
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(HEADER_END)
        if not found:
            return
        length = 0
        if (place := head.lower().find(LENGTH)) >= 0:
            length = int(head[place + len(LENGTH) :].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._answered(self, int(head[9:12]), rest[:length])

    def ask(self, method: str, path: str, body: object = None) -> None:
        """Send a request; its answer comes to `answered`."""
        assert self._transport is not None
        payload = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(payload)}\r\n"
        if payload:
            head += "Content-Type: application/json\r\n"
        self._transport.write(f"{head}\r\n".encode() + payload)

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.close()


def measure(port: int, pid: int, here: Installation, per_second: int, seconds: float) -> Dispatch:
    """Let every browser of the installation wait, then bring jobs at an even pace."""
    return asyncio.run(_measure(port, pid, here, per_second, seconds))


async def _measure(
    port: int, pid: int, here: Installation, per_second: int, seconds: float
) -> Dispatch:
    times = Times()
    tokens = here.tokens.read_text(encoding="utf-8").split()
    before = private_kib(pid)
    browsers = []
    for start in range(0, len(tokens), CONNECTING_AT_ONCE):
        some = tokens[start : start + CONNECTING_AT_ONCE]
        browsers += await asyncio.gather(
            *(_connect(port, token, _browser_answered(times)) for token in some)
        )
        for browser in browsers[-len(some) :]:
            _pull(browser)
        await asyncio.sleep(0.05)  # noqa: TID251  their pulls arrive
    await asyncio.sleep(2)  # noqa: TID251  all of them wait now
    kib = (private_kib(pid) - before) / len(browsers)
    agents = [await _connect(port, here.key, _agent_answered(times)) for _ in range(AGENTS)]
    loop, count = asyncio.get_running_loop(), int(per_second * seconds)
    start_at = loop.time()
    for number in range(count):
        await asyncio.sleep(start_at + number / per_second - loop.time())  # noqa: TID251  the pace
        key = str(uuid4())
        post = {"text": f"Ferry {number} leaves at nine: {key}", "idempotencyKey": key}
        agents[number % AGENTS].ask("POST", "/v1/jobs/tweet", post)
    await asyncio.sleep(1)  # noqa: TID251  the last ones arrive
    for connection in (*browsers, *agents):
        connection.close()
    delays = sorted(times.delays_ms())
    if len(delays) < count:
        raise RuntimeError(f"{count - len(delays)} of {count} jobs reached no browser")
    cuts = statistics.quantiles(delays, n=100)
    return Dispatch(cuts[49], cuts[98], kib, count)


async def _connect(
    port: int, credential: str, answered: Callable[[Connection, int, bytes], None]
) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: Connection(credential, answered), "127.0.0.1", port
    )
    return connection


def _pull(browser: Connection) -> None:
    browser.ask("GET", f"/v1/extension/pull?wait={PULL_SECONDS}")


def _agent_answered(times: Times) -> Callable[[Connection, int, bytes], None]:
    def answered(_agent: Connection, status: int, body: bytes) -> None:
        at = perf_counter()
        if status != 201:
            raise RuntimeError(f"a post was refused: {body!r}")
        times.accepted[json.loads(body)["id"]] = at

    return answered


def _browser_answered(times: Times) -> Callable[[Connection, int, bytes], None]:
    """A browser gives the job up at once, as one that its platform refuses, and asks anew."""

    def answered(browser: Connection, _status: int, body: bytes) -> None:
        message = json.loads(body) if body else {}
        if "lease" not in message:
            _pull(browser)
            return
        times.taken[message["job"]["id"]] = perf_counter()
        report = {
            "jobId": message["job"]["id"],
            "leaseId": message["lease"]["id"],
            "epoch": message["lease"]["epoch"],
            "outcome": "failed",
            "stage": "preparing",
            "errorCode": "content_rejected",
        }
        browser.ask("POST", "/v1/extension/ack", report)

    return answered
