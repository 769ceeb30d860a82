"""How tests speak to `/mcp`: by the official client, or in plain JSON where it hides things."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

Era = Literal["legacy", "auto"]
"""`legacy` shakes hands as before 2026-07-28; `auto` speaks that revision."""

ERAS: tuple[Era, ...] = ("legacy", "auto")
NEWEST = "2026-07-28"
META = "io.modelcontextprotocol"
ACCEPT = "application/json, text/event-stream"


@dataclass(frozen=True)
class Endpoint:
    """The endpoint of a broker, and a credential for it."""

    url: str
    key: str

    @asynccontextmanager
    async def client(self, era: Era) -> AsyncIterator[Client]:
        """The unmodified client of the official SDK."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{self.url}/mcp", http_client=http)
            async with Client(transport, mode=era) as client:
                yield client

    @asynccontextmanager
    async def open(
        self, method: str, params: dict[str, Any] | None = None, **capabilities: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to one request of 2026-07-28, as it comes."""
        params = params or {}
        meta = {
            f"{META}/protocolVersion": NEWEST,
            f"{META}/clientInfo": {"name": "test", "version": "1"},
            f"{META}/clientCapabilities": capabilities,
        }
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Accept": ACCEPT,
            "MCP-Protocol-Version": NEWEST,
            "Mcp-Method": method,
        }
        name = params.get("name") or params.get("uri") or params.get("taskId")
        if name:
            headers["Mcp-Name"] = str(name)
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {**params, "_meta": meta | params.get("_meta", {})},
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/mcp", json=body, headers=headers) as response,
        ):
            yield response

    async def ask(
        self, method: str, params: dict[str, Any] | None = None, **capabilities: Any
    ) -> dict[str, Any]:
        """The one JSON answer to one request of 2026-07-28."""
        async with self.open(method, params, **capabilities) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        return answer


class Memory:
    """What the official client keeps while it is let in."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        """What it was given, if it was."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keep what it is given."""
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """As what it is registered, if it is."""
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keep as what it is registered."""
        self.client = client_info


async def messages_of(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """The messages of a stream, as they come."""
    async for raw in response.content:
        line = raw.decode().strip()
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))
