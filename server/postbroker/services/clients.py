"""Clients of OAuth: our own command line, those that registered, those that show a document."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from yarl import URL

from postbroker.clock import Clock
from postbroker.domain.authorization import (
    OWN_CLIENT,
    OWN_CLIENT_NAME,
    AuthorizationError,
    is_same_redirect,
    redirect_problem,
)
from postbroker.egress.calls import CallError, Calls
from postbroker.store import clients as store
from postbroker.store.clients import Client
from postbroker.store.database import Connection, Database

NAME_LENGTH = 100
REDIRECTS = 10
UNUSED_LIFE = timedelta(days=1)
UNUSED_CLIENTS = 1000
"""The newest that nobody said yes to; older ones make room."""
IDLE_LIFE = timedelta(days=90)
REGISTRATION_WINDOW = timedelta(hours=1)
REGISTRATIONS = 60
"""How many clients may register from one address within the window."""
DOCUMENT_SECONDS = 5
DOCUMENT_BYTES = 10_000
DOCUMENT_LIFE = timedelta(hours=1)
DOCUMENTS = 1000
DOCUMENT_ADDRESS_LENGTH = 500
OK = 200


@dataclass(frozen=True, slots=True)
class Registration:
    """What a client says of itself (RFC 7591), as far as it counts here."""

    name: str
    redirect_uris: tuple[str, ...]


class Clients:
    """Use cases of OAuth clients."""

    def __init__(self, database: Database, clock: Clock, calls: Calls) -> None:
        self._database = database
        self._clock = clock
        self._calls = calls
        self._documents: dict[str, tuple[Client, datetime]] = {}

    async def register(self, said: Mapping[str, Any], address: str) -> Client:
        """A new client from what it says of itself. Raises AuthorizationError."""
        registration, now = read_registration(said), self._clock.now()
        client = Client(str(uuid4()), registration.name, registration.redirect_uris, now)

        async def register(tx: Connection) -> bool:
            await tx.lock("clients")
            since = now - REGISTRATION_WINDOW
            if await store.count_registrations(tx, address, since) >= REGISTRATIONS:
                return False
            await store.delete_unused_clients(tx, now - UNUSED_LIFE, UNUSED_CLIENTS - 1)
            await store.insert_client(tx, client, address)
            return True

        if not await self._database.write(register):
            raise AuthorizationError(
                "temporarily_unavailable",
                "too many clients registered from this address; use one that is there",
                REGISTRATION_WINDOW.total_seconds(),
            )
        return client

    async def known(self, client_id: str) -> Client:
        """Our own client or one that registered. Raises AuthorizationError."""
        if client_id == OWN_CLIENT:
            return Client(OWN_CLIENT, OWN_CLIENT_NAME, (), self._clock.now())
        found = None
        if "\0" not in client_id:
            found = await self._database.read(lambda tx: store.select_client(tx, client_id))
        if found is None:
            raise AuthorizationError(
                "invalid_client", "there is no such client here; register again"
            )
        return found

    async def find(self, client_id: str) -> Client:
        """As `known`, or the client whose document lies at the address that is its id.

        Only for a person who is signed in: nobody else may have this broker fetch something.
        """
        if not client_id.startswith("https://"):
            return await self.known(client_id)
        now = self._clock.now()
        cached = self._documents.get(client_id)
        if cached and now < cached[1]:
            return cached[0]
        client = replace(await self._fetch(client_id), created_at=now)
        if len(self._documents) >= DOCUMENTS:
            self._documents.clear()
        self._documents[client_id] = client, now + DOCUMENT_LIFE
        return client

    async def _fetch(self, address: str) -> Client:
        """The client of a document. Raises AuthorizationError."""
        if not _may_hold_a_document(address):
            raise AuthorizationError(
                "invalid_client", "a client's document lies at an https address with a path"
            )
        try:
            answer = await self._calls.send(
                "GET",
                address,
                headers={"Accept": "application/json"},
                seconds=DOCUMENT_SECONDS,
                bytes_max=DOCUMENT_BYTES,
            )
        except CallError as error:
            raise _no_document() from error
        said = answer.fields if answer.status == OK else {}
        if said.get("client_id") != address:
            raise _no_document()
        if said.get("token_endpoint_auth_method", "none") != "none" or "client_secret" in said:
            raise AuthorizationError(
                "invalid_client", "the client's document asks for a secret; only none is known here"
            )
        registration = read_registration(said, must_redirect=True)
        return Client(address, registration.name, registration.redirect_uris, self._clock.now())


def read_registration(said: Mapping[str, Any], *, must_redirect: bool = False) -> Registration:
    """What counts of what a client says of itself. Raises AuthorizationError."""
    kinds = said.get("grant_types", ["authorization_code"])
    if not isinstance(kinds, list):
        raise AuthorizationError("invalid_client_metadata", "grant_types is a list of strings")
    redirects = said.get("redirect_uris", [])
    if not isinstance(redirects, list) or not all(isinstance(each, str) for each in redirects):
        raise AuthorizationError("invalid_redirect_uri", "redirect_uris is a list of strings")
    if not redirects and (must_redirect or "authorization_code" in kinds):
        raise AuthorizationError("invalid_redirect_uri", "redirect_uris names no address")
    if len(redirects) > REDIRECTS:
        raise AuthorizationError("invalid_redirect_uri", f"at most {REDIRECTS} redirect_uris")
    for each in redirects:
        if problem := redirect_problem(each):
            raise AuthorizationError("invalid_redirect_uri", f"{each[:200]}: {problem}")
    return Registration(_name_of(said), tuple(redirects))


def redirect_of(client: Client, given: str | None) -> str:
    """Where a client is answered. Raises AuthorizationError for what it never named."""
    if given is None and len(client.redirect_uris) == 1:
        return client.redirect_uris[0]
    if (
        given is None
        or redirect_problem(given)
        or not any(is_same_redirect(each, given) for each in client.redirect_uris)
    ):
        raise AuthorizationError(
            "invalid_request", "redirect_uri is none of those that the client named"
        )
    return given


def _name_of(said: Mapping[str, Any]) -> str:
    name = said.get("client_name", "")
    if not isinstance(name, str):
        raise AuthorizationError("invalid_client_metadata", "client_name is a string")
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return plain[:NAME_LENGTH] or "an app without a name"


def _may_hold_a_document(address: str) -> bool:
    try:
        place = URL(address)
    except ValueError:
        return False
    return (
        len(address) <= DOCUMENT_ADDRESS_LENGTH
        and redirect_problem(address) is None
        and place.scheme == "https"
        and place.path not in ("", "/")
        and not {".", ".."} & set(address.split("?")[0].split("/"))
    )


def _no_document() -> AuthorizationError:
    """One refusal for all: nobody shall feel their way through the inside."""
    return AuthorizationError("invalid_client", "there is no document of that client to be had")
