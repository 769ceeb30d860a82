"""OAuth 2.1 from end to end: a program that connects, a person who is asked, a broker that runs."""

import asyncio

import pytest
from aiohttp import web

from postbroker.appkeys import GRANTS, VAULT, WORKSPACES
from postbroker.domain.authorization import APP_SCOPES
from postbroker.domain.key import SCOPES
from postbroker.store.workspaces import Workspace
from server.dashboard.visitor import Visitor
from server.doubles.clock import StillClock
from server.doubles.connecting import Program, challenge_of
from server.doubles.database import TroubledDatabase
from server.http.agent import Agent
from server.http.conftest import NewPerson

USAGE = "/v1/usage"
SERVER_DOCUMENT = "/.well-known/oauth-authorization-server"
RESOURCE_DOCUMENT = "/.well-known/oauth-protected-resource"
OTHER_VERIFIER = "v" * 43


class TestDiscovery:
    async def test_a_refusal_leads_to_the_server_that_gives_tokens(
        self, program: Program, url: str
    ) -> None:
        refused = await program.read(USAGE)
        assert refused.status == 401
        challenge = refused.headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer ")
        assert f'resource_metadata="{url}{RESOURCE_DOCUMENT}"' in challenge
        assert f'scope="{" ".join(APP_SCOPES)}"' in challenge
        assert "error=" not in challenge
        resource = await program.read(RESOURCE_DOCUMENT)
        assert resource.body["resource"] == url
        assert resource.body["authorization_servers"] == [url]
        server = await program.read(SERVER_DOCUMENT)
        assert server.body["issuer"] == url
        for name in ("authorization", "token", "registration", "revocation"):
            assert server.body[f"{name}_endpoint"].startswith(f"{url}/oauth/")

    async def test_mcp_is_a_resource_of_its_own(self, program: Program, url: str) -> None:
        resource = await program.read(f"{RESOURCE_DOCUMENT}/mcp")
        assert resource.body["resource"] == f"{url}/mcp"
        assert resource.body["scopes_supported"] == list(APP_SCOPES)
        assert "offline_access" not in resource.body["scopes_supported"]

    async def test_the_server_says_what_it_can_do(self, program: Program) -> None:
        said = (await program.read(SERVER_DOCUMENT)).body
        assert said["code_challenge_methods_supported"] == ["S256"]
        assert said["token_endpoint_auth_methods_supported"] == ["none"]
        assert said["response_types_supported"] == ["code"]
        assert said["authorization_response_iss_parameter_supported"] is True
        assert said["client_id_metadata_document_supported"] is True
        assert said["scopes_supported"] == list(SCOPES)

    async def test_pages_of_any_origin_may_read_it(self, program: Program) -> None:
        origin = {"Origin": "https://app.example"}
        for path in (SERVER_DOCUMENT, RESOURCE_DOCUMENT, f"{RESOURCE_DOCUMENT}/mcp"):
            said = await program.send(path, "GET", headers=origin)
            assert said.headers["Access-Control-Allow-Origin"] == "*"
        for path in ("/oauth/token", "/oauth/register", "/oauth/revoke"):
            asked = origin | {"Access-Control-Request-Method": "POST"}
            said = await program.send(path, "OPTIONS", headers=asked)
            assert (said.status, said.headers["Access-Control-Allow-Origin"]) == (204, "*")

    async def test_each_name_of_this_machine_is_an_issuer_and_no_other_host(
        self, program: Program, url: str
    ) -> None:
        port = url.rpartition(":")[2]
        local = await program.send(SERVER_DOCUMENT, "GET", headers={"Host": f"localhost:{port}"})
        assert local.body["issuer"] == f"http://localhost:{port}"
        path = await program.send(SERVER_DOCUMENT, "GET", headers={"Host": "localhost/evil"})
        assert path.body["issuer"] == "http://localhost"
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "127.0.0.1.evil.example",
            "127.0.0.1:80@evil.example",
            "evil@evil.example",
            "[::2]",
            "",
        ):
            said = await program.send(SERVER_DOCUMENT, "GET", headers={"Host": host})
            assert "evil" not in said.body["issuer"]


