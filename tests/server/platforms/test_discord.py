"""Discord through every outcome, and what only Discord has."""

from dataclasses import replace
from typing import Any

import pytest

from postbroker.platforms.adapter import Draft
from postbroker.platforms.discord import ADAPTER
from postbroker.platforms.outcome import AuthRevoked, Published, Rejected, TroubleError
from server.doubles.platforms.api import LoopbackApi
from server.doubles.platforms.discord import CHANNEL, GUILD, ID, TOKEN, DiscordStandIn
from server.doubles.platforms.publication import Publication
from server.platforms.suite import AdapterSuite

THREAD = "1100000000000000009"


class TestDiscord(AdapterSuite):
    adapter = ADAPTER
    platform_type = DiscordStandIn

    async def details(self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft) -> Any:
        """What a draft is sent with."""
        self.assert_published(platform, await Publication(ADAPTER, api, draft).publish())
        return platform.ledger[-1].details

    async def test_nobody_is_called_whatever_the_text_says(
        self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        sent = await self.details(platform, api, replace(draft, text="@everyone look"))
        assert sent["given"] == {"content": "@everyone look", "allowed_mentions": {"parse": []}}
        assert sent["query"] == {"wait": "true"}

    async def test_options_are_sent_as_they_are_called_there(
        self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {"username": "Pier", "silent": True, "linkPreview": False, "threadId": THREAD}
        sent = await self.details(platform, api, replace(draft, options=options))
        assert (sent["given"]["username"], sent["given"]["flags"]) == ("Pier", 1 << 12 | 1 << 2)
        assert sent["query"]["thread_id"] == THREAD

    async def test_a_message_of_a_thread_is_found_and_removed_there(
        self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        post = await Publication(
            ADAPTER, api, replace(draft, options={"threadId": THREAD})
        ).publish()
        assert isinstance(post, Published)
        assert post.url == f"https://discord.com/channels/{GUILD}/{THREAD}/{post.remote_id}"
        assert await ADAPTER.metrics(api, [post]) == [{"reactions": 3}]
        await ADAPTER.delete(api, post)
        assert platform.live == []
        assert await ADAPTER.metrics(api, [post]) == [{"reactions": 0}]

    async def test_a_forum_needs_a_title(
        self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.is_forum = True
        outcome = await Publication(ADAPTER, api, draft).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.field == "platformPayload.threadName"
        titled = replace(draft, options={"threadName": "Ferries"})
        post = self.assert_published(platform, await Publication(ADAPTER, api, titled).publish())
        assert post.details == {"thread": post.remote_id}
        await ADAPTER.delete(api, post)
        assert platform.live == []

    async def test_a_refused_field_is_named(
        self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.break_at("commit", "rejected")
        outcome = await Publication(ADAPTER, api, draft).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.message == "content: Must be shorter."

    async def test_a_limit_of_the_address_is_told_as_such(
        self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft, monkeypatch: Any
    ) -> None:
        usual = platform.rate_limited

        def for_all(asked: Any) -> Any:
            answer = usual(asked)
            answer.headers["X-RateLimit-Scope"] = "global"
            return answer

        monkeypatch.setattr(platform, "rate_limited", for_all)
        platform.break_at("commit", "rate_limited")
        outcome = await Publication(ADAPTER, api, draft).publish()
        assert getattr(outcome, "scope", None) == "address"

    async def test_a_removed_webhook_is_told_as_such(
        self, platform: DiscordStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        platform.is_gone = True
        assert isinstance(await Publication(ADAPTER, api, draft).publish(), AuthRevoked)

    @pytest.mark.parametrize(
        "url",
        [
            f"https://discordapp.com/api/webhooks/{ID}/{TOKEN}",
            f"https://canary.discord.com/api/v10/webhooks/{ID}/{TOKEN}/",
        ],
    )
    async def test_every_spelling_of_the_address_connects(
        self, platform: DiscordStandIn, api: LoopbackApi, url: str
    ) -> None:
        api.credentials = {"webhook_url": url}
        identity, kept = await ADAPTER.connect(api)
        assert kept == {"webhook_id": ID, "webhook_token": TOKEN}
        assert identity.more == {"channel": CHANNEL, "guild": GUILD}

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com/api/webhooks/1/2",
            f"http://discord.com/api/webhooks/{ID}/{TOKEN}",
            f"https://discord.com.example.org/api/webhooks/{ID}/{TOKEN}",
        ],
    )
    async def test_what_is_no_webhook_is_told_before_anybody_is_asked(
        self, platform: DiscordStandIn, api: LoopbackApi, url: str
    ) -> None:
        api.credentials = {"webhook_url": url}
        with pytest.raises(TroubleError) as refused:
            await ADAPTER.connect(api)
        assert isinstance(refused.value.trouble, Rejected)
        assert platform.asked == []

    async def test_a_message_has_one_place(self, api: LoopbackApi, draft: Draft) -> None:
        both = replace(draft, options={"threadId": THREAD, "threadName": "Ferries"})
        problems = ADAPTER.validate(both, await ADAPTER.capabilities(api))
        assert [each.field for each in problems] == ["platformPayload.threadName"]
