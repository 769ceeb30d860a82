"""Comments, groups, and posts into groups, as agents ask for them and see what came of it."""

from typing import Any

import pytest

from postbroker.contract.extension import PullAnswer
from server.doubles.extension import FakeBrowser
from server.http.agent import Agent, Answer

GROUP_URL = "https://www.facebook.com/groups/1577315533418837/"
SEARCH, JOIN, STATUS, COMMENT = (
    "/v1/groups/search",
    "/v1/facebook/groups/join",
    "/v1/facebook/groups/status",
    "/v1/reddit/comment",
)
REDDIT_POST = "https://www.reddit.com/r/bread/comments/1abcde/my_first_loaf/"
COMMENT_URL = "https://www.reddit.com/r/bread/comments/1abcde/comment/kx9"


async def pulled(browser: FakeBrowser) -> PullAnswer:
    """What the browser gets to do now."""
    leased = await browser.pull()
    assert leased is not None
    return leased


async def accepted(agent: Agent, path: str, **body: Any) -> dict[str, Any]:
    """The answer to an errand that is taken."""
    answer = await agent.post(path, body)
    assert answer.status == 201, answer.text
    job: dict[str, Any] = answer.body
    return job


class TestSearch:
    async def test_its_answer_names_the_job_as_published_clients_read_it(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.post(SEARCH, {"platform": "facebook", "query": "sourdough"})
        assert answer.status == 201
        assert answer.body["jobId"] == answer.body["id"]
        assert answer.headers["Location"] == f"/v1/jobs/{answer.body['jobId']}"

    async def test_it_reaches_the_browser_with_all_it_needs(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        filters = {"minMembers": 100, "privacy": "public"}
        await accepted(agent, SEARCH, query="sourdough", filters=filters, limit=5)
        job = (await pulled(browser)).job
        assert (job.kind, job.platform, job.text) == ("group_search", "facebook", "sourdough")
        assert job.options == {"query": "sourdough", "filters": filters, "limit": 5}

    async def test_what_it_found_stands_in_the_job_s_details(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job_id = (await accepted(agent, SEARCH, query="sourdough"))["jobId"]
        found = {"name": "Sourdough", "url": GROUP_URL, "memberCount": 1200, "privacy": "public"}
        answer = await browser.ack(
            await pulled(browser),
            "done",
            "preparing",
            details={"groupSearch": {"results": [found]}},
        )
        assert answer.status == "published"
        job = await agent.read(job_id)
        assert (job["status"], job.get("postUrl")) == ("succeeded", None)
        [result] = job["details"]["groupSearch"]["results"]
        assert result == {
            "name": "Sourdough",
            "url": GROUP_URL.rstrip("/"),
            "privacy": "public",
            "memberCount": 1200,
            "joinStatus": "unknown",
            "score": 0.73,
            "reasons": ["its name holds sourdough", "1200 members"],
            "signals": {"keywordHit": True, "memberCount": 1200},
        }

    async def test_an_answer_that_is_none_fails_the_job_with_a_reason(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job_id = (await accepted(agent, SEARCH, query="sourdough"))["jobId"]
        await browser.ack(await pulled(browser), "done", "preparing", details={"groups": []})
        job = await agent.read(job_id)
        assert (job["status"], job["errorCode"]) == ("failed", "unknown_error")
        assert "does not hold" in job["error"]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "query"),
            ({"query": " "}, "query"),
            ({"query": "x" * 201}, "query"),
            ({"query": "bread", "limit": 51}, "limit"),
            ({"query": "bread", "filters": {"privacy": "secret"}}, "filters.privacy"),
            ({"query": "bread", "filters": {"minMembers": -1}}, "filters.minMembers"),
            ({"query": "bread", "platform": "x"}, "platform"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, agent: Agent, browser: FakeBrowser, body: dict[str, Any], field: str
    ) -> None:
        answer = await agent.post(SEARCH, body)
        assert (answer.status, answer.fields) == (400, [field])


class TestJoiningAndStatus:
    @pytest.mark.parametrize("named", [{"groupId": "1577315533418837"}, {"groupUrl": GROUP_URL}])
    @pytest.mark.parametrize(("path", "kind"), [(JOIN, "group_join"), (STATUS, "group_status")])
    async def test_a_group_is_named_by_its_id_or_its_address(
        self, agent: Agent, browser: FakeBrowser, path: str, kind: str, named: dict[str, str]
    ) -> None:
        await accepted(agent, path, **named)
        job = (await pulled(browser)).job
        assert (job.kind, job.options) == (kind, {"groupId": "1577315533418837"})

    @pytest.mark.parametrize("state", ["joined", "requested", "not_member"])
    async def test_a_status_is_told(self, agent: Agent, browser: FakeBrowser, state: str) -> None:
        job = await accepted(agent, STATUS, groupUrl=GROUP_URL)
        details = {"buttonState": state}
        await browser.ack(await pulled(browser), "done", "preparing", details=details)
        job = await agent.read(job["id"])
        assert (job["status"], job["details"]["buttonState"]) == ("succeeded", state)

    async def test_a_press_to_join_needs_a_permit_and_ends_with_the_button_s_state(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await accepted(agent, JOIN, groupUrl=GROUP_URL)
        leased = await pulled(browser)
        await browser.permit(leased)
        await browser.ack(leased, "done", details={"buttonState": "requested"})
        job = await agent.read(job["id"])
        assert (job["status"], job["details"]["buttonState"]) == ("succeeded", "requested")

    async def test_a_join_that_was_not_taken_says_so(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await accepted(agent, JOIN, groupUrl=GROUP_URL)
        await browser.ack(
            await pulled(browser),
            "failed",
            "preparing",
            error_code="not_joined",
            error="The group asks questions.",
            details={"buttonState": "not_member"},
        )
        job = await agent.read(job["id"])
        assert (job["status"], job["errorCode"]) == ("failed", "not_joined")
        assert job["details"]["buttonState"] == "not_member"
        assert job["details"]["actor"] == "user"

    async def test_a_state_that_is_none_stays_in_the_report(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await accepted(agent, STATUS, groupUrl=GROUP_URL)
        await browser.ack(
            await pulled(browser),
            "failed",
            "preparing",
            error_code="group_not_approved",
            details={"buttonState": "unknown"},
        )
        details = (await agent.read(job["id"]))["details"]
        assert details["report"] == {"buttonState": "unknown"}

    @pytest.mark.parametrize("path", [JOIN, STATUS])
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "groupId"),
            ({"groupUrl": "javascript:alert(1)"}, "groupUrl"),
            ({"groupUrl": "https://me@www.facebook.com/groups/1"}, "groupUrl"),
            ({"groupId": "1", "groupUrl": GROUP_URL}, "groupUrl"),
            ({"groupId": "1", "platform": "x"}, "groupId"),
            ({"group": "1"}, "group"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, agent: Agent, browser: FakeBrowser, path: str, body: dict[str, Any], field: str
    ) -> None:
        answer = await agent.post(path, body)
        assert (answer.status, answer.fields) == (400, [field])


class TestPostIntoAGroup:
    @pytest.mark.parametrize(
        "named",
        [
            {"groupId": "1577315533418837"},
            {"platformPayload": {"groupId": "1577315533418837"}},
            {"platformPayload": {"groupUrl": GROUP_URL}},
        ],
    )
    async def test_the_group_may_be_named_as_published_clients_do(
        self, agent: Agent, browser: FakeBrowser, named: dict[str, Any]
    ) -> None:
        await agent.create(platform="facebook", **named)
        assert (await pulled(browser)).job.options == {"groupId": "1577315533418837"}

    async def test_one_that_waits_for_an_admin_has_succeeded_without_an_address(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create(platform="facebook", groupId="1577315533418837")
        leased = await pulled(browser)
        await browser.permit(leased)
        evidence = browser.seen_live(leased)
        await browser.ack(leased, "published", evidence=evidence, details={"approval": "pending"})
        job = await agent.read(job["id"])
        assert (job["status"], job["details"]["approval"]) == ("succeeded", "pending")
        assert "postUrl" not in job


class TestComment:
    async def test_it_reaches_the_browser_with_what_it_answers(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        created = await accepted(agent, COMMENT, text="Lovely crumb!", targetUrl=REDDIT_POST)
        assert (created["platform"], created["text"]) == ("reddit", "Lovely crumb!")
        job = (await pulled(browser)).job
        assert (job.kind, job.text) == ("comment", "Lovely crumb!")
        assert job.options["targetId"] == "1abcde"

    async def test_it_ends_with_its_own_permalink(self, agent: Agent, browser: FakeBrowser) -> None:
        created = await accepted(agent, COMMENT, text="Lovely crumb!", targetUrl=REDDIT_POST)
        await browser.publish(await pulled(browser), COMMENT_URL)
        job = await agent.read(created["id"])
        assert (job["status"], job["postUrl"]) == ("succeeded", COMMENT_URL)

    async def test_its_key_names_it_as_a_post_s_does(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        body = {"text": "Lovely!", "targetUrl": REDDIT_POST, "idempotencyKey": "one"}
        first, again = [await agent.post(COMMENT, body) for _ in range(2)]
        assert first.body["id"] == again.body["id"]
        assert again.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"text": "hi"}, "targetUrl"),
            ({"text": "hi", "targetUrl": "https://www.reddit.com/r/bread/"}, "targetUrl"),
            ({"text": "hi", "targetUrl": "https://x.com/r/a/comments/1/"}, "targetUrl"),
            ({"text": " ", "targetUrl": REDDIT_POST}, "text"),
            ({"text": "x" * 10_001, "targetUrl": REDDIT_POST}, "text"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, agent: Agent, browser: FakeBrowser, body: dict[str, Any], field: str
    ) -> None:
        answer = await agent.post(COMMENT, body)
        assert (answer.status, answer.fields) == (400, [field])


class TestRepetition:
    """The same content for the same account within a day is refused unless it is wanted."""

    async def twice(self, agent: Agent, **second: Any) -> tuple[Answer, Answer]:
        """The answers to a post and to another that differs by `second`."""
        first: dict[str, Any] = {"allowDuplicate": False, "account": "@ada"}
        return await agent.tweet(**first), await agent.tweet(**(first | second))

    async def test_it_is_refused_and_the_earlier_job_is_named(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        first, again = await self.twice(agent)
        assert (again.status, again.code) == (409, "duplicate_content")
        assert again.body["details"] == {"jobId": first.body["id"]}
        assert "allowDuplicate" in again.body["suggestedAction"]

    @pytest.mark.parametrize(
        "second",
        [
            {"allowDuplicate": True},
            {"text": "Another text"},
            {"account": "@bob"},
            {"sandbox": True},
            {"platform": "facebook"},
            {"platform": "facebook", "groupId": "1"},
        ],
    )
    async def test_what_differs_is_none(
        self, agent: Agent, browser: FakeBrowser, second: dict[str, Any]
    ) -> None:
        _, other = await self.twice(agent, **second)
        assert other.status == 201

    async def test_a_repeated_request_under_its_key_is_answered_first(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        fields: dict[str, Any] = {"allowDuplicate": False, "idempotencyKey": "one"}
        first, again = await agent.tweet(**fields), await agent.tweet(**fields)
        assert (again.status, again.body["id"]) == (201, first.body["id"])

    async def test_a_comment_may_be_given_to_each_target_once(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        body = {"text": "Lovely!", "targetUrl": REDDIT_POST}
        elsewhere = {"text": "Lovely!", "targetUrl": REDDIT_POST.replace("1abcde", "2abcde")}
        answers = [await agent.post(COMMENT, each) for each in (body, elsewhere, body)]
        assert [answer.status for answer in answers] == [201, 201, 409]

    async def test_an_errand_may_be_repeated(self, agent: Agent, browser: FakeBrowser) -> None:
        for _ in range(2):
            await accepted(agent, SEARCH, query="sourdough")
            await accepted(agent, STATUS, groupUrl=GROUP_URL)


@pytest.mark.parametrize("path", [SEARCH, JOIN, STATUS, COMMENT])
async def test_pages_of_any_origin_may_ask(agent: Agent, path: str) -> None:
    headers = {"Origin": "https://agent.example", "Access-Control-Request-Method": "POST"}
    answer = await agent.ask("OPTIONS", path, headers=headers)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "clawpost-api-key" in answer.headers["Access-Control-Allow-Headers"]