class TestRegistration:
    async def test_a_client_is_public_whatever_it_asks_to_be(self, program: Program) -> None:
        said = await program.register(token_endpoint_auth_method="client_secret_post")
        assert said.status == 201
        assert said.body["token_endpoint_auth_method"] == "none"
        assert "client_secret" not in said.body
        assert said.body["redirect_uris"] == [program.callback]
        assert said.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        "uri",
        [
            "http://evil.example/callback",
            "https://evil.example/callback#part",
            "https://user@evil.example/callback",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1\\@evil.example/",
            "http://localhost.evil.example/",
            "https://evil.example;script-src'unsafe-inline'/",
            "https:///callback",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,hello",
            "file:///etc/passwd",
            "ws://127.0.0.1/",
            "//evil.example/",
            "/callback",
            "callback",
            "",
            " https://app.example/",
            "https://app.example/\r\nSet-Cookie: a=b",
            "https://app.example/" + "x" * 3000,
            "https://app.example:99999/",
        ],
    )
    async def test_an_address_that_no_app_should_have_is_refused(
        self, program: Program, uri: str
    ) -> None:
        said = await program.register(redirect_uris=[program.callback, uri])
        assert (said.status, said.error) == (400, "invalid_redirect_uri")

    @pytest.mark.parametrize(
        "uri",
        [
            "https://app.example/callback?kind=oauth",
            "http://localhost:1234/",
            "http://[::1]:8000/callback",
            "cursor://anysphere.cursor-retrieval/oauth/callback",
            "com.example.app:/callback",
        ],
    )
    async def test_addresses_of_apps_are_taken(self, program: Program, uri: str) -> None:
        assert (await program.register(redirect_uris=[uri])).status == 201

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (b"", "invalid_client_metadata"),
            (b"[]", "invalid_client_metadata"),
            (b"{", "invalid_client_metadata"),
            (b'"\xff"', "invalid_client_metadata"),
            (b"{}", "invalid_redirect_uri"),
            (b'{"redirect_uris": "https://app.example/"}', "invalid_redirect_uri"),
            (b'{"redirect_uris": [1]}', "invalid_redirect_uri"),
            (b'{"redirect_uris": []}', "invalid_redirect_uri"),
            (b'{"redirect_uris": ["app://b"], "client_name": 1}', "invalid_client_metadata"),
            (b'{"grant_types": "authorization_code"}', "invalid_client_metadata"),
        ],
    )
    async def test_what_is_no_registration_is_refused(
        self, program: Program, body: bytes, error: str
    ) -> None:
        said = await program.send("/oauth/register", data=body)
        assert (said.status, said.error) == (400, error)

    async def test_a_huge_one_is_not_read_to_its_end(self, program: Program) -> None:
        said = await program.register(client_name="x" * 100_000)
        assert (said.status, said.error) == (400, "invalid_request")
        many = [f"https://app.example/{number}" for number in range(11)]
        assert (await program.register(redirect_uris=many)).error == "invalid_redirect_uri"

    async def test_an_address_registers_so_many_an_hour(
        self, program: Program, still_clock: StillClock
    ) -> None:
        for _ in range(59):
            assert (await program.register()).status == 201
        said = await program.register()
        assert (said.status, said.error) == (429, "temporarily_unavailable")
        assert said.headers["Retry-After"] == "3600"
        still_clock.move(hours=1.1)
        assert (await program.register()).status == 201

    async def test_a_client_nobody_says_yes_to_is_forgotten(
        self, program: Program, person: Visitor, still_clock: StillClock
    ) -> None:
        still_clock.move(hours=25)
        async with Program(program.base) as newcomer:
            await newcomer.register()
            assert (await person.open(newcomer.address())).status == 200
        page = await person.open(program.address())
        assert page.status == 400
        assert "register again" in page.text

    async def test_a_name_with_tricks_is_shown_plain(
        self, program: Program, person: Visitor
    ) -> None:
        await program.register(client_name="<b>Bank</b>\u202egnp.exe\n\x00" + "x" * 500)
        page = await person.open(program.address())
        assert "<b>Bank" not in page.html
        assert "\u202e" not in page.html
        assert len(page.html) < 20_000


