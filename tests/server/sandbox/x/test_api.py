"""What the requests of the pages do, also under each switch."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientError

from postbroker.sandbox.ledger import Ledger
from server.sandbox.visitors import ACCOUNT, CREATE_TWEET, Browser, Control, StillClock


def post_id(answer: Any) -> str | None:
    """The id where the real site puts it."""
    result = answer["data"]["create_tweet"]["tweet_results"].get("result", {})
    found: str | None = result.get("rest_id")
    return found


async def listed(browser: Browser) -> list[dict[str, Any]]:
    """What the profile's list shows."""
    posts: list[dict[str, Any]] = (await browser.read(f"/i/api/timeline/{ACCOUNT}"))["posts"]
    return posts


class TestCreateTweet:
    async def test_writes_exactly_one_ledger_line(
        self, browser: Browser, ledger: Ledger, clock: StillClock
    ) -> None:
        text = "Ship day 🚀\n\n日本語 https://example.com/?a=1&b=2"
        answer = await (await browser.create(text)).json()
        [entry] = ledger.entries()
        assert (entry.number, entry.at, entry.account) == (1, clock.now(), ACCOUNT)
        assert (entry.text, entry.post_id, entry.client_nonce) == (text, post_id(answer), "press-1")
        assert entry.url == f"http://broker.example/sandbox/x/{ACCOUNT}/status/{entry.post_id}"

    async def test_the_post_is_at_its_permalink_and_on_the_profile(
        self, browser: Browser, ledger: Ledger
    ) -> None:
        await browser.create("hello")
        [entry] = ledger.entries()
        assert (await browser.open(f"/{ACCOUNT}/status/{entry.post_id}")).status == 200
        assert (await browser.read(f"/i/api/post/{entry.post_id}"))["handle"] == ACCOUNT
        assert [post["id"] for post in await listed(browser)] == [entry.post_id]

    async def test_ids_grow_even_within_one_instant(self, browser: Browser, ledger: Ledger) -> None:
        await asyncio.gather(*(browser.create(f"post {number}") for number in range(20)))
        ids = [int(entry.post_id) for entry in ledger.entries()]
        assert ids == sorted(set(ids))
        assert [entry.number for entry in ledger.entries()] == list(range(1, 21))

    async def test_the_newest_post_is_the_first_of_the_profile(
        self, browser: Browser, ledger: Ledger
    ) -> None:
        for text in ("older", "newer"):
            await browser.create(text)
        newest = ledger.entries_with_text("newer")[0]
        assert (await listed(browser))[0]["id"] == newest.post_id

    async def test_an_answer_can_be_wrapped(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.send("POST", "/accounts", {"handle": ACCOUNT, "isAnswerWrapped": True})
        answer = await (await browser.create("wrapped")).json()
        result = answer["data"]["create_tweet"]["tweet_results"]["result"]
        assert result["tweet"]["rest_id"] == ledger.entries()[0].post_id

    @pytest.mark.parametrize(
        ("text", "code"),
        [("", 214), (" \n ", 214), ("x" * 281, 186), ("日" * 141, 186)],
    )
    async def test_a_text_that_does_not_fit_is_refused(
        self, browser: Browser, ledger: Ledger, text: str, code: int
    ) -> None:
        answer = await (await browser.create(text)).json()
        assert answer["errors"][0]["code"] == code
        assert ledger.entries() == []

    async def test_a_text_of_full_weight_is_accepted(
        self, browser: Browser, ledger: Ledger
    ) -> None:
        await browser.create("日" * 140)
        await browser.create("https://example.com/" + "x" * 300)
        assert len(ledger.entries()) == 2

    async def test_a_request_without_the_pages_header_is_refused(
        self, browser: Browser, ledger: Ledger
    ) -> None:
        response = await browser.create("forged", **{"x-csrf-token": "0" * 32})
        assert (response.status, (await response.json())["errors"][0]["code"]) == (403, 353)
        assert ledger.entries() == []

    async def test_a_request_without_a_session_is_refused(
        self, browser: Browser, ledger: Ledger
    ) -> None:
        browser.session.cookie_jar.clear()
        response = await browser.create("nobody")
        assert (response.status, (await response.json())["errors"][0]["code"]) == (401, 32)
        assert ledger.entries() == []

    @pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"variables": "text"}'])
    async def test_a_body_that_means_nothing_is_refused(
        self, browser: Browser, ledger: Ledger, body: bytes
    ) -> None:
        headers = {"x-csrf-token": browser.cookie("ct0"), "Content-Type": "application/json"}
        response = await browser.session.post(
            browser.url + CREATE_TWEET, data=body, headers=headers
        )
        assert (response.status, ledger.entries()) == (400, [])

    async def test_the_same_text_twice_is_two_posts(self, browser: Browser, ledger: Ledger) -> None:
        await browser.create("again")
        await browser.create("again")
        assert len(ledger.entries_with_text("again")) == 2

    async def test_every_request_is_in_the_log_with_its_result(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await browser.create("good")
        await control.switch(error_226=True)
        await browser.create("bad")
        rows = await control.requests()
        assert [(row["text"], row["result"], row["code"]) for row in rows] == [
            ("good", "posted", None),
            ("bad", "refused", 226),
        ]
        assert rows[0]["postId"] == ledger.entries()[0].post_id


class TestSwitches:
    @pytest.mark.parametrize(
        ("switch", "status", "code"),
        [
            ("logout_before_compose_submit", 401, 32),
            ("http_429", 429, 88),
            ("error_226", 200, 226),
            ("error_187", 200, 187),
            ("error_344", 200, 344),
            ("captcha", 403, 326),
            ("not_logged_in", 401, 32),
        ],
    )
    async def test_a_refusal_posts_nothing_and_says_so(
        self,
        browser: Browser,
        control: Control,
        ledger: Ledger,
        switch: str,
        status: int,
        code: int,
    ) -> None:
        await control.switch(**{switch: True})
        response = await browser.create("refused")
        assert response.status == status
        assert (await response.json())["errors"][0]["code"] == code
        assert ledger.entries() == []
        assert [row["result"] for row in await control.requests()] == ["refused"]

    async def test_a_rate_limit_says_until_when(
        self, browser: Browser, control: Control, clock: StillClock
    ) -> None:
        await control.switch(http_429=True)
        response = await browser.create("too many")
        assert int(response.headers["x-rate-limit-reset"]) > clock.now().timestamp()

    async def test_a_logout_before_the_submit_ends_the_session(
        self, browser: Browser, control: Control
    ) -> None:
        await control.switch(logout_before_compose_submit=True, times=1)
        await browser.create("late")
        assert browser.cookie("auth_token") == ""
        assert (await browser.open("/compose/post")).headers[
            "Location"
        ] == "/sandbox/x/i/flow/login"

    async def test_the_duplicate_rule_lets_a_new_text_pass(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.switch(duplicate_rule=True)
        answers = [await (await browser.create(text)).json() for text in ("a", "a", "b")]
        assert [answer.get("errors", [{}])[0].get("code") for answer in answers] == [
            None,
            187,
            None,
        ]
        assert [entry.text for entry in ledger.entries()] == ["a", "b"]

    @pytest.mark.parametrize(("switch", "posts"), [("empty_answer", 0), ("empty_but_posted", 1)])
    async def test_an_empty_result_says_nothing_about_the_post(
        self, browser: Browser, control: Control, ledger: Ledger, switch: str, posts: int
    ) -> None:
        await control.switch(**{switch: True})
        response = await browser.create("empty")
        assert (response.status, await response.json()) == (
            200,
            {"data": {"create_tweet": {"tweet_results": {}}}},
        )
        assert len(ledger.entries_with_text("empty")) == posts

    async def test_a_success_without_a_post_leads_nowhere(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.switch(shows_success_but_posts_nothing=True)
        made_up = post_id(await (await browser.create("lie")).json())
        assert made_up is not None
        assert (await browser.open(f"/{ACCOUNT}/status/{made_up}")).status == 404
        assert (ledger.entries(), await listed(browser)) == ([], [])

    async def test_an_error_is_shown_for_a_post_that_is_out(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.switch(posts_but_shows_error=True)
        assert (await browser.create("out")).status == 500
        assert len(ledger.entries_with_text("out")) == 1

    @pytest.mark.parametrize(
        "faults", [{"drop_answer": True}, {"posts_but_shows_error": "network"}]
    )
    async def test_a_dropped_answer_leaves_one_post(
        self, browser: Browser, control: Control, ledger: Ledger, faults: dict[str, object]
    ) -> None:
        await control.switch(**faults)
        with pytest.raises(ClientError):
            await browser.create("dropped")
        assert len(ledger.entries_with_text("dropped")) == 1

    async def test_a_slow_network_delays_the_answer_and_not_the_post(
        self, browser: Browser, control: Control, ledger: Ledger, clock: StillClock
    ) -> None:
        began = clock.now()
        await control.switch(slow_network=4000)
        assert (await browser.create("slow")).status == 200
        assert clock.now() - began == timedelta(seconds=4)
        assert ledger.entries()[0].at == began

    async def test_a_switch_serves_as_often_as_it_says(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.switch(error_226=True, times=2)
        for number in range(4):
            await browser.create(f"try {number}")
        assert [entry.text for entry in ledger.entries()] == ["try 2", "try 3"]

    async def test_a_switch_is_for_one_account_alone(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.send("PUT", "/faults/grace_sandbox", {"error_226": True})
        await browser.create("by ada")
        assert len(ledger.entries()) == 1

    async def test_the_other_account_is_the_one_that_posts(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.switch(other_account="linus_sandbox")
        await browser.create("whose?")
        assert ledger.entries()[0].account == "linus_sandbox"

    async def test_a_slow_profile_is_late(
        self, browser: Browser, control: Control, clock: StillClock
    ) -> None:
        began = clock.now()
        await control.switch(slow_profile=2500)
        assert await listed(browser) == []
        assert clock.now() - began == timedelta(seconds=2.5)

    async def test_a_post_hidden_from_the_profile_is_at_its_permalink(
        self, browser: Browser, control: Control, ledger: Ledger, clock: StillClock
    ) -> None:
        await control.switch(hidden_from_profile=5000)
        await browser.create("hidden")
        assert await listed(browser) == []
        assert (
            await browser.open(f"/{ACCOUNT}/status/{ledger.entries()[0].post_id}")
        ).status == 200
        await clock.sleep(5)
        assert len(await listed(browser)) == 1


class TestSessions:
    async def test_a_log_in_changes_the_account(self, browser: Browser, ledger: Ledger) -> None:
        await browser.session.post(browser.url + "/i/api/login", json={"handle": "@Grace_Sandbox"})
        await browser.create("by grace")
        assert ledger.entries()[0].account == "grace_sandbox"

    async def test_a_log_out_without_a_session_does_no_harm(self, browser: Browser) -> None:
        browser.session.cookie_jar.clear()
        response = await browser.session.post(browser.url + "/i/api/logout")
        assert response.status == 200

    async def test_nobody_logs_in_as_an_account_that_is_not_there(self, browser: Browser) -> None:
        response = await browser.session.post(
            browser.url + "/i/api/login", json={"handle": "nobody"}
        )
        assert response.status == 404

    async def test_a_log_out_lasts(self, browser: Browser, ledger: Ledger) -> None:
        await browser.session.post(browser.url + "/i/api/logout")
        assert (await browser.create("out")).status == 401
        assert (await browser.open("/home")).headers["Location"] == "/sandbox/x/i/flow/login"
        assert ledger.entries() == []

    @pytest.mark.parametrize("path", ["/i/api/login", "/i/api/logout"])
    async def test_a_foreign_page_changes_no_session(self, browser: Browser, path: str) -> None:
        response = await browser.session.post(
            browser.url + path, json={"handle": ACCOUNT}, headers={"Origin": "https://evil.example"}
        )
        assert response.status == 403

    @pytest.mark.parametrize("path", ["/i/api/timeline", f"/i/api/timeline/{ACCOUNT}"])
    async def test_lists_are_for_members(self, browser: Browser, path: str) -> None:
        browser.session.cookie_jar.clear()
        assert (await browser.open(path)).status == 401


class TestProfile:
    async def test_a_pinned_post_comes_first_and_a_repost_names_its_author(
        self, browser: Browser, control: Control, ledger: Ledger
    ) -> None:
        await control.send("POST", "/posts", {"handle": "grace_sandbox", "text": "by grace"})
        for text in ("old", "new"):
            await browser.create(text)
        by_grace, old, new = (entry.post_id for entry in ledger.entries())
        await control.send(
            "POST", "/accounts", {"handle": ACCOUNT, "pinned": old, "reposts": [by_grace]}
        )
        rows = [(post["id"], post["label"], post["handle"]) for post in await listed(browser)]
        assert rows == [
            (old, "pinned", ACCOUNT),
            (new, None, ACCOUNT),
            (old, None, ACCOUNT),
            (by_grace, "reposted", "grace_sandbox"),
        ]

    async def test_a_stranger_has_no_profile(self, browser: Browser) -> None:
        assert (await browser.open("/i/api/timeline/nobody")).status == 404
