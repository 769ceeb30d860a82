"""LinkedIn through every outcome, and what only LinkedIn has."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postbroker.platforms.adapter import Draft
from postbroker.platforms.linkedin import ADAPTER, VERSION, little, version_end
from postbroker.platforms.outcome import NotPermitted, Rejected
from server.doubles.files import picture, video
from server.doubles.platforms import linkedin as stand_in
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.linkedin import LinkedInStandIn
from server.doubles.platforms.publication import Publication
from server.doubles.platforms.stand_in import LiveMedia
from server.platforms.suite import AdapterSuite


class TestLinkedIn(AdapterSuite):
    adapter = ADAPTER
    platform_type = LinkedInStandIn
    text = "Ferries (2 of them) leave @ nine_ish: a\\b <c> [d] {e} *f* ~g| and #Harbour"

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: LinkedInStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        link = {"url": "https://a.example/x", "title": "A page", "description": "of ours"}
        options = {"visibility": "CONNECTIONS", "link": link}
        await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        given = platform.ledger[0].details
        assert given["visibility"] == "CONNECTIONS"
        article = {"source": "https://a.example/x", "title": "A page", "description": "of ours"}
        assert given["content"] == {"article": article}

    async def test_several_pictures_keep_order_and_descriptions(
        self, platform: LinkedInStandIn, draft: Draft
    ) -> None:
        contents = [picture("JPEG", (64, side)) for side in (48, 40)]
        media = [
            attached(body, "image/jpeg", f"picture {place}") for place, body in enumerate(contents)
        ]
        api = api_of(
            platform, {file.media.id: body for file, body in zip(media, contents, strict=True)}
        )
        await Publication(ADAPTER, api, replace(draft, media=media)).publish()
        assert [each.alt for each in platform.live[0].media] == ["picture 0", "picture 1"]
        await api.close()

    async def test_each_piece_of_a_video_goes_to_its_own_address(
        self, platform: LinkedInStandIn, draft: Draft
    ) -> None:
        content = video("mp4", (64, 48), 4)
        platform.piece = len(content) // 3
        file = attached(content, "video/mp4", seconds=4)
        api = api_of(platform, {file.media.id: content})
        await Publication(ADAPTER, api, replace(draft, media=[file])).publish()
        [live] = platform.live[0].media
        assert live == LiveMedia.of(content, "video/mp4")
        await api.close()

    @pytest.mark.parametrize("may_post", [False, True])
    async def test_a_page_is_posted_to_where_the_app_may(
        self, platform: LinkedInStandIn, api: LoopbackApi, draft: Draft, may_post: bool
    ) -> None:
        platform.organizations = {"5005"} if may_post else set()
        draft = replace(draft, options={"organization": "5005"})
        outcome = await Publication(ADAPTER, api, draft).publish()
        if may_post:
            self.assert_published(platform, outcome)
            assert platform.ledger[0].details["author"] == "urn:li:organization:5005"
        else:
            assert isinstance(outcome, NotPermitted)

    async def test_a_version_that_has_ended_is_named_and_can_be_set(
        self, platform: LinkedInStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.versions = {"202708"}
        outcome = await Publication(ADAPTER, api, draft).publish()
        assert isinstance(outcome, NotPermitted)
        assert "POSTBROKER_LINKEDIN_VERSION" in outcome.needs
        api.app = {**api.app, "version": "202708"}
        self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())

    async def test_the_end_of_a_version_is_told_before(
        self, platform: LinkedInStandIn, api: LoopbackApi
    ) -> None:
        assert "warning" not in (await ADAPTER.capabilities(api)).details
        left = version_end(VERSION) - timedelta(days=59) - platform.clock.now()
        platform.clock.move(left.total_seconds())
        assert "warning" in (await ADAPTER.capabilities(api)).details

    async def test_a_refused_duplicate_is_named(
        self, platform: LinkedInStandIn, api: LoopbackApi, draft: Draft, monkeypatch: Any
    ) -> None:
        def duplicate(_asked: Any) -> Any:
            return stand_in._no(422, "DUPLICATE_POST", "Content is a duplicate of urn:li:share:1")

        monkeypatch.setattr(platform, "rejected", duplicate)
        platform.break_at("commit", "rejected")
        outcome = await Publication(ADAPTER, api, draft).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.code == "duplicate_content"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain", "plain"),
        ("a_b (c)", "a\\_b \\(c\\)"),
        ("#Sea_side and C#", "{hashtag|\\#|Sea\\_side} and C\\#"),
        ("#1 of https://a.example/#top", "\\#1 of https://a.example/\\#top"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_what_would_end_a_text_is_escaped(text: str, escaped: str) -> None:
    assert little(text) == escaped
