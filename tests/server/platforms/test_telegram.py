"""Telegram through every outcome, and what only Telegram has."""

from dataclasses import replace
from typing import Any

import pytest

from postbroker.platforms.adapter import Draft
from postbroker.platforms.outcome import NotPermitted, Published, Rejected, TroubleError
from postbroker.platforms.telegram import ADAPTER
from server.doubles.files import animation, picture
from server.doubles.platforms.api import LoopbackApi, api_of, attached
from server.doubles.platforms.publication import Publication
from server.doubles.platforms.telegram import CHANNEL, TOKEN, TelegramStandIn
from server.platforms.suite import AdapterSuite


class TestTelegram(AdapterSuite):
    adapter = ADAPTER
    platform_type = TelegramStandIn

    async def given(self, platform: TelegramStandIn, api: LoopbackApi, draft: Draft) -> Any:
        """The fields that a draft is sent with."""
        self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())
        return platform.ledger[-1].details["given"]

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: TelegramStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {
            "format": "HTML", "silent": True, "protected": True, "linkPreview": False, "topic": 7,
        }  # fmt: skip
        assert await self.given(platform, api, replace(draft, options=options)) == {
            "chat_id": str(CHANNEL),
            "text": draft.text,
            "parse_mode": "HTML",
            "disable_notification": True,
            "protect_content": True,
            "link_preview_options": {"is_disabled": True},
            "message_thread_id": 7,
        }

    async def test_several_files_are_one_album_whose_messages_go_together(
        self, platform: TelegramStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        contents = [picture("PNG", (10, 10)), picture("JPEG", (20, 20))]
        media = [
            attached(contents[0], "image/png"),
            attached(contents[1], "image/jpeg"),
        ]
        api = api_of(
            platform, {file.media.id: body for file, body in zip(media, contents, strict=True)}
        )
        post = await Publication(ADAPTER, api, replace(draft, media=media)).publish()
        assert isinstance(post, Published)
        assert post.remote_id == "100,101"
        assert post.url == "https://t.me/harbour_news/100"
        assert len(platform.ledger[0].media) == 2
        await ADAPTER.delete(api, post)
        assert platform.live == []
        await api.close()

    async def test_a_private_channel_has_addresses_for_its_members(
        self, platform: TelegramStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        api.identity = replace(api.identity, more={})
        post = await Publication(ADAPTER, api, draft).publish()
        assert isinstance(post, Published)
        assert post.url == "https://t.me/c/1234567890/100"

    async def test_a_group_that_moved_is_to_be_connected_anew(
        self, platform: TelegramStandIn, api: LoopbackApi, draft: Draft, monkeypatch: Any
    ) -> None:
        from server.doubles.platforms import telegram

        moved = telegram._no(400, "Bad Request", {"migrate_to_chat_id": -1009876543210})
        monkeypatch.setattr(platform, "_send", lambda *_: moved)
        outcome = await Publication(ADAPTER, api, draft).publish()
        assert isinstance(outcome, NotPermitted)
        assert "-1009876543210" in outcome.needs

    @pytest.mark.parametrize(
        ("chat_type", "member", "may_post"),
        [
            ("channel", {"status": "administrator", "can_post_messages": True}, True),
            ("channel", {"status": "administrator"}, False),
            ("channel", {"status": "creator"}, True),
            ("channel", {"status": "left"}, False),
            ("supergroup", {"status": "member"}, True),
            ("supergroup", {"status": "restricted", "can_send_messages": False}, False),
        ],
    )
    async def test_only_a_bot_that_may_post_is_connected(
        self,
        platform: TelegramStandIn,
        api: LoopbackApi,
        chat_type: str,
        member: dict[str, Any],
        may_post: bool,
    ) -> None:
        platform.chat["type"], platform.member = chat_type, member
        api.credentials = dict(platform.typed or {})
        if may_post:
            identity, kept = await ADAPTER.connect(api)
            assert (identity.remote_id, kept) == (str(CHANNEL), {"bot_token": TOKEN})
        else:
            with pytest.raises(TroubleError) as refused:
                await ADAPTER.connect(api)
            assert isinstance(refused.value.trouble, NotPermitted)

    @pytest.mark.parametrize(
        "typed", [{"bot_token": "nonsense", "chat": "@news"}, {"bot_token": TOKEN, "chat": "news"}]
    )
    async def test_what_is_no_token_or_chat_is_told_before_anybody_is_asked(
        self, platform: TelegramStandIn, api: LoopbackApi, typed: dict[str, str]
    ) -> None:
        api.credentials = typed
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, Rejected)
        assert platform.asked == []

    async def test_a_text_below_files_is_shorter(
        self, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        capabilities = await ADAPTER.capabilities(api)
        long = replace(draft_with_media, text="x" * 1025)
        assert [each.code for each in ADAPTER.validate(long, capabilities)] == ["CONTENT_TOO_LONG"]
        alone = replace(long, media=())
        assert ADAPTER.validate(alone, capabilities) == []

    async def test_an_animation_stands_alone(self, api: LoopbackApi, draft: Draft) -> None:
        gif = attached(animation(), "image/gif")
        both = replace(draft, media=[gif, attached(picture(), "image/png")])
        problems = ADAPTER.validate(both, await ADAPTER.capabilities(api))
        assert [each.code for each in problems] == ["MIXED_MEDIA_NOT_SUPPORTED"]
