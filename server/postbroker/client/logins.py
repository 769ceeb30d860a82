"""Logins at brokers: tokens that `postbroker login` got, kept for their owner and renewed in time.

A refresh token is good once, and using an old one ends the login. So one process at a time renews,
looks first whether another has done it, and stores the new pair before it uses it.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import Field, ValidationError

from postbroker.client.errors import (
    PostbrokerError,
    RefusedError,
    StrangeAnswerError,
    UnreachableError,
)
from postbroker.clock import Clock, SystemClock
from postbroker.contract.message import Message
from postbroker.local import OWNER_ONLY, write_for_owner

FILE_NAME, LOCK_NAME = "logins.json", "logins.lock"
CLIENT_ID = "postbroker-cli"
EARLY_SECONDS = 60
"""A token is renewed when it is good for less than this."""
OK = 200


class Login(Message):
    """The tokens for one broker."""

    access_token: str
    refresh_token: str
    expires_at: float
    """Of the access token: seconds since 1970."""
    scope: str = ""
    """What it may do, separated by spaces."""


class Logins(Message):
    """All logins of a user of this machine."""

    current: str | None = None
    """The address that was logged in to last: where commands go when nothing else is said."""
    brokers: dict[str, Login] = Field(default_factory=dict)
    """By address."""


class TokenAnswer(Message):
    """What a token endpoint answers, as RFC 6749 names it."""

    access_token: str = Field(alias="access_token")
    refresh_token: str = Field(alias="refresh_token")
    expires_in: float = Field(alias="expires_in")
    scope: str = ""

    def login(self, now: float) -> Login:
        """The tokens, to be kept."""
        return Login(
            access_token=self.access_token,
            refresh_token=self.refresh_token,
            expires_at=now + self.expires_in,
            scope=self.scope,
        )


class LoginStore:
    """The file of logins in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> Logins:
        """All logins; none when there is no file or it is damaged."""
        try:
            text = (self._folder / FILE_NAME).read_text(encoding="utf-8")
            return Logins.model_validate_json(text, extra="ignore")
        except (OSError, ValidationError):
            return Logins()

    def keep(self, url: str, login: Login, *, make_current: bool = False) -> None:
        """Store the tokens for a broker. Call it under `lock`."""
        logins = self.read()
        self._write(
            Logins(
                current=url if make_current else logins.current,
                brokers={**logins.brokers, url: login},
            )
        )

    def forget(self, url: str) -> None:
        """Drop the tokens for a broker. Call it under `lock`."""
        logins = self.read()
        rest = {at: login for at, login in logins.brokers.items() if at != url}
        self._write(
            Logins(current=logins.current if logins.current in rest else None, brokers=rest)
        )

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Keeps other processes from changing the file meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        try:
            await asyncio.to_thread(fcntl.flock, handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, logins: Logins) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_for_owner(self._folder / FILE_NAME, logins.model_dump_json())


class StoredLogin:
    """The credential of a login: its token as bearer, renewed before it ends."""

    def __init__(self, store: LoginStore, url: str, clock: Clock | None = None) -> None:
        self._store = store
        self._url = url
        self._clock = clock or SystemClock()
        self._turn = asyncio.Lock()

    async def headers(self, session: aiohttp.ClientSession) -> dict[str, str]:
        """The token in its header. Raises RefusedError when a person must log in again."""
        login = self._login()
        if login.expires_at - self._now() < EARLY_SECONDS:
            await self._renew(session, login.access_token)
            login = self._login()
        return _bearer(login)

    async def renew(self, session: aiohttp.ClientSession, refused: dict[str, str]) -> bool:
        """Get another token than the refused one. Raises as `headers`."""
        await self._renew(session, refused["Authorization"].removeprefix("Bearer "))
        return True

    async def _renew(self, session: aiohttp.ClientSession, old: str) -> None:
        async with self._turn, self._store.lock():
            login = self._login()
            if login.access_token != old:
                return  # another process was quicker
            form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token}
            answer = await ask_for_tokens(session, self._url, form)
            if answer is None:
                self._store.forget(self._url)
                raise _must_log_in(self._url, "the login has ended")
            self._store.keep(self._url, answer.login(self._now()))

    def _login(self) -> Login:
        login = self._store.read().brokers.get(self._url)
        if login is None:
            raise _must_log_in(self._url, "there is no login")
        return login

    def _now(self) -> float:
        return self._clock.now().timestamp()


async def ask_for_tokens(
    session: aiohttp.ClientSession, url: str, form: dict[str, str]
) -> TokenAnswer | None:
    """What the token endpoint gives; None when it will never give any for this.

    Raises RefusedError with the endpoint's own `error` as code for every other refusal,
    UnreachableError, StrangeAnswerError.
    """
    status, body = await post_form(session, f"{url}/oauth/token", {"client_id": CLIENT_ID, **form})
    if status == OK:
        try:
            return TokenAnswer.model_validate(body, extra="ignore")
        except ValidationError as error:
            raise StrangeAnswerError.of(url, status) from error
    if body.get("error") == "invalid_grant":
        return None
    raise refusal(url, status, body)


def refusal(url: str, status: int, body: dict[str, Any]) -> PostbrokerError:
    """What an endpoint of OAuth refused, with its own `error` as code."""
    code = body.get("error")
    if not isinstance(code, str):
        return StrangeAnswerError.of(url, status)
    return RefusedError(
        code=code,
        message=str(body.get("error_description") or code),
        actor="user",
        status=status,
        suggested_action=f"Log in again: postbroker login {url}",
    )


async def post_form(
    session: aiohttp.ClientSession, address: str, form: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of the answer to a form.

    Raises UnreachableError, StrangeAnswerError.
    """
    try:
        async with session.post(address, data=form, allow_redirects=False) as response:
            try:
                body = await response.json(content_type=None)
            except ValueError as error:
                raise StrangeAnswerError.of(address, response.status) from error
            return response.status, body if isinstance(body, dict) else {}
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise UnreachableError(
            code="UNREACHABLE",
            message=f"nothing answers at {address}",
            suggested_action="Check the address and the network.",
        ) from error


def _bearer(login: Login) -> dict[str, str]:
    return {"Authorization": f"Bearer {login.access_token}"}


def _must_log_in(url: str, why: str) -> RefusedError:
    return RefusedError(
        code="LOGIN_NEEDED",
        message=f"{why} at {url}",
        actor="user",
        suggested_action=f"Log in: postbroker login {url}",
    )