class TestQuestion:
    async def test_a_person_who_is_not_signed_in_is_asked_after_signing_in(
        self, app: web.Application, workspace: Workspace, new_person: NewPerson, program: Program
    ) -> None:
        visitor = await new_person()
        page = await visitor.open(program.address())
        assert "An app asks to connect" in page.text
        page = await visitor.sign_in(app[WORKSPACES].sign_in_token())
        assert page.path == "/oauth/authorize"
        await visitor.submit(page.form("/oauth/authorize"), answer="yes")
        assert program.answer["code"].startswith("mcpac_")

    async def test_it_names_who_asks_where_it_leads_and_what_for(
        self, program: Program, person: Visitor, workspace: Workspace
    ) -> None:
        page = await person.open(program.address(scope="posts.read posts.publish posts.approve"))
        assert "A good app" in page.text
        assert program.callback.split("/")[2] in page.text
        assert "a program on this computer" in page.text
        assert workspace.name in page.text
        assert "posts.publish" in page.text
        assert "media.upload" not in page.text
        ticked = {v for n, v in page.form("/oauth/authorize").fields if n == "scope"}
        assert ticked == {"posts.read", "posts.publish"}

    async def test_no_other_page_may_frame_it_and_its_answer_goes_one_way(
        self, program: Program, person: Visitor
    ) -> None:
        page = await person.open(program.address())
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        origin = program.callback.removesuffix("/callback")
        assert f"form-action 'self' {origin};" in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        "changes",
        [
            {"client_id": "nobody"},
            {"client_id": None},
            {"client_id": "\0"},
            {"client_id": "postbroker-cli"},
            {"redirect_uri": "https://evil.example/"},
            {"redirect_uri": "javascript:alert(1)"},
            {"redirect_uri": ""},
        ],
    )
    async def test_what_names_no_client_or_no_address_of_it_leads_nowhere(
        self, program: Program, person: Visitor, changes: dict[str, str | None]
    ) -> None:
        page = await person.open(program.address(**changes))
        assert (page.status, page.path) == (400, "/oauth/authorize")
        assert "The app asked for what cannot be" in page.text
        assert not page.can("/oauth/authorize")
        assert program.answers == []

    @pytest.mark.parametrize("twice", ["client_id", "redirect_uri"])
    async def test_two_clients_in_one_question_are_none(
        self, program: Program, person: Visitor, twice: str
    ) -> None:
        page = await person.open(f"{program.address()}&{twice}=https://evil.example/")
        assert page.status == 400

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"response_type": None}, "unsupported_response_type"),
            ({"code_challenge": None}, "invalid_request"),
            ({"code_challenge": "short"}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"code_challenge_method": None}, "invalid_request"),
            ({"scope": "everything root"}, "invalid_scope"),
            ({"resource": "https://evil.example/mcp"}, "invalid_target"),
            ({"resource": ""}, "invalid_target"),
        ],
    )
    async def test_what_is_asked_wrongly_goes_back_to_the_app(
        self,
        program: Program,
        person: Visitor,
        url: str,
        changes: dict[str, str | None],
        error: str,
    ) -> None:
        await person.open(program.address(**changes))
        assert program.answer["error"] == error
        assert program.answer["state"] == program.state
        assert program.answer["iss"] == url
        assert "code" not in program.answer

    async def test_a_stranger_s_mistake_leads_nobody_to_a_stranger_s_place(
        self, program: Program, person: Visitor
    ) -> None:
        there = "https://evil.example/callback"
        await program.register(redirect_uris=[there])
        page = await person.open(program.address(redirect_uri=there, scope="nonsense"))
        assert (page.status, page.path) == (400, "/oauth/authorize")
        assert page.link("Go to").startswith(f"{there}?error=invalid_scope")

    @pytest.mark.parametrize("port", [1, 8123, 65535])
    async def test_any_port_of_this_machine_will_do(
        self, program: Program, person: Visitor, port: int
    ) -> None:
        page = await person.open(program.address(redirect_uri=f"http://127.0.0.1:{port}/callback"))
        assert page.can("/oauth/authorize")

    @pytest.mark.parametrize(
        "uri",
        [
            "http://127.0.0.1:8123/other",
            "http://127.0.0.1:8123/callback?more",
            "http://127.0.0.1:8123/callback/../other",
            "http://localhost:8123/callback",
            "https://127.0.0.1:8123/callback",
            "http://user@127.0.0.1:8123/callback",
            "http://127.0.0.1:8123/Callback",
            "http://127.0.0.1:8123@evil.example/callback",
        ],
    )
    async def test_everything_else_of_the_address_must_be_equal(
        self, program: Program, person: Visitor, uri: str
    ) -> None:
        page = await person.open(program.address(redirect_uri=uri))
        assert page.status == 400

    async def test_an_address_may_be_left_out_where_there_is_one(
        self, program: Program, person: Visitor
    ) -> None:
        await program.ask(person, redirect_uri=None)
        assert "code" in program.answer


