"""What a client shows the broker so that it is let in."""

from typing import Any, Protocol

import aiohttp

KEY_HEADER = "clawpost-api-key"
NOT_AUTHENTICATED = 401


class Credential(Protocol):
    """A key, or a login that is renewed."""

    async def headers(self, session: aiohttp.ClientSession) -> dict[str, str]:
        """The headers to send now. Raises PostbrokerError when there are none any more."""
        ...

    async def renew(self, session: aiohttp.ClientSession, refused: dict[str, str]) -> bool:
        """Get other headers than those that were refused; False when there are none."""
        ...


class Key:
    """An API key, or nothing: some things can be asked without one."""

    def __init__(self, key: str | None) -> None:
        self._headers = {KEY_HEADER: key} if key else {}

    async def headers(self, session: aiohttp.ClientSession) -> dict[str, str]:  # noqa: ARG002
        """The key in its header."""
        return self._headers

    async def renew(
        self,
        session: aiohttp.ClientSession,  # noqa: ARG002
        refused: dict[str, str],  # noqa: ARG002
    ) -> bool:
        """A key stays what it is."""
        return False


async def send(
    session: aiohttp.ClientSession,
    credential: Credential,
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    **options: Any,
) -> aiohttp.ClientResponse:
    """The answer to a request with the credential, which is renewed once where it is refused.

    `options` are those of aiohttp. No redirect is followed: whoever follows one shows the key to
    whatever it leads to. Raises what aiohttp raises, and PostbrokerError.
    """
    own, options = headers or {}, {"allow_redirects": False, **options}
    shown = await credential.headers(session)
    response = await session.request(method, url, headers=shown | own, **options)
    if response.status == NOT_AUTHENTICATED and await credential.renew(session, shown):
        response.release()
        shown = await credential.headers(session)
        response = await session.request(method, url, headers=shown | own, **options)
    return response
