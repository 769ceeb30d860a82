"""YouTube through every outcome, and what only YouTube has."""

from dataclasses import replace
from typing import Any

import pytest

from postbroker.platforms import youtube
from postbroker.platforms.adapter import Draft
from postbroker.platforms.outcome import (
    Absent,
    CannotTell,
    NotPermitted,
    QuotaExhausted,
    Rejected,
    TroubleError,
)
from postbroker.platforms.youtube import ADAPTER
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.publication import KilledError, Publication
from server.doubles.platforms.youtube import YouTubeStandIn
from server.platforms.suite import AdapterSuite


class TestYouTube(AdapterSuite):
    adapter = ADAPTER
    platform_type = YouTubeStandIn

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: YouTubeStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {
            "title": "The harbour", "privacy": "unlisted", "madeForKids": True, "synthetic": True,
            "tags": ["sea", "ferry"], "categoryId": "19", "notifySubscribers": False,
        }  # fmt: skip
        await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        assert platform.ledger[0].details == {
            "snippet": {
                "title": "The harbour",
                "description": draft.text,
                "categoryId": "19",
                "tags": ["sea", "ferry"],
            },
            "status": {
                "privacyStatus": "unlisted",
                "selfDeclaredMadeForKids": True,
                "containsSyntheticMedia": True,
            },
        }
        opened = next(asked for step, asked in platform.asked if step == "prepare")
        assert opened.query["notifySubscribers"] == "false"

    async def test_the_first_line_is_the_title_and_privacy_is_always_said(
        self, platform: YouTubeStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        await Publication(ADAPTER, api, replace(draft, text="A day\n\nat the pier")).publish()
        details = platform.ledger[0].details
        assert details["snippet"]["title"] == "A day"
        assert details["status"]["privacyStatus"] == "public"

    @pytest.mark.parametrize("dies_at", [2, 3])
    async def test_a_large_video_goes_on_where_it_was(
        self,
        platform: YouTubeStandIn,
        draft: Draft,
        monkeypatch: pytest.MonkeyPatch,
        dies_at: int,
    ) -> None:
        monkeypatch.setattr(youtube, "CHUNK", 256 << 10)
        content = bytes(range(256)) * 4096
        file = attached(content, "video/mp4", size=(640, 640), seconds=4)
        api = api_of(platform, {file.media.id: content})
        publication = Publication(ADAPTER, api, replace(draft, media=[file]))
        with pytest.raises(KilledError):
            await publication.prepare(dies_at=dies_at)
        self.assert_published(platform, await publication.publish())
        assert len(platform.sessions) == 1
        assert platform.count("prepare") == 4
        await api.close()

    async def test_a_session_that_is_gone_proves_nothing(
        self, platform: YouTubeStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.break_at("commit", "dropped")
        await publication.commit()
        assert isinstance(await publication.reconcile(), Absent)
        platform.sessions.clear()
        assert isinstance(await publication.reconcile(), CannotTell)

    async def test_a_session_of_last_week_is_opened_anew(
        self, platform: YouTubeStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.clock.move(6 * 86400)
        self.assert_published(platform, await publication.publish())
        assert len(platform.sessions) == 2

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ({"uploadStatus": "rejected", "rejectionReason": "duplicate"}, "duplicate_content"),
            ({"uploadStatus": "failed", "failureReason": "codec"}, "content_rejected"),
        ],
    )
    async def test_a_video_that_youtube_does_not_take_says_why(
        self,
        platform: YouTubeStandIn,
        publication: Publication,
        status: dict[str, str],
        code: str,
    ) -> None:
        platform.refusal = status
        outcome = await publication.publish()
        assert isinstance(outcome, Rejected)
        assert outcome.code == code

    async def test_the_channels_own_limit_lasts_a_day(
        self, platform: YouTubeStandIn, publication: Publication, monkeypatch: Any
    ) -> None:
        from server.doubles.platforms import youtube as stand_in

        monkeypatch.setattr(
            platform, "out_of_quota", lambda _asked: stand_in._no(400, "uploadLimitExceeded")
        )
        platform.break_at("prepare", "out_of_quota")
        outcome = await publication.publish()
        assert isinstance(outcome, QuotaExhausted)
        assert (outcome.reset_at - platform.clock.now()).total_seconds() == 86400
        assert outcome.scope == "account"

    async def test_an_account_without_a_channel_is_not_connected(
        self, platform: YouTubeStandIn, api: LoopbackApi
    ) -> None:
        platform.has_channel = False
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, NotPermitted)

    @pytest.mark.parametrize(
        ("text", "options", "fields"),
        [
            ("a < b", {"title": "fine"}, ["text"]),
            ("x" * 101, {}, ["platformPayload.title"]),
            ("", {}, ["platformPayload.title"]),
            ("fine", {"title": "<b>"}, ["platformPayload.title"]),
            ("fine", {"tags": ["x" * 99] * 6}, ["platformPayload.tags"]),
        ],
    )
    async def test_what_youtube_would_refuse_is_told_before(
        self,
        api: LoopbackApi,
        draft: Draft,
        text: str,
        options: dict[str, Any],
        fields: list[str],
    ) -> None:
        draft = replace(draft, text=text, options=options)
        problems = ADAPTER.validate(draft, await ADAPTER.capabilities(api))
        assert [each.field for each in problems] == fields
