"""Bluesky through every outcome, and what only Bluesky has."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postbroker.platforms.adapter import Draft
from postbroker.platforms.bluesky import ADAPTER, BLOB_MINUTES
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    AuthRevoked,
    CannotTell,
    NotPermitted,
    Published,
    Rejected,
    Transient,
    TroubleError,
    Unknown,
)
from server.doubles.clock import StillClock
from server.doubles.files import picture
from server.doubles.platforms.api import LoopbackApi, api_of
from server.doubles.platforms.bluesky import DID, OTHERS, BlueskyStandIn
from server.doubles.platforms.publication import Publication
from server.platforms.suite import AdapterSuite

PAGE = """<!doctype html><html><head><title>A page</title>
<meta property="og:title" content="What it is called &amp; more">
<meta name="description" content="What it is about"><meta property="og:image" content="/p.png">
</head><body><title>no</title></body></html>"""


class TestBluesky(AdapterSuite):
    adapter = ADAPTER
    platform_type = BlueskyStandIn

    @pytest.fixture
    async def page(self) -> AsyncIterator[str]:
        """A page on the web that a post may link to."""

        async def answer(request: web.Request) -> web.Response:
            match request.path:
                case "/p.png":
                    return web.Response(body=picture(), content_type="image/png")
                case "/moved":
                    return web.Response(status=301, headers={"Location": "/page"})
                case "/page":
                    return web.Response(text=PAGE, content_type="text/html")
                case _:
                    return web.Response(status=404)

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        server = TestServer(app)
        await server.start_server()
        yield f"http://127.0.0.1:{server.port}"
        await server.close()

    async def record(self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft) -> Any:
        """The record that a draft becomes."""
        outcome = await Publication(ADAPTER, api, draft).publish()
        self.assert_published(platform, outcome)
        return platform.ledger[-1].details["record"]

    # -- the record

    async def test_links_mentions_and_tags_become_facets(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        text = "👋 @bob.test and @nobody.test: see example.com/ü #tag"
        options = {"card": False, "languages": ["en", "pt-BR"], "labels": ["nudity"]}
        record = await self.record(platform, api, replace(draft, text=text, options=options))
        assert [
            (
                text.encode()[each["index"]["byteStart"] : each["index"]["byteEnd"]].decode(),
                each["features"][0],
            )
            for each in record["facets"]
        ] == [
            (
                "@bob.test",
                {"$type": "app.bsky.richtext.facet#mention", "did": OTHERS["bob.test"]},
            ),
            (
                "example.com/ü",
                {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/ü"},
            ),
            ("#tag", {"$type": "app.bsky.richtext.facet#tag", "tag": "tag"}),
        ]
        assert record["langs"] == ["en", "pt-BR"]
        assert record["labels"]["values"] == [{"val": "nudity"}]
        assert record["createdAt"] == "2026-03-01T12:00:00.000Z"
        assert "embed" not in record

    async def test_a_mention_waits_for_a_server_that_cannot_say_who_it_is(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.break_at("prepare", "failing")
        outcome = await Publication(ADAPTER, api, replace(draft, text="hi @bob.test")).publish()
        assert isinstance(outcome, Transient)

    async def test_files_have_their_shape(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        record = await self.record(platform, api, draft_with_media)
        (image,) = record["embed"]["images"]
        assert image["aspectRatio"] == {"width": 640, "height": 640}
        assert "alt" in image

    @pytest.mark.parametrize("path", ["page", "moved"])
    async def test_a_link_has_the_card_of_its_page(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft, page: str, path: str
    ) -> None:
        record = await self.record(platform, api, replace(draft, text=f"see {page}/{path}"))
        external = record["embed"]["external"]
        assert external["uri"] == f"{page}/{path}"
        assert external["title"] == "What it is called & more"
        assert external["description"] == "What it is about"
        assert external["thumb"]["mimeType"] == "image/png"

    @pytest.mark.parametrize("path", ["p.png", "nothing"])
    async def test_a_link_to_what_is_no_page_has_no_card(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft, page: str, path: str
    ) -> None:
        record = await self.record(platform, api, replace(draft, text=f"see {page}/{path}"))
        assert "embed" not in record
        assert len(record["facets"]) == 1

    async def test_a_card_may_be_given_and_nobody_asks_the_page(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        card = {"url": "https://example.com/", "title": "Title"}
        record = await self.record(platform, api, replace(draft, options={"card": card}))
        assert record["embed"]["external"] == {
            "uri": "https://example.com/", "title": "Title", "description": "",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("options", "field"),
        [
            ({"languages": ["en", "de", "fr", "it"]}, "platformPayload.languages"),
            ({"languages": ["english"]}, "platformPayload.languages.0"),
            ({"labels": ["spicy"]}, "platformPayload.labels.0"),
            ({"colour": "red"}, "platformPayload.colour"),
        ],
    )
    async def test_wrong_options_are_named(
        self, api: LoopbackApi, draft: Draft, options: Any, field: str
    ) -> None:
        capabilities = await ADAPTER.capabilities(api)
        problems = ADAPTER.validate(replace(draft, options=options), capabilities)
        assert [each.field for each in problems] == [field]

    async def test_a_text_of_few_characters_may_have_too_many_bytes(
        self, api: LoopbackApi, draft: Draft
    ) -> None:
        family = "👨‍👩‍👧‍👦"
        bad = replace(draft, text=family * 121)
        (problem,) = ADAPTER.validate(bad, await ADAPTER.capabilities(api))
        assert (problem.code, problem.message) == (
            "CONTENT_TOO_LONG", "3025 of at most 3000 bytes",
        )  # fmt: skip

    # -- the key

    async def test_the_key_never_changes_once_it_is_saved(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        publication = Publication(ADAPTER, api, draft_with_media)
        await publication.prepare()
        platform.clock.move(hours=2)
        await publication.prepare()
        assert len({json.loads(saved)["key"] for saved in publication.saved[1:]}) == 1

    async def test_keys_sort_by_time(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        keys = []
        for _ in range(3):
            publication = Publication(ADAPTER, api, draft)
            await publication.prepare()
            keys.append(publication.state["key"])
            platform.clock.move(1)
        assert keys == sorted(keys)
        assert keys[0].startswith("3mfyouuy622")

    async def test_a_hundred_tries_make_one_post(
        self, platform: BlueskyStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        outcomes = {repr(await publication.commit()) for _ in range(100)}
        assert len(outcomes) == 1
        assert len(platform.ledger) == 1

    async def test_old_files_are_uploaded_anew_and_the_post_is_the_same(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        publication = Publication(ADAPTER, api, draft_with_media)
        await publication.prepare()
        record = publication.state["record"]
        platform.blobs.clear()
        platform.clock.move(minutes=BLOB_MINUTES)
        await publication.prepare()
        assert publication.state["record"] == record
        self.assert_published(platform, await publication.commit())

    async def test_another_record_under_our_key_is_told_as_what_is_there(
        self, platform: BlueskyStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        await publication.commit()
        key = publication.state["key"]
        platform.records[key] = {**platform.records[key], "text": "edited"}
        self.assert_published(platform, await publication.commit())
        platform.break_at("look", "failing")
        assert isinstance(await publication.commit(), Unknown)

    async def test_it_can_be_looked_up(
        self, platform: BlueskyStandIn, publication: Publication
    ) -> None:
        assert isinstance(await publication.reconcile(), CannotTell)
        await publication.prepare()
        assert isinstance(await publication.reconcile(), Absent)
        platform.break_at("look", "failing")
        assert isinstance(await publication.reconcile(), CannotTell)
        await publication.commit()
        self.assert_published(platform, await publication.reconcile())

    async def test_a_part_that_is_answered_may_have_lost_its_hash_or_be_gone(
        self, platform: BlueskyStandIn, api: LoopbackApi, draft: Draft, publication: Publication
    ) -> None:
        first = self.assert_published(platform, await publication.publish())
        bare = replace(draft, text="second", previous=[Published(first.remote_id, first.url)])
        record = await self.record(platform, api, bare)
        assert record["reply"]["root"] == {"uri": first.remote_id, "cid": first.details["cid"]}
        await ADAPTER.delete(api, first)
        outcome = await Publication(ADAPTER, api, bare).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.code == "target_closed"

    # -- the session

    async def test_the_password_is_not_kept(
        self, platform: BlueskyStandIn, api: LoopbackApi
    ) -> None:
        assert platform.typed
        api.credentials = dict(platform.typed)
        _, kept = await ADAPTER.connect(api)
        assert kept.keys() == {"access_token", "refresh_token", "expires_at"}
        assert kept["expires_at"] == "2026-03-01T14:00:00.000Z"
        assert platform.typed["app_password"] not in kept.values()

    async def test_a_wrong_password_is_told(
        self, platform: BlueskyStandIn, api: LoopbackApi
    ) -> None:
        api.credentials = {"handle": "ada.test", "app_password": "wrong"}
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert refused.value.trouble == AuthRevoked("Invalid identifier or password")

    async def test_a_session_is_renewed(self, platform: BlueskyStandIn, api: LoopbackApi) -> None:
        fresh = await ADAPTER.refresh(api)
        assert platform.refreshed == 1
        assert fresh["refresh_token"] == "secret-refresh-jwt.2"
        api.credentials = fresh
        await ADAPTER.refresh(api)
        assert platform.refreshed == 2

    @pytest.mark.parametrize("fault", ["expired", "revoked"])
    async def test_a_session_that_cannot_be_renewed_is_over(
        self, platform: BlueskyStandIn, api: LoopbackApi, fault: Any
    ) -> None:
        platform.break_at("refresh", fault)
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.refresh(api)
        assert isinstance(refused.value.trouble, AuthRevoked)

    async def test_a_server_in_trouble_ends_no_session(
        self, platform: BlueskyStandIn, api: LoopbackApi
    ) -> None:
        platform.break_at("refresh", "failing")
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.refresh(api)
        assert isinstance(refused.value.trouble, Transient)

    async def test_what_is_no_server_of_the_protocol_is_told(
        self, api: LoopbackApi, page: str
    ) -> None:
        api.base_url = page
        api.credentials = {"handle": "ada.test", "app_password": "wrong"}
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, Transient | Rejected)

    async def test_a_check_of_the_account_finds_a_session_that_is_over(
        self, platform: BlueskyStandIn, api: LoopbackApi
    ) -> None:
        assert (await ADAPTER.capabilities(api)).details == {"emailConfirmed": True}
        platform.break_at("capabilities", "revoked")
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.capabilities(api)
        assert isinstance(refused.value.trouble, AuthRevoked)

    # -- numbers

    async def test_numbers_of_a_removed_post_are_none(
        self, platform: BlueskyStandIn, api: LoopbackApi, publication: Publication
    ) -> None:
        post = self.assert_published(platform, await publication.publish())
        await ADAPTER.delete(api, post)
        assert await ADAPTER.metrics(api, [post]) == [{}]


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, {"error": "ExpiredToken", "message": "Token has expired"}, AuthExpired),
        (400, {"error": "InvalidToken", "message": "Token could not be verified"}, AuthRevoked),
        (401, {"error": "AuthMissing", "message": "Authentication Required"}, AuthRevoked),
        (401, {"error": "AccountTakedown", "message": "taken down"}, Rejected),
        (403, {"error": "InsufficientScope", "message": "Missing scope"}, NotPermitted),
        (400, {"error": "InvalidRequest", "message": "grapheme too big"}, Rejected),
        (413, {"error": "PayloadTooLarge", "message": "request entity too large"}, Rejected),
        (400, {"error": "SomethingNew", "message": "?"}, Unknown),
        (404, {"error": "XRPCNotSupported", "message": "?"}, Unknown),
        (404, "<html>", Unknown),
        (500, {"error": "InternalServerError", "message": "Internal Server Error"}, Unknown),
        (502, "", Unknown),
        (408, {}, Unknown),
        (303, "", Unknown),
        (200, {}, Unknown),
        (200, "<html>", Unknown),
        (200, {"uri": 1, "cid": 2}, Unknown),
    ],
)
async def test_recorded_answers_are_read_by_their_names(
    status: int, body: Any, outcome: type
) -> None:
    class Recorded(BlueskyStandIn):
        async def _put(self, asked: Any) -> web.Response:
            text = body if isinstance(body, str) else json.dumps(body)
            return web.Response(status=status, text=text)

    async with Recorded(StillClock()) as platform:
        api = api_of(platform)
        publication = Publication(ADAPTER, api, Draft("text", (), {}, "post"))
        await publication.prepare()
        assert isinstance(await publication.commit(), outcome)
        await api.close()


async def test_an_account_elsewhere_is_called_at_its_own_server() -> None:
    class Entryway(BlueskyStandIn):
        def _session(self, number: str) -> dict[str, Any]:
            session = super()._session(number)
            place = {"id": f"{DID}#atproto_pds", "serviceEndpoint": "https://pds.example/"}
            return {**session, "didDoc": {"service": ["junk", {"id": "#other"}, place]}}

    async with Entryway(StillClock()) as platform:
        api = api_of(platform)
        api.credentials = dict(platform.typed or {})
        identity, _ = await ADAPTER.connect(api)
        assert identity.base_url == "https://pds.example"
        await api.close()
