"""A person who consents on the pages of oidc-provider."""

import re
from html import unescape
from urllib.parse import urljoin

import aiohttp

FORM = re.compile(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
STEPS = 12


async def consent(authorize_url: str, login: str = "ada") -> str:
    """Log in, say yes to all that is asked; the address that the server leads back to."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        return await _walk(browser, authorize_url, login)


async def refuse(authorize_url: str) -> str:
    """Say no; the address that the server leads back to."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        return await _walk(browser, authorize_url, None)


async def _walk(browser: aiohttp.ClientSession, address: str, login: str | None) -> str:
    home = address.split("/auth?")[0]
    form: dict[str, str] | None = None
    for _ in range(STEPS):
        if not address.startswith(home):
            return address
        method = "GET" if form is None else "POST"
        async with browser.request(method, address, data=form, allow_redirects=False) as answer:
            page = await answer.text()
            place = answer.headers.get("Location")
        form = None
        if place is not None:
            address = urljoin(address, place)
        elif login is None:
            address = urljoin(address, f"{address.rstrip('/')}/abort")
        else:
            address, form = _filled(address, page, login)
    raise AssertionError(f"the consent page leads nowhere: {address}")


def _filled(address: str, page: str, login: str) -> tuple[str, dict[str, str]]:
    found = FORM.search(page)
    assert found is not None, page[:500]
    form = {name: unescape(value) for name, value in HIDDEN.findall(found[2])}
    if form.get("prompt") == "login":
        form |= {"login": login, "password": "any"}
    return urljoin(address, unescape(found[1])), form
