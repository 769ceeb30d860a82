"""TikTok through every outcome, and what only TikTok has."""

from dataclasses import replace
from typing import Any

import pytest

from postbroker.platforms import tiktok
from postbroker.platforms.adapter import Draft
from postbroker.platforms.outcome import (
    Absent,
    NotPermitted,
    Pending,
    Published,
    Rejected,
    Transient,
)
from postbroker.platforms.tiktok import ADAPTER
from server.doubles.platforms.api import LoopbackApi
from server.doubles.platforms.publication import Publication
from server.doubles.platforms.tiktok import LEVELS, TikTokStandIn
from server.platforms.suite import AdapterSuite


class TestTikTok(AdapterSuite):
    adapter = ADAPTER
    platform_type = TikTokStandIn

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: TikTokStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {
            "privacy": "SELF_ONLY", "comments": False, "duets": False, "coverAt": 1500,
            "madeWithAi": True, "paidPartnership": True,
        }  # fmt: skip
        post = await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        assert platform.ledger[0].details == {
            "title": draft.text,
            "privacy_level": "SELF_ONLY",
            "disable_comment": True,
            "disable_duet": True,
            "disable_stitch": False,
            "video_cover_timestamp_ms": 1500,
            "brand_content_toggle": True,
            "brand_organic_toggle": False,
            "is_aigc": True,
        }
        assert isinstance(post, Published)
        assert post.url is None

    async def test_a_draft_waits_in_the_inbox(
        self, platform: TikTokStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        post = await Publication(ADAPTER, api, replace(draft, options={"inbox": True})).publish()
        assert isinstance(post, Published)
        assert post.details == {"waitsIn": "the account's inbox at TikTok"}
        assert platform.live == []

    @pytest.mark.parametrize("fault", [None, "dropped", "taken_dropped"])
    async def test_a_large_video_comes_in_chunks(
        self,
        platform: TikTokStandIn,
        api: LoopbackApi,
        draft: Draft,
        monkeypatch: pytest.MonkeyPatch,
        fault: Any,
    ) -> None:
        size = len(next(iter(api.files.values())))
        monkeypatch.setattr(tiktok, "WHOLE_MAX", size // 3)
        monkeypatch.setattr(tiktok, "CHUNK", size // 3 - 1)
        monkeypatch.setattr(platform, "_check_chunks", lambda _source: None)
        publication = Publication(ADAPTER, api, draft)
        await publication.prepare()
        assert platform.count("prepare") == 3
        assert platform.live == []
        if fault:
            platform.break_at("commit", fault)
            await publication.commit()
            found = await publication.reconcile()
            assert isinstance(found, Absent if fault == "dropped" else Published)
        if fault != "taken_dropped":
            self.assert_published(platform, await publication.settle(await publication.commit()))
        assert len(platform.live) == 1

    async def test_an_address_of_an_hour_ago_is_asked_anew(
        self, platform: TikTokStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.clock.move(3600)
        self.assert_published(platform, await publication.publish())
        assert len(platform.uploads) == 2

    @pytest.mark.parametrize(
        ("reason", "kind", "code"),
        [
            ("duration_check_failed", Rejected, "content_rejected"),
            ("spam_risk_user_banned_from_posting", Rejected, "account_restricted"),
            ("internal", Transient, None),
        ],
    )
    async def test_a_video_that_failed_says_why(
        self,
        platform: TikTokStandIn,
        publication: Publication,
        reason: str,
        kind: type,
        code: str | None,
    ) -> None:
        platform.fail_reason = reason
        outcome = await publication.publish()
        assert isinstance(outcome, kind)
        assert getattr(outcome, "code", None) == code
        assert isinstance(await publication.reconcile(), Absent)

    async def test_an_app_without_an_audit_is_told_what_it_may(
        self, platform: TikTokStandIn, publication: Publication
    ) -> None:
        platform.is_audited = False
        outcome = await publication.publish()
        assert isinstance(outcome, NotPermitted)
        assert "SELF_ONLY" in outcome.needs

    async def test_a_public_video_without_a_number_is_waited_for(
        self, platform: TikTokStandIn, publication: Publication, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await publication.prepare()
        outcome = await publication.commit()
        assert isinstance(outcome, Pending)
        upload = next(iter(platform.uploads.values()))
        number = upload["post"]
        upload["info"] = {**upload["info"], "privacy_level": "in moderation"}
        assert isinstance(await ADAPTER.poll(publication.api, outcome.state), Pending)
        upload["info"] = {**upload["info"], "privacy_level": "PUBLIC_TO_EVERYONE"}
        found = self.assert_published(platform, await ADAPTER.poll(publication.api, outcome.state))
        assert found.url == f"https://www.tiktok.com/@ada/video/{number}"

    async def test_a_person_chooses_who_sees_it(self, api: LoopbackApi, draft: Draft) -> None:
        capabilities = await ADAPTER.capabilities(api)
        assert capabilities.details["privacyLevels"] == LEVELS
        assert capabilities.media.video is not None
        assert capabilities.media.video.seconds_max == 300
        for privacy in (None, "FOLLOWER_OF_CREATOR"):
            options = {"privacy": privacy} if privacy else {}
            problems = ADAPTER.validate(replace(draft, options=options), capabilities)
            assert [each.field for each in problems] == ["platformPayload.privacy"]
        inbox = replace(draft, options={"inbox": True})
        assert ADAPTER.validate(inbox, capabilities) == []
