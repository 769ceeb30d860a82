"""OAuth 2.0 against oidc-provider, which forgives no mistake and revokes what is used twice."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from postbroker.app import Services
from postbroker.contract.connections import StartConnection
from postbroker.domain.caller import Caller
from postbroker.domain.key import ALL_SCOPES
from postbroker.errors import BrokerError, ForbiddenError
from postbroker.platforms.oauth import GrantOverError
from postbroker.services.apis import DisconnectedError
from postbroker.settings import environment_without_settings
from postbroker.store.connections import ConnectionRecord
from server.doubles.oauth_person import consent, refuse
from servers.oidc_member import ClientAuth, services_on
from servers.processes import running

CALLBACK = "http://127.0.0.1/oauth/x/callback"
AUTHS = {"basic": "client_secret_basic", "body": "client_secret_post", "none": "none"}
ROUNDS = 20
PROCESSES = 2


def options(client_auth: ClientAuth = "basic", code_seconds: int = 60) -> dict[str, Any]:
    return {
        "redirect_uri": CALLBACK,
        "client_auth": AUTHS[client_auth],
        "lives": {"code": code_seconds, "access": 600, "refresh": 3600},
        "rotates": True,
    }


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the server is."""
    with running("oidc", options()) as said:
        yield said["url"]


@pytest.fixture
async def services(tmp_path: Path, url: str) -> AsyncIterator[Services]:
    async with services_on(tmp_path, url) as services:
        yield services


async def agent(services: Services) -> Caller:
    workspace, _ = await services.workspaces.ensure_first()
    return Caller("key", "the-agent", "the agent", workspace.id, ALL_SCOPES)


async def begin(services: Services) -> str:
    started = await services.connecting.start(await agent(services), StartConnection(platform="x"))
    assert started.authorize_url is not None
    return started.authorize_url


async def finish(services: Services, back: str) -> ConnectionRecord:
    assert back.startswith(CALLBACK)
    return await services.connecting.finish("x", dict(URL(back).query), None)


async def connect(services: Services) -> ConnectionRecord:
    return await finish(services, await consent(await begin(services)))


class TestConsent:
    async def test_a_yes_connects_whoever_said_it(self, services: Services) -> None:
        record = await connect(services)
        assert (record.state, record.handle) == ("connected", "ada")
        assert record.refresh_at is not None

    async def test_a_no_is_noted(self, services: Services) -> None:
        back = await refuse(await begin(services))
        with pytest.raises(BrokerError, match="CONSENT_REFUSED"):
            await finish(services, back)

    @pytest.mark.parametrize("client_auth", ["body", "none"])
    async def test_apps_prove_themselves_as_the_server_has_it(
        self, tmp_path: Path, client_auth: ClientAuth
    ) -> None:
        with running("oidc", options(client_auth)) as said:
            async with services_on(tmp_path, said["url"], client_auth) as services:
                record = await connect(services)
                assert await services.renewal.renew(record) is not None

    async def test_a_code_that_is_too_old_connects_nobody(self, tmp_path: Path) -> None:
        with running("oidc", options(code_seconds=1)) as said:
            async with services_on(tmp_path, said["url"]) as services:
                back = await consent(await begin(services))
                await asyncio.sleep(2)  # noqa: TID251  the server's clock is its own
                with pytest.raises(BrokerError, match="PLATFORM_REFUSED"):
                    await finish(services, back)
                [record] = await services.connections.all(await agent(services))
                assert record.state == "failed"

    async def test_a_code_is_good_for_its_own_verifier_alone(self, services: Services) -> None:
        one, other = await begin(services), await begin(services)
        stolen = dict(URL(await consent(one)).query)["code"]
        mixed = dict(URL(await consent(other)).query) | {"code": stolen}
        with pytest.raises(BrokerError, match="PLATFORM_REFUSED"):
            await services.connecting.finish("x", mixed, None)

    async def test_the_answer_of_another_server_is_refused_unasked(
        self, services: Services
    ) -> None:
        with running("oidc", options()) as said:
            own = await begin(services)
            theirs = await consent(str(URL(own).with_port(URL(said["url"]).port)))
            with pytest.raises(BrokerError, match="CONSENT_MISMATCH"):
                await finish(services, theirs)

    async def test_a_way_back_is_gone_once(self, services: Services) -> None:
        back = await consent(await begin(services))
        await finish(services, back)
        with pytest.raises(ForbiddenError, match="CONSENT_MISMATCH"):
            await finish(services, back)


