"""Jobs as tasks, for clients that declare the extension."""

from typing import Any

import pytest

from postbroker.mcp.tasks import TASKS
from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import Endpoint
from server.mcp.test_resources import NOBODY

ABLE: dict[str, Any] = {"extensions": {TASKS: {}}}


async def begin(endpoint: Endpoint, **arguments: Any) -> dict[str, Any]:
    """What a client that knows tasks is answered to a post."""
    call = {"name": "create_post", "arguments": {"text": "Hello"} | arguments}
    answer = await endpoint.ask("tools/call", call, **ABLE)
    result: dict[str, Any] = answer["result"]
    return result


async def ask(endpoint: Endpoint, method: str, task_id: str, **more: Any) -> dict[str, Any]:
    return await endpoint.ask(f"tasks/{method}", {"taskId": task_id} | more, **ABLE)


async def test_the_extension_is_announced(endpoint: Endpoint) -> None:
    told = await endpoint.ask("server/discover")
    assert told["result"]["capabilities"]["extensions"] == {TASKS: {}}


async def test_a_post_becomes_a_task_that_ends_with_the_job(
    endpoint: Endpoint, browser: FakeBrowser
) -> None:
    task = await begin(endpoint)
    assert (task["resultType"], task["status"]) == ("task", "working")
    assert {"taskId", "createdAt", "lastUpdatedAt", "ttlMs", "pollIntervalMs"} <= {*task}
    assert "task" not in task
    working = (await ask(endpoint, "get", task["taskId"]))["result"]
    assert (working["resultType"], working["status"]) == ("complete", "working")
    assert "result" not in working
    await browser.publish_next()
    done = (await ask(endpoint, "get", task["taskId"]))["result"]
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"]["status"] == "succeeded"
    assert done["result"]["content"]


async def test_a_failed_job_is_a_completed_task(endpoint: Endpoint, browser: FakeBrowser) -> None:
    task = await begin(endpoint)
    leased = await browser.pull(10)
    assert leased is not None
    await browser.ack(leased, "failed", error_code="not_logged_in", error="nobody there")
    done = (await ask(endpoint, "get", task["taskId"]))["result"]
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"]["errorCode"] == "not_logged_in"


async def test_a_task_is_canceled_while_it_can_be(endpoint: Endpoint, browser: FakeBrowser) -> None:
    task = await begin(endpoint)
    assert (await ask(endpoint, "cancel", task["taskId"]))["result"]["resultType"] == "complete"
    assert (await ask(endpoint, "get", task["taskId"]))["result"]["status"] == "cancelled"
    out = await begin(endpoint, text="Another")
    await browser.publish_next()
    assert (await ask(endpoint, "cancel", out["taskId"]))["result"]["resultType"] == "complete"
    assert (await ask(endpoint, "get", out["taskId"]))["result"]["status"] == "completed"


async def test_who_waits_gets_the_job(endpoint: Endpoint, browser: FakeBrowser) -> None:
    result = await begin(endpoint, wait=0.1)
    assert result["resultType"] == "complete"
    assert result["structuredContent"]["status"] == "queued"


async def test_nobody_else_gets_a_task(endpoint: Endpoint, browser: FakeBrowser) -> None:
    call = {"name": "create_post", "arguments": {"text": "Hello"}}
    result = (await endpoint.ask("tools/call", call))["result"]
    assert result["structuredContent"]["status"] == "queued"
    refused = await endpoint.ask("tasks/get", {"taskId": result["structuredContent"]["id"]})
    assert refused["error"]["code"] == -32021
    assert refused["error"]["data"]["requiredCapabilities"] == {"extensions": {TASKS: {}}}


@pytest.mark.parametrize("method", ["get", "update", "cancel"])
async def test_an_unknown_task_is_refused(
    endpoint: Endpoint, stranger: Endpoint, browser: FakeBrowser, method: str
) -> None:
    task = await begin(endpoint)
    more: dict[str, Any] = {"inputResponses": {}} if method == "update" else {}
    for who, task_id in ((endpoint, NOBODY), (stranger, task["taskId"])):
        assert (await ask(who, method, task_id, **more))["error"]["code"] == -32602


async def test_input_that_nobody_asked_for_is_taken(
    endpoint: Endpoint, browser: FakeBrowser
) -> None:
    task = await begin(endpoint)
    answer = await ask(endpoint, "update", task["taskId"], inputResponses={})
    assert answer["result"]["resultType"] == "complete"


async def test_the_header_must_name_the_task(endpoint: Endpoint, browser: FakeBrowser) -> None:
    task = await begin(endpoint)
    params = {"taskId": task["taskId"], "name": NOBODY}
    async with endpoint.open("tasks/get", params, **ABLE) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == -32020


@pytest.mark.parametrize("method", ["tasks/list", "tasks/result"])
async def test_methods_of_before_are_unknown(endpoint: Endpoint, method: str) -> None:
    assert (await endpoint.ask(method, {"taskId": NOBODY}, **ABLE))["error"]["code"] == -32601
