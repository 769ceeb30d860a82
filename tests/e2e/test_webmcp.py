"""An agent in the browser uses the tools that the dashboard registers (WebMCP)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from e2e.stage import Stage
from postbroker.demo.chromium import Page, running_chromium
from postbroker.operations.tools import TOOLS

SWITCHED_ON = ("--enable-features=WebMCP",)
TOOLS_ARE_THERE = "document.modelContext.getTools().then((tools) => tools.length === {count})"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def page(stage: Stage) -> AsyncIterator[Page]:
    """The dashboard of somebody signed in, in a browser of its own that knows WebMCP."""
    profile = stage.folder / "agents-browser"
    async with running_chromium(stage.browser.executable, profile, flags=SWITCHED_ON) as browser:
        page = await browser.page(stage.broker.sign_in_url)
        await page.click("form[action*='sign-in'] button")
        await page.until("location.pathname === '/dashboard'")
        if not await page.evaluate("'modelContext' in document"):
            pytest.skip("this browser has no WebMCP")
        await page.until(TOOLS_ARE_THERE.format(count=len(TOOLS)))
        yield page


async def use(page: Page, name: str, **given: Any) -> Any:
    """Call a tool as the browser's own agent does: what it answered, as JSON."""
    answer = await page.evaluate(
        f"""document.modelContext.getTools()
          .then((tools) => tools.find((tool) => tool.name === {json.dumps(name)}))
          .then((tool) => document.modelContext.executeTool(tool, {json.dumps(given)}))
        """
    )
    return json.loads(answer) if isinstance(answer, str) else answer


def said(answer: Any) -> Any:
    """The message inside an answer."""
    return json.loads(answer["content"][0]["text"])


async def test_every_tool_is_registered_as_it_is_served(page: Page) -> None:
    told = await page.evaluate(
        "document.modelContext.getTools().then((tools) => JSON.stringify(tools.map("
        "({ name, description, inputSchema }) => ({ name, description, inputSchema }))))"
    )
    tools = {tool["name"]: tool for tool in json.loads(told)}
    assert tools.keys() == {tool.name for tool in TOOLS}
    for tool in TOOLS:
        assert tools[tool.name]["description"] == tool.description
    schema = tools["create_post"]["inputSchema"]
    assert "text" in (json.loads(schema) if isinstance(schema, str) else schema)["properties"]


async def test_an_agent_in_the_browser_publishes(stage: Stage, page: Page, account: str) -> None:
    status = said(await use(page, "get_account_status"))
    assert status["paired"]
    answer = await use(
        page,
        "create_post",
        text=f"An agent in the browser for {account}",
        account=f"@{account}",
        idempotencyKey=f"webmcp-{account}",
        wait=60,
    )
    job = said(answer)
    stage.accepted.append(job["id"])
    assert (answer["isError"], job["status"]) == (False, "succeeded")
    read = said(await use(page, "get_post_status", id=job["id"]))
    assert read["postUrl"] == job["postUrl"]


async def test_a_refusal_says_how_to_mend_it(page: Page) -> None:
    answer = await use(page, "create_post", text="x" * 300)
    assert answer["isError"]
    assert said(answer)["code"] == "CONTENT_TOO_LONG"
