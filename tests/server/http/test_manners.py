"""What HTTP clients count on: methods, types, preferences, pages, hints at misspelt names."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from postbroker.http.endpoints import ENDPOINTS, FILES, HEALTH, STREAMS, Endpoint
from server.doubles.extension import FakeBrowser
from server.http.agent import Agent

NOBODY = "33333333-3333-4333-8333-333333333333"


def address(endpoint: Endpoint) -> str:
    """A path with something in the place of its ids."""
    return endpoint.path.replace("{id}", NOBODY).replace("{", "").replace("}", "")


class TestMethods:
    @pytest.mark.parametrize(
        "endpoint",
        [*ENDPOINTS, *FILES, *STREAMS, *HEALTH],
        ids=lambda endpoint: f"{endpoint.method} {endpoint.path}",
    )
    async def test_a_path_names_its_methods(self, agent: Agent, endpoint: Endpoint) -> None:
        path = address(endpoint)
        asked = await agent.ask("OPTIONS", path)
        refused = await agent.ask("TRACE", path)
        allowed = {*asked.headers["Allow"].split(", ")}
        own = {
            each.method
            for each in (*ENDPOINTS, *FILES, *STREAMS, *HEALTH)
            if each.path == endpoint.path
        }
        assert (asked.status, refused.status, refused.code) == (204, 405, "METHOD_NOT_ALLOWED")
        assert refused.headers["Allow"] == asked.headers["Allow"]
        assert allowed - {"HEAD", "OPTIONS"} == own

    @pytest.mark.parametrize(
        "path", ["/v1/usage", "/v1/jobs", "/livez", "/readyz", "/openapi.json"]
    )
    async def test_a_head_is_an_answer_without_its_body(self, agent: Agent, path: str) -> None:
        whole, head = await agent.get(path), await agent.ask("HEAD", path)
        assert (head.status, head.text) == (200, "")
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]

    async def test_a_head_takes_no_job(self, agent: Agent, browser: FakeBrowser) -> None:
        await agent.create()
        asked = await Agent(agent.client).ask(
            "HEAD", "/v1/extension/pull", headers={"Authorization": f"Bearer {browser.token}"}
        )
        assert asked.status == 405
        assert await browser.pull() is not None

    async def test_an_id_is_no_word_of_another_path(self, agent: Agent) -> None:
        answer = await agent.get("/v1/jobs/tweet")
        assert (answer.status, answer.headers["Allow"]) == (405, "OPTIONS, POST")


class TestTypes:
    @pytest.mark.parametrize(
        "accept", ["*/*", "application/json", "text/html, */*;q=0.1", "Application/*", ""]
    )
    async def test_who_takes_json_gets_it(self, agent: Agent, accept: str) -> None:
        assert (await agent.get("/v1/usage", headers={"Accept": accept})).status == 200

    @pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
    async def test_who_takes_none_is_told(self, agent: Agent, accept: str) -> None:
        answer = await agent.get("/v1/usage", headers={"Accept": accept})
        assert (answer.status, answer.code) == (406, "NOT_ACCEPTABLE")
        assert accept in answer.body["detail"]

    async def test_a_form_is_no_message(self, agent: Agent) -> None:
        answer = await agent.post(
            "/v1/jobs/tweet", data=b"--x--", headers={"Content-Type": "multipart/form-data"}
        )
        assert (answer.status, answer.code) == (415, "UNSUPPORTED_CONTENT_TYPE")


class TestPreferences:
    async def test_a_wait_that_is_preferred_is_honoured_and_said(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create()
        reading = asyncio.ensure_future(
            agent.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "respond-async, wait=30"})
        )
        await browser.publish_next()
        answer = await reading
        assert answer.body["status"] == "succeeded"
        assert answer.headers["Preference-Applied"] == "wait=30"

    @pytest.mark.parametrize("prefer", ["wait=soon", "return=minimal", ""])
    async def test_what_is_no_wait_is_not_applied(self, agent: Agent, prefer: str) -> None:
        answer = await agent.get(f"/v1/jobs/{NOBODY}", headers={"Prefer": prefer})
        assert answer.status == 404
        assert "Preference-Applied" not in answer.headers

    async def test_a_wait_that_is_too_long_is_shortened(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create()
        await browser.publish_next()
        answer = await agent.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "wait=9999"})
        assert (answer.status, answer.headers["Preference-Applied"]) == (200, "wait=300")

    async def test_the_address_says_it_better(self, agent: Agent, browser: FakeBrowser) -> None:
        job = await agent.create()
        await browser.publish_next()
        answer = await agent.get(f"/v1/jobs/{job['id']}?wait=1", headers={"Prefer": "wait=7"})
        assert "Preference-Applied" not in answer.headers


class TestPages:
    async def test_a_page_links_to_the_next_until_there_is_none(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        made = [(await agent.create())["id"] for _ in range(3)]
        path, found = "/v1/jobs?limit=2&platform=x", []
        for _ in range(3):
            answer = await agent.get(path)
            found += [job["id"] for job in answer.body["jobs"]]
            if "Link" not in answer.headers:
                break
            link, _, relation = answer.headers["Link"].partition("; ")
            assert relation == 'rel="next"'
            assert "limit=2" in link
            assert "platform=x" in link
            path = link.strip("<>")
        assert sorted(found) == sorted(made)


class TestHints:
    @pytest.mark.parametrize(
        ("path", "body", "field", "hint"),
        [
            ("/v1/jobs/tweet", {"text": "a", "platfrom": "x"}, "platfrom", "platform"),
            (
                "/v1/groups/search",
                {"query": "a", "filters": {"minMember": 1}},
                "filters.minMember",
                "minMembers",
            ),
            (
                "/v1/jobs/tweet",
                {"text": "a", "media": [{"url": "https://a.example", "alf": "b"}]},
                "media.0.alf",
                "alt",
            ),
        ],
    )
    async def test_a_misspelt_field_is_named_with_a_guess(
        self, agent: Agent, path: str, body: dict[str, Any], field: str, hint: str
    ) -> None:
        answer = await agent.post(path, body)
        assert (answer.status, answer.fields) == (400, [field])
        assert answer.body["errors"][0]["message"].endswith(f"did you mean {hint}?")

    @pytest.mark.parametrize(
        ("path", "hint"),
        [
            ("/v1/jobs?limt=2", "limit"),
            ("/v1/media?curser=2", "cursor"),
            ("/v1/events?aftr=2", "after"),
            ("/v1/usage?tenantid=2", "tenantId"),
        ],
    )
    async def test_a_misspelt_parameter_is_named_with_a_guess(
        self, agent: Agent, path: str, hint: str
    ) -> None:
        answer = await agent.get(path)
        assert (answer.status, answer.code) == (400, "VALIDATION_FAILED")
        assert f"did you mean {hint}?" in answer.body["message"]

    async def test_a_parameter_comes_once(self, agent: Agent) -> None:
        answer = await agent.get("/v1/jobs?platform=x&platform=x")
        assert (answer.status, answer.fields) == (400, ["platform"])

    async def test_a_parameter_may_be_written_with_underscores(self, agent: Agent) -> None:
        assert (await agent.get("/v1/jobs?idempotency_key=a")).status == 200


async def test_what_was_made_can_be_read_where_the_answer_says(
    agent: Agent, browser: FakeBrowser
) -> None:
    answer = await agent.tweet()
    assert (await agent.get(answer.headers["Location"])).body["id"] == answer.body["id"]


async def test_no_handler_is_reached_but_through_the_tables(app: web.Application) -> None:
    paths = {endpoint.path for endpoint in (*ENDPOINTS, *FILES, *STREAMS, *HEALTH)}
    routed = {
        route.resource.canonical for route in app.router.routes() if route.resource is not None
    }
    assert {path for path in routed if path.startswith("/v1/")} - paths == set()
