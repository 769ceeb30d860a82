"""Whose credential a request carries, and what each may ask."""

import pytest
from aiohttp import web

from postbroker.appkeys import KEYS, SESSION_COOKIE, WORKSPACES
from postbroker.domain.key import SCOPES, new_key
from postbroker.http.endpoints import ENDPOINTS, FILES
from postbroker.store.workspaces import Workspace
from server.doubles.extension import FakeBrowser
from server.http.agent import Agent
from server.http.conftest import NewAgent

OF_AGENTS = [
    ("GET", "/v1/accounts", "accounts.read"),
    ("GET", "/v1/accounts/{id}", "accounts.read"),
    ("PATCH", "/v1/accounts/{id}", "accounts.write"),
    ("DELETE", "/v1/accounts/{id}", "accounts.write"),
    ("GET", "/v1/accounts/{id}/capabilities", "accounts.read"),
    ("GET", "/v1/accounts/{id}/settings", "accounts.read"),
    ("GET", "/v1/accounts/{id}/actions", "accounts.read"),
    ("POST", "/v1/accounts/{id}/actions/{action}", "accounts.read"),
    ("POST", "/v1/connections/start", "accounts.write"),
    ("GET", "/v1/connections", "accounts.read"),
    ("GET", "/v1/connections/platforms", "accounts.read"),
    ("GET", "/v1/connections/health", "accounts.read"),
    ("GET", "/v1/connections/{id}", "accounts.read"),
    ("DELETE", "/v1/connections/{id}", "accounts.write"),
    ("POST", "/v1/jobs/tweet", "posts.publish"),
    ("POST", "/v1/posts", "posts.publish"),
    ("POST", "/v1/posts/validate", "posts.publish"),
    ("GET", "/v1/posts/{id}/numbers", "posts.read"),
    ("POST", "/v1/posts/{id}/delete", "posts.publish"),
    ("POST", "/v1/reddit/comment", "posts.publish"),
    ("POST", "/v1/groups/search", "posts.publish"),
    ("POST", "/v1/facebook/groups/join", "posts.publish"),
    ("POST", "/v1/facebook/groups/status", "posts.publish"),
    ("POST", "/v1/checks", "posts.publish"),
    ("GET", "/v1/jobs", "posts.read"),
    ("POST", "/v1/jobs/{id}/cancel", "posts.publish"),
    ("POST", "/v1/jobs/{id}/retry", "posts.publish"),
    ("POST", "/v1/jobs/{id}/settle", "posts.publish"),
    ("POST", "/v1/jobs/{id}/look-again", "posts.publish"),
    ("POST", "/v1/jobs/{id}/approve", "posts.approve"),
    ("POST", "/v1/jobs/{id}/reject", "posts.approve"),
    ("POST", "/v1/media/upload", "media.upload"),
    ("POST", "/v1/media/upload-url", "media.upload"),
    ("GET", "/v1/media", "media.upload"),
    ("GET", "/v1/media/{id}", "media.upload"),
    ("DELETE", "/v1/media/{id}", "media.upload"),
    ("GET", "/v1/usage", "usage.read"),
    ("GET", "/v1/keys", "api_keys.write"),
    ("POST", "/v1/keys", "api_keys.write"),
    ("POST", "/v1/keys/{id}/rotate", "api_keys.write"),
    ("DELETE", "/v1/keys/{id}", "api_keys.write"),
    ("GET", "/v1/account/status", "accounts.read"),
    ("POST", "/v1/connect/pair", "browsers.pair"),
    ("GET", "/v1/events", "posts.read"),
    ("GET", "/v1/jobs/{id}/events", "posts.read"),
]
OF_BROWSERS = [
    (endpoint.method, endpoint.path)
    for endpoint in (*ENDPOINTS, *FILES)
    if endpoint.path.startswith("/v1/extension/")
]
OF_POLLERS = [("GET", "/v1/connect/status"), ("POST", "/v1/connect/confirm")]
OF_ANY_AGENT = [("GET", "/v1/keys/validate"), ("POST", "/v1/keys/validate")]
OF_ANYONE = [
    ("GET", "/v1/jobs/{id}"),
    ("POST", "/v1/connect/register"),
    ("GET", "/v1/platforms"),
    ("GET", "/v1/errors"),
    ("GET", "/v1/errors/{code}"),
]
BY_ADDRESS = [("PUT", "/media/{id}/{token}"), ("GET", "/media/{id}/{token}/{name}")]
"""The address itself is the credential."""
NOBODY = "33333333-3333-4333-8333-333333333333"


def path_of(template: str) -> str:
    return template.replace("{id}", NOBODY).replace("{action}", "boards")


def test_every_endpoint_stands_in_one_of_the_tables() -> None:
    told = {(method, path) for method, path, _ in OF_AGENTS} | {*OF_BROWSERS, *OF_POLLERS}
    known = told | {*OF_ANY_AGENT, *OF_ANYONE, *BY_ADDRESS}
    assert {(each.method, each.path) for each in (*ENDPOINTS, *FILES)} <= known


