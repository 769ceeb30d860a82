"""The list, one job, canceling, and settling an unknown outcome."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from postbroker.appkeys import DATABASE
from postbroker.contract.locators import CheckReport, LocatorCheck
from postbroker.domain.job import Job
from server.dashboard.conftest import NewJob
from server.dashboard.visitor import Page, Visitor
from server.doubles.extension import FakeBrowser

JobOf = Callable[[str], Awaitable[Job]]
Send = Callable[..., Awaitable[str]]


def path_of(job_id: str, action: str = "") -> str:
    return f"/dashboard/jobs/{job_id}{action}"


async def press(owner: Visitor, job_id: str, action: str, **entered: str) -> Page:
    return await owner.press(path_of(job_id), path_of(job_id, action), **entered)


async def done(browser: FakeBrowser, **details: object) -> None:
    """The browser takes an errand and reports what it brought back."""
    leased = await browser.pull(5)
    assert leased is not None
    await browser.ack(leased, "done", "preparing", details=details)


class TestList:
    async def test_filter_shows_jobs_of_one_status(
        self, owner: Visitor, published_job: str, new_job: NewJob
    ) -> None:
        waiting = await new_job("Still waiting")
        page = await owner.open("/dashboard/jobs?status=queued")
        assert path_of(waiting) in page.html
        assert path_of(published_job) not in page.html
        page = await owner.open("/dashboard/jobs?status=succeeded")
        assert path_of(published_job) in page.html
        assert path_of(waiting) not in page.html

    async def test_pages_hold_every_job_once(self, owner: Visitor, new_job: NewJob) -> None:
        sent = {await new_job(f"Number {number}") for number in range(25)}
        first = await owner.open("/dashboard/jobs?status=queued")
        older = await owner.open(first.link("Older"))
        shown = [{job_id for job_id in sent if job_id in page.html} for page in (first, older)]
        assert shown[0] | shown[1] == sent
        assert not shown[0] & shown[1]
        assert older.link("Newest") == "/dashboard/jobs?status=queued"

    async def test_made_up_cursor_is_refused(self, owner: Visitor) -> None:
        assert (await owner.open("/dashboard/jobs?cursor=made-up")).status == 400


class TestOneJob:
    async def test_published_job_shows_its_link_and_what_happened(
        self, owner: Visitor, published_job: str, job_of: JobOf
    ) -> None:
        page = await owner.open(path_of(published_job))
        assert page.link("https://x.com") == (await job_of(published_job)).post_url
        for words in ("Accepted", "Taken by Laptop", "Typing the text", "as @ada", "Published"):
            assert words in page.text
        assert not page.can(path_of(published_job, "/cancel"))

    async def test_failed_job_says_who_must_act(
        self, owner: Visitor, paired_browser: FakeBrowser, new_job: NewJob
    ) -> None:
        job_id = await new_job()
        leased = await paired_browser.pull(5)
        assert leased is not None
        await paired_browser.ack(
            leased, "failed", "preparing", error_code="not_logged_in", error="nobody is logged in"
        )
        text = (await owner.open(path_of(job_id))).text
        assert "Nobody is logged in to the platform in the browser." in text
        assert "Who must act: you ." in text
        assert "logs in to the platform" in text

    async def test_job_of_another_workspace_is_not_there(
        self, app: web.Application, owner: Visitor, new_job: NewJob
    ) -> None:
        job_id = await new_job("Not yours")

        async def move(tx: object) -> None:
            await tx.execute(  # type: ignore[attr-defined]
                "INSERT INTO workspaces (id, name, created_at) VALUES ('other', 'Other', 0)"
            )
            await tx.execute(  # type: ignore[attr-defined]
                "UPDATE jobs SET workspace_id = 'other' WHERE id = :id", id=job_id
            )

        await app[DATABASE].write(move)
        token = (await owner.open("/dashboard")).form("/dashboard/pause").fields
        assert "Not yours" not in (await owner.open("/dashboard/jobs")).text
        page = await owner.open(path_of(job_id))
        assert page.status == 404
        assert "Not yours" not in page.text
        for action in ("/cancel", "/live", "/not-there", "/look-again"):
            assert (await owner.post(path_of(job_id, action), token)).status == 404


class TestErrand:
    """Jobs that publish nothing, and posts into groups."""

    @pytest.fixture
    def send(self, owner: Visitor, server: TestServer, key: str) -> Send:
        """Sends a request as an agent does; gives the job's id."""

        async def ask(path: str, **body: object) -> str:
            headers = {"clawpost-api-key": key}
            async with (
                ClientSession(headers=headers) as session,
                session.post(server.make_url(path), json=body) as response,
            ):
                assert response.status == 201, await response.text()
                return str((await response.json())["id"])

        return ask

    async def test_groups_that_were_found_are_listed_with_their_links(
        self, owner: Visitor, paired_browser: FakeBrowser, send: Send
    ) -> None:
        job_id = await send("/v1/groups/search", query="sourdough")
        found = {
            "name": "Sourdough <b>bakers</b>",
            "url": "https://www.facebook.com/groups/157",
            "memberCount": 1200,
            "joinStatus": "not_member",
        }
        await done(paired_browser, groupSearch={"results": [found]})
        page = await owner.open(path_of(job_id))
        assert page.link("Sourdough") == "https://www.facebook.com/groups/157"
        for words in ("1 group fits.", "Sourdough <b>bakers</b>", "1200 members", "not member"):
            assert words in page.text
        assert "Search for groups: sourdough" in (await owner.open("/dashboard/jobs")).text

    @pytest.mark.parametrize(
        ("path", "state", "words"),
        [
            ("join", "requested", "The account has asked to be let in."),
            ("status", "not_member", "The account is not in the group."),
        ],
    )
    async def test_the_state_of_a_group_s_button_is_a_sentence(
        self,
        owner: Visitor,
        paired_browser: FakeBrowser,
        send: Send,
        path: str,
        state: str,
        words: str,
    ) -> None:
        job_id = await send(f"/v1/facebook/groups/{path}", groupId="157")
        await done(paired_browser, buttonState=state)
        text = (await owner.open(path_of(job_id))).text
        assert words in text
        assert "the group 157" in text

    @pytest.mark.parametrize(
        ("expected", "words"),
        [(1, "All controls found, as ada."), (None, "Not found: postButton, as ada.")],
    )
    async def test_what_a_check_found_is_a_sentence(
        self,
        owner: Visitor,
        paired_browser: FakeBrowser,
        send: Send,
        expected: int | None,
        words: str,
    ) -> None:
        job_id = await send("/v1/checks", platform="x")
        row = LocatorCheck(name="postButton", candidate=expected, expected=True)
        leased = await paired_browser.pull(5)
        assert leased is not None
        report = CheckReport(
            version="2026.11.24",
            signed=False,
            session="in",
            account="ada",
            path="/",
            locators=[row],
        )
        await paired_browser.check(leased, report)
        text = (await owner.open(path_of(job_id))).text
        assert "Look what is found on x" in text
        assert words in text

    async def test_a_post_that_waits_for_an_admin_says_so(
        self, owner: Visitor, paired_browser: FakeBrowser, new_job: NewJob
    ) -> None:
        job_id = await new_job(platform="facebook", groupId="157")
        leased = await paired_browser.pull(5)
        assert leased is not None
        await paired_browser.permit(leased)
        await paired_browser.ack(
            leased,
            "published",
            evidence=paired_browser.seen_live(leased),
            details={"approval": "pending"},
        )
        assert "An admin of the group must let it in." in (await owner.open(path_of(job_id))).text

    async def test_a_comment_shows_what_it_answers(self, owner: Visitor, send: Send) -> None:
        url = "https://www.reddit.com/r/bread/comments/1abcde"
        job_id = await send(
            "/v1/reddit/comment", text="Lovely!", targetUrl=f"{url}/loaf/", whenOffline="queue"
        )
        assert (await owner.open(path_of(job_id))).link(url) == url


