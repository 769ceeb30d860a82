"""Logins of devices: a program shows a code, its person types it and says yes."""

from typing import Any

import pytest
from aiohttp import web

from postbroker.appkeys import WORKSPACES
from postbroker.store.workspaces import Workspace
from server.dashboard.visitor import Page, Visitor
from server.doubles.clock import StillClock
from server.doubles.connecting import Program, Said
from server.http.conftest import NewPerson

BEGIN = "/oauth/device_authorization"
PAGE = "/oauth/device"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "posts.read usage.read"


@pytest.fixture
async def device(url: str) -> Any:
    """Our own command line, which need not register."""
    async with Program(url, client_id="postbroker-cli") as program:
        yield program


async def begin(device: Program, **fields: str | None) -> dict[str, Any]:
    said = await device.form(BEGIN, **{"scope": SCOPE} | fields)
    assert said.status == 200, said.body
    begun: dict[str, Any] = said.body
    return begun


async def poll(device: Program, begun: dict[str, Any], **fields: str | None) -> Said:
    given = {"grant_type": DEVICE_GRANT, "device_code": begun["device_code"]}
    return await device.token(**given | fields)


async def type_code(person: Visitor, code: str) -> Page:
    return await person.press(PAGE, PAGE, user_code=code)


async def say(person: Visitor, code: str, answer: str, **entered: Any) -> Page:
    page = await type_code(person, code)
    return await person.submit(page.form(PAGE), answer=answer, **entered)


async def test_a_device_gets_tokens_once_its_person_said_yes(
    device: Program, person: Visitor, still_clock: StillClock, url: str
) -> None:
    begun = await begin(device)
    assert begun["verification_uri"] == f"{url}{PAGE}"
    assert begun["verification_uri_complete"] == f"{url}{PAGE}?user_code={begun['user_code']}"
    assert (begun["expires_in"], begun["interval"]) == (600, 5)
    waiting = await poll(device, begun)
    assert (waiting.status, waiting.error) == (400, "authorization_pending")
    page = await say(person, begun["user_code"].lower().replace("-", " "), "yes")
    assert "is connected" in page.text
    still_clock.move(5)
    said = await poll(device, begun)
    assert said.status == 200
    assert said.body["scope"] == SCOPE
    assert (await device.read("/v1/usage", said.body["access_token"])).status == 200
    again = (await device.refresh(said.body["refresh_token"])).body
    assert (await device.read("/v1/usage", again["access_token"])).status == 200


async def test_the_page_with_the_code_in_its_address_asks_all_the_same(
    device: Program, person: Visitor
) -> None:
    begun = await begin(device)
    page = await person.open(f"{PAGE}?user_code={begun['user_code']}")
    assert ("user_code", begun["user_code"]) in page.form(PAGE).fields
    assert (await poll(device, begun)).error == "authorization_pending"
    page = await person.submit(page.form(PAGE))
    assert begun["user_code"] in page.text
    assert "Go on only if you started it yourself" in page.text
    assert "Postbroker's command line" in page.text
    assert "127.0.0.1" in page.text


async def test_who_is_not_signed_in_comes_back_to_it(
    app: web.Application, workspace: Workspace, device: Program, new_person: NewPerson
) -> None:
    begun = await begin(device)
    visitor = await new_person()
    await visitor.open(f"{PAGE}?user_code={begun['user_code']}")
    page = await visitor.sign_in(app[WORKSPACES].sign_in_token())
    assert page.url == f"{PAGE}?user_code={begun['user_code']}"


async def test_a_no_gives_nothing(device: Program, person: Visitor) -> None:
    begun = await begin(device)
    page = await say(person, begun["user_code"], "no")
    assert "is not connected" in page.text
    for _ in range(2):
        assert (await poll(device, begun)).error == "access_denied"


async def test_the_person_takes_scopes_away(device: Program, person: Visitor) -> None:
    begun = await begin(device, scope="posts.read usage.read posts.approve")
    await say(person, begun["user_code"], "yes", scope=["posts.read"])
    assert (await poll(device, begun)).body["scope"] == "posts.read"


async def test_without_any_scope_it_is_asked_again(device: Program, person: Visitor) -> None:
    begun = await begin(device)
    page = await say(person, begun["user_code"], "yes", scope=[])
    assert page.status == 400
    assert (await poll(device, begun)).error == "authorization_pending"


async def test_a_code_is_good_for_ten_minutes(
    device: Program, person: Visitor, still_clock: StillClock
) -> None:
    begun = await begin(device)
    page = await type_code(person, begun["user_code"])
    still_clock.move(600)
    late = await person.submit(page.form(PAGE), answer="yes")
    assert late.status == 403
    assert "That code is not valid" in (await type_code(person, begun["user_code"])).text
    assert (await poll(device, begun)).error == "expired_token"


