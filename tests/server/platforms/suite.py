"""What every adapter must do, whatever its platform: each outcome, each doubt, each interruption.

    class TestBluesky(AdapterSuite):
        adapter = ADAPTER
        platform_type = BlueskyStandIn

A class that derives runs all of it against its stand-in, and adds what only its platform has.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from postbroker.catalogue import load_platforms
from postbroker.domain.matching import find_permalink
from postbroker.domain.media import Attached
from postbroker.egress.calls import CallError, NotSentError
from postbroker.errors import error_codes
from postbroker.platforms.adapter import Draft, PlatformAdapter
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    AuthRevoked,
    CannotTell,
    NotPermitted,
    Outcome,
    Published,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Transient,
    TroubleError,
    Unknown,
)
from server.doubles.clock import StillClock
from server.doubles.files import picture, video
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.publication import KilledError, Publication, next_draft
from server.doubles.platforms.stand_in import Fault, LiveMedia, StandIn, Step

TEXT = "Hello from the suite"
ALT = "A teal square, half of it gold"
NAMES: dict[Fault, type] = {
    "expired": AuthExpired,
    "revoked": AuthRevoked,
    "not_permitted": NotPermitted,
    "rejected": Rejected,
}
WORDED: tuple[Fault, ...] = (*NAMES, "rate_limited", "out_of_quota")
DOUBTS: tuple[Fault, ...] = (
    "dropped", "taken_dropped", "failing", "taken_failing", "redirecting",
)  # fmt: skip


class AdapterSuite:
    """Every adapter through every outcome."""

    adapter: ClassVar[PlatformAdapter]
    platform_type: ClassVar[type[StandIn]]
    text: ClassVar[str] = TEXT
    has_addresses: ClassVar[bool] = True
    """False where a live post has no address of its own."""

    # -- what a test stands on

    @pytest.fixture
    def clock(self) -> StillClock:
        return StillClock()

    @pytest.fixture
    async def platform(self, clock: StillClock) -> AsyncIterator[StandIn]:
        """An open stand-in; whatever it objected to fails the test."""
        async with self.platform_type(clock) as platform:
            yield platform
        assert platform.notes == [], platform.notes

    @pytest.fixture
    def files(self) -> Sequence[tuple[Attached, bytes]]:
        """The files of the post with media: a picture, or a video where pictures are not taken."""
        rules = self.adapter_rules()
        if rules.image is not None:
            kind = rules.image.types[0]
            content = picture(kind.partition("/")[2].upper(), (640, 640))
            alt = ALT if rules.alt_max else None
            return [(attached(content, kind, alt, size=(640, 640)), content)]
        if rules.video is not None:
            content = video("mp4", (640, 640), 4)
            return [(attached(content, "video/mp4", size=(640, 640), seconds=4), content)]
        return []

    @pytest.fixture
    async def api(
        self, platform: StandIn, files: Sequence[tuple[Attached, bytes]]
    ) -> AsyncIterator[LoopbackApi]:
        api = api_of(platform, {file.media.id: content for file, content in files})
        yield api
        await api.close()

    @pytest.fixture
    def draft(self, platform: StandIn, files: Sequence[tuple[Attached, bytes]]) -> Draft:
        """The simplest post: text alone, with a file only where every post needs one."""
        media = [file for file, _ in files] if self.adapter_rules().required else []
        return Draft(self.text, media, dict(platform.options), "post")

    @pytest.fixture
    def draft_with_media(self, platform: StandIn, files: Sequence[tuple[Attached, bytes]]) -> Draft:
        if not files:
            pytest.skip("it takes no files")
        return Draft(self.text, [file for file, _ in files], dict(platform.options), "post")

    @pytest.fixture
    def publication(self, api: LoopbackApi, draft: Draft) -> Publication:
        return Publication(self.adapter, api, draft)

    def adapter_rules(self) -> Any:
        """The media that the platform takes by its official API, before any account is asked."""
        usual = getattr(self.adapter, "usual", None)
        return usual().media if usual else load_platforms()[self.adapter.info.id].media

    # -- the catalogue

    def test_what_it_says_of_itself_is_whole(self) -> None:
        info = self.adapter.info
        assert "api" in load_platforms()[info.id].routes
        assert info.auth
        assert info.cost
        assert info.base_url.startswith("https://")
        assert not info.base_url.endswith("/")

    def test_its_stand_in_can_say_no_in_all_the_usual_ways(self) -> None:
        for words in ({"rate_limited"}, {"not_permitted"}, {"rejected"}, {"expired", "revoked"}):
            assert any(self.has_words(self.platform_type, each) for each in words), words

    # -- going right

    async def test_a_text_is_published_once(
        self, platform: StandIn, publication: Publication
    ) -> None:
        self.assert_published(platform, await publication.publish())
        (post,) = platform.live
        assert post.text == self.text
        assert platform.count("commit") == 1

    async def test_a_file_is_published_with_its_description(
        self, platform: StandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        publication = Publication(self.adapter, api, draft_with_media)
        self.assert_published(platform, await publication.publish())
        (post,) = platform.live
        sent = [
            LiveMedia.of(api.files[file.media.id], file.media.content_type, file.alt)
            for file in draft_with_media.media
        ]
        assert list(post.media) == sent

    async def test_a_thread_is_a_chain_of_posts(
        self, platform: StandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        if not (await self.adapter.capabilities(api)).thread_max:
            pytest.skip("it has no threads")
        out: list[Published] = []
        for number in range(3):
            part = next_draft(draft, f"{self.text} {number}", out) if number else draft
            outcome = await Publication(self.adapter, api, part).publish()
            out.append(self.assert_published(platform, outcome))
        ids = [post.id for post in platform.live]
        assert [post.parent for post in platform.live] == [None, *ids[:-1]]

    async def test_a_post_in_the_making_is_waited_for(
        self, platform: StandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        platform.pending_looks = 2
        publication = Publication(self.adapter, api, draft_with_media)
        self.assert_published(platform, await publication.publish())
        assert len(platform.live) == 1

    async def test_it_can_be_told_who_it_is(self, platform: StandIn, api: LoopbackApi) -> None:
        api.credentials = dict(platform.typed or platform.credentials)
        identity, kept = await self.adapter.connect(api)
        assert identity.handle == platform.handle
        assert identity.remote_id == platform.identity().remote_id
        assert kept
        secrets = set(api.credentials.values()) | set(kept.values())
        assert not any(secret in repr(identity) for secret in secrets if "secret" in secret)

    async def test_who_is_not_let_in_is_not_connected(
        self, platform: StandIn, api: LoopbackApi
    ) -> None:
        self.need_words(platform, "revoked")
        api.credentials = dict(platform.typed or platform.credentials)
        platform.break_at("connect", "revoked")
        with pytest.raises(TroubleError) as refused:
            await self.adapter.connect(api)
        assert isinstance(refused.value.trouble, AuthRevoked)

    async def test_what_it_can_post_is_data(self, api: LoopbackApi) -> None:
        capabilities = await self.adapter.capabilities(api)
        json.dumps([dict(capabilities.settings), dict(capabilities.details)])
        assert capabilities.text.source

    async def test_good_drafts_have_no_problems(self, api: LoopbackApi, draft: Draft) -> None:
        assert self.adapter.validate(draft, await self.adapter.capabilities(api)) == []

    async def test_all_problems_are_told_at_once(self, api: LoopbackApi, draft: Draft) -> None:
        capabilities = await self.adapter.capabilities(api)
        file = attached(b"x", "video/webm", "x" * (capabilities.media.alt_max + 1), size=(1, 1))
        bad = replace(
            draft,
            text="x" * (capabilities.text.max + 1),
            media=[file] * (capabilities.media.max + 1),
        )
        problems = self.adapter.validate(bad, capabilities)
        assert {"CONTENT_TOO_LONG", "UNSUPPORTED_MEDIA_CONFIG"} <= {each.code for each in problems}

    # -- refused: nothing was posted

    @pytest.mark.parametrize("step", ["prepare", "commit"])
    @pytest.mark.parametrize("fault", list(NAMES))
    async def test_a_refusal_is_named_and_posts_nothing(
        self, platform: StandIn, api: LoopbackApi, draft_or_more: Draft, step: Step, fault: Fault
    ) -> None:
        outcome = await self.go_wrong(platform, api, draft_or_more, step, fault)
        assert isinstance(outcome, NAMES[fault])
        if isinstance(outcome, Rejected):
            assert error_codes()[outcome.code].kind == "job"
        assert platform.live == []

    @pytest.mark.parametrize("step", ["prepare", "commit"])
    async def test_too_often_says_until_when(
        self, platform: StandIn, api: LoopbackApi, draft_or_more: Draft, step: Step
    ) -> None:
        outcome = await self.go_wrong(platform, api, draft_or_more, step, "rate_limited")
        assert isinstance(outcome, RateLimited)
        wait = outcome.retry_at - platform.clock.now()
        assert abs(wait.total_seconds() - platform.rate_seconds) <= 1
        assert platform.live == []

    @pytest.mark.parametrize("step", ["prepare", "commit"])
    async def test_nothing_more_today_says_until_when(
        self, platform: StandIn, api: LoopbackApi, draft_or_more: Draft, step: Step
    ) -> None:
        outcome = await self.go_wrong(platform, api, draft_or_more, step, "out_of_quota")
        assert isinstance(outcome, QuotaExhausted)
        wait = outcome.reset_at - platform.clock.now()
        assert abs(wait.total_seconds() - platform.quota_seconds) <= 1
        assert platform.live == []

    @pytest.mark.parametrize("fault", ["failing", "redirecting"])
    async def test_trouble_before_the_commit_passes(
        self, platform: StandIn, api: LoopbackApi, draft_or_more: Draft, fault: Fault
    ) -> None:
        publication = Publication(self.adapter, api, draft_or_more)
        outcome = await self.go_wrong(platform, api, draft_or_more, "prepare", fault, publication)
        if fault == "failing":
            assert isinstance(outcome, Transient)
        else:
            assert not isinstance(outcome, Published)
        assert platform.count("commit") == 0
        self.assert_published(platform, await publication.publish())
        assert len(platform.live) == 1

    # -- doubt

    @pytest.mark.parametrize("fault", DOUBTS)
    async def test_doubt_at_the_commit_ends_as_its_class_says(
        self, platform: StandIn, publication: Publication, fault: Fault
    ) -> None:
        await publication.prepare()
        platform.break_at("commit", fault)
        assert isinstance(await publication.commit(), Unknown)
        assert len(platform.live) == fault.startswith("taken_")
        if self.adapter.info.retry_class == "A":
            self.assert_published(platform, await publication.settle(await publication.commit()))
            assert len(platform.live) == 1
            return
        found = await publication.reconcile()
        if self.adapter.info.retry_class == "D":
            assert isinstance(found, CannotTell)
        elif platform.live:
            self.assert_published(platform, found)
        else:
            assert isinstance(found, Absent)
            self.assert_published(platform, await publication.settle(await publication.commit()))
            assert len(platform.live) == 1

    async def test_who_cannot_look_proves_nothing(
        self, platform: StandIn, publication: Publication
    ) -> None:
        if self.adapter.info.retry_class in "AD":
            pytest.skip("nobody looks there")
        await publication.prepare()
        platform.break_at("commit", "taken_dropped")
        await publication.commit()
        platform.break_at("look", "failing", times=5)
        platform.break_at("poll", "failing", times=5)
        try:
            found = await publication.reconcile()
        except (CallError, TroubleError):
            return
        assert not isinstance(found, Absent)

    async def test_what_was_not_sent_is_told_as_such(
        self, platform: StandIn, publication: Publication
    ) -> None:
        await publication.prepare()
        await platform.close()
        with pytest.raises(NotSentError):
            await publication.commit()

    # -- interruptions

    async def test_preparing_has_no_public_effect_and_may_be_repeated(
        self, platform: StandIn, api: LoopbackApi, draft_or_more: Draft
    ) -> None:
        publication = Publication(self.adapter, api, draft_or_more)
        for _ in range(3):
            await publication.prepare()
        assert platform.ledger == []
        self.assert_published(platform, await publication.settle(await publication.commit()))
        assert len(platform.live) == 1

    async def test_a_death_after_any_save_leaves_one_post(
        self, platform: StandIn, api: LoopbackApi, draft_or_more: Draft
    ) -> None:
        whole = Publication(self.adapter, api, draft_or_more)
        await whole.prepare()
        for saves in range(1, len(whole.saved) - 1):
            before = len(platform.live)
            publication = Publication(self.adapter, api, draft_or_more)
            with pytest.raises(KilledError):
                await publication.prepare(dies_at=saves)
            self.assert_published(platform, await publication.publish())
            assert len(platform.live) == before + 1

    # -- afterwards

    async def test_a_post_is_removed_and_removing_it_again_is_no_error(
        self, platform: StandIn, api: LoopbackApi, publication: Publication
    ) -> None:
        post = self.assert_published(platform, await publication.publish())
        if not self.adapter.info.deletes:
            with pytest.raises(TroubleError):
                await self.adapter.delete(api, post)
            return
        await self.adapter.delete(api, post)
        assert platform.live == []
        await self.adapter.delete(api, post)

    async def test_numbers_come_in_the_order_of_the_posts(
        self, platform: StandIn, api: LoopbackApi, publication: Publication
    ) -> None:
        post = self.assert_published(platform, await publication.publish())
        (numbers,) = await self.adapter.metrics(api, [post])
        assert set(numbers) == set(self.adapter.info.metrics)
        assert all(isinstance(number, int) for number in numbers.values())

    # -- secrets

    @pytest.mark.parametrize("fault", ["rejected", "not_permitted", "revoked", "failing"])
    async def test_no_secret_is_told(
        self, platform: StandIn, api: LoopbackApi, draft: Draft, fault: Fault
    ) -> None:
        publication = Publication(self.adapter, api, draft)
        outcome = await self.go_wrong(platform, api, draft, "commit", fault, publication)
        told = [repr(outcome), *publication.saved]
        secrets = [*platform.credentials.values(), *platform.app.values()]
        for secret in (each for each in secrets if "secret" in each):
            assert not any(secret in each for each in told)

    # -- what the tests are made of

    @pytest.fixture(params=["text", "media"])
    def draft_or_more(self, request: pytest.FixtureRequest) -> Draft:
        """The post of text alone, and the one with a file."""
        name = "draft" if request.param == "text" else "draft_with_media"
        found: Draft = request.getfixturevalue(name)
        return found

    async def go_wrong(
        self,
        platform: StandIn,
        api: LoopbackApi,
        draft: Draft,
        step: Step,
        fault: Fault,
        publication: Publication | None = None,
    ) -> Outcome | Any:
        """Publish with one fault; skips where the platform has no such answer or no such step."""
        self.need_words(platform, fault)
        platform.break_at(step, fault)
        outcome = await (publication or Publication(self.adapter, api, draft)).publish()
        if platform.faults_left:
            pytest.skip(f"this post asks for nothing to {step}")
        return outcome

    def need_words(self, platform: StandIn, fault: Fault) -> None:
        """Skip where the platform has no such answer."""
        if fault in WORDED and not self.has_words(type(platform), fault):
            pytest.skip("it has no such answer")

    def has_words(self, platform: type[StandIn], fault: str) -> bool:
        """True where the platform has an answer for that."""
        return getattr(platform, fault) is not getattr(StandIn, fault)

    def assert_published(self, platform: StandIn, outcome: object) -> Published:
        """The outcome names the post that was published last, at an address of the platform."""
        assert isinstance(outcome, Published), outcome
        assert outcome.remote_id == platform.ledger[-1].id
        if self.has_addresses:
            assert outcome.url is not None
            assert self.is_address(platform, outcome.url)
        return outcome

    def is_address(self, platform: StandIn, url: str) -> bool:
        """True for the address of a live post: a permalink of the catalogue."""
        return find_permalink(load_platforms()[self.adapter.info.id], url, None) is not None


def contents(files: Sequence[tuple[Attached, bytes]]) -> Mapping[str, bytes]:
    """Bytes by the id of the media."""
    return {file.media.id: content for file, content in files}
