"""Tools as the official client meets them, in both eras of the protocol."""

import asyncio
import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ListToolsResult, TextContent

from postbroker.mcp.toolbox import PROBLEM
from postbroker.store.database import DatabaseBusyError, StorageFullError
from server.doubles.database import TroubledDatabase
from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import ERAS, Endpoint, Era

NAMES = [
    "list_platforms",
    "list_accounts",
    "get_account_status",
    "validate_post",
    "create_post",
    "create_reddit_comment",
    "get_upload_url",
    "get_post_status",
    "list_posts",
    "cancel_post",
    "retry_post",
    "search_groups",
    "join_group",
    "explain_error",
]
LIST_BYTES = 55_000
"""A model may read all of it before its first word."""
NOBODY = "33333333-3333-4333-8333-333333333333"

pytestmark = pytest.mark.parametrize("era", ERAS)


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The data of a call that must succeed, held against what the tool promises."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    assert json.loads(text_of(result)) == result.structured_content
    tools = {each.name: each for each in (await client.list_tools()).tools}
    jsonschema.validate(result.structured_content, tools[tool].output_schema)
    data: dict[str, Any] = result.structured_content
    return data


class TestTheList:
    async def test_the_tools_come_in_their_order_and_say_what_they_do(
        self, endpoint: Endpoint, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == NAMES
        for tool in tools:
            assert tool.title
            assert tool.description
            assert tool.output_schema
            assert tool.annotations
            hints = tool.annotations.model_dump(exclude={"title"})
            assert {type(hint) for hint in hints.values()} == {bool}
        listed = ListToolsResult(tools=tools).model_dump_json(by_alias=True, exclude_none=True)
        assert len(listed) < LIST_BYTES

    async def test_what_reads_is_told_from_what_publishes(
        self, endpoint: Endpoint, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            tools = (await client.list_tools()).tools
        reading = {
            tool.name for tool in tools if tool.annotations and tool.annotations.read_only_hint
        }
        assert reading == {*NAMES} - {
            "create_post",
            "create_reddit_comment",
            "get_upload_url",
            "cancel_post",
            "retry_post",
            "join_group",
        }


class TestPublishing:
    async def test_a_post_goes_out_while_the_agent_hears_every_step(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        heard = list[tuple[float, str | None]]()

        async def hear(progress: float, total: float | None, message: str | None) -> None:
            heard.append((progress, message))

        async with endpoint.client(era) as client:
            arguments = {"text": "Hello from a tool", "idempotencyKey": "one", "wait": 30}
            asked = asyncio.create_task(
                client.call_tool("create_post", arguments, progress_callback=hear)
            )
            await browser.publish_next()
            result = await asked
        job: Any = result.structured_content
        assert job["status"] == "succeeded"
        assert job["postUrl"].startswith("https://x.com/ada/status/")
        messages = [message or "" for _, message in heard]
        assert messages[0] == "queued"
        assert messages[1].startswith("leased: Test browser")
        assert "insert_text" in messages
        assert messages[-1] == "published"
        assert [number for number, _ in heard] == sorted({number for number, _ in heard})

    async def test_the_answer_has_the_fields_that_claw_post_s_clients_read(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            job = await call(client, "create_post", text="Hello", platform="x", mediaPaths=[])
            assert {
                "id",
                "tenantId",
                "text",
                "platform",
                "status",
                "createdAt",
                "updatedAt",
                "mediaPaths",
            } <= {*job}
            await browser.publish_next()
            status = await call(client, "get_post_status", jobId=job["id"])
            assert (status["status"], status["postUrl"][:13]) == ("succeeded", "https://x.com")
            assert (await call(client, "get_account_status"))["paired"] is True
            target = await call(client, "get_upload_url", filename="cat.png", platform="x")
            assert {*target} == {"uploadUrl", "url", "resolvedContentType"}

    async def test_the_same_key_never_posts_twice(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            first = await call(client, "create_post", text="Once", idempotencyKey="once")
            again = await call(client, "create_post", text="Once", idempotencyKey="once")
            assert first["id"] == again["id"]
            listed = await call(client, "list_posts", idempotencyKey="once")
            assert [job["id"] for job in listed["jobs"]] == [first["id"]]

    async def test_a_failed_post_names_the_person_and_is_sent_again(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            job = await call(client, "create_post", text="Hello")
            leased = await browser.pull(10)
            assert leased is not None
            await browser.ack(leased, "failed", error_code="not_logged_in", error="nobody there")
            failed = await call(client, "get_post_status", id=job["id"])
            assert failed["errorCode"] == "not_logged_in"
            assert failed["details"]["actor"] == "user"
            step = failed["details"]["suggestedAction"]
            assert step.startswith("The user must log in to x.com in the browser «Test browser»")
            explained = await call(client, "explain_error", code=failed["errorCode"])
            assert explained["actor"] == "user"
            sent = asyncio.create_task(call(client, "retry_post", id=job["id"], wait=30))
            await browser.publish_next()
            assert (await sent)["status"] == "succeeded"

    async def test_a_post_is_canceled_before_it_goes_out(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            job = await call(client, "create_post", text="Hello")
            assert (await call(client, "cancel_post", id=job["id"]))["status"] == "failed"

    async def test_a_post_is_checked_first(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            assert (await call(client, "validate_post", text="a" * 300))["valid"] is False
            assert (await call(client, "validate_post", text="short"))["valid"] is True
            assert (await call(client, "list_posts"))["jobs"] == []

    async def test_groups_are_searched_in_one_call(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        group = {"name": "Boats", "url": "https://www.facebook.com/groups/123456789"}
        async with endpoint.client(era) as client:
            asked = asyncio.create_task(call(client, "search_groups", query="boats", wait=30))
            leased = await browser.pull(10)
            assert leased is not None
            await browser.ack(
                leased, "done", "preparing", details={"groupSearch": {"results": [group]}}
            )
            job = await asked
        assert [row["name"] for row in job["details"]["groupSearch"]["results"]] == ["Boats"]

    async def test_accounts_and_platforms_are_listed(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            accounts = (await call(client, "list_accounts"))["accounts"]
            assert [(row["platform"], row["handle"]) for row in accounts] == [("x", "@ada")]
            platforms = (await call(client, "list_platforms"))["platforms"]
            assert {"x", "linkedin"} <= {row["id"] for row in platforms}


class TestRefusing:
    @pytest.mark.parametrize(
        ("tool", "arguments", "said"),
        [
            ("create_post", {"text": "Hi", "platfrom": "x"}, "did you mean platform?"),
            ("create_post", {}, "text: this field is needed"),
            ("create_post", {"text": ""}, "the text is empty"),
            ("create_post", {"text": "a\0b"}, "NUL"),
            ("create_post", {"text": "a", "mediaPaths": ["a\0"]}, "NUL"),
            ("create_post", {"text": "a", "platformPayload": {"a": "\0"}}, "NUL"),
            ("create_post", {"text": "Hi", "platform": "xx"}, "xx is none of:"),
            ("get_post_status", {"id": NOBODY}, "JOB_NOT_FOUND"),
            ("explain_error", {"code": "not_loged_in"}, "did you mean not_logged_in?"),
        ],
    )
    async def test_wrong_input_says_how_to_mend_it(
        self, endpoint: Endpoint, era: Era, tool: str, arguments: dict[str, Any], said: str
    ) -> None:
        async with endpoint.client(era) as client:
            result = await client.call_tool(tool, arguments)
        assert result.is_error
        assert said in text_of(result)
        assert "Who must act: agent" in text_of(result)
        assert result.structured_content is None
        assert result.meta is not None
        assert result.meta[PROBLEM]["actor"] == "agent"

    async def test_a_refusal_says_who_must_act(self, endpoint: Endpoint, era: Era) -> None:
        async with endpoint.client(era) as client:
            result = await client.call_tool("create_post", {"text": "Hello"})
        assert text_of(result).startswith("EXTENSION_NOT_PAIRED: ")
        assert "Who must act: user. Next step: Install the extension" in text_of(result)

    async def test_a_repetition_names_the_job_that_was_there_before(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            job = await call(client, "create_post", text="Twice")
            result = await client.call_tool("create_post", {"text": "Twice"})
        assert text_of(result).startswith("duplicate_content: ")
        assert f'Details: {{"jobId":"{job["id"]}"}}' in text_of(result)

    @pytest.mark.parametrize(
        ("trouble", "code", "said"),
        [
            (DatabaseBusyError("locked"), "DATABASE_BUSY", "Wait 5 seconds first."),
            (StorageFullError("full"), "STORAGE_FULL", "Who must act: operator"),
        ],
    )
    async def test_a_trouble_that_passes_is_told_as_one(
        self,
        endpoint: Endpoint,
        browser: FakeBrowser,
        troubled_database: TroubledDatabase,
        era: Era,
        trouble: Exception,
        code: str,
        said: str,
    ) -> None:
        async with endpoint.client(era) as client:
            await client.list_tools()
            troubled_database.trouble = trouble
            result = await client.call_tool("create_post", {"text": "Hello"})
            troubled_database.trouble = None
        assert text_of(result).startswith(f"{code}: ")
        assert said in text_of(result)

    async def test_an_unknown_tool_is_an_error_of_the_protocol(
        self, endpoint: Endpoint, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            with pytest.raises(MCPError, match="there is no tool post_everything"):
                await client.call_tool("post_everything", {})
