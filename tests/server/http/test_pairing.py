"""Pairing over the wire: a code, a claim, a yes."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from postbroker.appkeys import BROWSERS
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.doubles.extension import FakeBrowser, RefusedError
from server.http.agent import Agent
from server.http.conftest import NewAgent


@pytest.fixture
async def newcomer(url: str) -> AsyncIterator[FakeBrowser]:
    """A browser that nobody has paired."""
    async with FakeBrowser(url) as browser:
        yield browser


class TestHandshake:
    async def test_each_side_sees_how_far_it_is(self, agent: Agent, newcomer: FakeBrowser) -> None:
        registered = await newcomer.register()
        assert (registered.expires_in_seconds, registered.poll_interval_seconds) == (300, 2)
        assert (await newcomer.pairing()).status == "pending"
        claimed = await newcomer.claim(registered.code, agent.key)
        status = await newcomer.pairing()
        assert (status.status, status.workspace, status.claimed_by) == (
            "claimed",
            "My workspace",
            "agent",
        )
        confirmed = await newcomer.confirm()
        assert confirmed.browser_id == claimed.browser_id
        assert (await newcomer.pairing()).status == "paired"
        assert (await newcomer.hello()).browser_id == claimed.browser_id

    async def test_nothing_runs_before_the_yes(self, agent: Agent, newcomer: FakeBrowser) -> None:
        registered = await newcomer.register()
        await newcomer.claim(registered.code, agent.key)
        newcomer.token = newcomer.poll_token
        with pytest.raises(RefusedError) as refused:
            await newcomer.pull()
        assert refused.value.status == 401
        assert (await agent.get("/v1/account/status")).body["paired"] is False

    async def test_a_no_gives_no_token(self, agent: Agent, newcomer: FakeBrowser) -> None:
        registered = await newcomer.register()
        await newcomer.claim(registered.code, agent.key)
        answer = await newcomer.confirm(accept=False)
        assert (answer.token, answer.browser_id) == (None, None)
        assert (await newcomer.pairing()).status == "expired"

    async def test_a_code_runs_out(
        self, agent: Agent, newcomer: FakeBrowser, still_clock: StillClock
    ) -> None:
        registered = await newcomer.register()
        still_clock.move(300)
        assert (await newcomer.pairing()).status == "expired"
        with pytest.raises(RefusedError) as refused:
            await newcomer.claim(registered.code, agent.key)
        assert refused.value.code == "PAIRING_CODE_INVALID"

    async def test_a_revoked_browser_is_refused_with_its_next_word(
        self, app: web.Application, workspace: Workspace, browser: FakeBrowser
    ) -> None:
        paired = (await app[BROWSERS].list(workspace.id))[0]
        await app[BROWSERS].revoke(workspace.id, paired.id)
        with pytest.raises(RefusedError) as refused:
            await browser.pull()
        assert (refused.value.status, refused.value.code) == (401, "UNAUTHORIZED")


class TestGuessing:
    async def test_spaces_and_dashes_are_forgiven(
        self, agent: Agent, newcomer: FakeBrowser
    ) -> None:
        code = (await newcomer.register()).code
        await newcomer.claim(f" {code[:3]} - {code[3:]} ", agent.key)

    async def test_wrong_used_and_expired_codes_look_the_same(
        self, new_agent: NewAgent, newcomer: FakeBrowser, still_clock: StillClock
    ) -> None:
        agent = await new_agent()
        used = (await newcomer.register()).code
        await newcomer.claim(used, agent.key)
        expired = (await newcomer.register()).code
        still_clock.move(300)
        bodies = []
        for code in (used, expired, "abc", "1234567"):
            answer = await agent.post("/v1/connect/pair", {"code": code})
            assert answer.status == 404
            bodies.append(
                {k: v for k, v in answer.body.items() if k not in ("traceId", "trace_id")}
            )
        assert all(body == bodies[0] for body in bodies)

    async def test_the_sixth_guess_is_not_looked_at(
        self, agent: Agent, newcomer: FakeBrowser
    ) -> None:
        for _ in range(5):
            assert (await agent.post("/v1/connect/pair", {"code": "x"})).status == 404
        code = (await newcomer.register()).code
        answer = await agent.post("/v1/connect/pair", {"code": code})
        assert (answer.status, answer.code) == (429, "PAIRING_CLOSED")
        assert answer.headers["Retry-After"] == "600"
        assert (await newcomer.pairing()).status == "pending"


class TestRegistering:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "  "}, "name"),
            ({"name": "x" * 81}, "name"),
            ({"extensionVersion": "x" * 31}, "extensionVersion"),
            ({"protocolVersion": "1"}, "protocolVersion"),
            ({"browser": "x" * 201}, "browser"),
        ],
    )
    async def test_what_makes_no_sense_is_refused(
        self, agent: Agent, change: dict[str, object], field: str
    ) -> None:
        body = {"name": "Laptop", "extensionVersion": "0.1.0", "protocolVersion": 1} | change
        answer = await Agent(agent.client).post("/v1/connect/register", body)
        assert (answer.status, answer.fields) == (400, [field])
