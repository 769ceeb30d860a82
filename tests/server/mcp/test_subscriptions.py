"""News of jobs, on the stream of 2026-07-28 and in the sessions before it."""

import asyncio
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated

from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import Endpoint
from server.mcp.test_resources import NOBODY, create

SECONDS = 10


async def test_a_stream_tells_of_its_jobs_and_of_no_others(
    endpoint: Endpoint, browser: FakeBrowser
) -> None:
    wanted, other = await create(endpoint, "One"), await create(endpoint, "Two")
    uri = f"job://{wanted}"
    async with (
        endpoint.client("auto") as client,
        client.listen(resource_subscriptions=[uri, f"job://{NOBODY}"]) as news,
    ):
        assert news.honored.resource_subscriptions == [uri]
        await endpoint.ask("tools/call", {"name": "cancel_post", "arguments": {"id": other}})
        await browser.publish_next()
        async with asyncio.timeout(SECONDS):
            assert await anext(aiter(news)) == ResourceUpdated(uri)


async def test_a_stream_tells_of_new_jobs(endpoint: Endpoint, browser: FakeBrowser) -> None:
    async with (
        endpoint.client("auto") as client,
        client.listen(resources_list_changed=True) as news,
    ):
        await create(endpoint)
        async with asyncio.timeout(SECONDS):
            assert await anext(aiter(news)) == ResourcesListChanged()


async def test_jobs_of_others_cannot_be_followed(
    endpoint: Endpoint, stranger: Endpoint, browser: FakeBrowser
) -> None:
    uri = f"job://{await create(endpoint)}"
    async with (
        stranger.client("auto") as client,
        client.listen(resource_subscriptions=[uri]) as news,
    ):
        assert not news.honored.resource_subscriptions


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_a_session_hears_of_its_job_until_it_wants_no_more(
    endpoint: Endpoint, browser: FakeBrowser
) -> None:
    import httpx2

    heard = asyncio.Queue[str]()

    async def hear(message: Any) -> None:
        if getattr(message, "method", "") == "notifications/resources/updated":
            heard.put_nowait(str(message.params.uri))

    first, second = await create(endpoint, "One"), await create(endpoint, "Two")
    headers = {"Authorization": f"Bearer {endpoint.key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        transport = streamable_http_client(f"{endpoint.url}/mcp", http_client=http)
        async with Client(transport, mode="legacy", message_handler=hear) as client:
            await client.subscribe_resource(f"job://{first}")
            await client.subscribe_resource(f"job://{second}")
            await client.unsubscribe_resource(f"job://{second}")
            with pytest.raises(MCPError, match="there is no resource"):
                await client.subscribe_resource(f"job://{NOBODY}")
            for job_id in (second, first):
                call = {"name": "cancel_post", "arguments": {"id": job_id}}
                await endpoint.ask("tools/call", call)
            async with asyncio.timeout(SECONDS):
                assert await heard.get() == f"job://{first}"
