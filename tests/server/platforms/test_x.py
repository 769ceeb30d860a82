"""X through every outcome, and what only X has."""

from dataclasses import replace

import pytest

from postbroker.platforms import x
from postbroker.platforms.adapter import Draft
from postbroker.platforms.outcome import (
    Absent,
    CannotTell,
    NotPermitted,
    Published,
    Rejected,
    TroubleError,
    Unknown,
)
from postbroker.platforms.x import ADAPTER
from server.doubles.files import animation, picture
from server.doubles.platforms.api import LoopbackApi, attached
from server.doubles.platforms.publication import Publication
from server.doubles.platforms.x import XStandIn
from server.platforms.suite import AdapterSuite


class TestX(AdapterSuite):
    adapter = ADAPTER
    platform_type = XStandIn

    async def test_nothing_is_sent_that_is_not_said(
        self, platform: XStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        await Publication(ADAPTER, api, draft).publish()
        assert platform.ledger[0].details["given"] == {"text": draft.text}

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: XStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {"replySettings": "following", "madeWithAi": True, "paidPartnership": True}
        await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        assert platform.ledger[0].details["given"] == {
            "text": draft.text,
            "reply_settings": "following",
            "made_with_ai": True,
            "paid_partnership": True,
        }

    async def test_a_large_file_comes_in_segments(
        self,
        platform: XStandIn,
        api: LoopbackApi,
        draft_with_media: Draft,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(x, "SEGMENT", 100)
        post = await Publication(ADAPTER, api, draft_with_media).publish()
        self.assert_published(platform, post)
        assert next(iter(platform.files_come.values()))["segments"] > 2

    async def test_a_file_that_is_not_processed_says_why(
        self, platform: XStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        platform.processing_fails = True
        outcome = await Publication(ADAPTER, api, draft_with_media).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.message == "This media is not supported"

    async def test_a_refused_duplicate_is_named(
        self, platform: XStandIn, publication: Publication
    ) -> None:
        platform.break_at("commit", "rejected")
        outcome = await publication.publish()
        assert isinstance(outcome, Rejected)
        assert outcome.code == "duplicate_content"

    async def test_without_credits_nothing_goes_out(
        self, platform: XStandIn, publication: Publication
    ) -> None:
        platform.has_credits = False
        outcome = await publication.publish()
        assert isinstance(outcome, NotPermitted)
        assert "credits" in outcome.needs

    @pytest.mark.parametrize(
        ("ours", "other"),
        [
            ("Tea & <cake>: see example.com/a", "Tea & <cake>: see example.com/b"),
            ("https://a.com/x is one, and b.com the other", "is one, and"),
            ("quiet", "quiet."),
        ],
    )
    async def test_a_post_of_doubt_is_told_from_its_neighbours(
        self, platform: XStandIn, api: LoopbackApi, draft: Draft, ours: str, other: str
    ) -> None:
        await Publication(ADAPTER, api, replace(draft, text=other)).publish()
        publication = Publication(ADAPTER, api, replace(draft, text=ours))
        await publication.prepare()
        platform.break_at("commit", "dropped")
        assert isinstance(await publication.commit(), Unknown)
        assert isinstance(await publication.reconcile(), Absent)
        platform.break_at("commit", "taken_dropped")
        assert isinstance(await publication.commit(), Unknown)
        found = await publication.reconcile()
        assert isinstance(found, Published)
        assert found.remote_id == platform.live[-1].id

    async def test_a_post_with_a_file_is_found_again(
        self, platform: XStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        publication = Publication(ADAPTER, api, draft_with_media)
        await publication.prepare()
        platform.break_at("commit", "taken_dropped")
        await publication.commit()
        self.assert_published(platform, await publication.reconcile())

    async def test_the_same_words_as_an_answer_are_another_post(
        self, platform: XStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        first = self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())
        second = Publication(ADAPTER, api, replace(draft, previous=[first]))
        await second.prepare()
        platform.break_at("commit", "dropped")
        await second.commit()
        assert isinstance(await second.reconcile(), Absent)

    async def test_an_answer_that_does_not_say_what_it_answers_proves_nothing(
        self, platform: XStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.names_references = False
        first = self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())
        second = Publication(ADAPTER, api, replace(draft, previous=[first]))
        await second.prepare()
        platform.break_at("commit", "taken_dropped")
        await second.commit()
        assert isinstance(await second.reconcile(), CannotTell)

    async def test_files_are_of_one_kind(self, api: LoopbackApi, draft: Draft) -> None:
        both = [attached(animation(), "image/gif"), attached(picture(), "image/png")]
        problems = ADAPTER.validate(replace(draft, media=both), await ADAPTER.capabilities(api))
        assert [each.code for each in problems] == ["MIXED_MEDIA_NOT_SUPPORTED"]

    async def test_text_is_weighed_as_x_weighs_it(self, api: LoopbackApi, draft: Draft) -> None:
        capabilities = await ADAPTER.capabilities(api)
        assert ADAPTER.text_length(replace(draft, text="日本 example.com"), capabilities) == 4 + 24

    async def test_a_token_of_nobody_is_not_connected(self, api: LoopbackApi) -> None:
        api.credentials = {"access_token": "secret-other"}
        with pytest.raises(TroubleError):
            await ADAPTER.connect(api)