class TestRefresh:
    async def test_one_pair_follows_the_other(self, services: Services) -> None:
        record = await connect(services)
        for turn in range(record.turn + 1, record.turn + 4):
            fresh = await services.renewal.renew(record)
            assert fresh is not None
            assert fresh.turn == turn
            record = fresh
        await services.apis.capabilities(record.id, anew=True)

    async def test_a_token_used_twice_ends_it_all_and_the_broker_says_so(
        self, services: Services
    ) -> None:
        record = await connect(services)
        spent = services.access.unlock(record)
        assert await services.renewal.renew(record) is not None
        client, app = services.access.oauth(record), services.access.app(record, spent)
        assert client is not None
        assert app is not None
        with pytest.raises(GrantOverError):
            await client.refresh(app, spent.credentials, services.access.clock.now())
        fresh = await services.connections.get(await agent(services), record.id)
        with pytest.raises(DisconnectedError):
            await services.renewal.renew(fresh)
        [standing] = await services.connections.standing(await agent(services))
        assert (standing.state, standing.error_code) == ("disconnected", "CONNECTION_ENDED")

    async def test_processes_that_want_it_at_once_use_each_token_once(
        self, services: Services, tmp_path: Path, url: str
    ) -> None:
        record = await connect(services)
        turns = range(record.turn, record.turn + ROUNDS)
        async for turn, ended in races(tmp_path, url, record.id, turns):
            assert ended == [{"turn": turn + 1}] * PROCESSES
        await services.apis.capabilities(record.id, anew=True)

    async def test_a_grant_that_was_taken_back_disconnects(self, services: Services) -> None:
        record = await connect(services)
        kept = services.access.unlock(record)
        client, app = services.access.oauth(record), services.access.app(record, kept)
        assert client is not None
        assert app is not None
        await client.revoke(app, kept.credentials)
        with pytest.raises(DisconnectedError):
            await services.renewal.renew(record)

    async def test_letting_go_gives_the_tokens_back(self, services: Services) -> None:
        record = await connect(services)
        kept = services.access.unlock(record)
        await services.connections.remove(await agent(services), record.id)
        client, app = services.access.oauth(record), services.access.app(record, kept)
        assert client is not None
        assert app is not None
        with pytest.raises(GrantOverError):
            await client.refresh(app, kept.credentials, services.access.clock.now())


async def races(
    folder: Path, url: str, connection_id: str, turns: Iterable[int]
) -> AsyncIterator[tuple[int, list[dict[str, Any]]]]:
    """Processes that refresh the same connection at the same moment, each time; how each ended."""
    script = Path(__file__).parent / "renewing.py"
    paths = [str(script.parents[1]), str(script.parents[2] / "server")]
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(script), str(folder), url, connection_id,
            env=environment_without_settings() | {"PYTHONPATH": ":".join(paths)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    try:
        assert {await said(each) for each in processes} == {"ready"}
        for turn in turns:
            for each in processes:
                assert each.stdin is not None
                each.stdin.write(f"{turn}\n".encode())
            yield turn, [json.loads(await said(each)) for each in processes]
    finally:
        for each in processes:
            each.kill()
            await each.communicate()


async def said(process: asyncio.subprocess.Process) -> str:
    """The next line that is no line of a log."""
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode().strip():
        if line.startswith(("ready", "{")):
            return line
    raise AssertionError("it ended without a word")
