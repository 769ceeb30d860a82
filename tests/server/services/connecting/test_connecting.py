"""Connecting: by a consent page and by what is entered, and all that can be wrong with either."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from yarl import URL

from postbroker.app import Services
from postbroker.contract.connections import StartConnection
from postbroker.domain.caller import Caller
from postbroker.errors import BrokerError, ConflictError, ForbiddenError, ValidationFailedError
from postbroker.platforms.adapter import Entry, OAuth, Typed
from postbroker.platforms.oauth import App, basic
from postbroker.services.entries import chosen_way, entered, server_address
from postbroker.settings import Settings
from postbroker.store.connections import ConnectionRecord
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.doubles.oauth_platform import OAuthMember, OAuthPlatform, connect
from server.steps import hello, pair

WANTED = StartConnection(platform="x")


def person(workspace: Workspace, user_id: str = "ada") -> Caller:
    """Somebody at the dashboard."""
    return Caller("session", user_id, user_id, workspace.id, frozenset())


async def begin(services: Services, caller: Caller) -> tuple[ConnectionRecord, str]:
    started = await services.connecting.start(caller, WANTED)
    assert started.authorize_url is not None
    return started.record, started.authorize_url


async def read(services: Services, caller: Caller, record: ConnectionRecord) -> ConnectionRecord:
    return await services.connections.get(caller, record.id)


class TestConsent:
    async def test_the_page_is_asked_with_pkce_and_leads_back_here(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record, url = await begin(services, caller)
        asked = URL(url).query
        assert record.state == "pending"
        assert url.startswith(f"{platform.url}/authorize?")
        assert asked["redirect_uri"] == "http://127.0.0.1/oauth/x/callback"
        assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "read write")
        assert len(asked["state"]) == 43

    async def test_a_yes_connects_the_account(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record = await connect(services, caller, platform)
        assert (record.state, record.handle) == ("connected", "Ada")
        [known] = await services.accounts.all(caller.workspace_id)
        assert (known.account.id, known.account.handle) == (record.account_id, "Ada")

    async def test_the_account_of_a_browser_gets_a_second_route(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        browser = await pair(services, caller)
        await services.browsers.hello(browser, hello("@ada"))
        record = await connect(services, caller, platform)
        [known] = await services.accounts.all(caller.workspace_id)
        assert known.account.id == record.account_id
        assert known.browser_ids == [browser.id]

    async def test_credentials_are_renewed_at_two_thirds_of_their_life(
        self, services: Services, caller: Caller, platform: OAuthPlatform, still_clock: StillClock
    ) -> None:
        record = await connect(services, caller, platform)
        now = still_clock.now()
        assert record.expires_at == now + timedelta(seconds=7200)
        assert record.refresh_at == now + timedelta(seconds=4800)
        assert record.ends_at is None

    async def test_connecting_anew_takes_the_place_of_the_older_connection(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        older = await connect(services, caller, platform)
        newer = await connect(services, caller, platform)
        older = await read(services, caller, older)
        assert (older.state, older.error_code) == ("disconnected", "CONNECTION_REPLACED")
        assert older.credentials is None
        assert newer.account_id == older.account_id
        assert [r.id for r in await services.connections.standing(caller)] == [newer.id]

    async def test_a_no_is_noted(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record, url = await begin(services, caller)
        answer = {"state": URL(url).query["state"], "error": "access_denied"}
        with pytest.raises(BrokerError, match="CONSENT_REFUSED"):
            await services.connecting.finish("x", answer, None)
        record = await read(services, caller, record)
        assert (record.state, record.error_code) == ("failed", "CONSENT_REFUSED")
        assert record.credentials is None

    @pytest.mark.parametrize(
        ("refusal", "code"),
        [
            ((400, {"error": "invalid_grant"}), "PLATFORM_REFUSED"),
            ((401, {"error": "invalid_client"}), "PLATFORM_REFUSED"),
            ((503, {}), "PLATFORM_UNREACHABLE"),
            ((302, {}), "PLATFORM_UNREACHABLE"),
            ((200, {"token_type": "Bearer"}), "PLATFORM_UNREACHABLE"),
        ],
    )
    async def test_a_code_that_is_not_taken_is_noted(
        self,
        services: Services,
        caller: Caller,
        platform: OAuthPlatform,
        refusal: tuple[int, dict[str, str]],
        code: str,
    ) -> None:
        record, url = await begin(services, caller)
        platform.refusals.append(refusal)
        with pytest.raises(BrokerError, match=code):
            await services.connecting.finish("x", platform.consent(url), None)
        assert (await read(services, caller, record)).error_code == code

    async def test_what_a_platform_repeats_of_its_secrets_is_not_told(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record, url = await begin(services, caller)
        answer = platform.consent(url)
        verifier = services.access.unlock(record).verifier
        platform.refusals.append((400, {"error": "bad", "error_description": f"not {verifier}"}))
        with pytest.raises(BrokerError) as refused:
            await services.connecting.finish("x", answer, None)
        assert verifier not in refused.value.detail
        assert "not …" in ((await read(services, caller, record)).error or "")

    async def test_an_account_that_lets_nobody_in_is_not_connected(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record, url = await begin(services, caller)
        platform.is_locked = True
        with pytest.raises(BrokerError, match="locked"):
            await services.connecting.finish("x", platform.consent(url), None)
        assert (await read(services, caller, record)).state == "failed"
        assert await services.accounts.all(caller.workspace_id) == []


class TestTheWayBack:
    async def test_an_answer_is_good_once(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        _, url = await begin(services, caller)
        answer = platform.consent(url)
        await services.connecting.finish("x", answer, None)
        with pytest.raises(ForbiddenError, match="CONSENT_MISMATCH"):
            await services.connecting.finish("x", answer, None)

    @pytest.mark.parametrize("state", ["", "of somebody else"])
    async def test_a_state_that_was_not_given_out_is_refused(
        self, services: Services, caller: Caller, platform: OAuthPlatform, state: str
    ) -> None:
        _, url = await begin(services, caller)
        answer = platform.consent(url) | {"state": state}
        with pytest.raises(ForbiddenError, match="CONSENT_MISMATCH"):
            await services.connecting.finish("x", answer, None)
        assert platform.asked == []

    async def test_the_answer_of_one_platform_is_none_of_another(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record, url = await begin(services, caller)
        with pytest.raises(ForbiddenError, match="CONSENT_MISMATCH"):
            await services.connecting.finish("mastodon", platform.consent(url), None)
        assert (await read(services, caller, record)).state == "pending"

    async def test_an_answer_of_another_issuer_is_refused(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        _, url = await begin(services, caller)
        answer = platform.consent(url) | {"iss": "https://other.example"}
        with pytest.raises(BrokerError, match="CONSENT_MISMATCH"):
            await services.connecting.finish("x", answer, None)
        assert platform.asked == []

    async def test_the_issuer_itself_may_say_so(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        _, url = await begin(services, caller)
        answer = platform.consent(url) | {"iss": platform.url}
        assert (await services.connecting.finish("x", answer, None)).state == "connected"

    @pytest.mark.parametrize("user_id", [None, "bob"])
    async def test_what_a_person_began_nobody_else_ends(
        self,
        services: Services,
        workspace: Workspace,
        platform: OAuthPlatform,
        user_id: str | None,
    ) -> None:
        _, url = await begin(services, person(workspace))
        with pytest.raises(ForbiddenError, match="another person"):
            await services.connecting.finish("x", platform.consent(url), user_id)
        assert platform.asked == []

    async def test_the_same_person_ends_it(
        self, services: Services, workspace: Workspace, platform: OAuthPlatform
    ) -> None:
        _, url = await begin(services, person(workspace))
        record = await services.connecting.finish("x", platform.consent(url), "ada")
        assert record.state == "connected"

    async def test_after_ten_minutes_it_is_too_late(
        self, services: Services, caller: Caller, platform: OAuthPlatform, still_clock: StillClock
    ) -> None:
        record, url = await begin(services, caller)
        still_clock.move(minutes=10, seconds=1)
        with pytest.raises(BrokerError, match="CONSENT_EXPIRED"):
            await services.connecting.finish("x", platform.consent(url), None)
        assert (await read(services, caller, record)).state == "failed"

    async def test_what_nobody_finishes_fails_by_itself(
        self, services: Services, caller: Caller, platform: OAuthPlatform, still_clock: StillClock
    ) -> None:
        record, url = await begin(services, caller)
        assert await services.connecting.drop_abandoned() == 0
        still_clock.move(minutes=10)
        assert await services.connecting.drop_abandoned() == 1
        record = await read(services, caller, record)
        assert (record.state, record.error_code) == ("failed", "CONSENT_EXPIRED")
        with pytest.raises(ForbiddenError):
            await services.connecting.finish("x", platform.consent(url), None)

    async def test_an_answer_without_a_code_is_none(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record, url = await begin(services, caller)
        with pytest.raises(BrokerError, match="holds no code"):
            await services.connecting.finish("x", {"state": URL(url).query["state"]}, None)
        assert (await read(services, caller, record)).state == "failed"

    async def test_without_the_key_of_its_verifier_it_fails_and_says_so(
        self, services: Services, settings: Settings, caller: Caller, platform: OAuthPlatform
    ) -> None:
        record, url = await begin(services, caller)
        (settings.data_dir / "credentials.key").unlink()
        with pytest.raises(BrokerError, match="CREDENTIALS_UNREADABLE"):
            await services.connecting.finish("x", platform.consent(url), None)
        assert (await read(services, caller, record)).state == "failed"


class TestServersThatMakeApps:
    @pytest.fixture
    def adapter(self, platform: OAuthPlatform) -> OAuthMember:
        """Every server makes an app for whoever asks; the person says which server."""
        adapter = OAuthMember()
        flow = adapter.info.auth[0]
        assert isinstance(flow, OAuth)
        own = replace(flow, registers_itself=True)
        adapter.info = replace(adapter.info, auth=(own,), base_url="", asks_for_server=True)
        return adapter

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"platforms": {}})

    async def test_an_app_of_our_own_is_used_and_kept(
        self,
        services_with: Callable[..., Services],
        adapter: OAuthMember,
        caller: Caller,
        platform: OAuthPlatform,
    ) -> None:
        services = services_with(adapter)
        wanted = StartConnection(platform="x", server=platform.url)
        started = await services.connecting.start(caller, wanted)
        assert started.authorize_url is not None
        assert URL(started.authorize_url).query["client_id"] == "own-app"
        answer = platform.consent(started.authorize_url)
        record = await services.connecting.finish("x", answer, None)
        assert await services.renewal.renew(record) is not None
        assert {each["authorization"] for each in platform.asked} == {
            basic(App("own-app", "a planted secret of our own app"))
        }

    async def test_a_server_that_makes_none_is_said_so(
        self,
        services_with: Callable[..., Services],
        adapter: OAuthMember,
        caller: Caller,
        platform: OAuthPlatform,
    ) -> None:
        platform.registers = False
        wanted = StartConnection(platform="x", server=platform.url)
        with pytest.raises(BrokerError, match="PLATFORM_UNREACHABLE"):
            await services_with(adapter).connecting.start(caller, wanted)

    async def test_which_server_must_be_said(
        self,
        services_with: Callable[..., Services],
        adapter: OAuthMember,
        caller: Caller,
    ) -> None:
        with pytest.raises(ValidationFailedError) as refused:
            await services_with(adapter).connecting.start(caller, WANTED)
        assert refused.value.errors[0].field == "server"


class TestWhatIsAsked:
    async def test_without_an_app_the_operator_hears_what_to_set(
        self, services_with: Callable[..., Services], caller: Caller
    ) -> None:
        services = services_with(platforms={})
        with pytest.raises(ConflictError, match="POSTBROKER_X_CLIENT_ID, POSTBROKER_X_CLIENT_SEC"):
            await services.connecting.start(caller, WANTED)

    async def test_the_way_may_be_said(
        self, services: Services, caller: Caller, platform: OAuthPlatform
    ) -> None:
        wanted = StartConnection(platform="x", way="oauth")
        assert (await services.connecting.start(caller, wanted)).authorize_url is not None

    @pytest.mark.parametrize(
        ("wanted", "field"),
        [
            ({"platform": "tiktok"}, "platform"),
            ({"platform": "x", "way": "typed"}, "way"),
            ({"platform": "x", "fields": {"token": "abc"}}, "fields"),
            ({"platform": "x", "server": "https://example.org"}, "server"),
        ],
    )
    async def test_what_does_not_fit_is_refused_with_its_field(
        self, services: Services, caller: Caller, wanted: dict[str, object], field: str
    ) -> None:
        with pytest.raises(ValidationFailedError) as refused:
            await services.connecting.start(caller, StartConnection.model_validate(wanted))
        assert refused.value.errors[0].field == field

    async def test_a_credential_for_some_accounts_connects_none(
        self, services: Services, caller: Caller
    ) -> None:
        limited = replace(caller, accounts=frozenset({("x", "ada")}))
        with pytest.raises(ForbiddenError):
            await services.connecting.start(limited, WANTED)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("mastodon.social", "https://mastodon.social"),
        (" https://blog.example.org/wp/ ", "https://blog.example.org/wp"),
        ("http://127.0.0.1:9400", "http://127.0.0.1:9400"),
        ("https://example.org/?a=b#c", "https://example.org"),
    ],
)
def test_servers_are_read_as_people_write_them(given: str, address: str) -> None:
    assert server_address(given) == address


@pytest.mark.parametrize(
    "given",
    [
        "http://example.org",
        "ftp://example.org",
        "https://",
        "https://ada:pw@example.org",
        "https://[x",
        "a b://",
    ],
)
def test_servers_without_tls_or_with_a_password_are_refused(given: str) -> None:
    with pytest.raises(ValidationFailedError):
        server_address(given)


class TestEntries:
    ENTRIES = (
        Entry("name", "Name", "yours"),
        Entry("password", "Password", "made there", is_secret=True),
        Entry("more", "More", "if any", is_optional=True),
    )

    def test_space_around_is_not_meant(self) -> None:
        given = {"name": " ada ", "password": "a b\n"}
        assert entered(self.ENTRIES, given) == {"name": "ada", "password": "a b"}

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": "ada"}, "fields.password"),
            ({"name": " ", "password": "x"}, "fields.name"),
            ({"name": "ada", "password": "x", "passwort": "x"}, "fields.passwort"),
        ],
    )
    def test_what_is_missing_or_unknown_is_named(self, given: dict[str, str], field: str) -> None:
        with pytest.raises(ValidationFailedError) as refused:
            entered(self.ENTRIES, given)
        assert refused.value.errors[0].field == field

    def test_fields_choose_what_is_typed_where_both_are_possible(self) -> None:
        adapter = OAuthMember()
        both = replace(adapter.info, auth=(*adapter.info.auth, Typed(self.ENTRIES)))
        adapter.info = both
        wanted = StartConnection(platform="x", fields={"name": "ada", "password": "x"})
        assert isinstance(chosen_way(adapter, wanted), Typed)
        assert chosen_way(adapter, WANTED) is both.auth[0]
