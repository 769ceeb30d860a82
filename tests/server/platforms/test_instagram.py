"""Instagram through every outcome, and what only Instagram has."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from postbroker.domain.media import Attached
from postbroker.platforms.adapter import Draft
from postbroker.platforms.instagram import ADAPTER
from postbroker.platforms.outcome import NotPermitted, Rejected, Transient, TroubleError
from server.doubles.files import picture, video
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.instagram import InstagramStandIn
from server.doubles.platforms.publication import Publication
from server.platforms.suite import AdapterSuite


class TestInstagram(AdapterSuite):
    adapter = ADAPTER
    platform_type = InstagramStandIn

    async def given(
        self, platform: InstagramStandIn, draft: Draft, files: Sequence[tuple[Attached, bytes]]
    ) -> Any:
        """What the container of a draft with these files is made of."""
        api = api_of(platform, {file.media.id: content for file, content in files})
        whole = replace(draft, media=[file for file, _ in files])
        self.assert_published(platform, await Publication(ADAPTER, api, whole).publish())
        await api.close()
        return platform.ledger[-1].details["given"]

    async def test_a_video_is_a_reel(self, platform: InstagramStandIn, draft: Draft) -> None:
        content = video("mp4", (640, 640), 4)
        file = attached(content, "video/mp4", size=(640, 640), seconds=4)
        options = {"shareToFeed": False, "thumbOffset": 1500}
        given = await self.given(platform, replace(draft, options=options), [(file, content)])
        assert (given["media_type"], given["share_to_feed"]) == ("REELS", "false")
        assert given["thumb_offset"] == "1500"

    async def test_a_story_is_a_file_alone(self, platform: InstagramStandIn, draft: Draft) -> None:
        content = picture("JPEG", (640, 640))
        file = attached(content, "image/jpeg", size=(640, 640))
        draft = replace(draft, text="", options={"story": True})
        given = await self.given(platform, draft, [(file, content)])
        assert given.keys() == {"media_type", "image_url"}
        assert given["media_type"] == "STORIES"

    async def test_pictures_and_videos_are_a_carousel(
        self, platform: InstagramStandIn, draft: Draft
    ) -> None:
        contents = [picture("JPEG", (640, 640)), video("mp4", (640, 640), 4)]
        files = [
            (attached(contents[0], "image/jpeg", "a square", size=(640, 640)), contents[0]),
            (attached(contents[1], "video/mp4", size=(640, 640), seconds=4), contents[1]),
        ]
        given = await self.given(platform, draft, files)
        assert given["media_type"] == "CAROUSEL"
        first, second = platform.live[0].media
        assert (first.alt, second.content_type) == ("a square", "video/mp4")

    async def test_a_personal_account_is_told_what_to_do(
        self, platform: InstagramStandIn, api: LoopbackApi
    ) -> None:
        platform.account = {**platform.account, "account_type": "PERSONAL"}
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, NotPermitted)
        assert "professional" in refused.value.trouble.needs

    async def test_a_post_needs_a_file_and_a_story_only_that(
        self, api: LoopbackApi, draft: Draft
    ) -> None:
        capabilities = await ADAPTER.capabilities(api)
        bare = replace(draft, media=())
        assert [each.field for each in ADAPTER.validate(bare, capabilities)] == ["mediaPaths"]
        file = attached(b"x", "video/mp4", size=(640, 640), seconds=61)
        story = Draft("words", [file, file], {"story": True}, "post")
        problems = ADAPTER.validate(story, capabilities)
        assert [each.field for each in problems] == ["mediaPaths", "text", "mediaPaths.0"]

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            ("Error: Media upload has failed with error code 2207032", Transient),
            ("Error: Media upload has failed with error code 2207026.", Rejected),
        ],
    )
    async def test_a_container_that_failed_says_why(
        self,
        platform: InstagramStandIn,
        api: LoopbackApi,
        draft_with_media: Draft,
        status: str,
        kind: type,
    ) -> None:
        platform.failure = {"status": status}
        publication = Publication(ADAPTER, api, draft_with_media)
        assert isinstance(await publication.publish(), kind)
        self.assert_published(platform, await publication.publish())
