"""Reddit through every outcome, and what only Reddit has."""

from dataclasses import replace
from typing import Any

import pytest
from yarl import URL

from postbroker import __version__
from postbroker.egress.calls import Calls
from postbroker.platforms.adapter import Draft, Identity, OAuth
from postbroker.platforms.oauth import App, OAuthClient, Secrets
from postbroker.platforms.outcome import (
    Absent,
    CannotTell,
    NotPermitted,
    Outcome,
    Published,
    Rejected,
    Unknown,
)
from postbroker.platforms.reddit import ADAPTER, NEWEST
from server.doubles.platforms.api import LoopbackApi
from server.doubles.platforms.publication import Publication
from server.doubles.platforms.reddit import FLAIR, SUBREDDIT, TARGET, RedditStandIn, _wrong
from server.platforms.suite import AdapterSuite

ANSWER = Draft("Well built", (), {"targetId": TARGET, "targetUrl": "https://r.example"}, "comment")


class TestReddit(AdapterSuite):
    adapter = ADAPTER
    platform_type = RedditStandIn

    async def test_before_it_is_known_who_asks_the_program_is_named(
        self, platform: RedditStandIn, api: LoopbackApi
    ) -> None:
        api.identity = Identity("", "")
        await ADAPTER.connect(api)
        [(_, asked)] = platform.asked
        assert asked.headers["User-Agent"] == f"server:postbroker:{__version__}"

    def test_the_access_is_asked_for_good(self) -> None:
        flow = ADAPTER.info.auth[0]
        assert isinstance(flow, OAuth)
        client = OAuthClient(Calls(), flow, ADAPTER.info.base_url, "https://b.example/oauth")
        url = URL(client.authorize_url(App("our-app"), Secrets.new()))
        assert url.query["duration"] == "permanent"
        assert "submit" in url.query["scope"].split(" ")

    async def test_a_title_makes_the_text_a_body(
        self, platform: RedditStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        options = {
            "subreddit": SUBREDDIT,
            "title": "A boat",
            "flair": FLAIR,
            "spoiler": True,
            "sendReplies": False,
        }
        outcome = await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        self.assert_published(platform, outcome)
        assert platform.live[0].details["given"] == {
            "api_type": "json",
            "sr": SUBREDDIT,
            "kind": "self",
            "title": "A boat",
            "text": draft.text,
            "flair_id": FLAIR,
            "nsfw": "false",
            "spoiler": "true",
            "sendreplies": "false",
            "resubmit": "true",
        }

    async def test_a_link_has_the_text_as_its_title(
        self, platform: RedditStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        link = "https://a.example/boats"
        options = {"subreddit": SUBREDDIT, "link": link}
        outcome = await Publication(ADAPTER, api, replace(draft, options=options)).publish()
        self.assert_published(platform, outcome)
        given = platform.live[0].details["given"]
        assert (given["kind"], given["title"], given["url"]) == ("link", draft.text, link)

    @pytest.mark.parametrize(
        ("target", "thing"), [(TARGET, f"t3_{TARGET}"), (f"{TARGET}/k1", "t1_k1")]
    )
    async def test_a_comment_answers_a_post_or_a_comment(
        self, platform: RedditStandIn, api: LoopbackApi, target: str, thing: str
    ) -> None:
        comment = replace(ANSWER, options={"targetId": target})
        assert ADAPTER.validate(comment, await ADAPTER.capabilities(api)) == []
        outcome = await Publication(ADAPTER, api, comment).publish()
        found = self.assert_published(platform, outcome)
        assert found.url == f"https://www.reddit.com/r/boats/comments/{TARGET}/comment/k000/"
        assert platform.live[0].parent == thing

    @pytest.mark.parametrize("fault", ["dropped", "taken_dropped"])
    async def test_a_comment_of_doubt_is_looked_for(
        self, platform: RedditStandIn, api: LoopbackApi, fault: Any
    ) -> None:
        publication = Publication(ADAPTER, api, ANSWER)
        platform.break_at("commit", fault)
        assert isinstance(await publication.commit(), Unknown)
        found = await publication.reconcile()
        assert isinstance(found, Published if platform.live else Absent)

    async def test_a_comment_elsewhere_is_another_one(
        self, platform: RedditStandIn, api: LoopbackApi
    ) -> None:
        other = replace(ANSWER, options={"targetId": f"{TARGET}/k1"})
        publication = Publication(ADAPTER, api, ANSWER)
        await Publication(ADAPTER, api, other).publish()
        platform.break_at("commit", "dropped")
        await publication.commit()
        assert isinstance(await publication.reconcile(), Absent)

    async def test_a_locked_post_takes_no_comment(
        self, platform: RedditStandIn, api: LoopbackApi
    ) -> None:
        platform.is_locked = True
        outcome = await Publication(ADAPTER, api, ANSWER).publish()
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.field) == ("target_closed", "targetUrl")

    async def test_a_picture_that_never_becomes_a_post_is_in_doubt(
        self, platform: RedditStandIn, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        platform.makes_pictures = False
        publication = Publication(ADAPTER, api, draft_with_media)
        await publication.prepare()
        outcome: Outcome = await publication.commit()
        for _ in range(70):
            platform.clock.move(5)
            outcome = await ADAPTER.poll(api, outcome.state)  # type: ignore[union-attr]
            if isinstance(outcome, Unknown):
                break
        assert isinstance(outcome, Unknown)
        assert isinstance(await publication.reconcile(), Absent)

    async def test_too_many_posts_since_prove_nothing(
        self, platform: RedditStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        publication = Publication(ADAPTER, api, draft)
        for number in range(NEWEST):
            await Publication(ADAPTER, api, replace(draft, text=f"another {number}")).publish()
        assert isinstance(await publication.reconcile(), CannotTell)

    async def test_the_same_post_of_an_hour_ago_is_another_one(
        self, platform: RedditStandIn, api: LoopbackApi, draft: Draft
    ) -> None:
        await Publication(ADAPTER, api, draft).publish()
        platform.clock.move(3600)
        publication = Publication(ADAPTER, api, draft)
        platform.break_at("commit", "dropped")
        await publication.commit()
        assert isinstance(await publication.reconcile(), Absent)

    @pytest.mark.parametrize(
        ("code", "place", "kind", "named"),
        [
            ("SUBREDDIT_NOTALLOWED", "sr", NotPermitted, None),
            ("ALREADY_SUB", "url", Rejected, "duplicate_content"),
            ("BAD_CAPTCHA", "captcha", Rejected, "challenge_required"),
            ("SOMETHING_NEW", None, Rejected, "content_rejected"),
        ],
    )
    async def test_what_reddit_calls_it_decides(
        self,
        platform: RedditStandIn,
        publication: Publication,
        monkeypatch: pytest.MonkeyPatch,
        code: str,
        place: str | None,
        kind: type,
        named: str | None,
    ) -> None:
        monkeypatch.setattr(platform, "rejected", lambda _: _wrong(code, "no", place))
        platform.break_at("commit", "rejected")
        outcome = await publication.publish()
        assert isinstance(outcome, kind)
        assert getattr(outcome, "code", None) == named

    async def test_a_community_that_is_not_there_is_named(
        self, api: LoopbackApi, draft: Draft
    ) -> None:
        nowhere = replace(draft, options={"subreddit": "nowhere"})
        outcome = await Publication(ADAPTER, api, nowhere).publish()
        assert isinstance(outcome, Rejected)
        assert outcome.field == "platformPayload.subreddit"

    async def test_communities_and_flairs_are_listed(self, api: LoopbackApi) -> None:
        joined = await ADAPTER.act(api, "subreddits", {})
        assert [each.id for each in joined] == [SUBREDDIT]
        flairs = await ADAPTER.act(api, "flairs", {"subreddit": SUBREDDIT})
        assert [(each.id, each.name) for each in flairs] == [(FLAIR, "Sail")]

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"options": {}}, ["platformPayload.subreddit"]),
            ({"text": "x" * 301}, ["text"]),
            ({"text": "two\nlines"}, ["text"]),
            ({"text": " "}, ["text"]),
            (
                {"options": {"subreddit": "boats", "title": "t", "link": "https://a.example"}},
                ["platformPayload.title"],
            ),
            ({"kind": "comment", "text": "x" * 10_001}, ["text"]),
            ({"text": "", "options": {"subreddit": "boats", "title": "t"}}, []),
            ({"text": "x" * 40_000, "options": {"subreddit": "boats", "title": "t"}}, []),
        ],
    )
    async def test_what_cannot_go_out_is_named(
        self, api: LoopbackApi, draft: Draft, changes: dict[str, Any], fields: list[str]
    ) -> None:
        problems = ADAPTER.validate(replace(draft, **changes), await ADAPTER.capabilities(api))
        assert [each.field for each in problems] == fields

    async def test_a_picture_needs_a_title_and_no_body_or_link(
        self, api: LoopbackApi, draft_with_media: Draft
    ) -> None:
        link = {"subreddit": SUBREDDIT, "link": "https://a.example"}
        capabilities = await ADAPTER.capabilities(api)
        for changes, field in (
            ({"text": ""}, "text"),
            ({"options": {"subreddit": SUBREDDIT, "title": "t"}}, "platformPayload.title"),
            ({"options": link}, "platformPayload.link"),
        ):
            problems = ADAPTER.validate(replace(draft_with_media, **changes), capabilities)
            assert [each.field for each in problems] == [field]