@pytest.mark.parametrize(("method", "path", "scope"), OF_AGENTS)
class TestAgentEndpoints:
    async def test_without_a_key_there_is_no_answer(
        self, agent: Agent, method: str, path: str, scope: str
    ) -> None:
        answer = await Agent(agent.client).ask(method, path_of(path))
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
        challenge = answer.headers["WWW-Authenticate"]
        base = agent.client.make_url("/.well-known/oauth-protected-resource")
        assert challenge.startswith(f'Bearer resource_metadata="{base}", scope="posts.read ')
        assert scope in challenge

    async def test_a_key_needs_the_scope_which_is_named(
        self, new_agent: NewAgent, method: str, path: str, scope: str
    ) -> None:
        others = await new_agent(*(each for each in SCOPES if each != scope))
        answer = await others.ask(method, path_of(path))
        assert (answer.status, answer.code) == (403, "FORBIDDEN")
        assert scope in answer.body["message"]
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]

    async def test_a_browser_s_token_is_another_kind_of_credential(
        self, agent: Agent, browser: FakeBrowser, method: str, path: str, scope: str
    ) -> None:
        answer = await Agent(agent.client, browser.token).ask(method, path_of(path))
        assert (answer.status, answer.code) == (401, "WRONG_CREDENTIAL")


@pytest.mark.parametrize(("method", "path"), [*OF_BROWSERS, *OF_POLLERS])
class TestExtensionEndpoints:
    async def test_without_a_token_there_is_no_answer(
        self, agent: Agent, method: str, path: str
    ) -> None:
        answer = await Agent(agent.client).ask(method, path_of(path))
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")

    async def test_an_api_key_is_another_kind_of_credential(
        self, agent: Agent, method: str, path: str
    ) -> None:
        answer = await agent.ask(method, path_of(path))
        assert (answer.status, answer.code) == (401, "WRONG_CREDENTIAL")

    async def test_the_token_of_nobody_is_refused(
        self, agent: Agent, method: str, path: str
    ) -> None:
        body = {"json": {"accept": True}} if path.endswith("confirm") else {}
        for token in ("x" * 43, "poll token"):
            bearer = {"Authorization": f"Bearer {token}"}
            answer = await Agent(agent.client).ask(method, path_of(path), headers=bearer, **body)
            assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


class TestKeys:
    async def test_wrong_mistyped_and_revoked_keys_look_the_same(
        self, app: web.Application, agent: Agent, workspace: Workspace
    ) -> None:
        key, revoked = await app[KEYS].create(workspace.id, "old")
        await app[KEYS].revoke(workspace.id, key.id)
        mistyped = agent.key[:-1] + ("a" if agent.key[-1] != "a" else "b")
        answers = [
            await Agent(agent.client, wrong).get("/v1/usage")
            for wrong in (revoked, mistyped, new_key(), "claw_short")
        ]
        assert {answer.status for answer in answers} == {401}
        assert {answer.body["message"] for answer in answers} == {"the API key is not valid"}

    @pytest.mark.parametrize("key", ["pk_live_something", "Basic abc", "claw-abc"])
    async def test_what_is_no_key_at_all_is_told_so(self, agent: Agent, key: str) -> None:
        answer = await Agent(agent.client, key).get("/v1/usage")
        assert (answer.status, answer.code) == (401, "WRONG_CREDENTIAL")

    @pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "", "bearer"])
    async def test_a_header_without_a_bearer_token_is_no_credential(
        self, agent: Agent, header: str
    ) -> None:
        answer = await Agent(agent.client).get("/v1/usage", headers={"Authorization": header})
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")

    async def test_the_same_key_in_both_headers_is_one_credential(self, agent: Agent) -> None:
        answer = await agent.get("/v1/usage", headers={"Authorization": f"bearer {agent.key}"})
        assert answer.status == 200

    async def test_two_different_credentials_are_refused(self, agent: Agent) -> None:
        answer = await agent.get("/v1/usage", headers={"Authorization": f"Bearer {new_key()}"})
        assert (answer.status, answer.code) == (400, "CONFLICTING_CREDENTIALS")

    async def test_a_wrong_key_is_refused_where_none_is_needed(self, agent: Agent) -> None:
        answer = await Agent(agent.client, new_key()).get(f"/v1/jobs/{NOBODY}")
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


class TestSession:
    @pytest.fixture
    async def session(self, app: web.Application, workspace: Workspace) -> tuple[str, str]:
        """A signed-in person's cookie header and CSRF token."""
        cookie, session = await app[WORKSPACES].sign_in(app[WORKSPACES].sign_in_token())
        return f"{SESSION_COOKIE}={cookie}", session.csrf_token

    async def test_a_signed_in_person_reads(self, agent: Agent, session: tuple[str, str]) -> None:
        answer = await Agent(agent.client).get("/v1/usage", headers={"Cookie": session[0]})
        assert answer.status == 200

    @pytest.mark.parametrize("token", [None, "", "another session's token"])
    async def test_who_changes_something_sends_the_session_s_token(
        self, agent: Agent, session: tuple[str, str], token: str | None
    ) -> None:
        headers = {"Cookie": session[0]} | ({} if token is None else {"X-CSRF-Token": token})
        answer = await Agent(agent.client).tweet(headers=headers, whenOffline="queue")
        assert (answer.status, answer.code) == (403, "CSRF_FAILED")

    async def test_with_the_token_a_person_may_do_everything(
        self, agent: Agent, session: tuple[str, str]
    ) -> None:
        headers = {"Cookie": session[0], "X-CSRF-Token": session[1]}
        answer = await Agent(agent.client).tweet(headers=headers, whenOffline="queue")
        assert answer.status == 201

    async def test_a_cookie_of_nobody_is_no_credential(self, agent: Agent) -> None:
        cookie = {"Cookie": f"{SESSION_COOKIE}=nobody"}
        answer = await Agent(agent.client).get("/v1/usage", headers=cookie)
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
