"""Pinterest through every outcome, and what only Pinterest has."""

from dataclasses import replace

import pytest

from postbroker.platforms.adapter import Draft
from postbroker.platforms.outcome import Absent, NotPermitted, Published, Rejected
from postbroker.platforms.pinterest import ADAPTER
from server.doubles.files import picture, video
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.pinterest import BOARD, PinterestStandIn
from server.doubles.platforms.publication import Publication
from server.platforms.suite import AdapterSuite


class TestPinterest(AdapterSuite):
    adapter = ADAPTER
    platform_type = PinterestStandIn

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: PinterestStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        link = "https://a.example/boats"
        options = {"board": BOARD, "section": "77", "title": "A boat", "link": link}
        await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        given = dict(platform.ledger[0].details["given"])
        source = given.pop("media_source")
        assert source["source_type"] == "image_base64"
        assert given == {
            "board_id": BOARD,
            "board_section_id": "77",
            "title": "A boat",
            "description": draft.text,
            "link": link,
            "alt_text": draft.media[0].alt,
        }

    async def test_several_pictures_are_one_pin(
        self, platform: PinterestStandIn, draft: Draft
    ) -> None:
        contents = [picture("JPEG", (64, side)) for side in (48, 40)]
        media = [attached(body, "image/jpeg") for body in contents]
        api = api_of(
            platform, {file.media.id: body for file, body in zip(media, contents, strict=True)}
        )
        await Publication(ADAPTER, api, replace(draft, media=media)).publish()
        assert len(platform.live[0].media) == 2
        await api.close()

    @pytest.mark.parametrize("fails", [False, True])
    async def test_a_video_is_processed_first(
        self, platform: PinterestStandIn, draft: Draft, fails: bool
    ) -> None:
        platform.pending_looks, platform.video_fails = 2, fails
        content = video("mp4", (640, 640), 4)
        file = attached(content, "video/mp4", size=(640, 640), seconds=4)
        api = api_of(platform, {file.media.id: content})
        outcome = await Publication(ADAPTER, api, replace(draft, media=[file])).publish()
        assert isinstance(outcome, Rejected if fails else Published)
        assert len(platform.live) == (not fails)
        await api.close()

    async def test_a_pin_of_doubt_is_looked_for_on_every_page(
        self, platform: PinterestStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        for number in range(3):
            await Publication(ADAPTER, api, replace(draft, text=f"another {number}")).publish()
        publication = Publication(ADAPTER, api, draft)
        await publication.prepare()
        platform.break_at("commit", "dropped")
        await publication.commit()
        assert isinstance(await publication.reconcile(), Absent)
        platform.break_at("commit", "taken_dropped")
        await publication.commit()
        self.assert_published(platform, await publication.reconcile())

    async def test_the_same_pin_of_an_hour_ago_is_another_one(
        self, platform: PinterestStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        await Publication(ADAPTER, api, draft).publish()
        platform.clock.move(3600)
        publication = Publication(ADAPTER, api, draft)
        await publication.prepare()
        platform.break_at("commit", "dropped")
        await publication.commit()
        assert isinstance(await publication.reconcile(), Absent)

    async def test_boards_are_listed_from_every_page(self, api: LoopbackApi) -> None:
        boards = await ADAPTER.act(api, "boards", {})
        assert [each.name for each in boards] == ["Boats", "Piers", "Ropes"]

    async def test_a_board_that_is_not_there_is_named(
        self, platform: PinterestStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        outcome = await Publication(ADAPTER, api, replace(draft, options={"board": "1"})).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.field == "platformPayload.board"

    async def test_trial_access_is_told_as_such(
        self, platform: PinterestStandIn, publication: Publication
    ) -> None:
        platform.is_trial = True
        outcome = await publication.publish()
        assert isinstance(outcome, NotPermitted)
        assert "standard access" in outcome.needs

    async def test_a_pin_needs_a_board_and_a_file(self, api: LoopbackApi, draft: Draft) -> None:
        bare = replace(draft, media=(), options={})
        problems = ADAPTER.validate(bare, await ADAPTER.capabilities(api))
        assert [each.field for each in problems] == ["platformPayload.board", "mediaPaths"]
