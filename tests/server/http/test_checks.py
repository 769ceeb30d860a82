"""Checks of what a browser finds on a platform, and the locators that it is handed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from postbroker.appkeys import SETTINGS
from postbroker.contract.locators import (
    CheckReport,
    LastCheck,
    LocatorCheck,
    LocatorState,
    RefusedPack,
)
from postbroker.domain.errands import answer_of
from server.doubles.extension import FakeBrowser, RefusedError
from server.examples import read_example
from server.http.agent import Agent
from server.samples import X, a_job

REPORT = CheckReport(
    version="2026.11.24",
    signed=False,
    session="in",
    account="ada",
    path="/compose/post",
    locators=[
        LocatorCheck(name="postButton", candidate=2, selector="button", expected=True),
        LocatorCheck(name="toast"),
    ],
)
PACK: dict[str, Any] = read_example("packs")["packs"][0]["pack"]
VERSION = json.loads(PACK["payload"])["version"]


@pytest.fixture
def folder(app: web.Application) -> Path:
    """Where signed packs lie."""
    folder = app[SETTINGS].data_dir / "locators"
    folder.mkdir()
    return folder


@pytest.fixture
async def other(url: str, agent: Agent) -> AsyncIterator[FakeBrowser]:
    """A second paired browser."""
    browser = await FakeBrowser.pair(url, agent.key, name="The other one")
    yield browser
    await browser.close()


async def id_of(agent: Agent, name: str) -> str:
    browsers = (await agent.get("/v1/account/status")).body["browsers"]
    return str(next(each["id"] for each in browsers if each["name"] == name))


class TestCheck:
    async def test_a_browser_looks_without_a_permit_and_the_job_says_what_it_found(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.post("/v1/checks", {"platform": "x"})
        assert answer.status == 201
        leased = await browser.pull()
        assert leased is not None
        assert (leased.job.kind, leased.job.text, leased.purpose) == ("check", "", "publish")
        with pytest.raises(RefusedError) as refused:
            await browser.permit(leased)
        assert refused.value.problem["details"] == {"reason": "reads_only"}
        await browser.check(leased, REPORT)
        job = await agent.read(answer.body["id"])
        assert job["status"] == "succeeded"
        assert job["details"]["check"] == REPORT.model_dump(mode="json", exclude_none=True)
        assert job["details"]["report"] == {}

    async def test_the_browser_that_is_named_looks_and_no_other(
        self, agent: Agent, browser: FakeBrowser, other: FakeBrowser
    ) -> None:
        named = await id_of(agent, other.name)
        await agent.post("/v1/checks", {"platform": "x", "browserId": named})
        assert await browser.pull() is None
        leased = await other.pull()
        assert leased is not None
        assert leased.job.options == {"browserId": named}

    async def test_the_person_in_front_of_a_browser_has_it_look_itself(
        self, browser: FakeBrowser, other: FakeBrowser
    ) -> None:
        asked = await other.ask_check("linkedin")
        assert await browser.pull() is None
        leased = await other.pull()
        assert leased is not None
        assert (leased.job.id, leased.job.platform) == (asked.id, "linkedin")

    async def test_the_popup_s_list_says_what_it_is(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        await agent.post("/v1/checks", {"platform": "x"})
        [waiting] = (await browser.hello()).next_jobs
        assert (waiting.platform, waiting.text) == ("x", "Look what is found there")

    async def test_a_check_waits_for_five_minutes_unless_it_says_otherwise(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        lives = []
        for more in ({}, {"expiresInSeconds": 60}):
            created = (await agent.post("/v1/checks", {"platform": "x"} | more)).body
            deadline = (await agent.read(created["id"]))["details"]["deadlineAt"]
            lives.append(deadline)
        assert lives[0] > lives[1]

    @pytest.mark.parametrize(
        ("fields", "status", "code"),
        [
            ({"platform": "myspace"}, 400, "UNSUPPORTED_PLATFORM"),
            ({"platform": "bluesky"}, 400, "UNSUPPORTED_PLATFORM"),
            ({"platform": "x", "browserId": "nobody-00001"}, 404, "NOT_FOUND"),
            ({}, 400, "VALIDATION_FAILED"),
        ],
    )
    async def test_what_cannot_be_checked_is_refused(
        self, agent: Agent, browser: FakeBrowser, fields: dict[str, str], status: int, code: str
    ) -> None:
        answer = await agent.post("/v1/checks", fields)
        assert (answer.status, answer.code) == (status, code)

    async def test_a_browser_of_another_workspace_is_not_there(
        self, agent: Agent, stranger: Agent, browser: FakeBrowser
    ) -> None:
        named = await id_of(agent, browser.name)
        answer = await stranger.post("/v1/checks", {"platform": "x", "browserId": named})
        assert answer.code == "NOT_FOUND"

    async def test_what_is_no_report_fails_the_check(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        created = (await agent.post("/v1/checks", {"platform": "x"})).body
        leased = await browser.pull()
        assert leased is not None
        await browser.ack(leased, "done", "preparing", details={"check": {"session": "maybe"}})
        job = await agent.read(created["id"])
        assert (job["status"], job["errorCode"]) == ("failed", "unknown_error")

    async def test_a_paused_account_is_checked_all_the_same(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        [account] = (await agent.get("/v1/accounts")).body["accounts"]
        await agent.ask("PATCH", f"/v1/accounts/{account['id']}", json={"paused": True})
        await agent.post("/v1/checks", {"platform": "x"})
        assert await browser.pull() is not None


class TestLimitedKey:
    """A key for some accounts alone."""

    @pytest.fixture
    async def limited(self, url: str, agent: Agent, browser: FakeBrowser) -> Agent:
        """A program whose key is for Bob's account; @ada's is another's."""
        bobs = await FakeBrowser.pair(url, agent.key, name="Bob's", account="@bob")
        await bobs.close()
        accounts = (await agent.get("/v1/accounts")).body["accounts"]
        [bob] = [each["id"] for each in accounts if each["handle"] == "@bob"]
        fields = {"label": "for Bob", "accounts": [bob]}
        return Agent(agent.client, (await agent.post("/v1/keys", fields)).body["key"])

    async def test_a_check_tells_it_of_no_other_account(self, limited: Agent) -> None:
        created = (await limited.post("/v1/checks", {"platform": "x"})).body
        job = (await limited.get(f"/v1/jobs/{created['id']}")).body
        assert job["details"]["account"] == "bob"
        found = {"check": REPORT.model_dump(mode="json")}
        told = answer_of(a_job(kind="check", text="", account="bob"), found, X, None)
        assert "account" not in told["check"]

    async def test_what_a_browser_found_elsewhere_is_not_shown_to_it(
        self, limited: Agent, browser: FakeBrowser
    ) -> None:
        check = LastCheck(checked_at=1_795_600_000_000, session="in", account="ada")
        await browser.hello(
            locators=[LocatorState(platform="x", version="2026.11.24", check=check)]
        )
        browsers = (await limited.get("/v1/account/status")).body["browsers"]
        [shown] = [each["locators"] for each in browsers if each["name"] == browser.name]
        assert shown == [{"platform": "x", "version": "2026.11.24", "signed": False}]


