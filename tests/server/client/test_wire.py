"""What is asked again, and what never: against a server that answers as it is told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from postbroker.client import (
    AsyncPostbroker,
    RefusedError,
    StrangeAnswerError,
    UnreachableError,
)
from server.doubles.clock import HurriedClock

JOB = {
    "id": "00000000-0000-4000-8000-000000000000",
    "tenantId": "mine",
    "text": "Hello",
    "platform": "x",
    "status": "queued",
    "createdAt": 0,
    "updatedAt": 0,
    "mediaPaths": [],
    "aFieldOfANewerBroker": 1,
}


@dataclass
class Scripted:
    """Answers each request with the next of `answers`; the last one stays."""

    answers: list[Callable[[], web.StreamResponse] | None]
    """None drops the connection without an answer."""
    seen: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.seen.append((f"{request.method} {request.path}", dict(request.headers), body))
        next_one = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if next_one is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return next_one()


Start = Callable[[Scripted], Awaitable[str]]


@pytest.fixture
def start(aiohttp_server: AiohttpServer) -> Start:
    async def starting(script: Scripted) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", script.answer)
        return str((await aiohttp_server(app)).make_url("")).rstrip("/")

    return starting


def accepted() -> web.Response:
    return web.json_response(JOB, status=201)


def refused(status: int, code: str, **more: object) -> Callable[[], web.Response]:
    return lambda: web.json_response({"code": code, "message": code, **more}, status=status)


def client_at(url: str, clock: HurriedClock | None = None) -> AsyncPostbroker:
    return AsyncPostbroker(url, "claw_any", clock=clock or HurriedClock())


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(start: Start) -> None:
    script = Scripted([None, None, accepted])
    async with client_at(await start(script)) as broker:
        await broker.post("Hello")
    keys = {body["idempotencyKey"] for _, _, body in script.seen}
    assert (len(script.seen), len(keys)) == (3, 1)


@pytest.mark.parametrize(
    "refusal",
    [
        refused(503, "DATABASE_BUSY", retryAfterSeconds=2),
        refused(503, "SHUTTING_DOWN"),
        refused(429, "RATE_LIMITED", retryAfterSeconds=8),
        refused(500, "INTERNAL_ERROR", safeToRetry=True, actor="operator"),
        lambda: web.Response(status=502, text="<html>Bad gateway</html>"),
    ],
)
async def test_what_passes_by_itself_is_asked_again(
    start: Start, refusal: Callable[[], web.Response]
) -> None:
    script = Scripted([refusal, accepted])
    async with client_at(await start(script)) as broker:
        await broker.post("Hello")
    assert len(script.seen) == 2


async def test_it_waits_as_long_as_the_broker_says(start: Start) -> None:
    clock, busy = HurriedClock(), refused(503, "DATABASE_BUSY", retryAfterSeconds=7)
    async with client_at(await start(Scripted([busy, accepted])), clock) as broker:
        await broker.post("Hello")
    assert clock.slept == [7]


@pytest.mark.parametrize(
    "refusal",
    [
        refused(503, "EXTENSION_NOT_PAIRED", safeToRetry=True, actor="user"),
        refused(409, "duplicate_content"),
        refused(429, "RATE_LIMITED", retryAfterSeconds=11),
        refused(500, "INTERNAL_ERROR", safeToRetry=False, actor="operator"),
    ],
)
async def test_what_needs_somebody_or_much_time_is_told_at_once(
    start: Start, refusal: Callable[[], web.Response]
) -> None:
    script = Scripted([refusal])
    async with client_at(await start(script)) as broker:
        with pytest.raises(RefusedError):
            await broker.post("Hello")
    assert len(script.seen) == 1


async def test_a_no_that_may_have_arrived_is_not_said_twice(start: Start) -> None:
    script = Scripted([None])
    async with client_at(await start(script)) as broker:
        with pytest.raises(UnreachableError) as raised:
            await broker.reject(str(JOB["id"]))
    assert len(script.seen) == 1
    assert not raised.value.safe_to_retry


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(text="<html>Hello</html>"),
        lambda: web.json_response([]),
        lambda: web.json_response({"hello": 1}),
        lambda: web.Response(status=404, text="not here"),
        lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    ],
)
async def test_what_is_no_broker_is_said_so(
    start: Start, answer: Callable[[], web.Response]
) -> None:
    async with client_at(await start(Scripted([answer]))) as broker:
        with pytest.raises(StrangeAnswerError):
            await broker.post("Hello")


async def test_a_stream_that_broke_before_its_first_event_misses_none(start: Start) -> None:
    begun = web.Response(text="id: 41\r\n\r\n", content_type="text/event-stream")
    script = Scripted([lambda: begun, None])
    async with client_at(await start(script)) as broker:
        with pytest.raises(UnreachableError):
            await anext(broker.events())
    assert [headers.get("Last-Event-ID") for _, headers, _ in script.seen][:2] == [None, "41"]


async def test_a_stream_goes_on_behind_its_last_event(start: Start) -> None:
    def some(*numbers: int) -> Callable[[], web.Response]:
        lines = [
            f"id: {number}\r\nevent: step\r\n: a beat\r\n"
            f'data: {{"id": {number}, "jobId": "a", "sequence": {number}, "name": "step",\r\n'
            f'data:  "state": "leased", "at": "2026-01-01T00:00:00+00:00"}}\r\n\r\n'
            for number in numbers
        ]
        return lambda: web.Response(text="".join(lines), content_type="text/event-stream")

    script = Scripted([some(4, 5), None, some(6), None])
    found = []
    async with client_at(await start(script)) as broker:
        try:
            async for event in broker.events():
                found.append(event.id)
        except UnreachableError:
            found.append(0)
    resumed = [headers.get("Last-Event-ID") for _, headers, _ in script.seen]
    assert found == [4, 5, 6, 0]
    assert resumed[:3] == [None, "5", "5"]
    assert set(resumed[3:]) == {"6"}