class TestAnswer:
    async def test_a_yes_gives_tokens_and_no_more_than_was_asked(
        self, program: Program, person: Visitor, url: str
    ) -> None:
        tokens = await program.connect(person, scope="usage.read posts.read")
        assert program.answer["state"] == program.state
        assert program.answer["iss"] == url
        assert tokens["token_type"] == "Bearer"
        assert tokens["expires_in"] == 3600
        assert tokens["scope"] == "posts.read usage.read"
        assert tokens["access_token"].startswith("mcpat_")
        assert (await program.read(USAGE, tokens["access_token"])).status == 200
        refused = await program.read("/v1/keys", tokens["access_token"])
        assert refused.status == 403
        challenge = refused.headers["WWW-Authenticate"]
        assert 'error="insufficient_scope"' in challenge
        assert 'scope="posts.read usage.read api_keys.write"' in challenge

    async def test_a_no_gives_nothing(self, program: Program, person: Visitor) -> None:
        await program.ask(person, "no")
        assert program.answer["error"] == "access_denied"
        assert program.answer["state"] == program.state
        assert (await program.redeem(code="mcpac_nothing")).error == "invalid_grant"

    async def test_a_person_takes_scopes_away_and_adds_none(
        self, program: Program, person: Visitor
    ) -> None:
        entered = {"scope": ["usage.read", "api_keys.write", "posts.approve"]}
        tokens = await program.connect(person, entered, scope="usage.read posts.read")
        assert tokens["scope"] == "usage.read"

    async def test_without_any_scope_the_question_is_asked_again(
        self, program: Program, person: Visitor
    ) -> None:
        page = await program.ask(person, "yes", {"scope": []})
        assert page.status == 400
        assert "Choose what it may do, or say no." in page.text
        assert program.answers == []

    @pytest.mark.parametrize("change", ["csrf_token", "asked", "none"])
    async def test_an_answer_that_this_page_did_not_carry_counts_for_nothing(
        self, program: Program, person: Visitor, change: str
    ) -> None:
        page = await person.open(program.address())
        fields = page.form("/oauth/authorize").fields
        forged = [(name, "forged" if name == change else value) for name, value in fields]
        sent = [] if change == "none" else [*forged, ("answer", "yes")]
        page = await person.post("/oauth/authorize", sent)
        assert page.status == 403
        assert program.answers == []

    async def test_a_question_is_answered_by_whom_it_was_asked(
        self,
        app: web.Application,
        program: Program,
        person: Visitor,
    ) -> None:
        """Somebody else's question, in a form that bears one's own token."""
        page = await person.open(program.address())
        [asked] = [v for n, v in page.form("/oauth/authorize").fields if n == "asked"]
        fields, until = app[VAULT].read(asked, "consent")
        other = app[VAULT].sign([fields | {"user_id": "another"}, until], "consent")
        page = await person.submit(page.form("/oauth/authorize"), asked=other, answer="yes")
        assert page.status == 403
        assert program.answers == []

    async def test_an_old_question_is_asked_anew(
        self, program: Program, person: Visitor, still_clock: StillClock
    ) -> None:
        page = await person.open(program.address())
        still_clock.move(minutes=11)
        page = await person.submit(page.form("/oauth/authorize"), answer="yes")
        assert page.status == 403
        assert program.answers == []

    async def test_an_answer_without_a_session_is_none(
        self, program: Program, person: Visitor, new_person: NewPerson
    ) -> None:
        page = await person.open(program.address())
        stranger = await new_person()
        page = await stranger.submit(page.form("/oauth/authorize"), answer="yes")
        assert page.path == "/dashboard/signed-out"
        assert program.answers == []