class TestPacks:
    async def test_a_pack_that_lies_in_the_folder_is_told_of_and_handed_out_as_it_is(
        self, browser: FakeBrowser, folder: Path
    ) -> None:
        assert (await browser.hello()).locators is None
        (folder / "x.json").write_text(json.dumps(PACK), encoding="utf-8")
        assert (await browser.hello()).locators == {"x": VERSION}
        pack = await browser.locators("x")
        assert pack.model_dump(mode="json") == PACK

    async def test_one_that_changes_is_read_again(self, browser: FakeBrowser, folder: Path) -> None:
        (folder / "x.json").write_text(json.dumps(PACK), encoding="utf-8")
        assert (await browser.hello()).locators == {"x": VERSION}
        newer = PACK | {"payload": PACK["payload"].replace(VERSION, "2027.01.01.100")}
        (folder / "x.json").write_text(json.dumps(newer), encoding="utf-8")
        assert (await browser.hello()).locators == {"x": "2027.01.01.100"}
        (folder / "x.json").unlink()
        assert (await browser.hello()).locators is None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            json.dumps({**PACK, "payload": "{}"}),
            json.dumps({**PACK, "more": 1}),
            "x" * 300_000,
        ],
        ids=["empty", "no pack", "no locators", "more than a pack", "too long"],
    )
    async def test_what_is_no_pack_is_left_out(
        self, browser: FakeBrowser, folder: Path, text: str
    ) -> None:
        (folder / "x.json").write_text(text, encoding="utf-8")
        assert (await browser.hello()).locators is None
        with pytest.raises(RefusedError) as refused:
            await browser.locators("x")
        assert (refused.value.status, refused.value.code) == (404, "NOT_FOUND")

    async def test_a_pack_under_another_platform_s_name_is_left_out(
        self, browser: FakeBrowser, folder: Path
    ) -> None:
        (folder / "linkedin.json").write_text(json.dumps(PACK), encoding="utf-8")
        assert (await browser.hello()).locators is None

    async def test_what_a_browser_uses_refused_and_found_is_shown(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        state = LocatorState(
            platform="x",
            version="2026.11.24",
            refused=RefusedPack(version="2027.01.01", reason="the signature does not fit"),
            check=LastCheck(checked_at=1_795_600_000_000, session="in", account="ada"),
        )
        await browser.hello(locators=[state])
        [shown] = (await agent.get("/v1/account/status")).body["browsers"]
        assert [LocatorState.model_validate(row) for row in shown["locators"]] == [state]
