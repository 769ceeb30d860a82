"""Scripts and styles: kept by browsers for ever under an address with their version."""

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from postbroker.dashboard.assets import FOR_EVER, asset_url


async def test_file_is_kept_for_ever_under_its_versioned_address(server: TestServer) -> None:
    url = asset_url("dashboard.css")
    assert url is not None
    async with ClientSession() as session, session.get(server.make_url(url)) as answer:
        assert answer.content_type == "text/css"
        assert answer.headers["Cache-Control"] == FOR_EVER
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_file_without_a_version_is_asked_for_again(server: TestServer) -> None:
    url = server.make_url("/dashboard/static/dashboard.css")
    async with ClientSession() as session:
        async with session.get(url) as first:
            assert first.headers["Cache-Control"] == "no-cache"
        etag = first.headers["ETag"]
        async with session.get(url, headers={"If-None-Match": etag}) as second:
            assert second.status == 304


async def test_no_other_file_is_served(server: TestServer) -> None:
    async with ClientSession() as session:
        for name in ("views.py", "..%2Fviews.py", "base.html", "%2Fetc%2Fpasswd"):
            async with session.get(server.make_url(f"/dashboard/static/{name}")) as answer:
                assert answer.status == 404


def test_page_does_without_what_was_not_built() -> None:
    assert asset_url("never-built.js") is None
