"""Logs in at a broker from a program that opens no page of its own (RFC 8628)."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp
from pydantic import Field, ValidationError

from postbroker.client.errors import PostbrokerError, RefusedError, StrangeAnswerError
from postbroker.client.logins import (
    CLIENT_ID,
    OK,
    Login,
    LoginStore,
    TokenAnswer,
    ask_for_tokens,
    post_form,
    refusal,
)
from postbroker.client.wire import ANSWER_SECONDS, CONNECT_SECONDS
from postbroker.clock import Clock, SystemClock
from postbroker.contract.message import Message

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SLOWER_SECONDS = 5
"""RFC 8628, 3.5: added to the interval with each `slow_down`."""


class DeviceCode(Message):
    """What a person is shown, and what the program polls with; names as RFC 8628 has them."""

    device_code: str = Field(alias="device_code")
    user_code: str = Field(alias="user_code")
    verification_uri: str = Field(alias="verification_uri")
    verification_uri_complete: str = Field(alias="verification_uri_complete")
    expires_in: float = Field(alias="expires_in")
    interval: float = Field(default=5, alias="interval")


class DeviceLogin:
    """One login at one broker. Use it as `async with DeviceLogin(url, store) as login:`."""

    def __init__(self, url: str, store: LoginStore, clock: Clock | None = None) -> None:
        self.url = url.rstrip("/")
        self._store = store
        self._clock = clock or SystemClock()

    async def __aenter__(self) -> "DeviceLogin":
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, connect=CONNECT_SECONDS)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def begin(self, scopes: Sequence[str]) -> DeviceCode:
        """A code for a person to enter. Raises PostbrokerError."""
        check_is_private(self.url)
        form = {"client_id": CLIENT_ID, "scope": " ".join(scopes)}
        status, body = await post_form(
            self._session, f"{self.url}/oauth/device_authorization", form
        )
        if status != OK:
            raise refusal(self.url, status, body)
        try:
            return DeviceCode.model_validate(body, extra="ignore")
        except ValidationError as error:
            raise StrangeAnswerError.of(self.url, status) from error

    async def finish(self, code: DeviceCode) -> Login:
        """Wait for the person's yes, and keep the login. Raises PostbrokerError for a no."""
        try:
            async with asyncio.timeout(code.expires_in):
                answer = await self._answer(code)
        except TimeoutError as error:
            raise _ended(self.url, "expired_token") from error
        if answer is None:
            raise _ended(self.url, "expired_token")
        login = answer.login(self._clock.now().timestamp())
        async with self._store.lock():
            self._store.keep(self.url, login, make_current=True)
        return login

    async def end(self) -> bool:
        """Have the broker end the login, and forget it; False when there was none.

        It is forgotten in any case. Raises UnreachableError when the broker could not be told.
        """
        async with self._store.lock():
            login = self._store.read().brokers.get(self.url)
            if login is None:
                return False
            self._store.forget(self.url)
        form = {"client_id": CLIENT_ID, "token": login.refresh_token}
        await post_form(self._session, f"{self.url}/oauth/revoke", form)
        return True

    async def _answer(self, code: DeviceCode) -> TokenAnswer | None:
        """What comes once the person has answered, however long it takes."""
        form = {"grant_type": DEVICE_GRANT, "device_code": code.device_code}
        interval = code.interval
        while True:
            await self._clock.sleep(interval)
            try:
                return await ask_for_tokens(self._session, self.url, form)
            except RefusedError as error:
                if error.code not in ("authorization_pending", "slow_down"):
                    raise _ended(self.url, error.code) from error
                interval += SLOWER_SECONDS if error.code == "slow_down" else 0


def check_is_private(url: str) -> None:
    """Tokens travel to this machine or by TLS. Raises PostbrokerError for any other address."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise PostbrokerError(
            code="INVALID_SETTING",
            message=f"{url} is not https: others on the way could read the login",
            actor="agent",
            suggested_action="Give the broker's https address, or use a key with --key.",
        )


def _ended(url: str, code: str) -> RefusedError:
    said_no = code == "access_denied"
    return RefusedError(
        code="LOGIN_NEEDED",
        message="a person said no" if said_no else "the code was not entered in time",
        actor="user",
        suggested_action=f"Log in again: postbroker login {url}",
    )
