"""Threads through every outcome, and what only Threads has."""

from dataclasses import replace
from typing import Any

import pytest

from postbroker.platforms.adapter import Draft
from postbroker.platforms.outcome import (
    Absent,
    CannotTell,
    Pending,
    Published,
    QuotaExhausted,
    Rejected,
    Transient,
    Unknown,
)
from postbroker.platforms.threads import ADAPTER
from server.doubles.files import picture
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.publication import Publication
from server.doubles.platforms.threads import ThreadsStandIn
from server.platforms.suite import AdapterSuite


class TestThreads(AdapterSuite):
    adapter = ADAPTER
    platform_type = ThreadsStandIn

    async def given(self, platform: ThreadsStandIn, api: LoopbackApi, draft: Draft) -> Any:
        """What the container of a draft is made of."""
        self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())
        return platform.ledger[-1].details["given"]

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: ThreadsStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {
            "replyControl": "mentioned_only",
            "topicTag": "ferries",
            "link": "https://a.example/",
        }
        assert await self.given(platform, api, replace(draft, options=options)) == {
            "media_type": "TEXT",
            "text": draft.text,
            "reply_control": "mentioned_only",
            "topic_tag": "ferries",
            "link_attachment": "https://a.example/",
        }

    async def test_several_files_are_a_carousel(
        self, platform: ThreadsStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        contents = [picture("JPEG", (640, side)) for side in (640, 480)]
        media = [
            attached(body, "image/jpeg", f"picture {place}", size=(640, 640))
            for place, body in enumerate(contents)
        ]
        files = {file.media.id: body for file, body in zip(media, contents, strict=True)}
        api = api_of(platform, files)
        given = await self.given(platform, api, replace(draft, media=media))
        assert given["media_type"] == "CAROUSEL"
        assert [each.alt for each in platform.live[0].media] == ["picture 0", "picture 1"]
        await api.close()

    @pytest.mark.parametrize(
        ("text", "length"),
        [("abc", 3), ("é", 1), ("⛴", 3), ("👍🏽", 8), ("👩‍👩‍👧", 18), ("🇨🇭", 8), ("日本", 2)],
    )
    async def test_an_emoji_counts_its_bytes(
        self, api: LoopbackApi, draft: Draft, text: str, length: int
    ) -> None:
        capabilities = await ADAPTER.capabilities(api)
        assert ADAPTER.text_length(replace(draft, text=text), capabilities) == length

    async def test_what_is_used_up_is_told_before_anything_is_made(
        self, platform: ThreadsStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.posts_used = platform.posts_total
        assert isinstance(await Publication(ADAPTER, api, draft).publish(), QuotaExhausted)
        assert platform.containers == {}

    @pytest.mark.parametrize(
        ("reason", "kind"),
        [("FAILED_DOWNLOADING_VIDEO", Transient), ("INVALID_ASPECT_RATIO", Rejected)],
    )
    async def test_a_container_that_failed_says_why_and_is_made_anew(
        self,
        platform: ThreadsStandIn,
        api: LoopbackApi,
        draft_with_media: Draft,
        reason: str,
        kind: type,
    ) -> None:
        platform.failure = {"error_message": reason}
        publication = Publication(ADAPTER, api, draft_with_media)
        assert isinstance(await publication.publish(), kind)
        self.assert_published(platform, await publication.publish())
        assert len(platform.containers) == 2

    async def test_a_container_of_yesterday_is_made_anew(
        self, platform: ThreadsStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.clock.move(21 * 3600)
        self.assert_published(platform, await publication.publish())
        assert len(platform.containers) == 2

    async def test_a_post_without_an_address_yet_is_asked_again(
        self, platform: ThreadsStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.break_at("poll", "failing")
        outcome = await publication.commit()
        assert isinstance(outcome, Pending)
        self.assert_published(platform, await publication.settle(outcome))
        assert len(platform.live) == 1

    async def test_a_published_container_whose_post_is_not_seen_proves_nothing(
        self, platform: ThreadsStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.break_at("commit", "taken_dropped")
        assert isinstance(await publication.commit(), Unknown)
        platform.ledger[0].is_removed = True
        assert isinstance(await publication.reconcile(), CannotTell)

    async def test_an_earlier_post_with_the_same_text_is_not_taken_for_this_one(
        self, platform: ThreadsStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        assert isinstance(await Publication(ADAPTER, api, draft).publish(), Published)
        platform.clock.move(600)
        again = Publication(ADAPTER, api, draft)
        await again.prepare()
        platform.break_at("commit", "dropped")
        await again.commit()
        assert isinstance(await again.reconcile(), Absent)
