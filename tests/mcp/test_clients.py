"""The official clients, unmodified, publish: with a key and by OAuth, in both eras, for real.

A real Chromium with the built extension posts to the simulated site, whose ledger is the judge.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientMetadata,
)
from pydantic import AnyUrl

from e2e.stage import Stage
from server.dashboard.visitor import Visitor
from server.mcp.endpoint import ERAS, Endpoint, Era, Memory

from .person import Callback, approve, listening

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECONDS = 60
TYPESCRIPT = [("v1", "legacy"), ("v2", "legacy"), ("v2", "auto")]


def arguments_of(handle: str, text: str) -> dict[str, Any]:
    key = text.replace(" ", "-")
    return {"text": text, "account": f"@{handle}", "wait": SECONDS, "idempotencyKey": key}


class TestPython:
    @pytest.mark.parametrize("era", ERAS)
    async def test_a_post_goes_out_with_a_key(self, stage: Stage, account: str, era: Era) -> None:
        text = f"By a key from Python, {era}, for {account}"
        heard = list[str | None]()

        async def hear(progress: float, total: float | None, message: str | None) -> None:
            heard.append(message)

        assert stage.broker.api_key is not None
        async with Endpoint(stage.broker.url, stage.broker.api_key).client(era) as client:
            result: Any = await client.call_tool(
                "create_post", arguments_of(account, text), progress_callback=hear
            )
        _judge(stage, account, text, result.structured_content)
        assert {"open_tab", "insert_text", "press", "published"} <= {*heard}

    @pytest.mark.parametrize("era", ERAS)
    async def test_a_post_goes_out_by_oauth(
        self, stage: Stage, account: str, person: Visitor, era: Era
    ) -> None:
        text = f"By OAuth from Python, {era}, for {account}"
        url = f"{stage.broker.url}/mcp"
        async with listening() as callback:
            login = _Login(person, callback)
            async with (
                httpx2.AsyncClient(auth=login.provider(url), timeout=SECONDS) as http,
                Client(streamable_http_client(url, http_client=http), mode=era) as client,
            ):
                result: Any = await client.call_tool("create_post", arguments_of(account, text))
        assert login.asked == 1
        _judge(stage, account, text, result.structured_content)


class TestTypeScript:
    @pytest.mark.parametrize("credential", ["key", "oauth"])
    @pytest.mark.parametrize(("line", "mode"), TYPESCRIPT)
    async def test_a_post_goes_out(
        self,
        stage: Stage,
        account: str,
        person: Visitor,
        result_of: Callable[..., Any],
        line: str,
        mode: str,
        credential: str,
    ) -> None:
        text = f"By {credential} from TypeScript {line}, {mode}, for {account}"
        shown = stage.broker.api_key if credential == "key" else credential
        heard = await result_of(
            *(line, mode, f"{stage.broker.url}/mcp", shown),
            *("create_post", json.dumps(arguments_of(account, text))),
            approve=lambda address: approve(person, address),
        )
        _judge(stage, account, text, heard["result"]["structuredContent"])
        assert len(heard["tools"]) == 14
        assert {"open_tab", "insert_text", "press", "published"} <= {*heard["progress"]}


class _Login:
    """How the Python client is let in by the person whom it asks."""

    def __init__(self, person: Visitor, callback: Callback) -> None:
        self.asked = 0
        self._person = person
        self._callback = callback

    def provider(self, url: str) -> OAuthClientProvider:
        """The client's own part of the flow."""
        metadata = OAuthClientMetadata(
            client_name="Python", redirect_uris=[AnyUrl(self._callback.address)]
        )
        return OAuthClientProvider(url, metadata, Memory(), self._ask, self._answered)

    async def _ask(self, address: str) -> None:
        self.asked += 1
        await approve(self._person, address)

    async def _answered(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**await self._callback.answer)


def _judge(stage: Stage, handle: str, text: str, job: dict[str, Any]) -> None:
    stage.accepted.append(job["id"])
    [entry] = stage.site.ledger_of(handle)
    assert (job["status"], entry.text) == ("succeeded", text)
    assert job["postUrl"] == entry.url
    assert stage.violations() == []
