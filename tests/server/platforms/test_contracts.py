"""What vendors say of our requests is whole, and a request that breaks it is noted."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from postbroker.egress.calls import Calls
from server.doubles.clock import StillClock
from server.doubles.platforms.api import LOOPBACK
from server.doubles.platforms.asked import Asked
from server.doubles.platforms.contract import FOLDER, Contract
from server.doubles.platforms.discord import DiscordStandIn
from server.doubles.platforms.pinterest import BOARD, PinterestStandIn
from server.doubles.platforms.stand_in import StandIn
from server.doubles.platforms.x import XStandIn
from server.doubles.platforms.youtube import YouTubeStandIn

HELD: dict[str, type[StandIn]] = {
    "discord": DiscordStandIn,
    "pinterest": PinterestStandIn,
    "x": XStandIn,
    "youtube": YouTubeStandIn,
}
LET_IN = {"Authorization": "Bearer t"}
PICTURE = {"source_type": "image_base64", "content_type": "image/png", "data": "AAAA"}
PIN = {"board_id": BOARD, "media_source": PICTURE}
DAYS = {"start_date": "2026-11-01", "end_date": "2026-11-02", "metric_types": "SAVE"}
WEBHOOK = "/webhooks/1/t"
UPLOAD = "/upload/youtube/v3/videos"

every_contract = pytest.mark.parametrize("platform", sorted(HELD))


def asked(
    method: str,
    path: str,
    query: dict[str, str] | None = None,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Asked:
    """A request with a JSON body, or none."""
    kind = {} if body is None else {"Content-Type": "application/json"}
    content = b"" if body is None else json.dumps(body).encode()
    given = LET_IN if headers is None else headers
    return Asked(method, path, {}, query or {}, {**given, **kind}, content)


def form(fields: dict[str, str], file: str) -> Asked:
    """A form with one file, to X's append."""
    parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n{v}' for n, v in fields.items()]
    parts.append(f'Content-Disposition: form-data; name="{file}"; filename="a"\r\n\r\nbytes')
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    headers = {**LET_IN, "Content-Type": "multipart/form-data; boundary=b"}
    return Asked("POST", "/2/media/upload/1/append", {}, {}, headers, body.encode())


def test_each_contract_is_held_to() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(HELD)
    assert all(kind.contract == name for name, kind in HELD.items())


@every_contract
class TestContract:
    def test_it_says_whence_it_is(self, platform: str) -> None:
        source = Contract.of(platform).source
        assert source.keys() == {"document", "version", "licence", "read"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", source["read"])

    def test_its_schemas_are_schemas(self, platform: str) -> None:
        contract = Contract.of(platform)
        for request in contract.requests.values():
            parts = [request.get("headers", {}), request.get("query", {})]
            for schema in (*parts, *request.get("bodies", {}).values()):
                Draft202012Validator.check_schema({**schema, "$defs": contract.definitions})

    def test_it_has_each_endpoint_of_the_stand_in(self, platform: str) -> None:
        kind = HELD[platform]
        routes = kind(StillClock()).routes()
        inside = {
            f"{route.method} {re.sub('{.*?}', '1', route.path)}"
            for route in routes
            if not route.path.startswith(kind.outside)
        }
        described = {re.sub("{.*?}", "1", name) for name in Contract.of(platform).requests}
        assert {re.sub(r"\d{2,}", "1", name) for name in inside} == described


@pytest.mark.parametrize(
    ("platform", "request_"),
    [
        ("x", asked("POST", "/2/tweets", body={"text": "a"})),
        ("x", asked("GET", "/2/tweets", {"ids": "1,2", "post.fields": "text,id"})),
        ("x", form({"segment_index": "0"}, "media")),
        ("pinterest", asked("POST", "/pins", body=PIN)),
        ("discord", asked("POST", WEBHOOK, {"wait": "true"}, {"content": "a"}, {})),
        ("youtube", asked("DELETE", "/youtube/v3/videos", {"id": "a"})),
    ],
)
def test_what_the_vendor_takes_is_taken(platform: str, request_: Asked) -> None:
    assert Contract.of(platform).problems(request_, request_.path) == []


@pytest.mark.parametrize(
    ("platform", "request_", "named"),
    [
        ("x", asked("GET", "/2/posts"), "is in no contract"),
        ("x", asked("POST", "/2/tweets", body={"text": "a"}, headers={}), "authorization"),
        ("x", asked("POST", "/2/tweets"), "body without a type"),
        ("x", asked("POST", "/2/tweets", body={"txt": "a"}), "txt"),
        ("x", asked("POST", "/2/tweets", body={"media": {"media_ids": []}}), "media_ids"),
        ("x", asked("POST", "/2/tweets", {"dry": "1"}, {"text": "a"}), "query"),
        ("x", asked("GET", "/2/tweets", {"ids": "1", "tweet.fields": "text"}), "tweet.fields"),
        ("x", asked("GET", "/2/tweets", {"ids": "1", "post.fields": "likes"}), "likes"),
        ("x", asked("GET", "/2/users/1/tweets", {"max_results": "101"}), "max_results"),
        ("x", asked("DELETE", "/2/tweets/1", body={}), "takes no body"),
        ("x", form({"segment_index": "first"}, "media"), "segment_index"),
        ("x", form({"segment_index": "0", "media": "a"}, "file"), "file"),
        ("pinterest", asked("POST", "/pins", body={**PIN, "title": "t" * 101}), "title"),
        ("pinterest", asked("POST", "/pins", body={"media_source": {}}), "media_source"),
        ("pinterest", asked("GET", "/pins/1/analytics", {**DAYS, "end_date": "today"}), "today"),
        ("pinterest", asked("GET", "/boards", {"page_size": "251"}), "page_size"),
        ("discord", asked("POST", WEBHOOK, {"wait": "yes"}, {}, {}), "wait"),
        ("discord", asked("POST", WEBHOOK, {}, {"content": "a" * 2001}, {}), "content"),
        ("discord", asked("POST", WEBHOOK, {}, {"attachments": [{"id": 0}]}, {}), "id"),
        ("youtube", asked("GET", "/youtube/v3/videos", {"id": "a"}), "part"),
        (
            "youtube",
            asked("POST", UPLOAD, {"part": "status"}, {"status": {"privacyStatus": "secret"}}),
            "privacyStatus",
        ),
    ],
)
def test_what_breaks_a_contract_is_named(platform: str, request_: Asked, named: str) -> None:
    (problem,) = Contract.of(platform).problems(request_, request_.path)
    assert named in problem


async def test_a_stand_in_notes_a_request_that_breaks_its_contract() -> None:
    async with PinterestStandIn(StillClock()) as platform:
        calls = Calls(LOOPBACK)
        query = urlencode({"page_size": 1000})
        headers = {"Authorization": f"Bearer {platform.credentials['access_token']}"}
        await calls.send("GET", f"{platform.url}/boards?page_size=25", headers=headers)
        assert platform.notes == []
        await calls.send("GET", f"{platform.url}/boards?{query}", headers=headers)
        await calls.close()
    (note,) = platform.notes
    assert "page_size" in note
