"""The tools over standard input and output, by the official client, against a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from pytest_aiohttp import AiohttpServer

from server.cli.conftest import SCRIPT, Installation, Running
from server.cli.test_login import logged_in, machine, person
from server.dashboard.visitor import Visitor
from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import ERAS, Era

__all__ = ["machine", "person"]


@asynccontextmanager
async def tools_of(installation: Installation, era: Era, **more: str) -> AsyncIterator[Client]:
    """The client of the official SDK, which starts the command as agents do."""
    command = StdioServerParameters(
        command=str(SCRIPT), args=["mcp"], env=installation._variables() | more
    )
    async with Client(command, mode=era) as client:
        yield client


@pytest.mark.parametrize("era", ERAS)
async def test_a_post_goes_out_and_every_step_is_heard(
    running_with_browser: Running, browser: FakeBrowser, era: Era
) -> None:
    heard = list[str | None]()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async with tools_of(running_with_browser.installation, era) as client:
        assert len((await client.list_tools()).tools) == 14
        arguments = {"text": f"Hello by a pipe, {era} – «grüß»", "wait": 30}
        asked = asyncio.create_task(
            client.call_tool("create_post", arguments, progress_callback=hear)
        )
        await browser.publish_next()
        job: Any = (await asked).structured_content
        assert (job["status"], job["text"]) == ("succeeded", arguments["text"])
        [content] = (await client.read_resource(f"job://{job['id']}")).contents
        assert job["id"] in str(content)
    assert heard[0] == "queued"
    assert heard[-1] == "published"


@pytest.mark.parametrize("era", ERAS)
async def test_a_broker_that_is_started_anew_is_spoken_to_as_before(
    installation: Installation, era: Era
) -> None:
    port = installation.start().url.rpartition(":")[2]
    async with tools_of(installation, era) as client:
        assert not (await client.call_tool("list_platforms", {})).is_error
        installation.brokers[0].stop()
        with pytest.raises(MCPError, match="Start it with: postbroker up"):
            await client.call_tool("list_platforms", {})
        installation.start("--port", port)
        assert not (await client.call_tool("list_platforms", {})).is_error


async def test_a_refused_key_is_named(running: Running) -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(MCPError, match="UNAUTHORIZED"), flatten_subgroups=True
    ):
        async with tools_of(running.installation, "legacy", POSTBROKER_API_KEY="claw_wrong"):
            pass


async def test_what_is_no_json_is_refused_and_the_next_line_heard(running: Running) -> None:
    process = await asyncio.create_subprocess_exec(
        SCRIPT,
        "mcp",
        env=running.installation._variables(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    ping = {"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": {}}
    out, _ = await process.communicate(b"so?\n\n" + json.dumps(ping).encode() + b"\n")
    first = json.loads(out.splitlines()[0])
    assert first["error"]["code"] == -32700
    assert process.returncode == 0


async def test_a_redirect_is_refused_and_the_key_shown_to_nobody(
    installation: Installation, aiohttp_server: AiohttpServer
) -> None:
    seen = list[str]()

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.json_response({})

    async def moved(_request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(other.make_url("/mcp"))

    apps = web.Application(), web.Application()
    for app, answer in zip(apps, (elsewhere, moved), strict=True):
        app.router.add_route("*", "/mcp", answer)
    other, first = [await aiohttp_server(app) for app in apps]
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    process = await asyncio.create_subprocess_exec(
        SCRIPT,
        *("--url", str(first.make_url("")).rstrip("/"), "--key", "claw_any", "mcp"),
        env=installation._variables(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(ping).encode() + b"\n")
    answer = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    process.stdin.close()
    assert await process.wait() == 0
    assert answer["error"]["message"].endswith("/mcp answers 307")
    assert seen == []


async def test_a_login_lets_tools_in_and_is_renewed_on_the_way(
    machine: Installation, running: Running, person: Visitor
) -> None:
    store, url = await logged_in(machine, running, person), running.broker.url
    login = store.read().brokers[url]
    async with store.lock():
        store.keep(url, login.model_copy(update={"access_token": "mcpat_lost"}), make_current=True)
    async with tools_of(machine, "auto") as client:
        assert not (await client.call_tool("list_posts", {})).is_error
        with pytest.raises(MCPError, match=r"this app lacks the scope posts\.publish"):
            await client.call_tool("create_post", {"text": "Hello"})
    assert store.read().brokers[url].access_token != "mcpat_lost"
