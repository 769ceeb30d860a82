"""Mastodon through every outcome, and what only Mastodon has."""

from dataclasses import replace
from typing import Any

import pytest

from postbroker.catalogue import load_platforms
from postbroker.domain.matching import find_permalink
from postbroker.platforms.adapter import Capabilities, Draft
from postbroker.platforms.mastodon import ADAPTER, CHECKS_MAX, KEY_MINUTES, UPLOAD_HOURS
from postbroker.platforms.outcome import (
    Absent,
    CannotTell,
    Rejected,
    Transient,
    TroubleError,
    Unknown,
)
from server.doubles.platforms.api import LoopbackApi
from server.doubles.platforms.mastodon import TOKEN, MastodonStandIn
from server.doubles.platforms.publication import Publication
from server.doubles.platforms.stand_in import StandIn
from server.platforms.suite import AdapterSuite


class TestMastodon(AdapterSuite):
    adapter = ADAPTER
    platform_type = MastodonStandIn

    def is_address(self, platform: StandIn, url: str) -> bool:
        there = load_platforms()["mastodon"].model_copy(update={"hosts": ["social.example"]})
        return find_permalink(there, url, None) is not None

    @pytest.fixture
    async def capabilities(self, api: LoopbackApi) -> Capabilities:
        return await ADAPTER.capabilities(api)

    # -- limits

    def test_limits_are_the_server_s(self, capabilities: Capabilities) -> None:
        assert capabilities.text.max == 1000
        assert capabilities.details == {"urlLength": 30}
        media = capabilities.media
        assert (media.max, media.alt_max) == (6, 1400)
        assert media.image
        assert (media.image.max, media.image.types) == (6, ["image/jpeg", "image/png"])
        assert (media.image.bytes_max, media.image.pixels_max) == (10485760, 16777216)
        assert media.gif is None
        assert media.video
        assert (media.video.max, media.video.types) == (1, ["video/mp4"])

    async def test_older_servers_tell_elsewhere(
        self, platform: MastodonStandIn, api: LoopbackApi
    ) -> None:
        platform.is_old = True
        assert (await ADAPTER.capabilities(api)).text.max == 1000
        identity, _ = await ADAPTER.connect(api)
        assert identity.handle == "ada@social.example"

    @pytest.mark.parametrize(
        ("text", "spoiler", "length"),
        [
            ("hello", "", 5),
            ("hello", "warn", 9),
            ("see https://example.com/a/very/long/path?that=goes#on", "", 4 + 30),
            ("see example.com", "", 15),
            ("hi @bob@social.example!", "", 8),
            ("👨‍👩‍👧‍👦 e\u0301", "", 3),
        ],
    )
    def test_text_is_counted_as_the_server_does(
        self, capabilities: Capabilities, text: str, spoiler: str, length: int
    ) -> None:
        draft = Draft(text, (), {"spoilerText": spoiler}, "post")
        assert ADAPTER.text_length(draft, capabilities) == length

    @pytest.mark.parametrize(
        ("options", "field"),
        [
            ({"visibility": "secret"}, "platformPayload.visibility"),
            ({"language": "english"}, "platformPayload.language"),
            ({"scheduledAt": "2026-03-01"}, "platformPayload.scheduledAt"),
        ],
    )
    def test_wrong_options_are_named(
        self, capabilities: Capabilities, draft: Draft, options: Any, field: str
    ) -> None:
        problems = ADAPTER.validate(replace(draft, options=options), capabilities)
        assert [each.field for each in problems] == [field]

    # -- what goes over the wire

    async def test_options_arrive(
        self, platform: MastodonStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {
            "visibility": "unlisted", "spoilerText": "Beware", "sensitive": True, "language": "de",
        }  # fmt: skip
        await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        assert platform.ledger[0].details == {
            "status": draft.text,
            "visibility": "unlisted",
            "spoiler_text": "Beware",
            "sensitive": True,
            "language": "de",
        }

    async def test_a_pasted_token_is_kept_as_it_is(self, api: LoopbackApi) -> None:
        identity, kept = await ADAPTER.connect(api)
        assert identity.name == "Ada"
        assert kept == {"access_token": TOKEN}

    async def test_the_answer_to_a_post_that_is_gone_is_refused(
        self, platform: MastodonStandIn, api: LoopbackApi, draft: Draft, publication: Publication
    ) -> None:
        first = self.assert_published(platform, await publication.publish())
        await ADAPTER.delete(api, first)
        second = replace(draft, text="second", previous=[first])
        outcome = await Publication(ADAPTER, api, second).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.code == "target_closed"

    # -- files

    async def test_a_file_that_never_gets_ready_is_waited_for_later(
        self, platform: MastodonStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        platform.pending_looks = CHECKS_MAX + 1
        publication = Publication(ADAPTER, api, draft_with_media)
        assert isinstance(await publication.publish(), Transient)
        self.assert_published(platform, await publication.publish())
        assert len(platform.uploads) == 1

    async def test_old_files_are_uploaded_anew(
        self, platform: MastodonStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        publication = Publication(ADAPTER, api, draft_with_media)
        await publication.prepare()
        platform.uploads.clear()
        platform.clock.move(hours=UPLOAD_HOURS, seconds=1)
        self.assert_published(platform, await publication.publish())

    # -- the key, and the look once the server may have forgotten it

    async def test_a_hundred_tries_within_the_hour_make_one_post(
        self, platform: MastodonStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        assert len({repr(await publication.commit()) for _ in range(100)}) == 1
        assert len(platform.ledger) == 1

    async def test_after_the_hour_the_post_is_found_and_nothing_is_sent(
        self, platform: MastodonStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.break_at("commit", "taken_dropped")
        assert isinstance(await publication.commit(), Unknown)
        platform.clock.move(hours=2)
        api = publication.api.renewed()
        outcome = await ADAPTER.commit(api, publication.draft, publication.state, publication.key)
        self.assert_published(platform, outcome)
        assert api.sent_once == 0
        assert len(platform.ledger) == 1

    async def test_after_the_hour_an_absent_post_is_sent(
        self, platform: MastodonStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.break_at("commit", "dropped")
        await publication.commit()
        platform.clock.move(minutes=KEY_MINUTES, seconds=1)
        self.assert_published(platform, await publication.commit())
        assert len(platform.ledger) == 1

    async def test_after_the_hour_nobody_sends_without_having_looked(
        self, platform: MastodonStandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        platform.clock.move(hours=2)
        platform.break_at("look", "failing")
        api = publication.api.renewed()
        outcome = await ADAPTER.commit(api, publication.draft, publication.state, publication.key)
        assert isinstance(outcome, Unknown)
        assert (api.sent_once, platform.ledger) == (0, [])

    async def test_the_look_tells_posts_apart(
        self,
        platform: MastodonStandIn,
        api: LoopbackApi,
        draft: Draft,
        draft_with_media: Draft,
        publication: Publication,
    ) -> None:
        first = self.assert_published(platform, await publication.publish())
        for other in (
            replace(draft, text="another text"),
            draft_with_media,
            replace(draft, previous=[first]),
        ):
            looking = Publication(ADAPTER, api, other)
            assert isinstance(await looking.reconcile(), Absent), other
            posted = self.assert_published(platform, await looking.publish())
            assert await looking.reconcile() == posted
        platform.clock.move(minutes=10)
        assert isinstance(await Publication(ADAPTER, api, draft).reconcile(), Absent)

    async def test_too_many_posts_prove_nothing(
        self, platform: MastodonStandIn, api: LoopbackApi, draft: Draft, publication: Publication
    ) -> None:
        for number in range(40):
            await Publication(ADAPTER, api, replace(draft, text=f"post {number}")).publish()
        assert isinstance(await publication.reconcile(), CannotTell)

    async def test_numbers_of_a_removed_post_are_none(
        self, platform: MastodonStandIn, api: LoopbackApi, publication: Publication
    ) -> None:
        post = self.assert_published(platform, await publication.publish())
        await ADAPTER.delete(api, post)
        assert await ADAPTER.metrics(api, [post]) == [{}]

    async def test_a_server_that_is_none_is_told(
        self, platform: MastodonStandIn, api: LoopbackApi
    ) -> None:
        api.base_url = f"{platform.url}/elsewhere"
        with pytest.raises(TroubleError):
            await ADAPTER.connect(api)
        assert platform.notes.pop()