class TestCode:
    async def test_it_is_good_once_and_a_replay_ends_the_grant(
        self, program: Program, person: Visitor
    ) -> None:
        tokens = await program.connect(person)
        assert (await program.read(USAGE, tokens["access_token"])).status == 200
        again = await program.redeem()
        assert (again.status, again.error) == (400, "invalid_grant")
        refused = await program.read(USAGE, tokens["access_token"])
        assert refused.status == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
        assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"

    async def test_it_is_good_for_a_minute(
        self, program: Program, person: Visitor, still_clock: StillClock
    ) -> None:
        await program.ask(person)
        still_clock.move(60)
        assert (await program.redeem()).error == "invalid_grant"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code_verifier": OTHER_VERIFIER}, "invalid_grant"),
            ({"code_verifier": "short"}, "invalid_grant"),
            ({"code_verifier": None}, "invalid_request"),
            ({"code": "mcpac_" + "x" * 43}, "invalid_grant"),
            ({"code": None}, "invalid_request"),
            ({"client_id": "another"}, "invalid_grant"),
            ({"client_id": None}, "invalid_client"),
            ({"client_secret": "secret"}, "invalid_client"),
            ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
            ({"resource": "https://evil.example/"}, "invalid_target"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": None}, "invalid_request"),
        ],
    )
    async def test_only_who_asked_redeems_it(
        self,
        program: Program,
        person: Visitor,
        changes: dict[str, str | None],
        error: str,
    ) -> None:
        await program.ask(person)
        said = await program.redeem(**changes)
        assert (said.status, said.error) == (401 if error == "invalid_client" else 400, error)
        assert said.headers["Cache-Control"] == "no-store"
        assert (await program.redeem()).status == 200

    async def test_the_challenge_itself_proves_nothing(
        self, program: Program, person: Visitor
    ) -> None:
        await program.ask(person)
        said = await program.redeem(code_verifier=challenge_of(program.verifier))
        assert said.error == "invalid_grant"

    async def test_two_at_once_get_it_once(self, program: Program, person: Visitor) -> None:
        await program.ask(person)
        said = await asyncio.gather(*(program.redeem() for _ in range(5)))
        assert sorted(each.status for each in said) == [200, 400, 400, 400, 400]
        [won] = [each.body for each in said if each.status == 200]
        assert (await program.read(USAGE, won["access_token"])).status == 401

    @pytest.mark.parametrize(
        "body",
        [
            b"grant_type=authorization_code&code=a&code=b&client_id=c&code_verifier=d",
            b"grant_type=refresh_token&refresh_token=%00&client_id=c",
            b"grant_type=refresh_token&refresh_token=%ff&client_id=c",
            "grant_type=ü".encode(),
            b"&".join(b"f%d=1" % number for number in range(50)),
            b"x" * 20_000,
        ],
    )
    async def test_a_form_that_cannot_be_read_is_refused(
        self, program: Program, body: bytes
    ) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        said = await program.send("/oauth/token", data=body, headers=headers)
        assert (said.status, said.error) == (400, "invalid_request")

    async def test_json_and_the_query_are_no_form(self, program: Program) -> None:
        said = await program.send("/oauth/token", json={"grant_type": "refresh_token"})
        assert (said.status, said.error) == (400, "invalid_request")
        said = await program.form("/oauth/token?client_id=x", grant_type="refresh_token")
        assert (said.status, said.error) == (400, "invalid_request")


