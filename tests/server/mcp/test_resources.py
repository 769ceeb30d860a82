"""Jobs as resources, prompts, completions, and what may be kept."""

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference, TextContent, TextResourceContents

from postbroker.contract.jobs import JobAnswer
from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import ERAS, Endpoint, Era

NOBODY = "33333333-3333-4333-8333-333333333333"
POST = ResourceTemplateReference(uri="job://{id}")


async def create(endpoint: Endpoint, text: str = "Hello from a tool") -> str:
    call = {"name": "create_post", "arguments": {"text": text}}
    answer = await endpoint.ask("tools/call", call)
    job_id: str = answer["result"]["structuredContent"]["id"]
    return job_id


@pytest.mark.parametrize("era", ERAS)
class TestResources:
    async def test_jobs_are_listed_and_read(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        job_id = await create(endpoint)
        async with endpoint.client(era) as client:
            [listed] = (await client.list_resources()).resources
            assert (listed.uri, listed.title) == (f"job://{job_id}", "Hello from a tool")
            [content] = (await client.read_resource(listed.uri)).contents
            assert isinstance(content, TextResourceContents)
            job = JobAnswer.model_validate_json(content.text)
            assert (job.id, job.status) == (job_id, "queued")
            [template] = (await client.list_resource_templates()).resource_templates
            assert template.uri_template == "job://{id}"

    async def test_a_page_that_nobody_gave_is_refused(self, endpoint: Endpoint, era: Era) -> None:
        async with endpoint.client(era) as client:
            with pytest.raises(MCPError, match="use nextCursor of the page before"):
                await client.list_resources(cursor="3")

    @pytest.mark.parametrize("uri", [f"job://{NOBODY}", "job://x", "file:///etc/passwd"])
    async def test_what_is_not_there_is_said_in_the_code_of_the_revision(
        self, endpoint: Endpoint, era: Era, uri: str
    ) -> None:
        async with endpoint.client(era) as client:
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
        assert refused.value.error.code == (-32002 if era == "legacy" else -32602)
        assert refused.value.error.data == {"uri": uri}

    async def test_jobs_of_others_are_not_there(
        self, endpoint: Endpoint, stranger: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        job_id = await create(endpoint)
        async with stranger.client(era) as client:
            assert (await client.list_resources()).resources == []
            with pytest.raises(MCPError, match="there is no resource"):
                await client.read_resource(f"job://{job_id}")


@pytest.mark.parametrize("era", ERAS)
class TestPrompts:
    async def test_every_prompt_and_argument_is_described(
        self, endpoint: Endpoint, era: Era
    ) -> None:
        async with endpoint.client(era) as client:
            prompts = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in prompts] == ["publish_post", "mend_failed_post"]
        for prompt in prompts:
            assert prompt.description
            assert all(argument.description for argument in prompt.arguments or ())

    async def test_a_prompt_is_filled_in(self, endpoint: Endpoint, era: Era) -> None:
        arguments = {"platform": "linkedin", "topic": "boats {braces}", "account": "@ada"}
        async with endpoint.client(era) as client:
            result = await client.get_prompt("publish_post", arguments)
        [message] = result.messages
        assert isinstance(message.content, TextContent)
        assert "a post for linkedin as @ada about: boats {braces}" in message.content.text

    async def test_a_missing_argument_is_named(self, endpoint: Endpoint, era: Era) -> None:
        async with endpoint.client(era) as client:
            with pytest.raises(MCPError, match="give platform, topic"):
                await client.get_prompt("publish_post", {})
            with pytest.raises(MCPError, match="there is no prompt sing"):
                await client.get_prompt("sing", {})


@pytest.mark.parametrize("era", ERAS)
class TestCompletions:
    async def test_platforms_accounts_and_jobs_are_completed(
        self, endpoint: Endpoint, browser: FakeBrowser, era: Era
    ) -> None:
        job_id = await create(endpoint)
        prompt = PromptReference(name="publish_post")
        async with endpoint.client(era) as client:

            async def values(
                ref: PromptReference | ResourceTemplateReference, **typed: str
            ) -> object:
                [(name, value)] = typed.items()
                answer = await client.complete(ref, {"name": name, "value": value})
                return answer.completion.values

            assert await values(prompt, platform="link") == ["linkedin"]
            assert await values(prompt, account="@A") == ["@ada"]
            assert await values(POST, id=job_id[:4]) == [job_id]
            assert await values(prompt, topic="b") == []
            chosen = await client.complete(
                prompt, {"name": "account", "value": ""}, {"platform": "linkedin"}
            )
            assert chosen.completion.values == []


async def test_what_may_be_kept_says_for_how_long(endpoint: Endpoint) -> None:
    tools = (await endpoint.ask("tools/list"))["result"]
    assert (tools["ttlMs"], tools["cacheScope"]) == (300_000, "public")
    jobs = (await endpoint.ask("resources/list"))["result"]
    assert (jobs["ttlMs"], jobs["cacheScope"]) == (0, "private")
    told = (await endpoint.ask("server/discover"))["result"]
    assert told["supportedVersions"] == ["2026-07-28"]
    assert "Never send it again" in told["instructions"]
