"""Around every request: a trace id, problems, CORS, safe headers."""

import re

import pytest

from server.doubles.extension import FakeBrowser
from server.http.agent import Agent

NOBODY = "33333333-3333-4333-8333-333333333333"
PAGE = {"Origin": "https://agents.example"}
PREFLIGHT = PAGE | {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "clawpost-api-key, content-type",
}


class TestTrace:
    async def test_every_answer_has_an_id_and_a_problem_repeats_it(self, agent: Agent) -> None:
        good, bad = await agent.get("/v1/usage"), await agent.get("/v1/nothing")
        assert re.fullmatch(r"[0-9a-f-]{20,40}", good.headers["X-Request-Id"])
        assert bad.body["traceId"] == bad.body["trace_id"] == bad.headers["X-Request-Id"]

    async def test_a_caller_may_name_the_request(self, agent: Agent) -> None:
        answer = await agent.get("/v1/nothing", headers={"X-Request-Id": "job-7:try.2"})
        assert answer.body["traceId"] == "job-7:try.2"

    @pytest.mark.parametrize("name", ["two words", "x" * 101, "é", "<script>"])
    async def test_a_name_that_could_do_harm_is_replaced(self, agent: Agent, name: str) -> None:
        answer = await agent.get("/v1/nothing", headers={"X-Request-Id": name})
        assert name not in answer.text
        assert re.fullmatch(r"[0-9a-f-]{20,40}", answer.headers["X-Request-Id"])

    async def test_no_answer_is_sniffed_for_another_type(self, agent: Agent) -> None:
        for path in ("/v1/usage", "/v1/nothing", "/livez"):
            assert (await agent.get(path)).headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("path", ["/v1/jobs/a%00b", "/v1/jobs/%00/events", "/%00"])
    async def test_no_nul_character_comes_through_an_address(self, agent: Agent, path: str) -> None:
        answer = await agent.get(path)
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")


class TestPages:
    @pytest.mark.parametrize(
        "path", ["/v1/jobs/tweet", "/v1/jobs", f"/v1/jobs/{NOBODY}", "/v1/usage"]
    )
    async def test_a_page_of_any_origin_may_ask_whether_it_may(
        self, agent: Agent, path: str
    ) -> None:
        answer = await Agent(agent.client).ask("OPTIONS", path, headers=PREFLIGHT)
        assert (answer.status, answer.text) == (204, "")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"clawpost-api-key", "authorization", "content-type", "idempotency-key"} <= {
            *allowed
        }
        assert "Access-Control-Allow-Credentials" not in answer.headers

    async def test_a_page_reads_answers_and_refusals(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        created = await agent.tweet(headers=PAGE)
        refused = await agent.tweet(headers=PAGE, text="")
        unknown = await Agent(agent.client).get("/v1/usage", headers=PAGE)
        assert [answer.status for answer in (created, refused, unknown)] == [201, 400, 401]
        for answer in (created, refused, unknown):
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]

    @pytest.mark.parametrize("path", ["/v1/extension/pull", "/v1/connect/confirm", "/livez"])
    async def test_a_page_may_not_read_what_is_the_extension_s(
        self, agent: Agent, path: str
    ) -> None:
        asked = await agent.ask("OPTIONS", path, headers=PREFLIGHT)
        read = await agent.get(path, headers=PAGE)
        assert not any(name.startswith("Access-Control") for name in asked.headers)
        assert "Access-Control-Allow-Origin" not in {**asked.headers, **read.headers}

    @pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1", "null"])
    @pytest.mark.parametrize("kind", ["application/json", "text/plain"])
    async def test_a_page_may_not_do_what_is_the_extension_s(
        self, agent: Agent, origin: str, kind: str
    ) -> None:
        answer = await Agent(agent.client).post(
            "/v1/connect/register",
            data=b'{"name": "a", "extensionVersion": "1", "protocolVersion": 1}',
            headers={"Origin": origin, "Content-Type": kind},
        )
        assert (answer.status, answer.code) == (403, "FORBIDDEN")

    @pytest.mark.parametrize("scheme", ["chrome-extension", "moz-extension"])
    async def test_an_extension_may(self, agent: Agent, scheme: str) -> None:
        answer = await Agent(agent.client).post(
            "/v1/connect/register",
            {"name": "a", "extensionVersion": "1", "protocolVersion": 1},
            headers={"Origin": f"{scheme}://abcdefghijklmnop"},
        )
        assert answer.status == 201

    async def test_who_is_no_page_gets_no_such_headers(self, agent: Agent) -> None:
        answer = await agent.get("/v1/usage")
        assert "Access-Control-Allow-Origin" not in answer.headers
        asked = await agent.ask("OPTIONS", "/v1/usage")
        assert (asked.status, asked.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
