"""A person at the dashboard, with cookies and forms and without scripts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Protocol
from urllib.parse import urlencode

from aiohttp import ClientResponse, ClientSession, CookieJar
from yarl import URL

Attributes = dict[str, str | None]


@dataclass
class Form:
    """A form with what stands in its fields."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """An answer of the dashboard, taken apart."""

    def __init__(self, response: ClientResponse, html: str) -> None:
        super().__init__()
        self.status = response.status
        self.headers = response.headers
        self.path = response.url.path
        self.url = str(response.url.relative())
        self.html = html
        self.elements: list[tuple[str, Attributes]] = []
        self.forms: list[Form] = []
        self._words: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        """What a reader sees, with single spaces."""
        return " ".join(" ".join(self._words).split())

    def form(self, action: str) -> Form:
        """The form that is sent to `action`."""
        (form,) = (form for form in self.forms if form.action == action)
        return form

    def can(self, action: str) -> bool:
        """True when the page has a form for it."""
        return any(form.action == action for form in self.forms)

    def link(self, word: str) -> str:
        """The address of the link whose text begins with `word`."""
        start = self.html.index(f">{word}")
        return self.html[:start].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag == "form":
            self.forms.append(Form(given["action"] or ""))
        is_off = given.get("type") == "checkbox" and "checked" not in given
        if tag == "input" and self.forms and not is_off and given.get("name"):
            self.forms[-1].fields.append((given["name"] or "", given.get("value") or ""))

    def handle_data(self, data: str) -> None:
        self._words.append(data)


class Place(Protocol):
    """Where a broker is: a test server, or one in another process."""

    def make_url(self, path: str, /) -> URL:
        """An address there."""
        ...


@dataclass(frozen=True)
class Elsewhere:
    """A broker in another process."""

    url: str

    def make_url(self, path: str, /) -> URL:
        """An address there; one that is whole stays as it is."""
        return URL(path if path.startswith("http") else self.url + path, encoded=True)


class Visitor:
    """One browser profile."""

    def __init__(self, session: ClientSession, server: Place) -> None:
        self._session = session
        self._server = server

    async def open(self, path: str) -> Page:
        """Open a page, wherever it leads."""
        async with self._session.get(self._server.make_url(path)) as response:
            return Page(response, await response.text())

    async def submit(self, form: Form, **entered: str | list[str]) -> Page:
        """Send a form after something was entered, and go where the answer leads."""
        fields = [pair for pair in form.fields if pair[0] not in entered]
        for name, value in entered.items():
            fields += [(name, v) for v in ([value] if isinstance(value, str) else value)]
        return await self.post(form.action, fields)

    async def post(self, path: str, fields: list[tuple[str, str]]) -> Page:
        """Send any fields, as a form of another site might."""
        url = self._server.make_url(path)
        body = BytesIO(urlencode(fields).encode())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self._session.post(url, data=body, headers=headers) as response:
            return Page(response, await response.text())

    async def press(self, page_path: str, action: str, **entered: str | list[str]) -> Page:
        """Open a page, enter something, press the button of one of its forms."""
        return await self.submit((await self.open(page_path)).form(action), **entered)

    async def sign_in(self, token: str) -> Page:
        """Open a sign-in link and press its button."""
        return await self.press(f"/dashboard/sign-in?token={token}", "/dashboard/sign-in")


@asynccontextmanager
async def signed_in(url: str, sign_in_url: str) -> AsyncIterator[Visitor]:
    """Somebody at the dashboard of the broker in another process that is at `url`."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        visitor = Visitor(session, Elsewhere(url))
        await visitor.sign_in(URL(sign_in_url).query["token"])
        yield visitor