class TestCancel:
    async def test_waiting_job_is_canceled(
        self, owner: Visitor, new_job: NewJob, job_of: JobOf
    ) -> None:
        job_id = await new_job()
        page = await press(owner, job_id, "/cancel")
        assert page.path == path_of(job_id)
        assert (await job_of(job_id)).state == "canceled"
        assert "Canceled by owner" in page.text

    async def test_job_that_went_on_meanwhile_says_so(
        self, owner: Visitor, paired_browser: FakeBrowser, new_job: NewJob, job_of: JobOf
    ) -> None:
        job_id = await new_job()
        form = (await owner.open(path_of(job_id))).form(path_of(job_id, "/cancel"))
        await paired_browser.publish_next()
        page = await owner.submit(form)
        assert page.status == 409
        assert "it cannot be canceled any more" in page.text
        assert (await job_of(job_id)).state == "published"


class TestSettle:
    async def test_person_says_where_the_post_is(
        self, owner: Visitor, unsettled_job: str, job_of: JobOf
    ) -> None:
        url = "https://x.com/ada/status/42"
        page = await press(owner, unsettled_job, "/live", postUrl=f" {url} ")
        assert page.path == path_of(unsettled_job)
        job = await job_of(unsettled_job)
        assert (job.state, job.post_url) == ("published", url)
        assert "a person saw it there" in page.text

    @pytest.mark.parametrize(
        "typed",
        ["", "x.com/ada/status/42", "https://evil.example/ada/status/42", "javascript:alert(1)"],
    )
    async def test_what_is_no_permalink_is_refused_beside_the_field(
        self, owner: Visitor, unsettled_job: str, job_of: JobOf, typed: str
    ) -> None:
        page = await press(owner, unsettled_job, "/live", postUrl=typed)
        assert page.status == 400
        field = next(a for _, a in page.elements if a.get("name") == "postUrl")
        assert field["aria-describedby"] == "post-url-problem"
        assert field["value"] == typed
        assert (await job_of(unsettled_job)).state == "outcome_unknown"

    async def test_person_says_that_it_is_not_there(
        self, owner: Visitor, unsettled_job: str, job_of: JobOf
    ) -> None:
        await press(owner, unsettled_job, "/not-there")
        job = await job_of(unsettled_job)
        assert (job.state, job.error_code) == ("failed", "not_posted")

    async def test_browser_looks_again(
        self, owner: Visitor, unsettled_job: str, paired_browser: FakeBrowser
    ) -> None:
        page = await press(owner, unsettled_job, "/look-again")
        assert not page.can(path_of(unsettled_job, "/live"))
        look = await paired_browser.pull(5)
        assert look is not None
        assert look.purpose == "verify"

    async def test_settled_job_is_not_settled_again(
        self, owner: Visitor, unsettled_job: str, job_of: JobOf
    ) -> None:
        form = (await owner.open(path_of(unsettled_job))).form(path_of(unsettled_job, "/live"))
        await press(owner, unsettled_job, "/not-there")
        page = await owner.submit(form, postUrl="https://x.com/ada/status/42")
        assert page.status == 409
        assert (await job_of(unsettled_job)).state == "failed"
