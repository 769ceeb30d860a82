"""`login`, `whoami` and `logout` against a broker that is not this machine's own."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from postbroker.client import AsyncPostbroker, RefusedError
from postbroker.client.device import DeviceLogin
from postbroker.client.logins import FILE_NAME, Login, LoginStore, StoredLogin
from server.cli.conftest import SCRIPT, Ended, Installation, Running
from server.dashboard.visitor import Page, Visitor, signed_in
from server.doubles.clock import HurriedClock

WHOLE_SECONDS = 20


@pytest.fixture
def machine(tmp_path: Path) -> Installation:
    """A machine on which no broker ever ran."""
    return Installation(tmp_path / "elsewhere")


@pytest.fixture
async def person(running: Running) -> AsyncIterator[Visitor]:
    """The owner of the running broker, signed in to its dashboard."""
    link = (await running.run("signin")).out.split()
    address = next(word for word in link if "token=" in word)
    async with signed_in(running.broker.url, address) as visitor:
        yield visitor


async def answer(person: Visitor, asked: dict[str, Any], word: str) -> Page:
    """Open the page of the code, and say yes or no."""
    path = asked["verificationUriComplete"].removeprefix(asked["url"])
    page = await person.open(path)
    if page.can("/oauth/device") and "signed" not in str(page.forms):
        page = await person.submit(page.form("/oauth/device"))
    return await person.submit(page.form("/oauth/device"), answer=word)


async def log_in(
    machine: Installation, running: Running, person: Visitor, word: str = "yes"
) -> Ended:
    """Run the command, and answer as the person."""
    process = await asyncio.create_subprocess_exec(
        SCRIPT,
        "login",
        running.broker.url,
        "--json",
        env=machine._variables(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    asked = json.loads(await asyncio.wait_for(process.stdout.readline(), WHOLE_SECONDS))
    await answer(person, asked, word)
    out, err = await asyncio.wait_for(process.communicate(), WHOLE_SECONDS)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def logged_in(machine: Installation, running: Running, person: Visitor) -> LoginStore:
    """The logins of a machine, after one."""
    store = LoginStore(machine.data_dir)
    async with DeviceLogin(running.broker.url, store, HurriedClock()) as login:
        code = await login.begin(["posts.read", "usage.read"])
        asked = {"url": login.url, "verificationUriComplete": code.verification_uri_complete}
        await answer(person, asked, "yes")
        await login.finish(code)
    return store


async def test_a_login_lets_commands_in_until_it_is_ended(
    machine: Installation, running: Running, person: Visitor
) -> None:
    before = await machine.run("whoami", "--json")
    assert (before.code, before.document["code"]) == (2, "NO_KEY")

    ended = await log_in(machine, running, person)
    assert ended.code == 0, ended.err
    assert (ended.document["kind"], ended.document["means"]) == ("app", "login")
    assert "posts.approve" not in ended.document["scopes"]

    file = machine.data_dir / FILE_NAME
    assert stat.S_IMODE((await asyncio.to_thread(file.stat)).st_mode) == 0o600
    assert (await machine.run("post", "From elsewhere", "--queue")).code == 0
    said = await machine.run("whoami")
    assert running.broker.url in said.out
    other = await machine.run("--url", "http://127.0.0.1:9", "jobs", "--json")
    assert (other.code, other.document["code"]) == (2, "NO_KEY")
    assert (await machine.run("logout", "--json")).document["loggedOut"] is True
    assert (await machine.run("whoami")).code == 2
    again = await machine.run("logout", running.broker.url, "--json")
    assert (again.code, again.document["code"]) == (2, "NO_LOGIN")


async def test_a_no_is_a_person_who_is_needed(
    machine: Installation, running: Running, person: Visitor
) -> None:
    ended = await log_in(machine, running, person, "no")
    assert (ended.code, ended.document["code"]) == (3, "LOGIN_NEEDED")
    assert not await asyncio.to_thread((machine.data_dir / FILE_NAME).exists)


async def test_tokens_are_renewed_once_by_many_at_a_time(
    machine: Installation, running: Running, person: Visitor
) -> None:
    store, url = await logged_in(machine, running, person), running.broker.url
    old = store.read().brokers[url]
    await _keep(store, url, old.model_copy(update={"expires_at": 0.0}))
    ended = await asyncio.gather(*(machine.run("jobs", "--json") for _ in range(4)))
    assert [each.code for each in ended] == [0] * 4
    new = store.read().brokers[url]
    assert new.access_token != old.access_token
    assert new.refresh_token != old.refresh_token

    await _keep(store, url, new.model_copy(update={"access_token": "mcpat_lost"}))
    async with AsyncPostbroker(url, credential=StoredLogin(store, url)) as broker:
        await asyncio.gather(broker.usage(), broker.usage())
    assert (await machine.run("jobs")).code == 0


async def test_a_login_that_was_ended_elsewhere_asks_for_another(
    machine: Installation, running: Running, person: Visitor
) -> None:
    store, url = await logged_in(machine, running, person), running.broker.url
    wrong = Login(access_token="mcpat_x", refresh_token="mcprt_x", expires_at=0)
    await _keep(store, url, wrong)
    async with AsyncPostbroker(url, credential=StoredLogin(store, url)) as broker:
        with pytest.raises(RefusedError) as raised:
            await broker.usage()
    assert (raised.value.code, raised.value.actor) == ("LOGIN_NEEDED", "user")
    assert f"postbroker login {url}" in (raised.value.suggested_action or "")
    assert store.read().brokers == {}


@pytest.mark.parametrize("url", ["http://broker.example.org", "http://10.0.0.1:8787", "nonsense"])
async def test_tokens_travel_to_this_machine_or_by_tls(machine: Installation, url: str) -> None:
    ended = await machine.run("login", url, "--json")
    assert (ended.code, ended.document["code"]) == (2, "INVALID_SETTING")


async def _keep(store: LoginStore, url: str, login: Login) -> None:
    async with store.lock():
        store.keep(url, login)
