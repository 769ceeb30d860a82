"""`connect` and `connections`, as the person at the machine uses them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from postbroker.client import AsyncPostbroker
from server.cli.conftest import SCRIPT, Broker, Ended, Installation, Running
from server.doubles.clock import StillClock
from server.doubles.platforms.bluesky import PASSWORD, BlueskyStandIn
from server.doubles.platforms.mastodon import TOKEN, MastodonStandIn

LOOPBACK = {"POSTBROKER_FETCH_FROM": "127.0.0.0/8"}
ENTERED = f"handle=@ada.test\napp_password={PASSWORD}\n"


@pytest.fixture
async def broker(installation: Installation) -> Broker:
    """A broker that may reach servers on this machine."""
    return await asyncio.to_thread(installation.start, **LOOPBACK)


@pytest.fixture
async def bluesky() -> AsyncIterator[BlueskyStandIn]:
    async with BlueskyStandIn(StillClock(datetime.now(UTC))) as platform:  # noqa: TID251  as the broker's
        yield platform


@pytest.fixture
async def mastodon() -> AsyncIterator[MastodonStandIn]:
    async with MastodonStandIn(StillClock(datetime.now(UTC))) as platform:  # noqa: TID251  as the broker's
        yield platform


async def connect(installation: Installation, bluesky: BlueskyStandIn) -> Ended:
    return await installation.run(
        "connect", "bluesky", "--server", bluesky.url, "--stdin", "--json", entered=ENTERED
    )


def everything_in(folder: Path) -> bytes:
    """All bytes that an installation has left, its log with them."""
    log = folder.parent / f"{folder.name}.log"
    files = [*(file for file in folder.rglob("*") if file.is_file()), log]
    return b"".join(file.read_bytes() for file in files)


async def test_what_is_entered_connects_at_once(
    installation: Installation, broker: Broker, bluesky: BlueskyStandIn
) -> None:
    ended = await connect(installation, bluesky)
    assert ended.code == 0, ended.err
    assert (ended.document["status"], ended.document["handle"]) == ("connected", "ada.test")
    listed = await installation.run("connections")
    assert "ada.test" in listed.out
    checked = (await installation.run("connections", "check", "--json")).document
    assert [each["health"] for each in checked["accounts"]] == ["healthy"]


async def test_secrets_are_nowhere_in_what_an_installation_leaves(
    installation: Installation, broker: Broker, bluesky: BlueskyStandIn
) -> None:
    await connect(installation, bluesky)
    backup = installation.data_dir / "a.backup"
    said = [await installation.run("backup", str(backup), "--with-secret")]
    wrong = ENTERED.replace(PASSWORD, "a-planted-password")
    arguments = ("connect", "bluesky", "--server", bluesky.url, "--stdin", "--json")
    said.append(await installation.run(*arguments, entered=wrong))
    assert said[-1].code == 3
    answers = ""
    async with AsyncPostbroker(broker.url, broker.ready["apiKey"]) as client:
        answers += repr(await client.connections())
        answers += repr(await client.connections_health(check=True))
        bluesky.break_at("capabilities", "revoked")
        answers += repr(await client.connections_health(check=True))
        answers += repr(await client.connections()) + repr(await client.accounts())
    assert "disconnected" in answers
    left = everything_in(installation.data_dir) + answers.encode()
    left += "".join(each.out + each.err for each in said).encode()
    for secret in (PASSWORD, "a-planted-password", "secret-access", "secret-refresh", "eyJ"):
        assert secret.encode() not in left, secret


async def test_a_consent_page_is_opened_and_waited_for(
    installation: Installation, broker: Broker, mastodon: MastodonStandIn
) -> None:
    command = await asyncio.create_subprocess_exec(
        SCRIPT,
        "--url", broker.url,
        "--key", broker.ready["apiKey"],
        "connect", "mastodon", "--server", mastodon.url, "--way", "oauth", "--json",
        stdout=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert command.stdout is not None
    begun = json.loads(await asyncio.wait_for(command.stdout.readline(), 20))
    assert begun["status"] == "pending"
    back = mastodon.consent(begun["authorizeUrl"])
    callback = f"{broker.url}/oauth/mastodon/callback"
    async with aiohttp.ClientSession() as browser, browser.get(callback, params=back) as page:
        assert page.status == 200
        assert "is connected" in await page.text()
    ended = json.loads(await asyncio.wait_for(command.stdout.readline(), 20))
    assert await command.wait() == 0
    assert (ended["status"], ended["handle"]) == ("connected", mastodon.handle)
    assert mastodon.notes == []
    left = everything_in(installation.data_dir)
    assert TOKEN.encode() not in left
    assert b"secret-code" not in left


async def test_one_is_let_go_by_its_handle(
    installation: Installation, broker: Broker, bluesky: BlueskyStandIn
) -> None:
    await connect(installation, bluesky)
    removed = (await installation.run("connections", "remove", "@ada.test", "--json")).document
    assert removed["status"] == "disconnected"
    again = await installation.run("connections", "remove", "@ada.test", "--json")
    assert (again.code, again.document["code"]) == (1, "NOT_FOUND")


async def test_the_key_changes_while_the_broker_runs(
    installation: Installation, broker: Broker, bluesky: BlueskyStandIn
) -> None:
    await connect(installation, bluesky)
    key = installation.data_dir / "credentials.key"
    before = key.read_text().split()
    for _ in range(2):
        changed = (await installation.run("connections", "rotate-key", "--json")).document
        assert (changed["relocked"], changed["keyFrom"]) == (1, "file")
    assert before[0] not in key.read_text()
    async with AsyncPostbroker(broker.url, broker.ready["apiKey"]) as client:
        [standing] = (await client.connections_health(check=True)).accounts
    assert standing.health == "healthy"


@pytest.mark.parametrize(
    ("arguments", "entered", "code"),
    [
        (("nowhere",), "", "UNSUPPORTED_PLATFORM"),
        (("bluesky",), "", "VALIDATION_FAILED"),
        (("bluesky", "--way", "oauth"), "", "VALIDATION_FAILED"),
        (("bluesky", "--stdin"), "no pair", "VALIDATION_FAILED"),
        (("bluesky", "--stdin"), '{"handle": "ada", "app_password": null}', "WRONG_USAGE"),
        (("bluesky", "--stdin"), ENTERED + "more=1", "VALIDATION_FAILED"),
        (("bluesky", "--stdin", "--server", "http://example.org"), ENTERED, "VALIDATION_FAILED"),
    ],
    ids=["no platform", "nothing", "no page", "no pair", "no text", "one more", "no TLS"],
)
async def test_what_does_not_fit_is_said_with_what_would(
    running: Running, arguments: tuple[str, ...], entered: str, code: str
) -> None:
    ended = await running.run("connect", *arguments, "--json", entered=entered)
    assert (ended.code, ended.document["code"]) == (2, code)


async def test_an_app_that_is_missing_is_the_operator_s_to_set(running: Running) -> None:
    ended = await running.run("connect", "x", "--json")
    assert ended.document["code"] == "APP_NOT_CONFIGURED"
    assert "POSTBROKER_X_CLIENT_ID" in ended.document["message"]
