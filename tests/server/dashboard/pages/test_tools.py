"""The tools for agents in the browser."""

import json

from postbroker.http.endpoints import ENDPOINTS
from postbroker.operations.tools import TOOLS
from server.dashboard.visitor import Visitor


async def test_each_tool_has_an_endpoint_that_pages_may_call(owner: Visitor) -> None:
    tools = json.loads((await owner.open("/dashboard/tools.json")).text)["tools"]
    open_endpoints = {(each.method, each.path) for each in ENDPOINTS if each.is_open}
    assert [tool["name"] for tool in tools] == [tool.name for tool in TOOLS]
    for tool in tools:
        assert (tool["method"], tool["path"]) in open_endpoints
        assert tool["inputSchema"]["type"] == "object"
        assert tool["description"]


async def test_nobody_sees_them_without_a_session(stranger: Visitor) -> None:
    assert (await stranger.open("/dashboard/tools.json")).path == "/dashboard/signed-out"
