"""Fresh credentials: one request at a time, stored before use, and who is disconnected by what."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postbroker.app import Services
from postbroker.clock import SystemClock
from postbroker.contract.connections import StartConnection
from postbroker.domain.caller import Caller
from postbroker.platforms.adapter import Api, Entry, Identity, OAuth, Typed
from postbroker.platforms.outcome import AuthRevoked, Transient, Trouble, TroubleError
from postbroker.services.apis import DisconnectedError
from postbroker.services.connections import warning_of
from postbroker.services.renewal import instant_of
from postbroker.settings import Settings
from postbroker.store.connections import (
    ConnectionRecord,
    save_connection,
    select_connection,
    update_refresh_lease,
)
from postbroker.store.database import Database, DatabaseBusyError
from server.doubles.clock import StillClock
from server.doubles.database import TroubledDatabase
from server.doubles.oauth_platform import OAuthMember, OAuthPlatform, connect


@pytest.fixture
async def record(services: Services, caller: Caller, platform: OAuthPlatform) -> ConnectionRecord:
    """A connected account."""
    return await connect(services, caller, platform)


async def read(database: Database, record: ConnectionRecord) -> ConnectionRecord:
    found = await database.read(lambda tx: select_connection(tx, record.id))
    assert found is not None
    return found


def refreshes(platform: OAuthPlatform) -> list[str]:
    """The refresh tokens that were used, in order."""
    return [each["refresh_token"] for each in platform.asked if "refresh_token" in each]


async def held(
    services: Services, platform: OAuthPlatform, record: ConnectionRecord
) -> asyncio.Task[ConnectionRecord | None]:
    """A renewal whose request has come to the platform, and waits there until it may go on."""
    platform.may_go_on.clear()
    platform.under_way.clear()
    renewing = asyncio.create_task(services.renewal.renew(record))
    await platform.under_way.wait()
    return renewing


class TestOneAtATime:
    async def test_all_who_want_fresh_credentials_share_one_request(
        self, services: Services, platform: OAuthPlatform, record: ConnectionRecord
    ) -> None:
        platform.may_go_on.clear()
        platform.under_way.clear()
        wanted = [asyncio.create_task(services.renewal.renew(record)) for _ in range(10)]
        await platform.under_way.wait()
        platform.may_go_on.set()
        fresh = await asyncio.gather(*wanted)
        assert len(refreshes(platform)) == 1
        assert {each.turn for each in fresh if each} == {record.turn + 1}

    async def test_who_comes_late_takes_what_another_got(
        self, services: Services, platform: OAuthPlatform, record: ConnectionRecord
    ) -> None:
        fresh = await services.renewal.renew(record)
        again = await services.renewal.renew(record)
        assert len(refreshes(platform)) == 1
        assert fresh is not None
        assert again is not None
        assert again.turn == fresh.turn

    async def test_two_processes_use_a_refresh_token_once(
        self,
        services_with: Callable[..., Services],
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        brokers = [services_with(clock=SystemClock()) for _ in range(2)]
        fresh = await asyncio.gather(
            *(each.renewal.renew(record) for each in brokers for _ in range(3))
        )
        assert len(refreshes(platform)) == 1
        assert {each.turn for each in fresh if each} == {record.turn + 1}
        assert platform.spent.isdisjoint(platform.refresh)

    async def test_while_another_process_is_at_it_nobody_else_asks(
        self,
        services: Services,
        database: Database,
        still_clock: StillClock,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        now = still_clock.now()
        until = now + timedelta(seconds=90)
        await database.write(
            lambda tx: update_refresh_lease(tx, record.id, record.turn, "other", now, until)
        )
        waiting = asyncio.create_task(services.renewal.renew(record))
        for _ in range(200):
            await asyncio.sleep(0)  # noqa: TID251  lets the other task come to its wait
            still_clock.move(0.2)
            if waiting.done():
                break
        assert await waiting is None
        assert refreshes(platform) == []

    async def test_after_the_death_of_who_was_at_it_another_goes_on(
        self,
        services: Services,
        database: Database,
        still_clock: StillClock,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        now = still_clock.now()
        until = now + timedelta(seconds=90)
        await database.write(
            lambda tx: update_refresh_lease(tx, record.id, record.turn, "dead", now, until)
        )
        still_clock.move(90)
        assert await services.renewal.renew(record) is not None
        assert len(refreshes(platform)) == 1


class TestWhatComesIsKept:
    async def test_the_pair_is_stored_before_it_is_used(
        self,
        services: Services,
        database: Database,
        caller: Caller,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        platform.access.clear()
        api = await services.apis.open(caller.workspace_id, record.id)
        assert await services.apis.refresh(api)
        kept = services.access.unlock(await read(database, record)).credentials
        assert kept == api.credentials
        assert api.credentials["access_token"] in platform.access

    async def test_the_database_may_be_away_for_a_while(
        self,
        services_with: Callable[..., Services],
        database: Database,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        troubled = TroubledDatabase(database)
        services = services_with(database=troubled.as_database(), clock=SystemClock())
        renewing = await held(services, platform, record)
        troubled.trouble = DatabaseBusyError("away")
        platform.may_go_on.set()
        for _ in range(2):
            await troubled.refused.acquire()
        troubled.trouble = None
        assert await renewing is not None
        kept = services.access.unlock(await read(database, record)).credentials
        assert kept["refresh_token"] in platform.refresh

    async def test_who_gives_up_waiting_loses_nothing(
        self,
        services: Services,
        database: Database,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        impatient = await held(services, platform, record)
        impatient.cancel()
        platform.may_go_on.set()
        await services.renewal.close()
        kept = services.access.unlock(await read(database, record)).credentials
        assert kept["refresh_token"] in platform.refresh

    async def test_a_refresh_token_that_does_not_change_is_kept(
        self, services: Services, platform: OAuthPlatform, record: ConnectionRecord
    ) -> None:
        platform.refusals.append((200, {"access_token": "fresh", "expires_in": 60}))
        before = services.access.unlock(record).credentials
        fresh = await services.renewal.renew(record)
        assert fresh is not None
        kept = services.access.unlock(fresh).credentials
        assert kept["access_token"] == "fresh"
        assert kept["refresh_token"] == before["refresh_token"]


class TestWhatDisconnects:
    async def test_invalid_grant_does(
        self,
        services: Services,
        database: Database,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        platform.refresh.clear()
        with pytest.raises(DisconnectedError):
            await services.renewal.renew(record)
        after = await read(database, record)
        assert (after.state, after.error_code) == ("disconnected", "CONNECTION_ENDED")
        assert after.credentials is None
        with pytest.raises(DisconnectedError):
            await services.renewal.renew(record)
        assert len(refreshes(platform)) == 1

    @pytest.mark.parametrize(
        "refusal",
        [
            (400, {"error": "invalid_request"}),
            (401, {"error": "invalid_client"}),
            (429, {}),
            (500, {"error": "invalid_grant"}),
            (503, {}),
            (302, {}),
            (200, {}),
        ],
        ids=lambda refusal: str(refusal),
    )
    async def test_nothing_else_does(
        self,
        services: Services,
        database: Database,
        platform: OAuthPlatform,
        record: ConnectionRecord,
        refusal: tuple[int, dict[str, str]],
    ) -> None:
        platform.refusals.append(refusal)
        assert await services.renewal.renew(record) is None
        after = await read(database, record)
        assert (after.state, after.turn) == ("connected", record.turn)
        assert after.error_code == "PLATFORM_UNREACHABLE"
        assert after.refresh_at is not None
        assert after.refresh_lease_until is None

    async def test_a_server_that_is_away_does_not(
        self,
        services: Services,
        database: Database,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        await platform.server.close()
        assert await services.renewal.renew(record) is None
        assert (await read(database, record)).state == "connected"

    async def test_a_trouble_that_is_over_leaves_no_trace(
        self,
        services: Services,
        database: Database,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        platform.refusals.append((503, {}))
        await services.renewal.renew(record)
        assert await services.renewal.renew(record) is not None
        assert (await read(database, record)).error_code is None

    async def test_a_late_no_does_not_end_what_was_refreshed_meanwhile(
        self,
        services: Services,
        database: Database,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        platform.refusals.append((400, {"error": "invalid_grant"}))
        late = await held(services, platform, record)
        newer = replace(record, turn=record.turn + 1)
        assert await database.write(lambda tx: save_connection(tx, newer, record.turn))
        platform.may_go_on.set()
        found = await late
        assert found is not None
        assert (found.state, found.turn) == ("connected", newer.turn)

    async def test_a_lost_key_does_not(
        self, services: Services, settings: Settings, database: Database, record: ConnectionRecord
    ) -> None:
        (settings.data_dir / "credentials.key").unlink()
        assert await services.renewal.renew(record) is None
        after = await read(database, record)
        assert (after.state, after.error_code) == ("connected", "CREDENTIALS_UNREADABLE")


class TestWaysOfItsOwn:
    async def test_what_was_typed_and_cannot_be_refreshed_says_so(
        self,
        services_with: Callable[..., Services],
        caller: Caller,
        database: Database,
        platform: OAuthPlatform,
    ) -> None:
        adapter = OAuthMember()
        pasted = Typed((Entry("access_token", "Token", "yours", is_secret=True),))
        adapter.info = replace(adapter.info, auth=(pasted,))
        platform.access.add("a pasted token")
        services = services_with(adapter)
        wanted = StartConnection(platform="x", fields={"access_token": "a pasted token"})
        record = (await services.connecting.start(caller, wanted)).record
        assert record.refresh_at is None
        assert await services.renewal.renew(record) is None
        after = await read(database, record)
        assert (after.state, after.error_code) == ("connected", "PLATFORM_UNREACHABLE")
        assert (await services.connections.remove(caller, record.id)).state == "disconnected"

    @pytest.mark.parametrize("text", [None, "", "soon", "2026-03-01T12:00:00"])
    def test_what_is_no_instant_is_none(self, text: str | None) -> None:
        assert instant_of(text) is None


class TestDue:
    async def test_a_mistake_of_ours_is_not_passed_over(
        self, services: Services, still_clock: StillClock, record: ConnectionRecord
    ) -> None:
        def break_down(*_: object) -> None:
            raise ZeroDivisionError

        still_clock.move(4800)
        adapter = services.access.adapters["x"]
        adapter.refresh = break_down  # type: ignore[assignment,method-assign]
        try:
            with pytest.raises(ZeroDivisionError):
                await services.renewal.renew_due()
        finally:
            del adapter.refresh

    async def test_it_is_done_at_two_thirds_of_the_life_and_not_before(
        self,
        services: Services,
        still_clock: StillClock,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        still_clock.move(4799)
        assert await services.renewal.renew_due() == 0
        still_clock.move(1)
        assert await services.renewal.renew_due() == 1
        assert await services.renewal.renew_due() == 0
        assert len(refreshes(platform)) == 1

    async def test_one_that_is_disconnected_does_not_hold_up_the_others(
        self,
        services: Services,
        database: Database,
        caller: Caller,
        still_clock: StillClock,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        platform.refresh.clear()
        platform.handle = "Bob"
        other = await connect(services, caller, platform)
        still_clock.move(4800)
        assert await services.renewal.renew_due() == 1
        assert (await read(database, record)).state == "disconnected"
        assert (await read(database, other)).turn == other.turn + 1

    async def test_what_failed_is_tried_again_after_five_minutes(
        self,
        services: Services,
        still_clock: StillClock,
        platform: OAuthPlatform,
        record: ConnectionRecord,
    ) -> None:
        still_clock.move(4800)
        platform.refusals.append((503, {}))
        assert await services.renewal.renew_due() == 0
        still_clock.move(minutes=5)
        assert await services.renewal.renew_due() == 1


class Sessions(OAuthMember):
    """A platform that is connected by a password and renewed by its own means."""

    info = replace(
        OAuthMember.info, auth=(Typed((Entry("password", "Password", "yours", is_secret=True),)),)
    )
    trouble: Trouble | None = None

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """A session in place of the password."""
        return Identity("1", "ada"), {"token": "first", "expires_at": _in_an_hour(api)}

    async def capabilities(self, api: Api) -> Any:
        """The usual."""
        return self.usual()

    async def refresh(self, api: Api) -> dict[str, str]:
        """The next session."""
        if self.trouble is not None:
            raise TroubleError(self.trouble)
        return {"token": "second", "expires_at": _in_an_hour(api)}


def _in_an_hour(api: Api) -> str:
    return (api.now() + timedelta(hours=1)).isoformat()


class TestOwnMeans:
    @pytest.fixture
    def adapter(self) -> Sessions:
        return Sessions()

    @pytest.fixture
    def services(self, services_with: Callable[..., Services], adapter: Sessions) -> Services:
        return services_with(adapter)

    @pytest.fixture
    async def record(self, services: Services, caller: Caller) -> ConnectionRecord:
        wanted = StartConnection(platform="x", fields={"password": "a planted password"})
        return (await services.connecting.start(caller, wanted)).record

    async def test_a_session_is_kept_in_place_of_the_password(
        self, services: Services, record: ConnectionRecord, still_clock: StillClock
    ) -> None:
        kept = services.access.unlock(record).credentials
        assert kept["token"] == "first"
        assert "a planted password" not in kept.values()
        assert record.refresh_at == still_clock.now() + timedelta(minutes=40)

    async def test_the_adapter_gets_the_next_one(
        self, services: Services, record: ConnectionRecord
    ) -> None:
        fresh = await services.renewal.renew(record)
        assert fresh is not None
        assert services.access.unlock(fresh).credentials["token"] == "second"

    async def test_the_adapter_may_say_that_it_is_over(
        self, services: Services, database: Database, record: ConnectionRecord, adapter: Sessions
    ) -> None:
        adapter.trouble = AuthRevoked("the session is over")
        with pytest.raises(DisconnectedError, match="the session is over"):
            await services.renewal.renew(record)
        assert (await read(database, record)).state == "disconnected"

    async def test_the_adapter_s_trouble_may_pass(
        self, services: Services, database: Database, record: ConnectionRecord, adapter: Sessions
    ) -> None:
        adapter.trouble = Transient("it starts")
        assert await services.renewal.renew(record) is None
        after = await read(database, record)
        assert (after.state, after.error_code) == ("connected", "PLATFORM_UNREACHABLE")
        assert "it starts" in (after.error or "")


class TestEndsInSight:
    """LinkedIn: no refresh, 60 days."""

    LIFE = timedelta(days=60)

    @pytest.fixture
    def record(self, record: ConnectionRecord, still_clock: StillClock) -> ConnectionRecord:
        return replace(record, ends_at=still_clock.now() + self.LIFE)

    def test_a_person_is_warned_from_day_45(
        self, record: ConnectionRecord, still_clock: StillClock
    ) -> None:
        begun = still_clock.now()
        assert warning_of(record, begun + timedelta(days=44, hours=23)) is None
        warning = warning_of(record, begun + timedelta(days=45))
        assert warning is not None
        assert "2026-04-30" in warning

    @pytest.mark.parametrize("kind", ["none", "rotating"])
    async def test_tokens_without_a_way_to_refresh_end(
        self,
        still_clock: StillClock,
        caller: Caller,
        platform: OAuthPlatform,
        kind: Any,
        services_with: Callable[..., Services],
    ) -> None:
        adapter = OAuthMember()
        flow = adapter.info.auth[0]
        assert isinstance(flow, OAuth)
        adapter.info = replace(adapter.info, auth=(replace(flow, refresh=kind),))
        services = services_with(adapter)
        platform.lives_seconds = 60 * 86400
        platform.gives_refresh_tokens = kind != "rotating"
        record = await connect(services, caller, platform)
        assert record.refresh_at is None
        assert record.ends_at == still_clock.now() + self.LIFE
