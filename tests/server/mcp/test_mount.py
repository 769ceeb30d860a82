"""The endpoint: who may ask, from where, and what happens to those who leave."""

import asyncio
import subprocess
import sys
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postbroker.appkeys import KEYS, WORKSPACES
from postbroker.mcp.origins import is_welcome
from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import ACCEPT, ERAS, Endpoint, Era, messages_of

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


async def post(endpoint: Endpoint, body: Any, **headers: str) -> tuple[int, dict[str, str], Any]:
    given = {"Accept": ACCEPT, "Authorization": f"Bearer {endpoint.key}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{endpoint.url}/mcp", json=body, headers=given) as response,
    ):
        text = await response.text()
        is_json = response.content_type.endswith("json")
        return response.status, dict(response.headers), await response.json() if is_json else text


class TestWhoMayAsk:
    async def test_without_a_key_the_way_to_one_is_told(self, endpoint: Endpoint) -> None:
        status, headers, body = await post(endpoint, HELLO, Authorization="")
        assert (status, body["code"]) == (401, "UNAUTHORIZED")
        metadata = f"{endpoint.url}/.well-known/oauth-protected-resource/mcp"
        assert f'resource_metadata="{metadata}"' in headers["WWW-Authenticate"]

    @pytest.mark.parametrize("era", ERAS)
    async def test_a_key_without_the_tool_s_scope_is_refused_in_http(
        self, app: web.Application, endpoint: Endpoint, era: Era
    ) -> None:
        workspace, _ = await app[WORKSPACES].ensure_first()
        _, key = await app[KEYS].create(workspace.id, "reader", ["posts.read"])
        call = {"name": "create_post", "arguments": {"text": "Hello"}}
        async with Endpoint(endpoint.url, key).open("tools/call", call) as response:
            assert response.status == 403
            challenge = response.headers["WWW-Authenticate"]
            assert 'error="insufficient_scope"' in challenge
            assert "posts.publish" in challenge
        async with Endpoint(endpoint.url, key).client(era) as client:
            assert not (await client.call_tool("list_posts", {})).is_error

    async def test_a_batch_does_not_smuggle_a_call_past_the_scope(
        self, app: web.Application, endpoint: Endpoint
    ) -> None:
        workspace, _ = await app[WORKSPACES].ensure_first()
        _, key = await app[KEYS].create(workspace.id, "reader", ["posts.read"])
        call = {"name": "create_post", "arguments": {"text": "Hello", "whenOffline": "queue"}}
        batch = [{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}]
        await post(Endpoint(endpoint.url, key), batch, MCP_Protocol_Version="2025-03-26")
        answer = await endpoint.ask("tools/call", {"name": "list_posts", "arguments": {}})
        assert answer["result"]["structuredContent"]["jobs"] == []

    async def test_a_session_belongs_to_the_key_that_began_it(
        self, app: web.Application, endpoint: Endpoint
    ) -> None:
        _, headers, _ = await post(endpoint, HELLO)
        session = headers["mcp-session-id"]
        workspace, _ = await app[WORKSPACES].ensure_first()
        _, other = await app[KEYS].create(workspace.id, "other")
        stranger = Endpoint(endpoint.url, other)
        assert (await post(endpoint, PING, Mcp_Session_Id=session))[0] == 200
        assert (await post(stranger, PING, Mcp_Session_Id=session))[0] == 404


class TestOrigins:
    @pytest.mark.parametrize(
        ("origin", "is_let_in"),
        [
            ("http://localhost:6274", True),
            ("http://127.0.0.1:3000", True),
            ("http://[::1]:3000", True),
            ("https://broker.example", True),
            ("https://agent.example", True),
            ("http://192.168.1.5:8787", True),
            ("http://192.168.1.6:8787", False),
            ("http://broker.example", False),
            ("https://evil.example", False),
            ("https://localhost.evil.example", False),
            ("https://agent.example:444", False),
            ("null", False),
            ("http://[::1", False),
            ("http://192.168.1.5.evil.example:8787", False),
            ("chrome-extension://abc", False),
        ],
    )
    def test_pages_are_told_apart(self, origin: str, is_let_in: bool) -> None:
        welcome = is_welcome(
            origin, "192.168.1.5:8787", "https://broker.example", ["https://agent.example"]
        )
        assert welcome is is_let_in

    async def test_a_page_from_elsewhere_is_refused(self, endpoint: Endpoint) -> None:
        status, _, body = await post(endpoint, HELLO, Origin="https://evil.example")
        assert (status, body["code"]) == (403, "FORBIDDEN")
        assert "POSTBROKER_MCP_ORIGINS" in body["detail"]

    async def test_a_page_of_this_machine_reads_what_it_needs(self, endpoint: Endpoint) -> None:
        origin = "http://localhost:6274"
        async with (
            aiohttp.ClientSession() as session,
            session.options(f"{endpoint.url}/mcp", headers={"Origin": origin}) as preflight,
        ):
            assert preflight.status == 204
            allowed = preflight.headers["Access-Control-Allow-Headers"]
            for name in ("Authorization", "Mcp-Session-Id", "MCP-Protocol-Version", "Mcp-Method"):
                assert name in allowed
        for headers in (
            (await post(endpoint, HELLO, Origin=origin))[1],
            (await post(endpoint, HELLO, Origin=origin, Authorization=""))[1],
        ):
            assert headers["Access-Control-Allow-Origin"] == "*"
            exposed = headers["Access-Control-Expose-Headers"]
            assert "Mcp-Session-Id" in exposed
            assert "WWW-Authenticate" in exposed


class TestLeaving:
    async def test_who_leaves_a_waiting_call_ends_it(
        self, endpoint: Endpoint, browser: FakeBrowser
    ) -> None:
        arguments = {"text": "Hello", "wait": 60}
        call = {"name": "create_post", "arguments": arguments, "_meta": {"progressToken": 1}}
        async with endpoint.open("tools/call", call) as response:
            async for _ in response.content:
                break
        waiting = list[Any]()
        for _ in range(20):
            await asyncio.sleep(0.1)  # noqa: TID251  the endpoint looks every quarter of a second
            waiting = [task for task in asyncio.all_tasks() if "_Exchange" in repr(task)]
            if not waiting:
                break
        assert not waiting
        assert (await browser.publish_next()).status == "published"  # the post goes on

    async def test_a_stop_ends_open_streams_at_once(self, app: web.Application) -> None:
        server = TestServer(app)
        await server.start_server()
        workspace, _ = await app[WORKSPACES].ensure_first()
        _, key = await app[KEYS].create(workspace.id, "agent")
        endpoint = Endpoint(str(server.make_url("/")).rstrip("/"), key)
        filters = {"notifications": {"resourcesListChanged": True}}
        async with endpoint.open("subscriptions/listen", filters) as response:
            messages = messages_of(response)
            assert (await anext(messages))["method"] == "notifications/subscriptions/acknowledged"
            started = asyncio.get_running_loop().time()
            await server.close()
            assert asyncio.get_running_loop().time() - started < 3

    async def test_after_the_stop_nobody_is_served(
        self, app: web.Application, endpoint: Endpoint
    ) -> None:
        from postbroker.appkeys import SIGNALS

        app[SIGNALS].close()
        assert (await post(endpoint, HELLO))[2]["code"] == "SHUTTING_DOWN"


def test_the_sdk_is_not_loaded_before_somebody_asks() -> None:
    program = "import sys, postbroker.serving; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
