"""Keys over the wire: made, limited, rotated, revoked, counted."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from postbroker.appkeys import KEYS, METERS
from postbroker.domain.key import SCOPES
from server.dashboard.visitor import Visitor
from server.doubles.clock import StillClock
from server.doubles.connecting import Program
from server.http.agent import Agent
from server.http.conftest import NewAgent

KEYS_PATH = "/v1/keys"
USAGE = "/v1/usage"


async def make(agent: Agent, **fields: Any) -> dict[str, Any]:
    """A key that was made."""
    answer = await agent.post(KEYS_PATH, {"label": "made"} | fields)
    assert answer.status == 201, answer.text
    key: dict[str, Any] = answer.body
    return key


def holder(agent: Agent, key: dict[str, Any]) -> Agent:
    """A program with a key that was made."""
    return Agent(agent.client, key["key"])


class TestMaking:
    async def test_a_label_is_enough(self, agent: Agent) -> None:
        key = await make(agent)
        assert set(key["scopes"]) == set(SCOPES) - {"posts.approve"}
        assert "accounts" not in key
        assert "expiresAt" not in key
        assert (await holder(agent, key).get(USAGE)).status == 200

    async def test_the_secret_is_in_that_answer_and_nowhere_else(self, agent: Agent) -> None:
        key = await make(agent, label="  Mine  ")
        [listed] = [
            each for each in (await agent.get(KEYS_PATH)).body["keys"] if each["id"] == key["id"]
        ]
        assert listed["label"] == "Mine"
        assert listed["prefix"] == key["key"][:12]
        assert "key" not in listed
        assert key["key"] not in (await agent.get(KEYS_PATH)).text

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"label": ""}, "label"),
            ({"label": "x" * 81}, "label"),
            ({"label": None}, "label"),
            ({"scopes": []}, "scopes"),
            ({"scopes": ["everything"]}, "scopes.0"),
            ({"accounts": []}, "accounts"),
            ({"accounts": ["00000000-0000-4000-8000-000000000000"]}, "accounts"),
            ({"expiresInSeconds": 0}, "expiresInSeconds"),
            ({"expiresInSeconds": 1e12}, "expiresInSeconds"),
            ({"requestsPerMinute": -1}, "requestsPerMinute"),
            ({"expires": 60}, "expires"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, agent: Agent, fields: dict[str, Any], field: str
    ) -> None:
        answer = await agent.post(KEYS_PATH, {"label": "made"} | fields)
        assert (answer.status, answer.fields) == (400, [field])

    async def test_it_ends_when_its_time_is_over(
        self, agent: Agent, still_clock: StillClock
    ) -> None:
        key = await make(agent, expiresInSeconds=3600)
        still_clock.move(3599)
        assert (await holder(agent, key).get(USAGE)).status == 200
        still_clock.move(2)
        assert (await holder(agent, key).get(USAGE)).status == 401

    async def test_a_key_gives_no_more_than_it_has(self, agent: Agent, new_agent: NewAgent) -> None:
        lesser = await new_agent("posts.read", "api_keys.write")
        refused = await lesser.post(KEYS_PATH, {"label": "more", "scopes": ["posts.publish"]})
        assert (refused.status, refused.code) == (403, "FORBIDDEN")
        assert "posts.publish" in refused.body["detail"]
        key = await make(lesser)
        assert key["scopes"] == ["posts.read", "api_keys.write"]
        approve = await agent.post(KEYS_PATH, {"label": "more", "scopes": ["posts.approve"]})
        assert approve.status == 403

    async def test_a_key_gives_no_longer_life_and_no_higher_limit(self, agent: Agent) -> None:
        short = await make(agent, expiresInSeconds=3600, requestsPerMinute=50)
        longer = await make(holder(agent, short), expiresInSeconds=7200, requestsPerMinute=100)
        assert longer["expiresAt"] == short["expiresAt"]
        assert longer["requestsPerMinute"] == 50
        endless = await make(holder(agent, short), requestsPerMinute=0)
        assert endless["expiresAt"] == short["expiresAt"]
        assert endless["requestsPerMinute"] == 50
        shorter = await make(holder(agent, short), expiresInSeconds=60, requestsPerMinute=5)
        assert shorter["expiresAt"] < short["expiresAt"]
        assert shorter["requestsPerMinute"] == 5


class TestRotating:
    async def test_both_secrets_are_good_for_a_while_and_then_the_new_one(
        self, agent: Agent, still_clock: StillClock
    ) -> None:
        old = await make(agent, label="mine", scopes=["usage.read"])
        answer = await agent.post(f"{KEYS_PATH}/{old['id']}/rotate", {"overlapSeconds": 600})
        new = answer.body
        assert answer.status == 200
        assert (new["id"], new["label"], new["scopes"]) == (old["id"], "mine", ["usage.read"])
        assert new["key"] != old["key"]
        for key in (old, new):
            assert (await holder(agent, key).get(USAGE)).status == 200
        still_clock.move(601)
        assert (await holder(agent, old).get(USAGE)).status == 401
        assert (await holder(agent, new).get(USAGE)).status == 200

    async def test_without_an_overlap_the_old_one_ends_at_once(self, agent: Agent) -> None:
        old = await make(agent)
        assert (await holder(agent, old).get(USAGE)).status == 200
        await agent.post(f"{KEYS_PATH}/{old['id']}/rotate", {"overlapSeconds": 0})
        assert (await holder(agent, old).get(USAGE)).status == 401

    async def test_the_second_rotation_ends_the_first_secret(self, agent: Agent) -> None:
        first = await make(agent)
        path = f"{KEYS_PATH}/{first['id']}/rotate"
        second = (await agent.post(path)).body
        third = (await agent.post(path)).body
        said = [(await holder(agent, key).get(USAGE)).status for key in (first, second, third)]
        assert said == [401, 200, 200]

    async def test_a_key_rotates_itself_and_none_that_may_do_more(
        self, agent: Agent, new_agent: NewAgent
    ) -> None:
        own = await make(agent, scopes=["api_keys.write", "usage.read"])
        lesser = holder(agent, own)
        assert (await lesser.post(f"{KEYS_PATH}/{own['id']}/rotate")).status == 200
        greater = await make(agent)
        refused = await lesser.post(f"{KEYS_PATH}/{greater['id']}/rotate")
        assert (refused.status, refused.code) == (403, "FORBIDDEN")
        assert (await holder(agent, greater).get(USAGE)).status == 200

    async def test_what_is_over_or_another_s_is_not_there(
        self, agent: Agent, stranger: Agent
    ) -> None:
        key = await make(agent)
        for asks in (stranger.post,):
            assert (await asks(f"{KEYS_PATH}/{key['id']}/rotate")).status == 404
        await agent.ask("DELETE", f"{KEYS_PATH}/{key['id']}")
        assert (await agent.post(f"{KEYS_PATH}/{key['id']}/rotate")).status == 404


class TestRevoking:
    async def test_it_ends_at_once_and_once(self, agent: Agent, stranger: Agent) -> None:
        key = await make(agent)
        assert (await holder(agent, key).get(USAGE)).status == 200
        path = f"{KEYS_PATH}/{key['id']}"
        assert (await stranger.ask("DELETE", path)).status == 404
        assert (await agent.ask("DELETE", path)).status == 204
        assert (await holder(agent, key).get(USAGE)).status == 401
        assert (await agent.ask("DELETE", path)).status == 404

    async def test_a_rotated_key_ends_with_both_its_secrets(self, agent: Agent) -> None:
        old = await make(agent)
        new = (await agent.post(f"{KEYS_PATH}/{old['id']}/rotate")).body
        await agent.ask("DELETE", f"{KEYS_PATH}/{old['id']}")
        assert (await holder(agent, old).get(USAGE)).status == 401
        assert (await holder(agent, new).get(USAGE)).status == 401

    async def test_no_key_revokes_itself(self, agent: Agent) -> None:
        key = await make(agent)
        answer = await holder(agent, key).ask("DELETE", f"{KEYS_PATH}/{key['id']}")
        assert (answer.status, answer.code) == (403, "FORBIDDEN")


class TestValidating:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_a_key_learns_what_it_is_good_for(self, agent: Agent, method: str) -> None:
        key = await make(agent, scopes=["posts.read"], requestsPerMinute=7)
        answer = await holder(agent, key).ask(method, f"{KEYS_PATH}/validate")
        assert answer.status == 200
        body = answer.body
        assert body["ok"] is True
        assert (body["kind"], body["id"], body["label"]) == ("key", key["id"], "made")
        assert body["scopes"] == ["posts.read"]
        assert body["requestsPerMinute"] == 7
        assert body["tenant"]["name"] == "My workspace"
        assert "accounts" not in body

    async def test_an_app_does_too(self, agent: Agent, program: Program, person: Visitor) -> None:
        tokens = await program.connect(person, scope="posts.read")
        said = await program.read(f"{KEYS_PATH}/validate", tokens["access_token"])
        assert (said.body["kind"], said.body["label"]) == ("app", "A good app")
        assert said.body["scopes"] == ["posts.read"]

    async def test_no_key_is_told_so(self, agent: Agent) -> None:
        answer = await Agent(agent.client, "").get(f"{KEYS_PATH}/validate")
        assert answer.status == 401


class TestLimits:
    async def test_each_answer_says_what_is_left(self, agent: Agent) -> None:
        key = await make(agent, requestsPerMinute=3)
        seen = []
        for _ in range(4):
            answer = await holder(agent, key).get(USAGE)
            seen.append((answer.status, answer.headers.get("X-RateLimit-Remaining")))
            assert answer.headers.get("RateLimit-Policy", '"minute";q=3;w=60') == (
                '"minute";q=3;w=60'
            )
        assert seen == [(200, "2"), (200, "1"), (200, "0"), (429, None)]

    async def test_a_refusal_says_when_to_come_again(
        self, agent: Agent, still_clock: StillClock
    ) -> None:
        key = await make(agent, requestsPerMinute=1)
        still_clock.move(20)
        first = await holder(agent, key).get(USAGE)
        assert first.headers["RateLimit"] == '"minute";r=0;t=40'
        assert first.headers["X-RateLimit-Limit"] == "1"
        assert first.headers["X-RateLimit-Reset"] == "40"
        refused = await holder(agent, key).get(USAGE)
        assert (refused.status, refused.code) == (429, "RATE_LIMITED")
        assert refused.headers["Retry-After"] == "40"
        assert refused.body["safeToRetry"] is True
        still_clock.move(40)
        assert (await holder(agent, key).get(USAGE)).status == 200

    async def test_a_refused_request_counts_too_and_a_key_has_its_own_limit(
        self, agent: Agent
    ) -> None:
        one = await make(agent, requestsPerMinute=1, scopes=["posts.read"])
        other = await make(agent, requestsPerMinute=1)
        assert (await holder(agent, one).get(USAGE)).status == 403
        assert (await holder(agent, one).get("/v1/jobs")).status == 429
        assert (await holder(agent, other).get(USAGE)).status == 200

    async def test_no_limit_says_nothing_of_one(self, agent: Agent) -> None:
        key = await make(agent, requestsPerMinute=0)
        answer = await holder(agent, key).get(USAGE)
        assert "RateLimit" not in answer.headers

    async def test_many_at_once_get_no_more(self, agent: Agent) -> None:
        key = await make(agent, requestsPerMinute=40)
        program = holder(agent, key)
        answers = await asyncio.gather(*(program.get(USAGE) for _ in range(60)))
        assert sum(answer.status == 200 for answer in answers) == 40

    async def test_pages_of_agents_may_read_them(self, agent: Agent) -> None:
        answer = await agent.get(USAGE, headers={"Origin": "https://agent.example"})
        assert "RateLimit-Policy" in answer.headers["Access-Control-Expose-Headers"]


class TestUsage:
    async def test_a_key_s_requests_and_jobs_are_counted(
        self, app: web.Application, agent: Agent
    ) -> None:
        key = await make(agent)
        program = holder(agent, key)
        await program.create(whenOffline="queue")
        await agent.create(whenOffline="queue")
        own = (await agent.get(f"{USAGE}?keyId={key['id']}")).body
        assert (own["total"], own["today"], own["byStatus"]) == (1, 1, {"queued": 1})
        assert (await agent.get(USAGE)).body["total"] == 2
        [listed] = [
            each for each in (await agent.get(KEYS_PATH)).body["keys"] if each["id"] == key["id"]
        ]
        assert listed["requests"] == 1
        await app[METERS].flush()
        assert (await app[METERS].counts([key["id"]])) == {key["id"]: 1}

    async def test_another_workspace_s_key_has_sent_nothing(
        self, agent: Agent, stranger: Agent, app: web.Application
    ) -> None:
        key = await make(agent)
        await holder(agent, key).create(whenOffline="queue")
        assert (await stranger.get(f"{USAGE}?keyId={key['id']}")).body["total"] == 0
        assert len(await app[KEYS].list("nobody")) == 0
