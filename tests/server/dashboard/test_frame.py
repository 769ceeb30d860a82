"""Sessions, form tokens and errors as pages."""

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, make_mocked_request

from postbroker.appkeys import TRACE_ID, WORKSPACES
from postbroker.dashboard.frame import error_page
from postbroker.store.database import DatabaseBusyError, StorageFullError
from server.dashboard.visitor import Visitor

FORMS = [
    "/dashboard/pause",
    "/dashboard/resume",
    "/dashboard/sign-out",
    "/dashboard/browsers/pair",
    "/dashboard/browsers/any/revoke",
    "/dashboard/keys",
    "/dashboard/keys/any/revoke",
    "/dashboard/jobs/any/cancel",
    "/dashboard/jobs/any/live",
    "/dashboard/jobs/any/not-there",
    "/dashboard/jobs/any/look-again",
]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("fields", [[], [("csrf_token", "")], [("csrf_token", "wröng")]])
async def test_form_without_the_sessions_token_is_refused(
    owner: Visitor, path: str, fields: list[tuple[str, str]]
) -> None:
    page = await owner.post(path, fields)
    assert page.status == 403
    assert "CSRF_FAILED" in page.text


async def test_token_of_another_session_is_refused(
    app: web.Application, owner: Visitor, stranger: Visitor
) -> None:
    await stranger.sign_in(app[WORKSPACES].sign_in_token())
    form = (await stranger.open("/dashboard")).form("/dashboard/pause")
    assert (await owner.submit(form)).status == 403


@pytest.mark.parametrize("path", FORMS)
async def test_form_without_a_session_does_nothing(stranger: Visitor, path: str) -> None:
    assert (await stranger.post(path, [])).path == "/dashboard/signed-out"


async def test_part_of_a_page_leaves_when_the_session_is_over(server: TestServer) -> None:
    url = server.make_url("/dashboard/jobs")
    async with (
        ClientSession() as session,
        session.get(url, headers={"HX-Request": "true"}) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["HX-Redirect"] == "/dashboard/signed-out"
        assert await answer.text() == ""


async def test_only_forms_are_read(owner: Visitor, server: TestServer) -> None:
    page = await owner.post("/dashboard/pause", [(f"field{n}", "") for n in range(200)])
    assert page.status == 400
    url = server.make_url("/dashboard/sign-in")
    async with ClientSession() as session, session.post(url, json={"token": "x"}) as answer:
        assert answer.status == 415
        assert answer.content_type == "text/html"


async def test_too_large_a_form_is_a_page_that_says_so(owner: Visitor) -> None:
    page = await owner.post("/dashboard/pause", [("back", "x" * (1 << 21))])
    assert page.status == 413
    assert "The body is too large" in page.text


async def test_bytes_that_are_no_text_are_no_error_of_ours(server: TestServer) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=no-such-charset"}
    async with ClientSession() as session:
        url = server.make_url("/dashboard/sign-in")
        async with session.post(url, data=b"token=%ff\xff&token=", headers=headers) as answer:
            assert answer.status == 401


async def test_form_with_a_nul_character_is_refused(owner: Visitor) -> None:
    form = (await owner.open("/dashboard/keys")).form("/dashboard/keys")
    page = await owner.submit(form, label="a\0b")
    assert page.status == 400
    assert "NUL" in page.text


async def test_form_that_is_not_packed_as_it_says_is_refused(server: TestServer) -> None:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Encoding": "gzip",
    }
    async with ClientSession() as session:
        url = server.make_url("/dashboard/sign-in")
        async with session.post(url, data=b"token=a", headers=headers) as answer:
            assert answer.status == 400
            assert answer.content_type == "text/html"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyError("a secret of ours"), 500, "INTERNAL_ERROR"),
        (web.HTTPUnsupportedMediaType(), 400, "BAD_REQUEST"),
        (DatabaseBusyError(), 503, "DATABASE_BUSY"),
        (StorageFullError(), 507, "STORAGE_FULL"),
    ],
)
def test_every_error_is_a_page_that_tells_no_secret(
    error: Exception, status: int, words: str
) -> None:
    request = make_mocked_request("GET", "/dashboard")
    request[TRACE_ID] = "trace-1"
    page = error_page(request, None, error)
    assert page.status == status
    assert page.text is not None
    assert words in page.text
    assert "trace-1" in page.text
    assert "a secret of ours" not in page.text
