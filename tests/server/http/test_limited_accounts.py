"""A key, or an app, that is limited to accounts sees and posts as those alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from server.dashboard.visitor import Visitor
from server.doubles.connecting import Program
from server.doubles.extension import FakeBrowser
from server.doubles.files import picture
from server.http.agent import Agent
from server.http.test_streams import events_of


@pytest.fixture
async def bob(url: str, agent: Agent) -> AsyncIterator[FakeBrowser]:
    """A second browser, in which @bob is logged in."""
    async with AsyncExitStack() as stack:
        paired = await FakeBrowser.pair(url, agent.key, name="Bob's browser", account="@bob")
        stack.push_async_callback(paired.close)
        yield paired


@pytest.fixture
async def ids(agent: Agent, browser: FakeBrowser, bob: FakeBrowser) -> dict[str, str]:
    """The accounts of the workspace: @ada and @bob."""
    accounts = (await agent.get("/v1/accounts")).body["accounts"]
    return {account["handle"]: account["id"] for account in accounts}


@pytest.fixture
async def limited(agent: Agent, ids: dict[str, str]) -> Agent:
    """A program that may do everything as @ada."""
    made = await agent.post("/v1/keys", {"label": "ada's", "accounts": [ids["@ada"]]})
    assert made.status == 201, made.text
    return Agent(agent.client, made.body["key"])


async def test_it_posts_as_its_account_without_saying_so(limited: Agent, agent: Agent) -> None:
    job = await limited.create()
    whole = await limited.read(job["id"])
    assert whole["text"] == job["text"]
    assert whole["details"]["account"] == "ada"


@pytest.mark.parametrize("account", ["@bob", "bob", "@nobody"])
async def test_it_posts_as_no_other(limited: Agent, account: str) -> None:
    refused = await limited.tweet(account=account)
    assert (refused.status, refused.code) == (403, "FORBIDDEN")
    assert "ada" in refused.body["detail"]
    assert "bob" not in refused.body["detail"].replace(account, "")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/jobs/tweet", {"text": "hello", "platform": "linkedin"}),
        ("/v1/posts", {"text": "hello", "platform": "linkedin"}),
        (
            "/v1/reddit/comment",
            {"text": "hello", "targetUrl": "https://www.reddit.com/r/a/comments/b1c2d3/t/"},
        ),
        ("/v1/groups/search", {"query": "sourdough"}),
        ("/v1/facebook/groups/join", {"groupId": "1577315533418837"}),
        ("/v1/facebook/groups/status", {"groupId": "1577315533418837"}),
    ],
)
async def test_it_does_nothing_where_it_has_no_account(
    limited: Agent, path: str, body: dict[str, Any]
) -> None:
    refused = await limited.post(path, body)
    assert (refused.status, refused.code) == (403, "FORBIDDEN")


async def test_with_two_accounts_it_names_one(agent: Agent, ids: dict[str, str]) -> None:
    made = await agent.post("/v1/keys", {"label": "both", "accounts": list(ids.values())})
    both = Agent(agent.client, made.body["key"])
    refused = await both.tweet()
    assert (refused.status, refused.fields) == (400, ["account"])
    assert "ada, bob" in refused.body["detail"]
    assert (await both.tweet(account="@BOB")).status == 201


async def test_it_sees_the_jobs_of_its_account_whoever_sent_them(
    limited: Agent, agent: Agent, browser: FakeBrowser
) -> None:
    of_ada, of_bob = await agent.create(account="@ada"), await agent.create(account="bob")
    of_whoever = await agent.create()
    listed = (await limited.get("/v1/jobs")).body["jobs"]
    assert [job["id"] for job in listed] == [of_ada["id"]]
    assert "text" in await limited.read(of_ada["id"])
    for other in (of_bob, of_whoever):
        assert "text" not in await limited.read(other["id"])
    assert (await limited.get("/v1/usage")).body["total"] == 1
    assert (await limited.get("/v1/account/status")).body["queued"] == 1


async def test_pages_go_on_past_what_it_does_not_see(limited: Agent, agent: Agent) -> None:
    wanted = []
    for _ in range(3):
        wanted.append((await agent.create(account="@ada"))["id"])
        for _ in range(3):
            await agent.create(account="@bob")
    found, cursor = [], ""
    while True:
        page = (await limited.get(f"/v1/jobs?limit=2{cursor}")).body
        found += [job["id"] for job in page["jobs"]]
        if "nextCursor" not in page:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert found == wanted[::-1]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("cancel", None),
        ("settle", {"postUrl": None}),
        ("look-again", None),
        ("retry", None),
    ],
)
async def test_it_changes_no_job_of_others(
    limited: Agent, agent: Agent, action: str, body: Any
) -> None:
    job = await agent.create(account="@bob")
    answer = await limited.post(f"/v1/jobs/{job['id']}/{action}", body)
    assert (answer.status, answer.code) == (404, "JOB_NOT_FOUND")
    assert (await agent.read(job["id"]))["status"] == "queued"


@pytest.mark.parametrize("action", ["approve", "reject"])
async def test_nor_says_yes_to_one(
    limited: Agent,
    agent: Agent,
    person: Visitor,
    program: Program,
    ids: dict[str, str],
    action: str,
) -> None:
    entered = {"which": "some", "account": [ids["@ada"]], "scope": ["posts.approve"]}
    tokens = await program.connect(person, entered, scope="posts.approve")
    job = await agent.create(account="@bob")
    said = await program.send(
        f"/v1/jobs/{job['id']}/{action}",
        json={},
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert (said.status, said.body["code"]) == (404, "JOB_NOT_FOUND")


async def test_it_sees_its_account_and_no_login_of_others(
    limited: Agent, ids: dict[str, str]
) -> None:
    accounts = (await limited.get("/v1/accounts")).body["accounts"]
    assert [account["handle"] for account in accounts] == ["@ada"]
    assert (await limited.get(f"/v1/accounts/{ids['@ada']}")).status == 200
    assert (await limited.get(f"/v1/accounts/{ids['@bob']}")).status == 404
    changed = await limited.ask("PATCH", f"/v1/accounts/{ids['@bob']}", json={"paused": True})
    assert changed.status == 404
    assert "bob" not in (await limited.get("/v1/account/status")).text.replace("Bob's browser", "")


async def test_it_hears_of_its_jobs_alone(limited: Agent, agent: Agent) -> None:
    headers = {"clawpost-api-key": limited.key}
    async with agent.client.get("/v1/events", headers=headers) as response:
        await agent.create(account="@bob")
        own = await agent.create(account="@ada")
        async with asyncio.timeout(5):
            event = await anext(events_of(response))
    assert event["jobId"] == own["id"]


async def test_the_events_of_another_s_job_are_not_there(limited: Agent, agent: Agent) -> None:
    job = await agent.create(account="@bob")
    assert (await limited.get(f"/v1/jobs/{job['id']}/events")).status == 404


async def test_it_sees_its_own_files_alone(limited: Agent, agent: Agent) -> None:
    theirs = await agent.upload("theirs.png", picture())
    own = await limited.upload("own.png", picture())
    listed = (await limited.get("/v1/media")).body["media"]
    assert [each["id"] for each in listed] == [own["id"]]
    assert len((await agent.get("/v1/media")).body["media"]) == 2
    path = f"/v1/media/{theirs['id']}"
    assert (await limited.get(path)).status == 404
    assert (await limited.ask("DELETE", path)).status == 404
    assert (await agent.get(path)).status == 200


async def test_it_sees_and_makes_keys_with_its_limits_alone(
    limited: Agent, agent: Agent, ids: dict[str, str]
) -> None:
    labels = [key["label"] for key in (await limited.get("/v1/keys")).body["keys"]]
    assert labels == ["ada's"]
    made = (await limited.post("/v1/keys", {"label": "more"})).body
    assert made["accounts"] == [ids["@ada"]]
    refused = await limited.post("/v1/keys", {"label": "more", "accounts": [ids["@bob"]]})
    assert refused.status == 403
    [whole] = [key for key in (await agent.get("/v1/keys")).body["keys"] if "accounts" not in key]
    assert (await limited.post(f"/v1/keys/{whole['id']}/rotate")).status == 403
    assert (await limited.ask("DELETE", f"/v1/keys/{whole['id']}")).status == 404
    assert (await limited.ask("DELETE", f"/v1/keys/{made['id']}")).status == 204


async def test_it_pairs_no_browser(limited: Agent) -> None:
    refused = await limited.post("/v1/connect/pair", {"code": "123456"})
    assert (refused.status, refused.code) == (403, "FORBIDDEN")


async def test_it_learns_its_limits(limited: Agent) -> None:
    body = (await limited.get("/v1/keys/validate")).body
    assert body["accounts"] == [{"platform": "x", "handle": "ada"}]


async def test_an_app_is_limited_as_its_person_chose(
    agent: Agent, program: Program, person: Visitor, ids: dict[str, str]
) -> None:
    entered = {"which": "some", "account": [ids["@bob"]]}
    tokens = await program.connect(person, entered)
    said = await program.read("/v1/accounts", tokens["access_token"])
    assert [account["handle"] for account in said.body["accounts"]] == ["@bob"]
    page = await person.open("/dashboard/apps")
    assert "only as @bob" in page.text


async def test_a_choice_without_an_account_is_asked_again(
    program: Program, person: Visitor, ids: dict[str, str]
) -> None:
    page = await program.ask(person, "yes", {"which": "some", "account": []})
    assert page.status == 400
    page = await program.ask(person, "yes", {"which": "some", "account": ["nobody's"]})
    assert "Choose the accounts, or all of them." in page.text
    assert program.answers == []