class TestTokens:
    async def test_an_access_token_is_good_for_an_hour(
        self, program: Program, person: Visitor, still_clock: StillClock
    ) -> None:
        tokens = await program.connect(person)
        still_clock.move(3599)
        assert (await program.read(USAGE, tokens["access_token"])).status == 200
        still_clock.move(2)
        assert (await program.read(USAGE, tokens["access_token"])).status == 401

    async def test_a_refresh_token_is_traded_in_once_and_a_replay_ends_all(
        self, program: Program, person: Visitor
    ) -> None:
        first = await program.connect(person)
        second = (await program.refresh(first["refresh_token"])).body
        assert second["refresh_token"] != first["refresh_token"]
        assert (await program.read(USAGE, second["access_token"])).status == 200
        assert (await program.refresh(first["refresh_token"])).error == "invalid_grant"
        assert (await program.read(USAGE, second["access_token"])).status == 401
        assert (await program.refresh(second["refresh_token"])).error == "invalid_grant"

    async def test_refreshing_goes_on_as_long_as_there_is_a_month_between(
        self, program: Program, person: Visitor, still_clock: StillClock
    ) -> None:
        tokens = await program.connect(person)
        for _ in range(3):
            still_clock.move(hours=29 * 24)
            said = await program.refresh(tokens["refresh_token"])
            assert said.status == 200
            tokens = said.body
        still_clock.move(hours=30 * 24)
        assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"

    async def test_a_refresh_narrows_and_never_widens(
        self, program: Program, person: Visitor
    ) -> None:
        tokens = await program.connect(person, scope="posts.read usage.read")
        wide = await program.refresh(tokens["refresh_token"], scope="posts.read posts.publish")
        assert (wide.status, wide.error) == (400, "invalid_scope")
        narrow = await program.refresh(tokens["refresh_token"], scope="posts.read")
        assert narrow.body["scope"] == "posts.read"
        assert (await program.read(USAGE, narrow.body["access_token"])).status == 403

    async def test_tokens_of_one_program_are_nothing_to_another(
        self, program: Program, person: Visitor, url: str
    ) -> None:
        tokens = await program.connect(person)
        async with Program(url) as thief:
            await thief.register()
            said = await thief.refresh(tokens["refresh_token"])
            assert said.error == "invalid_grant"
            said = await thief.form("/oauth/revoke", token=tokens["refresh_token"])
            assert said.error == "invalid_grant"
        assert (await program.refresh(tokens["refresh_token"])).status == 200

    async def test_an_access_token_is_no_refresh_token_and_the_other_way_round(
        self, program: Program, person: Visitor
    ) -> None:
        tokens = await program.connect(person)
        assert (await program.refresh(tokens["access_token"])).error == "invalid_grant"
        assert (await program.read(USAGE, tokens["refresh_token"])).status == 401
        as_access = "mcpat_" + tokens["refresh_token"].removeprefix("mcprt_")
        assert (await program.read(USAGE, as_access)).status == 401

    async def test_a_token_for_mcp_is_good_there_alone(
        self, program: Program, person: Visitor, url: str
    ) -> None:
        tokens = await program.connect(person, resource=f"{url}/mcp")
        refused = await program.read(USAGE, tokens["access_token"])
        assert refused.status == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]

    async def test_a_token_for_the_broker_is_good_for_mcp_too(
        self, app: web.Application, program: Program, person: Visitor, url: str
    ) -> None:
        tokens = await program.connect(person, resource=url)
        assert (await program.read(USAGE, tokens["access_token"])).status == 200
        caller = await app[GRANTS].authenticate(tokens["access_token"], "/mcp")
        assert caller.kind == "app"

    async def test_the_resource_of_the_grant_is_that_of_its_tokens(
        self, program: Program, person: Visitor, url: str
    ) -> None:
        await program.ask(person, resource=f"{url}/mcp")
        assert (await program.redeem(resource=url)).error == "invalid_target"
        tokens = (await program.redeem(resource=f"{url}/mcp")).body
        said = await program.refresh(tokens["refresh_token"], resource=url)
        assert said.error == "invalid_target"
        said = await program.refresh(tokens["refresh_token"], resource=f"{url}/mcp")
        assert said.status == 200

    async def test_two_credentials_in_one_request_are_none(
        self, program: Program, person: Visitor, agent: Agent
    ) -> None:
        tokens = await program.connect(person)
        answer = await agent.get(
            USAGE, headers={"Authorization": f"Bearer {tokens['access_token']}"}
        )
        assert (answer.status, answer.code) == (400, "CONFLICTING_CREDENTIALS")

    async def test_no_secret_is_stored_readable(
        self, program: Program, person: Visitor, troubled_database: TroubledDatabase
    ) -> None:
        tokens = await program.connect(person)
        secrets = [tokens["access_token"], tokens["refresh_token"], program.answer["code"]]
        database = troubled_database.as_database()
        for table in ("grants", "grant_codes", "grant_tokens", "clients"):
            rows = await database.read(lambda tx, table=table: tx.fetch(f"SELECT * FROM {table}"))  # type: ignore[misc]  # noqa: S608
            assert rows
            text = str([dict(row) for row in rows])
            assert not any(secret in text or secret[6:] in text for secret in secrets)


