"""The tools that the dashboard offers to an agent in the browser, as its script reads them."""

from typing import Any

from aiohttp import web

from postbroker.appkeys import ADDRESSES, OPERATIONS
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.rendering import PAGE_HEADERS
from postbroker.operations.schemas import taken
from postbroker.operations.tools import TOOLS, Tool


async def show(visit: Visit) -> web.Response:
    """The same tools as at /mcp, each with the endpoint that does it for the signed-in person."""
    tools = [_tool(visit.request.app, tool) for tool in TOOLS]
    return web.json_response({"tools": tools}, headers=PAGE_HEADERS)


def _tool(app: web.Application, tool: Tool) -> dict[str, Any]:
    method, path = app[ADDRESSES][tool.operation]
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": taken(tool.follows or app[OPERATIONS][tool.operation].takes),
        "readOnly": tool.read_only,
        "method": method,
        "path": path,
        "follows": tool.follows is not None,
    }
