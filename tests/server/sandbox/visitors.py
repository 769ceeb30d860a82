"""Who comes to the simulated sites in these tests: a browser, and a program that controls it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse, ClientSession

CREATE_TWEET = "/i/api/graphql/a-query-id/CreateTweet"
ACCOUNT = "ada_sandbox"


class StillClock:
    """Stands still; to sleep moves it at once."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    async def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


class Browser:
    """A person's browser as far as HTTP goes: cookies, and the header that its pages send."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def open(self, path: str) -> ClientResponse:
        """Load a page without following where it leads."""
        response = await self.session.get(self.url + path, allow_redirects=False)
        await response.read()
        return response

    def cookie(self, name: str) -> str:
        """The value of a cookie, wherever on the site it counts."""
        return next((each.value for each in self.session.cookie_jar if each.key == name), "")

    async def create(self, text: str, **headers: str) -> ClientResponse:
        """Send what the page's button sends."""
        return await self.create_with({"tweet_text": text}, headers)

    async def create_with(
        self, variables: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> ClientResponse:
        """Send what it sends when the composer holds more than a text."""
        sent = {"x-csrf-token": self.cookie("ct0")} | dict(headers or {})
        body = {"variables": {"client_nonce": "press-1", **variables}, "queryId": "a-query-id"}
        response = await self.session.post(self.url + CREATE_TWEET, json=body, headers=sent)
        await response.read()
        return response

    async def read(self, path: str) -> Any:
        """What one of the page's own lists holds."""
        async with self.session.get(self.url + path) as response:
            return await response.json()


class Control:
    """A program at the control endpoints."""

    def __init__(self, session: ClientSession, url: str, platform: str) -> None:
        self.session, self.url = session, f"{url}/_control/{platform}"

    async def send(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> ClientResponse:
        response = await self.session.request(method, self.url + path, json=body, headers=headers)
        await response.read()
        return response

    async def switch(self, **faults: object) -> None:
        """Replace the switches of the default account."""
        response = await self.send("PUT", f"/faults/{ACCOUNT}", faults)
        assert response.status == 200, await response.text()

    async def set_account(self, **properties: object) -> None:
        """Give the default account these properties."""
        response = await self.send("POST", "/accounts", {"handle": ACCOUNT, **properties})
        assert response.status == 200, await response.text()

    async def requests(self) -> list[dict[str, Any]]:
        """The log of CreateTweet requests."""
        rows: list[dict[str, Any]] = (await (await self.send("GET", "/requests")).json())[
            "requests"
        ]
        return rows