class TestRevoking:
    async def test_a_refresh_token_ends_its_grant(self, program: Program, person: Visitor) -> None:
        tokens = await program.connect(person)
        said = await program.form("/oauth/revoke", token=tokens["refresh_token"])
        assert said.status == 200
        assert (await program.read(USAGE, tokens["access_token"])).status == 401
        assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"

    async def test_an_access_token_ends_alone(self, program: Program, person: Visitor) -> None:
        tokens = await program.connect(person)
        assert (await program.form("/oauth/revoke", token=tokens["access_token"])).status == 200
        assert (await program.read(USAGE, tokens["access_token"])).status == 401
        assert (await program.refresh(tokens["refresh_token"])).status == 200

    async def test_what_is_no_token_is_ended_already(self, program: Program) -> None:
        assert (await program.form("/oauth/revoke", token="nothing")).status == 200
        said = await program.form("/oauth/revoke", token="nothing", client_id=None)
        assert (said.status, said.error) == (401, "invalid_client")
        assert (await program.form("/oauth/revoke")).error == "invalid_request"

    async def test_a_person_disconnects_it(self, program: Program, person: Visitor) -> None:
        tokens = await program.connect(person)
        await program.read(USAGE, tokens["access_token"])
        page = await person.open("/dashboard/apps")
        assert "A good app" in page.text
        assert "1 request" in page.text
        [form] = [form for form in page.forms if form.action.endswith("/revoke")]
        page = await person.submit(form)
        assert "No app is connected." in page.text
        assert (await program.read(USAGE, tokens["access_token"])).status == 401
        assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"
        assert (await person.submit(form)).status == 404
