"""WordPress through every outcome, and what only WordPress has."""

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from postbroker.platforms.adapter import Draft
from postbroker.platforms.outcome import (
    AuthRevoked,
    NotPermitted,
    Published,
    Rejected,
    TroubleError,
    Unknown,
)
from postbroker.platforms.wordpress import ADAPTER
from server.doubles.files import picture, video
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.publication import KilledError, Publication
from server.doubles.platforms.stand_in import StandIn
from server.doubles.platforms.wordpress import WordPressStandIn
from server.platforms.suite import AdapterSuite


class TestWordPress(AdapterSuite):
    adapter = ADAPTER
    platform_type = WordPressStandIn

    def is_address(self, platform: StandIn, url: str) -> bool:
        """The site is wherever it is."""
        return url.startswith(f"{platform.url}/")

    async def given(self, platform: WordPressStandIn, api: LoopbackApi, draft: Draft) -> Any:
        """The post that a draft becomes."""
        self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())
        return platform.ledger[-1].details

    async def test_the_first_line_is_the_title_and_signs_stay_themselves(
        self, platform: WordPressStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        text = "Tea & cake\n\nAt <four>.\nBy the pier.\n\nCome!"
        post = await self.given(platform, api, replace(draft, text=text))
        assert post["title"] == "Tea &amp; cake"
        assert post["content"] == "<p>At &lt;four&gt;.<br>By the pier.</p>\n<p>Come!</p>"
        assert post["slug"] == "tea-amp-cake"

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: WordPressStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {
            "title": "A day", "format": "html", "excerpt": "short", "slug": "a-day",
            "categories": [3], "tags": [5, 6], "featured": False,
        }  # fmt: skip
        post = await self.given(platform, api, replace(draft, text="<b>hi</b>", options=options))
        assert post["content"] == "<b>hi</b>"
        wanted = {"title": "A day", "excerpt": "short", "slug": "a-day", "tags": [5, 6]}
        assert {name: post[name] for name in wanted} == wanted
        assert "featured_media" not in post

    async def test_the_first_picture_is_the_posts_own(
        self, platform: WordPressStandIn, draft: Draft
    ) -> None:
        contents = [video("mp4", (64, 48), 2), picture("PNG"), picture("JPEG")]
        kinds = ["video/mp4", "image/png", "image/jpeg"]
        media = [attached(body, kind) for body, kind in zip(contents, kinds, strict=True)]
        api = api_of(
            platform, {file.media.id: body for file, body in zip(media, contents, strict=True)}
        )
        post = await self.given(platform, api, replace(draft, media=media))
        assert post["featured_media"] == 101
        assert '<video controls src="' in post["content"]
        await api.close()

    async def test_publishing_again_changes_nothing(
        self, platform: WordPressStandIn, publication: Publication
    ) -> None:
        first = await publication.publish()
        assert await publication.commit() == first
        assert len(platform.ledger) == 1

    async def test_a_draft_that_was_made_before_a_death_is_found(
        self, platform: WordPressStandIn, publication: Publication
    ) -> None:
        with pytest.raises(KilledError):
            await publication.prepare(dies_at=2)
        publication.saved.pop()  # it was made, and its number was not written down
        self.assert_published(platform, await publication.publish())
        assert len(platform.posts) == 1

    async def test_whom_the_site_lets_in_no_more_is_told_as_such(
        self, platform: WordPressStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        api.credentials = {**api.credentials, "app_password": "taken back"}
        assert isinstance(await Publication(ADAPTER, api, draft).publish(), AuthRevoked)

    async def test_a_name_of_a_file_is_plain(
        self, platform: WordPressStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        [file] = draft_with_media.media
        named = replace(file, media=replace(file.media, file_name='ein "schönes" Bild.jpg'))
        draft = replace(draft_with_media, media=[named])
        self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())

    async def test_a_list_is_no_post(
        self, platform: WordPressStandIn, publication: Publication, monkeypatch: Any
    ) -> None:
        """What a client gets that follows a redirect: its POST became a GET."""
        await publication.prepare()
        posts = [{"id": 1, "status": "publish", "link": "https://a.example/"}]
        monkeypatch.setattr(platform, "failing", lambda _asked: web.json_response(posts))
        platform.break_at("commit", "failing")
        assert isinstance(await publication.commit(), Unknown)
        assert platform.live == []

    async def test_a_site_without_pretty_addresses_is_asked_by_its_query(
        self, platform: WordPressStandIn, api: LoopbackApi
    ) -> None:
        platform.has_pretty_addresses = False
        api.credentials = dict(platform.typed or {})
        identity, _ = await ADAPTER.connect(api)
        assert identity.more == {"rest": "/?rest_route="}

    async def test_a_site_that_is_elsewhere_names_its_address(
        self, platform: WordPressStandIn, api: LoopbackApi
    ) -> None:
        api.credentials = dict(platform.typed or {})
        platform.break_at("connect", "redirecting")
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, Rejected)
        assert "/elsewhere" in refused.value.trouble.message

    async def test_a_user_who_may_not_publish_is_not_connected(
        self, platform: WordPressStandIn, api: LoopbackApi
    ) -> None:
        platform.may_publish = False
        api.credentials = dict(platform.typed or {})
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, NotPermitted)

    async def test_a_long_first_line_is_no_title(self, api: LoopbackApi, draft: Draft) -> None:
        long = replace(draft, text="x" * 201)
        problems = ADAPTER.validate(long, await ADAPTER.capabilities(api))
        assert [each.field for each in problems] == ["platformPayload.title"]
        titled = replace(long, options={"title": "fine"})
        assert ADAPTER.validate(titled, await ADAPTER.capabilities(api)) == []

    async def test_removing_puts_it_into_the_bin(
        self, platform: WordPressStandIn, api: LoopbackApi, publication: Publication
    ) -> None:
        post = await publication.publish()
        assert isinstance(post, Published)
        await ADAPTER.delete(api, post)
        assert platform.posts[1]["status"] == "trash"
