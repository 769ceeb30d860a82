"""`doctor`: every line well or with the one next step."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from postbroker.client import AsyncPostbroker
from postbroker.contract.locators import CheckReport, LocatorCheck
from server.cli.conftest import Installation, Running
from server.doubles import extension
from server.doubles.extension import FakeBrowser


def by_name(document: Any) -> dict[str, Any]:
    return {check["name"]: check for check in document["checks"]}


async def test_missing_browser_is_the_first_thing_wrong(running: Running) -> None:
    ended = await running.run("doctor", "--json")
    assert ended.code == 7
    checks = by_name(ended.document)
    assert checks["broker"]["ok"]
    assert checks["key"]["ok"]
    assert checks["data folder"]["ok"]
    assert not checks["browser"]["ok"]
    assert "postbroker pair CODE" in checks["browser"]["nextStep"]


async def test_stopped_broker_is_said_so(installation: Installation) -> None:
    installation.start().stop()
    ended = await installation.run("doctor")
    assert ended.code == 1
    assert "✗ broker: no broker answers" in ended.out
    assert "postbroker up" in ended.out


async def test_wrong_key_is_said_so(running: Running) -> None:
    ended = await running.run("--key", "claw_wrong", "doctor", "--json")
    assert ended.code == 4
    assert not by_name(ended.document)["key"]["ok"]


async def test_open_secret_is_said_so(running: Running) -> None:
    secret = running.installation.data_dir / "secret.key"
    secret.chmod(0o644)
    try:
        checks = by_name((await running.run("doctor", "--json")).document)
    finally:
        secret.chmod(0o600)
    assert checks["data folder"]["nextStep"] == f"chmod go-rwx {secret}"


async def test_paused_browser_needs_a_person(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    await browser.hello(paused=True)
    ended = await running_with_browser.run("doctor", "--json")
    assert ended.code == 3
    checks = by_name(ended.document)
    assert "Resume" in checks[f"browser {browser.name}"]["nextStep"]


async def test_older_extension_than_the_one_here_is_to_be_reloaded(
    running_with_browser: Running, browser: FakeBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extension, "VERSION", "0.0.1")
    await browser.hello()
    checks = by_name((await running_with_browser.run("doctor", "--json")).document)
    assert "reload" in checks[f"browser {browser.name}"]["nextStep"]


async def test_login_of_the_paired_browser_is_known(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    checks = by_name((await running_with_browser.run("doctor", "--json")).document)
    assert "@ada" in checks["platform x"]["found"]


FOUND = LocatorCheck(name="textBox", candidate=2, selector="[role='textbox']", expected=True)
NOT_FOUND = LocatorCheck(name="postButton", expected=True)
ELSEWHERE = LocatorCheck(name="toast")


def report(*locators: LocatorCheck, **more: Any) -> CheckReport:
    usual = {"version": "2026.11.24", "signed": False, "session": "in", "account": "ada"}
    return CheckReport(**{**usual, "path": "/", **more}, locators=list(locators))


async def look(browser: FakeBrowser, found: CheckReport) -> None:
    """Do as the extension does when it is sent to look."""
    leased = await browser.pull(wait=15)
    assert leased is not None
    assert leased.job.kind == "check"
    await browser.check(leased, found)


@pytest.fixture
def alone(installation: Installation) -> Running:
    """A broker that has one browser and no other: each that is online is asked."""
    return Running(installation, installation.start())


@pytest.fixture
async def lonely(alone: Running) -> AsyncIterator[FakeBrowser]:
    paired = await FakeBrowser.pair(alone.broker.url, alone.key, name="The only one")
    yield paired
    await paired.close()


class TestBrowser:
    async def test_each_control_is_named_with_the_candidate_that_found_it(
        self, alone: Running, lonely: FakeBrowser
    ) -> None:
        looking = asyncio.create_task(look(lonely, report(FOUND, ELSEWHERE)))
        ended = await alone.run("doctor", "--browser", "--platform", "x", "--json")
        await looking
        [site] = ended.document["sites"]
        assert site["ok"]
        assert site["found"] == "ada, 1 of 1; locators 2026.11.24, bundled"
        assert [row["name"] for row in site["check"]["locators"]] == ["textBox", "toast"]

    async def test_a_person_reads_what_was_found_and_what_is_missing(
        self, alone: Running, lonely: FakeBrowser
    ) -> None:
        looking = asyncio.create_task(look(lonely, report(FOUND, NOT_FOUND, ELSEWHERE)))
        ended = await alone.run("doctor", "--browser", "--platform", "x")
        await looking
        assert f"✗ x in {lonely.name}: ada, 1 of 2, without postButton;" in ended.out
        assert "textBox           2    [role='textbox']" in ended.out
        assert "postButton        none" in ended.out
        assert "toast" not in ended.out
        assert "The site has changed" in ended.out

    @pytest.mark.parametrize(
        ("session", "words"),
        [("out", "nobody is logged in"), ("challenge", "wants to see a person")],
    )
    async def test_who_must_act_where_nobody_can_post_is_said(
        self, alone: Running, lonely: FakeBrowser, session: str, words: str
    ) -> None:
        found = report(ELSEWHERE, session=session, account=None)
        looking = asyncio.create_task(look(lonely, found))
        ended = await alone.run("doctor", "--browser", "--platform", "x", "--json")
        await looking
        check = by_name(ended.document)[f"x in {lonely.name}"]
        assert words in check["found"]
        assert "Open x in that browser" in check["nextStep"]

    async def test_without_a_broker_nothing_is_looked_at(self, installation: Installation) -> None:
        ended = await installation.run("doctor", "--browser", "--json")
        assert (ended.code, ended.document["sites"]) == (1, [])


class TestStanding:
    async def test_who_holds_a_job_and_what_waits_for_whom_is_said(
        self, alone: Running, lonely: FakeBrowser
    ) -> None:
        assert (await alone.run("post", "Held", "--sandbox", "--no-wait")).code == 0
        leased = await lonely.pull(10)
        assert leased is not None
        await lonely.progress(leased, "insert_text")
        assert (await alone.run("accounts", "ask", "@ada")).code == 0
        asked = ("post", "May I?", "--account", "@ada", "--no-wait", "--json")
        waiting = (await alone.run(*asked)).document["id"]
        ended = await alone.run("doctor", "--json")
        checks = by_name(ended.document)
        assert checks[f"job {leased.job.id}"]["found"] == (
            f"x, held by {lonely.name}: writes the text"
        )
        assert checks["waiting for a person's yes"]["found"].startswith("1 job, the oldest since")
        click = ended.document["next"]
        assert (ended.code, click["name"]) == (3, "waiting for a person's yes")
        assert click["url"] == f"{alone.broker.url}/dashboard/jobs/{waiting}"
        said = await alone.run("doctor")
        assert said.out.splitlines()[-1].strip() == click["url"]

    async def test_a_post_that_may_be_live_is_a_person_s_to_look_for(
        self, installation: Installation
    ) -> None:
        broker = installation.start(
            POSTBROKER_VERIFY_DELAYS="0.1", POSTBROKER_VERIFY_PATIENCE_SECONDS="0.2"
        )
        key = broker.ready["apiKey"]
        browser = await FakeBrowser.pair(broker.url, key)
        async with AsyncPostbroker(broker.url, key) as client:
            job = await client.post("Where?", sandbox=True)
            leased = await browser.pull(10)
            assert leased is not None
            await browser.permit(leased)
            await browser.ack(leased, "unknown", "pressed", error="no answer")
            await client.wait(job, timeout=10, check=False)
        await browser.close()
        check = by_name((await installation.run("doctor", "--json")).document)["outcomes"]
        assert check["found"] == "1 job may be live, and nobody knows"
        assert f"postbroker settle {job.id}" in check["nextStep"]
        broker.stop()

    async def test_the_next_click_is_where_a_browser_is_paired(self, alone: Running) -> None:
        document = (await alone.run("doctor", "--json")).document
        assert document["next"]["url"] == f"{alone.broker.url}/dashboard/browsers"
        assert "postbroker pair CODE" in document["next"]["step"]
