"""What every simulated site has in common."""

import json
import re
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from postbroker.resources import shared_file
from postbroker.sandbox.app import BY_ID, site_at_root
from postbroker.sandbox.ledger import Ledger
from server.sandbox.visitors import ACCOUNT, StillClock

every_site = pytest.mark.parametrize("name", sorted(BY_ID))


def at_root(name: str, data_dir: Path, clock: StillClock) -> TestServer:
    return TestServer(site_at_root(name, data_dir, auto_login=ACCOUNT, clock=clock))


@every_site
class TestSite:
    async def test_it_answers_to_its_real_names_alone(
        self, name: str, tmp_path: Path, clock: StillClock
    ) -> None:
        async with at_root(name, tmp_path, clock) as server, ClientSession() as session:
            for host, status in [(BY_ID[name].site.hosts[0], 302), ("evil.example", 421)]:
                url, headers = server.make_url("/"), {"Host": host}
                async with session.get(url, headers=headers, allow_redirects=False) as response:
                    assert (response.status in (200, 302)) == (status != 421)

    async def test_a_browser_gets_the_cookies_of_a_session_and_only_one_is_hidden(
        self, name: str, tmp_path: Path, clock: StillClock
    ) -> None:
        async with (
            at_root(name, tmp_path, clock) as server,
            ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
        ):
            async with session.get(server.make_url("/")) as response:
                assert response.status == 200
            hidden = {each.key for each in session.cookie_jar if each["httponly"]}
            assert hidden == {BY_ID[name].site.session_cookie}

    async def test_a_page_runs_no_script_but_the_sites_own(
        self, name: str, tmp_path: Path, clock: StillClock
    ) -> None:
        async with (
            at_root(name, tmp_path, clock) as server,
            ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
            session.get(server.make_url("/")) as response,
        ):
            policy, page = response.headers["Content-Security-Policy"], await response.text()
        assert "script-src 'self';" in policy
        assert not re.search(r"<script(?! type=\"application/json\"| defer src)", page)

    async def test_a_post_from_elsewhere_is_in_its_ledger(
        self, name: str, tmp_path: Path, clock: StillClock
    ) -> None:
        async with at_root(name, tmp_path, clock) as server, ClientSession() as session:
            url = server.make_url(f"/_control/{name}/posts")
            async with session.post(url, json={"handle": ACCOUNT, "text": "hello"}) as response:
                assert response.status == 200, await response.text()
        [entry] = Ledger.of(tmp_path, name).entries()
        assert (entry.account, entry.text) == (ACCOUNT, "hello")

    def test_its_hosts_are_those_of_the_platform(self, name: str) -> None:
        platform = json.loads(shared_file(f"platforms/{name}.json").read_text(encoding="utf-8"))
        assert list(BY_ID[name].site.hosts) == platform["hosts"]
