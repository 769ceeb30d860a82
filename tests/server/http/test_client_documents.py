"""Clients whose id is the address of a document about them, before a broker that fetches it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientMetadata,
)
from pydantic import AnyUrl

from server.cli.conftest import Broker, Installation, installation
from server.dashboard.visitor import Elsewhere, Visitor, signed_in
from server.doubles.certificate import write_certificate
from server.doubles.connecting import Program
from server.mcp.endpoint import ERAS, Era, Memory

__all__ = ["installation"]

PATH = "/clients/good.json"


class Publisher:
    """A web server with documents of clients, by TLS."""

    def __init__(self, public: Path, private: Path) -> None:
        self.answers: dict[str, web.StreamResponse | Any] = {}
        self.asked: list[str] = []
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(public, private)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app, scheme="https")
        await self.server.start_server(ssl=self._context)

    def address(self, path: str = PATH) -> str:
        return str(self.server.make_url(path))

    def publish(self, program: Program, path: str = PATH, **changes: Any) -> str:
        """A document of a program; its address is the program's id."""
        document = {
            "client_id": self.address(path),
            "client_name": "A documented app",
            "redirect_uris": [program.callback],
        } | changes
        self.answers[path] = {k: v for k, v in document.items() if v is not None}
        return self.address(path)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        answer = self.answers.get(request.path)
        if answer is None:
            raise web.HTTPNotFound
        if isinstance(answer, str):
            raise web.HTTPFound(answer)
        if isinstance(answer, float):
            await asyncio.sleep(answer)  # noqa: TID251  it keeps its visitors waiting
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="application/json")
        return web.json_response(answer)


@pytest.fixture
async def publisher(tmp_path: Path) -> AsyncIterator[Publisher]:
    publisher = Publisher(*write_certificate(tmp_path))
    await publisher.start()
    yield publisher
    await publisher.server.close()


@pytest.fixture
async def broker(installation: Installation, publisher: Publisher, tmp_path: Path) -> Broker:
    """A broker that trusts the publisher and may reach this machine."""
    return await asyncio.to_thread(
        installation.start,
        SSL_CERT_FILE=str(tmp_path / "certificate.pem"),
        POSTBROKER_FETCH_FROM="127.0.0.0/8",
    )


@pytest.fixture
async def person(broker: Broker) -> AsyncIterator[Visitor]:
    async with signed_in(broker.url, broker.ready["signInUrl"]) as visitor:
        yield visitor


@pytest.fixture
async def program(broker: Broker) -> AsyncIterator[Program]:
    async with Program(broker.url) as program:
        yield program


async def test_a_client_is_known_by_its_document(
    broker: Broker, program: Program, person: Visitor, publisher: Publisher
) -> None:
    program.client_id = publisher.publish(program)
    page = await person.open(program.address())
    assert "A documented app" in page.text
    assert program.client_id in page.text
    tokens = await program.connect(person)
    assert (await program.read("/v1/usage", tokens["access_token"])).status == 200
    again = (await program.refresh(tokens["refresh_token"])).body
    assert (await program.read("/v1/usage", again["access_token"])).status == 200
    assert publisher.asked == [PATH], "it is kept for an hour"
    await refused(program, person, redirect_uri="http://127.0.0.1:1/elsewhere")
    await documents_that_do_not_hold(program, person, publisher)
    await nothing_is_fetched_for_strangers(broker, program, publisher)


async def refused(program: Program, person: Visitor, **changes: str | None) -> str:
    page = await person.open(program.address(**changes))
    assert (page.status, page.path) == (400, "/oauth/authorize")
    assert program.answers[1:] == []
    return page.text.partition("trace id")[0]


