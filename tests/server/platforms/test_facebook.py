"""Facebook Pages through every outcome, and what only they have."""

from dataclasses import replace

import pytest

from postbroker.platforms.adapter import Draft
from postbroker.platforms.facebook import ADAPTER
from postbroker.platforms.outcome import NotPermitted, Published, Rejected, TroubleError
from server.doubles.files import picture, video
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.facebook import OTHER_PAGE, PAGE, PERSON, FacebookStandIn
from server.doubles.platforms.publication import Publication
from server.platforms.suite import AdapterSuite


class TestFacebook(AdapterSuite):
    adapter = ADAPTER
    platform_type = FacebookStandIn

    async def test_publishing_again_changes_nothing(
        self, platform: FacebookStandIn, publication: Publication
    ) -> None:
        await publication.publish()
        self.assert_published(platform, await publication.commit())
        assert len(platform.ledger) == 1

    async def test_several_pictures_keep_their_order(
        self, platform: FacebookStandIn, draft: Draft
    ) -> None:
        contents = [picture("JPEG", (64, side)) for side in (48, 40, 32)]
        media = [
            attached(body, "image/jpeg", f"picture {place}") for place, body in enumerate(contents)
        ]
        api = api_of(
            platform, {file.media.id: body for file, body in zip(media, contents, strict=True)}
        )
        post = await Publication(ADAPTER, api, replace(draft, media=media)).publish()
        assert isinstance(post, Published)
        assert [each.alt for each in platform.live[0].media] == [
            "picture 0", "picture 1", "picture 2",
        ]  # fmt: skip
        await api.close()

    @pytest.mark.parametrize("fails", [False, True])
    async def test_a_video_is_processed_first(
        self, platform: FacebookStandIn, draft: Draft, fails: bool
    ) -> None:
        platform.pending_looks, platform.video_fails = 2, fails
        content = video("mp4", (64, 48), 4)
        file = attached(content, "video/mp4", seconds=4)
        api = api_of(platform, {file.media.id: content})
        outcome = await Publication(ADAPTER, api, replace(draft, media=[file])).publish()
        assert isinstance(outcome, Rejected if fails else Published)
        assert len(platform.live) == (not fails)
        await api.close()

    async def test_who_manages_several_pages_names_one_in_each_post(
        self, platform: FacebookStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.pages = [PAGE, OTHER_PAGE]
        api.identity, _ = await ADAPTER.connect(api)
        assert api.identity.handle == f"Ada ({PERSON})"
        outcome = await Publication(ADAPTER, api, draft).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.field == "platformPayload.pageId"
        targets = await ADAPTER.act(api, "pages", {})
        assert [each.id for each in targets] == [PAGE, OTHER_PAGE]
        named = replace(draft, options={"pageId": OTHER_PAGE})
        post = self.assert_published(platform, await Publication(ADAPTER, api, named).publish())
        assert post.details == {"page": OTHER_PAGE}

    async def test_a_person_without_a_page_is_not_connected(
        self, platform: FacebookStandIn, api: LoopbackApi
    ) -> None:
        platform.pages = []
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, NotPermitted)

    async def test_groups_are_out_of_reach(self, api: LoopbackApi, draft: Draft) -> None:
        grouped = replace(draft, options={"groupId": "1577315533418837"})
        problems = ADAPTER.validate(grouped, await ADAPTER.capabilities(api))
        assert [each.field for each in problems] == ["platformPayload.groupId"]