async def test_an_answer_that_comes_too_late_counts_for_nothing(
    device: Program, person: Visitor, still_clock: StillClock
) -> None:
    begun = await begin(device)
    still_clock.move(599)
    page = await type_code(person, begun["user_code"])
    still_clock.move(2)
    late = await person.submit(page.form(PAGE), answer="yes")
    assert late.status == 404
    assert (await poll(device, begun)).error == "expired_token"


async def test_a_code_is_answered_once(device: Program, person: Visitor) -> None:
    begun = await begin(device)
    page = await type_code(person, begun["user_code"])
    await person.submit(page.form(PAGE), answer="yes")
    assert (await person.submit(page.form(PAGE), answer="yes")).status == 404
    assert (await type_code(person, begun["user_code"])).status == 404


async def test_tokens_are_given_once(device: Program, person: Visitor) -> None:
    begun = await begin(device)
    await say(person, begun["user_code"], "yes")
    assert (await poll(device, begun)).status == 200
    assert (await poll(device, begun)).error == "invalid_grant"


async def test_who_asks_too_often_is_slowed_down(device: Program, still_clock: StillClock) -> None:
    begun = await begin(device)
    said = []
    for seconds in (0, 1, 5, 3, 5):
        still_clock.move(seconds)
        said.append((await poll(device, begun)).error)
    pending, slow = "authorization_pending", "slow_down"
    assert said == [pending, slow, pending, slow, pending]


async def test_a_device_code_is_its_own_program_s(device: Program, program: Program) -> None:
    begun = await begin(device)
    assert (await poll(program, begun)).error == "invalid_grant"
    assert (await poll(device, {"device_code": "mcpdc_nothing"})).error == "invalid_grant"
    assert (await poll(device, begun, device_code=None)).error == "invalid_request"


async def test_a_grant_that_was_taken_back_before_gives_nothing(
    device: Program, person: Visitor
) -> None:
    begun = await begin(device)
    await say(person, begun["user_code"], "yes")
    page = await person.open("/dashboard/apps")
    [form] = [form for form in page.forms if form.action.endswith("/revoke")]
    await person.submit(form)
    assert (await poll(device, begun)).error == "access_denied"


async def test_wrong_codes_close_the_page_for_a_while(
    device: Program, person: Visitor, still_clock: StillClock
) -> None:
    begun = await begin(device)
    for _ in range(5):
        assert "That code is not valid" in (await type_code(person, "BBBB-BBBB")).text
    page = await type_code(person, begun["user_code"])
    assert page.status == 429
    assert "Too many wrong codes" in page.text
    still_clock.move(minutes=9)
    assert (await type_code(person, begun["user_code"])).status == 429


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "https://app.example/client.json"}, "invalid_client"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"resource": "https://evil.example"}, "invalid_target"),
    ],
)
async def test_what_is_asked_wrongly_is_refused(
    device: Program, fields: dict[str, str | None], error: str
) -> None:
    assert (await device.form(BEGIN, **fields)).error == error


async def test_a_client_that_registered_may_ask_too(
    program: Program, person: Visitor, url: str
) -> None:
    await program.register(redirect_uris=[], grant_types=[DEVICE_GRANT])
    begun = await begin(program, resource=f"{url}/mcp", scope=None)
    page = await say(person, begun["user_code"], "yes")
    assert page.status == 200
    tokens = (await poll(program, begun)).body
    assert (await program.read("/v1/usage", tokens["access_token"])).status == 401


async def test_so_many_wait_from_one_address(device: Program, still_clock: StillClock) -> None:
    for _ in range(30):
        await begin(device)
    said = await device.form(BEGIN)
    assert (said.status, said.error) == (429, "temporarily_unavailable")
    still_clock.move(minutes=11)
    await begin(device)


async def test_the_question_of_an_app_is_no_answer_to_a_device(
    program: Program, device: Program, person: Visitor
) -> None:
    begun = await begin(device)
    page = await person.open(program.address())
    [asked] = [v for n, v in page.form("/oauth/authorize").fields if n == "asked"]
    form = (await type_code(person, begun["user_code"])).form(PAGE)
    assert (await person.submit(form, asked=asked, answer="yes")).status == 403
    [of_device] = [v for n, v in form.fields if n == "asked"]
    refused = await person.submit(page.form("/oauth/authorize"), asked=of_device, answer="yes")
    assert refused.status == 403
