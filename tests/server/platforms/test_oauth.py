"""OAuth as vendors have it: recorded answers, and what goes over the wire for each."""

from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from postbroker.egress.calls import Calls
from postbroker.platforms.adapter import OAuth
from postbroker.platforms.oauth import (
    App,
    GrantOverError,
    NoTokenError,
    OAuthClient,
    OAuthError,
    RefusedError,
    Secrets,
    basic,
    challenge_of,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)
APP = App("the app", "a&secret")
BACK = "https://broker.example/oauth/x/callback"
FLOW = OAuth("https://x.example/authorize", "{base}/token", ("read", "write"))
MADE = Secrets("the-state", "v" * 64)


@dataclass
class Vendor:
    """Answers what it is told to, and keeps what it was asked."""

    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        given = form if request.method == "POST" else dict(request.query)
        authorization = request.headers.get("Authorization", "")
        self.asked.append((request.method, request.path, given, authorization))
        status, body = self.answers.pop(0)
        headers = {"Location": "/elsewhere"} if 300 <= status < 400 else {}
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(body, status=status, headers=headers)


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    vendor, app = Vendor(), web.Application()
    app.router.add_route("*", "/{path:.*}", vendor.answer)
    async with TestServer(app) as server:
        vendor.url = str(server.make_url("")).rstrip("/")
        yield vendor


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    calls = Calls((ip_network("127.0.0.0/8"),))
    yield calls
    await calls.close()


@pytest.fixture
def client(vendor: Vendor, calls: Calls) -> OAuthClient:
    return OAuthClient(calls, FLOW, vendor.url, BACK, vendor.url)


def with_flow(client: OAuthClient, **changes: Any) -> OAuthClient:
    return replace(client, flow=replace(client.flow, **changes))


