"""Connected accounts: how they stand, what they can do, what is asked of them, letting them go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from pydantic import HttpUrl

from postbroker.app import Services
from postbroker.contract.connections import StartConnection
from postbroker.domain.caller import Caller
from postbroker.domain.media import Attached
from postbroker.errors import BrokerError, ConflictError, ForbiddenError, NotFoundError
from postbroker.platforms.outcome import TroubleError
from postbroker.services.api import ConnectedApi
from postbroker.services.apis import DisconnectedError
from postbroker.services.credentials import UnreadableError
from postbroker.settings import Settings
from postbroker.store.connections import ConnectionRecord, save_connection
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.doubles.files import picture
from server.doubles.oauth_platform import OAuthMember, OAuthPlatform, connect
from server.steps import add_workspace, enqueue, hello, pair


@pytest.fixture
async def record(services: Services, caller: Caller, platform: OAuthPlatform) -> ConnectionRecord:
    """A connected account."""
    return await connect(services, caller, platform)


async def a_file(services: Services, caller: Caller) -> Attached:
    """A picture that was uploaded."""

    async def chunks() -> AsyncIterator[bytes]:
        yield picture()

    media = await services.media.receive(caller, "a.png", chunks(), lambda: None)
    return Attached(media, None, "mediaPaths.0")


def account_of(record: ConnectionRecord) -> str:
    assert record.account_id is not None
    return record.account_id


class TestAbility:
    async def test_it_is_read_when_the_account_is_connected(
        self, services: Services, caller: Caller, record: ConnectionRecord, still_clock: StillClock
    ) -> None:
        found = await services.connections.ability(caller, account_of(record))
        assert found.capabilities.text.unit == "weighted"
        assert "board" in found.capabilities.settings["properties"]
        assert found.read_at == still_clock.now()

    async def test_it_is_a_day_old_at_most(
        self,
        services: Services,
        caller: Caller,
        record: ConnectionRecord,
        platform: OAuthPlatform,
        still_clock: StillClock,
    ) -> None:
        begun = still_clock.now()
        still_clock.move(hours=23)
        assert (await services.connections.ability(caller, account_of(record))).read_at == begun
        still_clock.move(hours=1)
        found = await services.connections.ability(caller, account_of(record))
        assert found.read_at == still_clock.now()

    async def test_old_knowledge_counts_on_while_the_platform_is_away(
        self,
        services: Services,
        caller: Caller,
        platform: OAuthPlatform,
        still_clock: StillClock,
    ) -> None:
        begun = still_clock.now()
        platform.lives_seconds = 10 * 86400
        account_id = account_of(await connect(services, caller, platform))
        await platform.server.close()
        still_clock.move(hours=25)
        assert (await services.connections.ability(caller, account_id)).read_at == begun
        with pytest.raises(BrokerError, match="PLATFORM_UNREACHABLE"):
            await services.connections.ability(caller, account_id, anew=True)

    async def test_an_expired_token_is_replaced_on_the_way(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        platform.access.clear()
        await services.connections.ability(caller, account_of(record), anew=True)
        assert len(platform.access) == 1

    async def test_an_account_of_browsers_alone_has_none(
        self, services: Services, caller: Caller
    ) -> None:
        await services.browsers.hello(await pair(services, caller), hello("@ada"))
        [known] = await services.accounts.all(caller.workspace_id)
        with pytest.raises(ConflictError, match="ACCOUNT_NOT_CONNECTED"):
            await services.connections.ability(caller, known.account.id)


class TestActions:
    async def test_they_are_listed_and_answered(
        self, services: Services, caller: Caller, record: ConnectionRecord
    ) -> None:
        assert "boards" in await services.connections.actions(caller, account_of(record))
        [board] = await services.connections.act(caller, account_of(record), "boards", {})
        assert (board.id, board.name) == ("7", "Engines")

    async def test_one_that_there_is_not_is_named_with_those_there_are(
        self, services: Services, caller: Caller, record: ConnectionRecord
    ) -> None:
        with pytest.raises(NotFoundError, match="boards"):
            await services.connections.act(caller, account_of(record), "pages", {})

    async def test_a_platform_that_is_away_is_said_so(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        await platform.server.close()
        with pytest.raises(BrokerError, match="PLATFORM_UNREACHABLE"):
            await services.connections.act(caller, account_of(record), "boards", {})

    async def test_a_trouble_that_passes_is_no_end(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        platform.is_ill = True
        with pytest.raises(BrokerError, match="it answered 502"):
            await services.connections.act(caller, account_of(record), "boards", {})
        [standing] = await services.connections.standing(caller)
        assert (standing.state, standing.error_code) == ("connected", None)

    async def test_a_locked_account_is_disconnected(
        self,
        services: Services,
        caller: Caller,
        record: ConnectionRecord,
        platform: OAuthPlatform,
    ) -> None:
        platform.is_locked = True
        with pytest.raises(BrokerError, match="locked"):
            await services.connections.ability(caller, account_of(record), anew=True)
        [standing] = await services.connections.standing(caller)
        assert (standing.state, standing.error_code) == ("disconnected", "CONNECTION_ENDED")


class TestApi:
    @pytest.fixture
    async def api(self, services: Services, record: ConnectionRecord) -> ConnectedApi:
        return await services.apis.open(record.workspace_id, record.id)

    async def test_it_sends_to_its_server(self, api: ConnectedApi, platform: OAuthPlatform) -> None:
        assert api.base_url == platform.url
        token = {"Authorization": f"Bearer {api.credentials['access_token']}"}
        assert (await api.send("GET", "/me", headers=token)).fields["handle"] == "Ada"
        assert (await api.send("GET", f"{platform.url}/me")).status == 401

    async def test_it_sends_json_forms_and_bytes(self, api: ConnectedApi) -> None:
        sent = [
            (await api.send("POST", "/echo", json={"a": "é"})).fields,
            (await api.send("POST", "/echo", form={"a": "b c"})).fields,
            (await api.send("POST", "/echo", body=b"raw", headers={"Content-Type": "a/b"})).fields,
        ]
        assert sent == [
            {"type": "application/json", "text": '{"a": "\\u00e9"}'},
            {"type": "application/x-www-form-urlencoded", "text": "a=b+c"},
            {"type": "a/b", "text": "raw"},
        ]

    async def test_it_reads_files_whole_and_in_part(
        self, services: Services, caller: Caller, api: ConnectedApi
    ) -> None:
        file = await a_file(services, caller)
        content = picture()
        assert b"".join([chunk async for chunk in api.read(file)]) == content
        assert b"".join([chunk async for chunk in api.read(file, 10, 20)]) == content[10:20]

    async def test_platforms_fetch_files_from_a_public_broker_alone_for_some_hours(
        self,
        services_with: Callable[..., Services],
        caller: Caller,
        record: ConnectionRecord,
        services: Services,
        api: ConnectedApi,
        still_clock: StillClock,
    ) -> None:
        file = await a_file(services, caller)
        with pytest.raises(TroubleError, match="POSTBROKER_PUBLIC_URL"):
            api.public_url(file)
        public = services_with(public_url=HttpUrl("https://broker.example"))
        address = (await public.apis.open(record.workspace_id, record.id)).public_url(file)
        token = address.split("/")[-2]
        assert (await public.media.by_link(file.media.id, token)).id == file.media.id
        still_clock.move(hours=6)
        with pytest.raises(NotFoundError):
            await public.media.by_link(file.media.id, token)

    async def test_it_waits_by_the_broker_s_clock(
        self, api: ConnectedApi, still_clock: StillClock
    ) -> None:
        before = api.now()
        waiting = asyncio.create_task(api.wait(30))
        await asyncio.sleep(0)  # noqa: TID251  lets it come to its wait
        still_clock.move(30)
        await waiting
        assert (api.now() - before).total_seconds() == 30

    async def test_it_commits_once(self, api: ConnectedApi) -> None:
        await api.send_once("GET", "/me")
        with pytest.raises(RuntimeError):
            await api.send_once("GET", "/me")

    async def test_it_shows_no_credential(self, api: ConnectedApi) -> None:
        assert "planted" not in f"{api!r} {api.record!r}"

    async def test_what_is_over_is_replaced_before_it_is_opened(
        self,
        services: Services,
        record: ConnectionRecord,
        platform: OAuthPlatform,
        still_clock: StillClock,
    ) -> None:
        still_clock.move(7200)
        api = await services.apis.open(record.workspace_id, record.id)
        assert api.record.turn == record.turn + 1

    async def test_fresh_credentials_go_into_the_same_api(
        self, services: Services, api: ConnectedApi, platform: OAuthPlatform
    ) -> None:
        before = api.credentials["access_token"]
        assert await services.apis.refresh(api)
        assert api.credentials["access_token"] != before
        assert (await OAuthMember().connect(api))[0].handle == "Ada"

    async def test_while_none_can_be_had_it_says_so(
        self, services: Services, api: ConnectedApi, platform: OAuthPlatform
    ) -> None:
        platform.refusals.append((503, {}))
        assert not await services.apis.refresh(api)

    async def test_after_the_end_nothing_opens(
        self, services: Services, api: ConnectedApi, record: ConnectionRecord
    ) -> None:
        await services.apis.disconnect(record.id, "over")
        await services.apis.disconnect(record.id, "over")
        with pytest.raises(DisconnectedError, match="over"):
            await services.apis.open(record.workspace_id, record.id)
        with pytest.raises(DisconnectedError):
            await services.apis.refresh(api)

    async def test_another_workspace_opens_nothing(
        self, services: Services, database: Database, record: ConnectionRecord
    ) -> None:
        other = await add_workspace(database)
        with pytest.raises(DisconnectedError):
            await services.apis.open(other.id, record.id)

    async def test_without_its_key_nothing_opens(
        self, services: Services, settings: Settings, record: ConnectionRecord
    ) -> None:
        (settings.data_dir / "credentials.key").unlink()
        with pytest.raises(DisconnectedError) as closed:
            await services.apis.open(record.workspace_id, record.id)
        assert closed.value.code == "CREDENTIALS_UNREADABLE"


class TestHealth:
    async def test_a_check_asks_the_platform(
        self,
        services: Services,
        caller: Caller,
        record: ConnectionRecord,
        still_clock: StillClock,
    ) -> None:
        still_clock.move(minutes=5)
        [checked] = await services.connections.standing(caller, anew=True)
        assert checked.checked_at == still_clock.now()
        assert checked.error_code is None

    async def test_a_platform_that_is_away_is_a_trouble_and_no_end(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        await platform.server.close()
        [checked] = await services.connections.standing(caller, anew=True)
        assert (checked.state, checked.error_code) == ("connected", "PLATFORM_UNREACHABLE")

    async def test_one_that_is_not_connected_is_not_asked(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        await services.connections.remove(caller, record.id)
        [checked] = await services.connections.standing(caller, "x", anew=True)
        assert checked.state == "disconnected"
        assert await services.connections.standing(caller, "mastodon") == []


class TestLettingGo:
    async def test_tokens_are_given_back_and_forgotten(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        kept = services.access.unlock(record).credentials
        removed = await services.connections.remove(caller, record.id)
        assert (removed.state, removed.credentials) == ("disconnected", None)
        assert platform.revoked == [kept["refresh_token"], kept["access_token"]]

    async def test_a_platform_that_is_away_does_not_keep_it(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        await platform.server.close()
        assert (await services.connections.remove(caller, record.id)).credentials is None

    async def test_one_that_is_refreshed_meanwhile_goes_all_the_same(
        self,
        services: Services,
        caller: Caller,
        record: ConnectionRecord,
        platform: OAuthPlatform,
        database: Database,
    ) -> None:
        platform.may_revoke.clear()
        removing = asyncio.create_task(services.connections.remove(caller, record.id))
        await platform.revoking.wait()
        newer = replace(record, turn=record.turn + 1)
        assert await database.write(lambda tx: save_connection(tx, newer, record.turn))
        platform.may_revoke.set()
        assert (await removing).credentials is None

    async def test_what_nobody_has_consented_to_goes_too(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        started = await services.connecting.start(caller, StartConnection(platform="x"))
        assert (await services.connections.remove(caller, started.record.id)).credentials is None
        assert started.authorize_url is not None
        answer = platform.consent(started.authorize_url)
        with pytest.raises(ForbiddenError, match="CONSENT_MISMATCH"):
            await services.connecting.finish("x", answer, None)

    async def test_twice_is_as_good_as_once(
        self, services: Services, caller: Caller, record: ConnectionRecord
    ) -> None:
        first = await services.connections.remove(caller, record.id)
        assert await services.connections.remove(caller, record.id) == first

    async def test_an_account_goes_and_its_jobs_stay(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        browser = await pair(services, caller)
        await services.browsers.hello(browser, hello("@ada"))
        job = await enqueue(services, caller)
        await services.connections.remove_account(caller, account_of(record))
        assert await services.accounts.all(caller.workspace_id) == []
        assert (await services.jobs.get(job.id, None)).id == job.id
        with pytest.raises(NotFoundError):
            await services.connections.remove_account(caller, account_of(record))

    async def test_seen_again_it_is_a_new_account(
        self, services: Services, caller: Caller, record: ConnectionRecord, platform: OAuthPlatform
    ) -> None:
        browser = await pair(services, caller)
        await services.browsers.hello(browser, hello("@ada"))
        await services.connections.remove_account(caller, account_of(record))
        await services.browsers.hello(browser, hello("@ada"))
        [known] = await services.accounts.all(caller.workspace_id)
        assert known.account.id != record.account_id
        assert (await connect(services, caller, platform)).account_id == known.account.id


class TestWhoSeesWhat:
    async def test_a_credential_for_other_accounts_sees_nothing(
        self, services: Services, caller: Caller, record: ConnectionRecord
    ) -> None:
        limited = replace(caller, id="another", accounts=frozenset({("x", "bob")}))
        assert await services.connections.all(limited) == []
        with pytest.raises(NotFoundError):
            await services.connections.get(limited, record.id)
        with pytest.raises(NotFoundError):
            await services.connections.ability(limited, account_of(record))

    async def test_a_credential_for_the_account_sees_it_and_removes_it_not(
        self, services: Services, caller: Caller, record: ConnectionRecord
    ) -> None:
        limited = replace(caller, id="another", accounts=frozenset({("x", "ada")}))
        assert [each.id for each in await services.connections.all(limited)] == [record.id]
        with pytest.raises(ForbiddenError):
            await services.connections.remove(limited, record.id)

    async def test_another_workspace_sees_nothing(
        self, services: Services, database: Database, caller: Caller, record: ConnectionRecord
    ) -> None:
        other: Workspace = await add_workspace(database)
        stranger = replace(caller, workspace_id=other.id)
        with pytest.raises(NotFoundError):
            await services.connections.get(stranger, record.id)


class TestAnotherKey:
    async def test_all_credentials_are_locked_anew(
        self, services: Services, record: ConnectionRecord, caller: Caller
    ) -> None:
        before = services.access.unlock(record)
        services.access.safe.change_key()
        assert await services.renewal.relock() == 1
        services.access.safe.change_key()  # the first key is forgotten now
        after = await services.connections.get(caller, record.id)
        assert services.access.unlock(after) == before
        with pytest.raises(UnreadableError):
            services.access.unlock(record)
