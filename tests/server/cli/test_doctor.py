"""`doctor`: every line well or with the one next step."""

from typing import Any

import pytest

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
    assert ended.code == 1
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