class TestConsentPage:
    def test_it_is_asked_for_a_code_with_state_and_challenge(self, client: OAuthClient) -> None:
        asked = URL(replace(client, moved=None).authorize_url(APP, MADE))
        assert str(asked.with_query(None)) == "https://x.example/authorize"
        assert dict(asked.query) == {
            "response_type": "code",
            "client_id": "the app",
            "redirect_uri": BACK,
            "scope": "read write",
            "state": "the-state",
            "code_challenge": challenge_of(MADE.verifier),
            "code_challenge_method": "S256",
        }

    def test_vendors_have_names_separators_and_wishes_of_their_own(
        self, client: OAuthClient
    ) -> None:
        tiktok = with_flow(
            client,
            client_id_name="client_key",
            scope_separator=",",
            uses_pkce=False,
            more={"duration": "permanent"},
        )
        asked = URL(tiktok.authorize_url(APP, MADE)).query
        assert (asked["client_key"], asked["scope"]) == ("the app", "read,write")
        assert asked["duration"] == "permanent"
        assert "code_challenge" not in asked

    def test_a_moved_platform_is_asked_where_it_moved_to(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        assert client.authorize_url(APP, MADE).startswith(f"{vendor.url}/authorize?")

    def test_secrets_are_new_each_time_and_long(self) -> None:
        one, other = Secrets.new(), Secrets.new()
        assert one != other
        assert (len(one.state), len(one.verifier)) == (43, 64)
        assert one.state not in repr(one)

    @pytest.mark.parametrize(
        ("issuer", "is_it"),
        [
            ("https://x.example", True),
            ("https://x.example/tenant", True),
            ("https://y.example", False),
            ("http://x.example", False),
            ("x", False),
        ],
    )
    def test_the_issuer_is_known_by_its_origin(
        self, client: OAuthClient, issuer: str, is_it: bool
    ) -> None:
        assert replace(client, moved=None).is_issuer(issuer) is is_it


def test_the_challenge_is_that_of_the_standard() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_id_and_secret_are_encoded_in_the_header() -> None:
    pair = b64decode(basic(App("a:b", "c d&")).removeprefix("Basic ")).decode()
    assert pair == "a%3Ab:c+d%26"


class TestCode:
    PAIR: Mapping[str, Any] = {"access_token": "a", "refresh_token": "r", "expires_in": 7200}

    async def test_it_is_changed_into_tokens(self, client: OAuthClient, vendor: Vendor) -> None:
        vendor.answers.append((200, self.PAIR))
        tokens = await client.redeem(APP, "code", MADE.verifier, NOW)
        assert tokens.values == {"access_token": "a", "refresh_token": "r"}
        assert tokens.expires_at == NOW + timedelta(hours=2)
        [(method, path, form, authorization)] = vendor.asked
        assert (method, path, authorization) == ("POST", "/token", "")
        assert form == {
            "grant_type": "authorization_code",
            "code": "code",
            "redirect_uri": BACK,
            "code_verifier": MADE.verifier,
            "client_id": "the app",
            "client_secret": "a&secret",
        }
        assert "'a'" not in repr(tokens)

    async def test_the_app_proves_itself_in_the_header_where_that_is_wanted(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        vendor.answers.append((200, self.PAIR))
        await with_flow(client, client_auth="basic").redeem(APP, "code", MADE.verifier, NOW)
        [(_, _, form, authorization)] = vendor.asked
        assert authorization == basic(APP)
        assert form.keys().isdisjoint({"client_id", "client_secret"})

    async def test_a_public_app_sends_no_secret(self, client: OAuthClient, vendor: Vendor) -> None:
        vendor.answers.append((200, self.PAIR))
        await with_flow(client, client_auth="none").redeem(APP, "code", MADE.verifier, NOW)
        [(_, _, form, _)] = vendor.asked
        assert form["client_id"] == "the app"
        assert "client_secret" not in form

    @pytest.mark.parametrize(
        ("seconds", "expires_at"),
        [
            ("3600", NOW + timedelta(hours=1)),
            (None, None),
            (True, None),
            ("soon", None),
            (1e300, None),
        ],
    )
    async def test_what_says_no_time_has_no_end(
        self,
        client: OAuthClient,
        vendor: Vendor,
        seconds: object,
        expires_at: datetime | None,
    ) -> None:
        vendor.answers.append((200, {"access_token": "a", "expires_in": seconds}))
        tokens = await client.redeem(APP, "code", MADE.verifier, NOW)
        assert tokens.expires_at == expires_at

    async def test_the_end_of_the_refresh_token_is_read(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        vendor.answers.append((200, {**self.PAIR, "refresh_expires_in": 86400}))
        tokens = await client.redeem(APP, "code", MADE.verifier, NOW)
        assert tokens.ends_at == NOW + timedelta(days=1)


class TestMeta:
    """Tokens by GET, as Instagram, Threads and Facebook have them."""

    EXCHANGED: Mapping[str, Any] = {"access_token": "long", "expires_in": 5184000}

    @pytest.fixture
    def client(self, client: OAuthClient) -> OAuthClient:
        return with_flow(
            client,
            uses_pkce=False,
            refresh="exchange",
            exchange_url="https://graph.example/access_token",
            exchange_grant="ig_exchange_token",
            lengthen_url="https://graph.example/refresh_access_token",
            lengthen_grant="ig_refresh_token",
        )

    @pytest.mark.parametrize(
        "short",
        [
            {"access_token": "short", "user_id": 178414},
            {"data": [{"access_token": "short", "user_id": "178414", "permissions": "a,b"}]},
        ],
    )
    async def test_a_code_ends_in_a_long_lived_token(
        self, client: OAuthClient, vendor: Vendor, short: dict[str, Any]
    ) -> None:
        vendor.answers += [(200, short), (200, self.EXCHANGED)]
        tokens = await client.redeem(APP, "code", MADE.verifier, NOW)
        assert (tokens.values["access_token"], tokens.values["user_id"]) == ("long", "178414")
        assert tokens.expires_at == NOW + timedelta(days=60)
        assert vendor.asked[1][:3] == (
            "GET",
            "/access_token",
            {
                "grant_type": "ig_exchange_token",
                "client_id": "the app",
                "client_secret": "a&secret",
                "access_token": "short",
            },
        )

    async def test_it_is_lengthened_with_itself(self, client: OAuthClient, vendor: Vendor) -> None:
        vendor.answers.append((200, {**self.EXCHANGED, "access_token": "longer"}))
        tokens = await client.refresh(APP, {"access_token": "long", "user_id": "1"}, NOW)
        assert tokens.values == {"access_token": "longer", "user_id": "1"}
        [(method, path, given, _)] = vendor.asked
        assert (method, path) == ("GET", "/refresh_access_token")
        assert given == {"grant_type": "ig_refresh_token", "access_token": "long"}

    async def test_facebook_exchanges_once_more(self, client: OAuthClient, vendor: Vendor) -> None:
        facebook = with_flow(
            client,
            exchange_grant="fb_exchange_token",
            exchange_token_name="fb_exchange_token",
            lengthen_url=None,
        )
        vendor.answers.append((200, self.EXCHANGED))
        await facebook.refresh(APP, {"access_token": "long"}, NOW)
        [(_, path, given, _)] = vendor.asked
        assert (path, given["fb_exchange_token"]) == ("/access_token", "long")

    async def test_its_own_word_for_a_dead_token_is_an_end(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        dead = {"error": {"message": "Session has expired", "type": "OAuthException", "code": 190}}
        vendor.answers.append((400, dead))
        with pytest.raises(GrantOverError, match="Session has expired"):
            await client.refresh(APP, {"access_token": "long"}, NOW)

    async def test_another_of_its_words_is_none(self, client: OAuthClient, vendor: Vendor) -> None:
        vendor.answers.append((400, {"error": {"message": "Too many calls", "code": 4}}))
        with pytest.raises(RefusedError) as refused:
            await client.refresh(APP, {"access_token": "long"}, NOW)
        assert refused.value.code == "4"


class TestRefresh:
    async def test_the_older_pair_is_replaced_and_the_rest_stays(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        vendor.answers.append((200, {"access_token": "b", "refresh_token": "s"}))
        older = {"access_token": "a", "refresh_token": "r", "scope": "read"}
        tokens = await client.refresh(APP, older, NOW)
        assert tokens.values == {"access_token": "b", "refresh_token": "s", "scope": "read"}
        assert vendor.asked[0][2]["refresh_token"] == "r"

    @pytest.mark.parametrize("changes", [{"refresh": "none"}, {"refresh": "fixed"}])
    async def test_without_a_refresh_token_it_is_over(
        self, client: OAuthClient, vendor: Vendor, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(GrantOverError):
            await with_flow(client, **changes).refresh(APP, {"access_token": "a"}, NOW)
        assert vendor.asked == []

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (400, {"error": "invalid_grant"}, GrantOverError),
            (200, {"error": "invalid_grant", "log_id": "1"}, GrantOverError),
            (400, {"error": "invalid_request"}, RefusedError),
            (401, {"error": "invalid_client"}, RefusedError),
            (400, {}, NoTokenError),
            (404, "not found", NoTokenError),
            (429, {"error": "invalid_grant"}, NoTokenError),
            (502, {"error": "invalid_grant"}, NoTokenError),
            (302, {}, NoTokenError),
            (200, "<html>", NoTokenError),
            (200, {"access_token": 7}, NoTokenError),
            (200, [], NoTokenError),
        ],
    )
    async def test_each_answer_means_one_thing(
        self,
        client: OAuthClient,
        vendor: Vendor,
        status: int,
        body: object,
        kind: type[OAuthError],
    ) -> None:
        vendor.answers.append((status, body))
        with pytest.raises(OAuthError) as failed:
            await client.refresh(APP, {"refresh_token": "r"}, NOW)
        assert type(failed.value) is kind
        assert len(vendor.asked) == 1

    async def test_a_server_that_is_not_there_says_nothing(self, client: OAuthClient) -> None:
        away = replace(client, base_url="http://127.0.0.1:9")
        with pytest.raises(NoTokenError):
            await away.refresh(APP, {"refresh_token": "r"}, NOW)

    async def test_a_server_inside_is_not_asked(self, vendor: Vendor) -> None:
        guarded = OAuthClient(Calls(), FLOW, vendor.url, BACK)
        with pytest.raises(NoTokenError):
            await guarded.refresh(APP, {"refresh_token": "r"}, NOW)
        assert vendor.asked == []


class TestRevoke:
    async def test_both_tokens_are_given_back(self, client: OAuthClient, vendor: Vendor) -> None:
        vendor.answers += [(200, ""), (200, "")]
        giving = with_flow(client, revoke_url="{base}/revoke")
        await giving.revoke(APP, {"access_token": "a", "refresh_token": "r"})
        kinds = [(form["token"], form["token_type_hint"]) for _, _, form, _ in vendor.asked]
        assert kinds == [("r", "refresh_token"), ("a", "access_token")]

    async def test_a_no_to_one_does_not_keep_the_other(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        vendor.answers += [(400, {"error": "unsupported_token_type"}), (200, "")]
        giving = with_flow(client, revoke_url="{base}/revoke")
        with pytest.raises(RefusedError):
            await giving.revoke(APP, {"access_token": "a", "refresh_token": "r"})
        assert [form["token"] for _, _, form, _ in vendor.asked] == ["r", "a"]

    async def test_where_nobody_takes_them_nobody_is_asked(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        await client.revoke(APP, {"access_token": "a"})
        assert vendor.asked == []


class TestRegistering:
    async def test_an_app_is_made_on_the_account_s_server(
        self, client: OAuthClient, vendor: Vendor
    ) -> None:
        vendor.answers.append((200, {"id": "1", "client_id": "c", "client_secret": "s"}))
        app = await client.register("Postbroker")
        assert app == App("c", "s")
        [(method, path, form, _)] = vendor.asked
        assert (method, path) == ("POST", "/api/v1/apps")
        assert form == {
            "client_name": "Postbroker",
            "redirect_uris": BACK,
            "scopes": "read write",
        }

    @pytest.mark.parametrize("answer", [(200, {}), (404, {}), (422, {"error": "no"})])
    async def test_a_server_that_makes_none_is_said_so(
        self, client: OAuthClient, vendor: Vendor, answer: tuple[int, Any]
    ) -> None:
        vendor.answers.append(answer)
        with pytest.raises(OAuthError):
            await client.register("Postbroker")
