"""Server-sent events: all of them, in order, and on from where a reader left off."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse, web

from postbroker.appkeys import SIGNALS
from postbroker.contract.extension import PullAnswer
from postbroker.contract.jobs import JobEvent
from server.doubles.extension import STEPS_BEFORE_PERMIT, FakeBrowser
from server.http.agent import Agent

NOBODY = "33333333-3333-4333-8333-333333333333"


async def events_of(response: ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """Each event of a stream, with the name and id it was sent under."""
    sent: dict[str, str] = {}
    async for line in response.content:
        field, _, value = line.decode().rstrip("\r\n").partition(": ")
        if field:
            sent[field] = value
        elif "data" in sent:
            yield {"sent": sent, **json.loads(sent["data"])}
            sent = {}


async def read(agent: Agent, path: str, headers: dict[str, str] | None = None) -> list[Any]:
    """All events of a stream that ends by itself."""
    given = {"clawpost-api-key": agent.key} | (headers or {})
    async with agent.client.get(path, headers=given) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        return [event async for event in events_of(response)]


@pytest.fixture
async def published(browser: FakeBrowser, leased: PullAnswer) -> PullAnswer:
    """A job that went out step by step."""
    await browser.publish(leased)
    return leased


class TestJob:
    async def test_a_job_is_told_from_its_first_event_to_its_last(
        self, agent: Agent, published: PullAnswer
    ) -> None:
        events = await read(agent, f"/v1/jobs/{published.job.id}/events")
        steps = ["step"] * len(STEPS_BEFORE_PERMIT)
        names = ["queued", "leased", *steps, "committing", "step", "step", "published"]
        assert [event["name"] for event in events] == names
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        assert [event["step"] for event in events[2:10]] == list(STEPS_BEFORE_PERMIT)

    async def test_an_event_has_the_form_of_the_contract(
        self, agent: Agent, published: PullAnswer
    ) -> None:
        for event in await read(agent, f"/v1/jobs/{published.job.id}/events"):
            sent = event.pop("sent")
            model = JobEvent.model_validate(event)
            assert (sent["id"], sent["event"]) == (str(model.id), model.name)

    @pytest.mark.parametrize("way", ["header", "query"])
    async def test_a_reader_goes_on_where_it_left_off(
        self, agent: Agent, published: PullAnswer, way: str
    ) -> None:
        path = f"/v1/jobs/{published.job.id}/events"
        events = await read(agent, path)
        left_off = str(events[3]["id"])
        if way == "header":
            rest = await read(agent, path, {"Last-Event-ID": left_off})
        else:
            rest = await read(agent, f"{path}?after={left_off}")
        assert rest == events[4:]

    async def test_who_has_read_all_of_an_ended_job_gets_nothing_more(
        self, agent: Agent, published: PullAnswer
    ) -> None:
        path = f"/v1/jobs/{published.job.id}/events"
        last = str((await read(agent, path))[-1]["id"])
        assert await read(agent, path, {"Last-Event-ID": last}) == []

    async def test_a_job_is_told_as_it_goes_on(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        reading = asyncio.create_task(read(agent, f"/v1/jobs/{leased.job.id}/events"))
        await agent.get("/livez")  # by now the stream is open
        await browser.publish(leased)
        assert (await reading)[-1]["name"] == "published"

    async def test_a_stranger_s_job_is_missing_like_one_that_never_was(
        self, stranger: Agent, published: PullAnswer
    ) -> None:
        for job_id in (published.job.id, NOBODY, "no id"):
            answer = await stranger.get(f"/v1/jobs/{job_id}/events")
            assert (answer.status, answer.code) == (404, "JOB_NOT_FOUND")


class TestWorkspace:
    async def test_a_stream_tells_the_workspace_s_events_and_ends_when_the_broker_stops(
        self, app: web.Application, agent: Agent, stranger: Agent, published: PullAnswer
    ) -> None:
        await stranger.create(whenOffline="queue")
        told = []
        async with agent.client.get(
            "/v1/events", headers={"clawpost-api-key": agent.key, "Last-Event-ID": "0"}
        ) as response:
            async for event in events_of(response):
                told.append(event)
                if event["name"] == "published":
                    app[SIGNALS].close()
        assert {event["jobId"] for event in told} == {published.job.id}
        assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))

    async def test_a_stream_begins_now_unless_it_is_told_where(
        self, app: web.Application, agent: Agent, published: PullAnswer
    ) -> None:
        async with agent.client.get(
            "/v1/events", headers={"clawpost-api-key": agent.key}
        ) as response:
            begins_after = int((await response.content.readline()).removeprefix(b"id: "))
            job = await agent.create()
            event = await anext(events_of(response))
        assert (event["jobId"], event["name"]) == (job["id"], "queued")
        assert begins_after < event["id"]

    @pytest.mark.parametrize("given", ["first", "-1", "9" * 30, "1.5", "٣"])
    async def test_what_is_no_event_s_id_is_refused(self, agent: Agent, given: str) -> None:
        answer = await agent.get("/v1/events", headers={"Last-Event-ID": given})
        assert (answer.status, answer.fields) == (400, ["Last-Event-ID"])


async def test_a_stream_names_its_request_like_every_answer(agent: Agent) -> None:
    headers = {"clawpost-api-key": agent.key, "X-Request-Id": "watch-1"}
    async with agent.client.get("/v1/events", headers=headers) as response:
        assert response.headers["X-Request-Id"] == "watch-1"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