async def documents_that_do_not_hold(
    program: Program, person: Visitor, publisher: Publisher
) -> None:
    """One broker for all of them: each start costs a second."""
    other = publisher.address("/clients/other.json")
    wrong: dict[str, dict[str, Any]] = {
        "/clients/other-id.json": {"client_id": other},
        "/clients/no-id.json": {"client_id": None},
        "/clients/no-redirect.json": {"redirect_uris": []},
        "/clients/evil-redirect.json": {"redirect_uris": ["javascript:alert(1)"]},
        "/clients/secret.json": {"token_endpoint_auth_method": "client_secret_basic"},
        "/clients/has-secret.json": {"client_secret": "secret"},
        "/clients/large.json": {"client_name": "x" * 11_000},
    }
    for path, changes in wrong.items():
        await refused(program, person, client_id=publisher.publish(program, path, **changes))
    answers: dict[str, Any] = {
        "/clients/redirected.json": publisher.address(),
        "/clients/slow.json": 6.0,
        "/clients/list.json": b"[]",
        "/clients/noise.json": b"\xff\xfe",
        "/clients/missing.json": None,
    }
    publisher.answers |= answers
    said = set()
    for path in answers:
        said.add(await refused(program, person, client_id=publisher.address(path)))
    assert len(said) == 1, "a refusal does not tell what was found"
    assert publisher.asked.count(PATH) == 1, "no redirect is followed"
    before = len(publisher.asked)
    for address in (
        publisher.address("/"),
        publisher.address("").rstrip("/"),
        publisher.address().replace("/clients/", "/clients/../"),
        publisher.address() + "#part",
        publisher.address().replace("https://", "https://user@"),
        publisher.address().replace("https://", "http://"),
        publisher.address("/" + "x" * 600),
    ):
        await refused(program, person, client_id=address)
    assert len(publisher.asked) == before


async def nothing_is_fetched_for_strangers(
    broker: Broker, program: Program, publisher: Publisher
) -> None:
    """Only a person who is signed in may have the broker fetch something."""
    address = publisher.publish(program, "/clients/unseen.json")
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        page = await Visitor(session, Elsewhere(broker.url)).open(
            program.address(client_id=address)
        )
    assert page.path == "/dashboard/signed-out"
    for path, fields in (
        ("/oauth/token", {"grant_type": "authorization_code", "code": "x", "code_verifier": "y"}),
        ("/oauth/device_authorization", {}),
        ("/oauth/revoke", {"token": "x"}),
    ):
        await program.form(path, client_id=address, **fields)
    assert "/clients/unseen.json" not in publisher.asked


@pytest.mark.parametrize("era", ERAS)
async def test_the_official_client_is_let_in_by_its_document(
    broker: Broker, program: Program, person: Visitor, publisher: Publisher, era: Era
) -> None:
    memory, address = Memory(), publisher.publish(program)

    async def ask(url: str) -> None:
        page = await person.open(url.removeprefix(broker.url))
        await person.submit(page.form("/oauth/authorize"), answer="yes")

    async def answered() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**program.answer)

    metadata = OAuthClientMetadata(redirect_uris=[AnyUrl(program.callback)])
    url = f"{broker.url}/mcp"
    provider = OAuthClientProvider(
        url, metadata, memory, ask, answered, client_metadata_url=address
    )
    async with (
        httpx2.AsyncClient(auth=provider) as http,
        Client(streamable_http_client(url, http_client=http), mode=era) as client,
    ):
        assert len((await client.list_tools()).tools) == 14
    assert memory.client is not None
    assert memory.client.client_id == address
    assert publisher.asked == [PATH]


async def test_a_broker_reaches_nothing_inside_for_a_document(
    installation: Installation, publisher: Publisher, tmp_path: Path
) -> None:
    broker = await asyncio.to_thread(
        installation.start, SSL_CERT_FILE=str(tmp_path / "certificate.pem")
    )
    async with (
        Program(broker.url) as program,
        signed_in(broker.url, broker.ready["signInUrl"]) as person,
    ):
        port = publisher.server.port
        said = set()
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1"):
            address = f"https://{host}:{port}{PATH}"
            publisher.publish(program, client_id=address)
            said.add(await refused(program, person, client_id=address))
        for address in ("https://169.254.169.254/latest/x", "https://10.0.0.1/x", "https://0/x"):
            said.add(await refused(program, person, client_id=address))
        assert len(said) == 1
        for host in ("[::1]", "[::ffff:127.0.0.1]"):
            await refused(program, person, client_id=f"https://{host}:{port}{PATH}")
    assert publisher.asked == []
