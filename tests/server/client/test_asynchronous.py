"""`AsyncPostbroker`: every call against a real broker."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from postbroker.client import (
    AsyncPostbroker,
    JobFailedError,
    NotEndedError,
    OutcomeUnknownError,
    RefusedError,
    UnreachableError,
)
from postbroker.contract.jobs import MediaItem
from postbroker.local import read_local_access
from server.cli.conftest import Running
from server.doubles.extension import FakeBrowser
from server.doubles.files import picture

NOBODY = "00000000-0000-4000-8000-000000000000"


def client_of(running: Running) -> AsyncPostbroker:
    return AsyncPostbroker(running.broker.url, running.key)


def person_at(running: Running) -> AsyncPostbroker:
    """As the commands of the broker's own machine, which may say yes to posts."""
    left = read_local_access(running.installation.data_dir)
    assert left is not None
    return AsyncPostbroker(left.url, left.api_key)


async def fail(browser: FakeBrowser, code: str) -> None:
    """The next job ends with this code before its button is pressed."""
    leased = await browser.pull(10)
    assert leased is not None
    await browser.ack(leased, "failed", "preparing", error_code=code, error="as the page says")


class TestWait:
    async def test_it_answers_the_job_that_was_seen_live(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with client_of(running_with_browser) as broker:
            created = await broker.post("Waited for", account="@ada")
            job, _ = await asyncio.gather(broker.wait(created), browser.publish_next())
        assert job.status == "succeeded"
        assert (job.post_url or "").startswith("https://x.com/ada/status/")

    async def test_a_failure_is_raised_with_who_must_act(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with client_of(running_with_browser) as broker:
            created = await broker.post("To fail", sandbox=True)
            await fail(browser, "not_logged_in")
            with pytest.raises(JobFailedError) as raised:
                await broker.wait(created.id)
            unchecked = await broker.wait(created, check=False)
        error = raised.value
        assert (error.code, error.actor, error.safe_to_retry) == ("not_logged_in", "user", True)
        assert "log" in (error.suggested_action or "")
        assert error.job == unchecked
        assert not isinstance(error, OutcomeUnknownError)

    async def test_after_its_time_it_says_how_far_the_job_is(self, running: Running) -> None:
        async with client_of(running) as broker:
            created = await broker.post("Not yet", when_offline="queue")
            with pytest.raises(NotEndedError) as raised:
                await broker.wait(created, timeout=0.2)
        assert isinstance(raised.value, TimeoutError)
        assert raised.value.job.details.waiting_for == "browser"
        assert "browser" in (raised.value.suggested_action or "")


class TestJobs:
    async def test_all_pages_are_walked(self, running: Running) -> None:
        async with client_of(running) as broker:
            made = [
                (await broker.post(f"Page {number}", when_offline="queue")).id
                for number in range(3)
            ]
            found = []
            async with aclosing(broker.jobs(status="queued", limit=1)) as jobs:
                async for job in jobs:
                    found.append(job.id)
                    if len(found) == len(made):
                        break
            first = await broker.list_jobs(limit=1)
            second = await broker.list_jobs(first.next_cursor, limit=1)
        assert found == made[::-1]
        assert [first.jobs[0].id, second.jobs[0].id] == made[:0:-1]

    async def test_one_can_be_canceled_and_not_settled(self, running: Running) -> None:
        async with client_of(running) as broker:
            created = await broker.post("Not after all", when_offline="queue")
            canceled = await broker.cancel(created)
            again = await broker.cancel(created.id)
            with pytest.raises(RefusedError) as raised:
                await broker.settle(created, None)
        assert canceled.details.state == again.details.state == "canceled"
        assert (raised.value.code, raised.value.status) == ("INVALID_STATUS_TRANSITION", 409)

    async def test_an_unknown_outcome_is_settled_by_a_person(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with client_of(running_with_browser) as broker:
            created = await broker.post("Perhaps there", sandbox=True)
            leased = await browser.pull(10)
            assert leased is not None
            await browser.permit(leased)
            await browser.ack(leased, "unknown", "pressed", error="no answer")
            settled = await broker.settle(created, browser.post_url(leased))
        assert settled.status == "succeeded"

    async def test_same_key_and_same_text_is_the_same_job(self, running: Running) -> None:
        async with client_of(running) as broker:
            first = await broker.post("Once", when_offline="queue", idempotency_key="once")
            again = await broker.post("Once", when_offline="queue", idempotency_key="once")
        assert first.id == again.id

    async def test_events_are_told_to_the_end_and_from_any_on(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with client_of(running_with_browser) as broker:
            created = await broker.post("Told")
            await browser.publish_next()
            events = [event async for event in broker.events(created)]
            rest = [event async for event in broker.events(created, after=events[-3].id)]
            history = await broker.history(await broker.get(created))
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert (events[0].name, events[-1].name) == ("queued", "published")
        assert rest == events[-2:]
        assert history == events


class TestErrors:
    async def test_a_refusal_says_all_that_the_broker_says(self, running: Running) -> None:
        async with client_of(running) as broker:
            with pytest.raises(RefusedError) as raised:
                await broker.post("x" * 281, when_offline="queue")
        error = raised.value
        assert (error.code, error.status, error.actor) == ("CONTENT_TOO_LONG", 400, "agent")
        assert [each.field for each in error.errors] == ["text"]
        assert error.suggested_action
        assert error.trace_id
        assert str(error) == f"CONTENT_TOO_LONG: {error.message}"

    async def test_what_no_broker_takes_is_refused_before_it_is_sent(self) -> None:
        async with AsyncPostbroker("http://127.0.0.1:9", "claw_any") as broker:
            with pytest.raises(RefusedError, match="expires_in_seconds") as raised:
                await broker.post("Hello", expires_in_seconds=1)
        assert (raised.value.code, raised.value.status) == ("VALIDATION_FAILED", None)

    async def test_a_misspelt_option_is_refused(self) -> None:
        async with AsyncPostbroker("http://127.0.0.1:9", "claw_any") as broker:
            with pytest.raises(RefusedError, match="platfrom"):
                await broker.post("Hello", platfrom="x")  # type: ignore[call-arg]

    async def test_nobody_there_is_said_with_the_key_to_repeat_it(self) -> None:
        async with AsyncPostbroker("http://127.0.0.1:9", "claw_any") as broker:
            with pytest.raises(UnreachableError) as raised:
                await broker.post("Hello", idempotency_key="mine")
        assert raised.value.idempotency_key == "mine"
        assert raised.value.safe_to_retry

    async def test_a_wrong_key_is_refused(self, running: Running) -> None:
        async with AsyncPostbroker(running.broker.url, "claw_wrong") as broker:
            with pytest.raises(RefusedError) as raised:
                await broker.accounts()
        assert (raised.value.code, raised.value.status) == ("UNAUTHORIZED", 401)

    async def test_an_unknown_job_is_said_so(self, running: Running) -> None:
        async with client_of(running) as broker:
            with pytest.raises(RefusedError) as raised:
                await broker.get(NOBODY)
        assert raised.value.code == "JOB_NOT_FOUND"


class TestFiles:
    async def test_a_file_is_uploaded_and_named_in_a_post(
        self, running: Running, tmp_path: Path
    ) -> None:
        file = tmp_path / "boat.png"
        await asyncio.to_thread(file.write_bytes, picture())
        async with client_of(running) as broker:
            target = await broker.upload(file, alt="A boat.")
            created = await broker.post(
                "Look", media=[MediaItem(url=target.url)], when_offline="queue"
            )
            found = (await broker.list_media(limit=1)).media[0]
            same = await broker.get_media(found)
        assert (found.file_name, found.alt, found.state) == ("boat.png", "A boat.", "ready")
        assert same.sha256 == found.sha256
        assert created.media_paths == [target.url]

    async def test_bytes_are_uploaded_under_a_name_and_removed(self, running: Running) -> None:
        async with client_of(running) as broker:
            await broker.upload(picture(), name="from-memory.png", platform="x")
            found = (await broker.list_media(limit=1)).media[0]
            await broker.delete_media(found)
            with pytest.raises(RefusedError) as raised:
                await broker.get_media(found.id)
        assert found.file_name == "from-memory.png"
        assert raised.value.code == "NOT_FOUND"


class TestAccounts:
    async def test_one_is_paused_and_goes_on(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with person_at(running_with_browser) as broker:
            found = next(a for a in (await broker.accounts()).accounts if a.handle == "@ada")
            paused = await broker.change_account(found, paused=True)
            resumed = await broker.change_account(found.id, paused=False)
            whole = await broker.get_account(found)
        assert (paused.status, resumed.status) == ("paused", "active")
        assert whole.logins

    async def test_a_yes_and_a_no_are_said(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with person_at(running_with_browser) as broker:
            found = next(a for a in (await broker.accounts()).accounts if a.handle == "@ada")
            await broker.change_account(found, mode="ask")
            asked = await broker.post("No?", account="@ada")
            rejected = await broker.reject(asked)
            asked = await broker.post("Yes?", account="@ada")
            approved = await broker.approve(asked, always=True)
            await browser.publish_next()
        assert rejected.error_code == "rejected"
        assert approved.details.state == "queued"

    async def test_what_the_broker_says_of_itself(self, running: Running) -> None:
        async with client_of(running) as broker:
            assert (await broker.health())["ok"] is True
            assert (await broker.status("x")).paired is False
            assert (await broker.usage()).total >= 0


class TestKnowledge:
    async def test_a_post_is_checked_and_nothing_is_accepted(self, running: Running) -> None:
        async with client_of(running) as broker:
            before = (await broker.usage()).total
            good = await broker.validate("Hello", when_offline="queue")
            bad = await broker.validate("x" * 281)
            after = (await broker.usage()).total
        assert (good.valid, good.length, good.waiting_for) == (True, 5, "browser")
        assert (bad.valid, [each.field for each in bad.problems]) == (False, ["text"])
        assert before == after

    async def test_codes_and_platforms_are_explained(self, running: Running) -> None:
        async with client_of(running) as broker:
            code = await broker.explain("NOT_LOGGED_IN")
            platforms = [each.id for each in (await broker.platforms()).platforms]
            codes = {each.code for each in (await broker.list_errors()).errors}
            with pytest.raises(RefusedError, match="did you mean not_logged_in"):
                await broker.explain("not_logged_inn")
        assert (code.code, code.actor) == ("not_logged_in", "user")
        assert platforms == sorted(platforms)
        assert {"not_logged_in", "UNAUTHORIZED"} <= codes

    async def test_a_failed_job_is_sent_again_once(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with client_of(running_with_browser) as broker:
            created = await broker.post("Once more", sandbox=True)
            await fail(browser, "not_logged_in")
            again = await broker.retry(created)
            same = await broker.retry(created.id)
            await browser.publish_next()
            ended = await broker.wait(again)
        assert again.id == same.id != created.id
        assert ended.text == "Once more"

    async def test_an_id_that_is_none_leads_nowhere_else(self, running: Running) -> None:
        async with client_of(running) as broker:
            with pytest.raises(RefusedError) as raised:
                await broker.get("../usage")
        assert raised.value.status in (400, 404)


class TestKeys:
    async def test_one_is_made_used_renewed_and_ended(self, running: Running) -> None:
        async with person_at(running) as broker:
            made = await broker.create_key("a program", scopes=["usage.read"])
            async with AsyncPostbroker(running.broker.url, made.key) as narrow:
                credential = await narrow.credential()
                with pytest.raises(RefusedError) as forbidden:
                    await narrow.accounts()
                renewed = await broker.rotate_key(made, overlap_seconds=0)
                with pytest.raises(RefusedError) as refused:
                    await narrow.usage()
            listed = {each.id for each in (await broker.list_keys()).keys}
            await broker.revoke_key(made)
            async with AsyncPostbroker(running.broker.url, renewed.key) as late:
                with pytest.raises(RefusedError):
                    await late.usage()
        assert (credential.kind, credential.scopes) == ("key", ["usage.read"])
        assert forbidden.value.code == "FORBIDDEN"
        assert refused.value.code == "UNAUTHORIZED"
        assert made.id in listed


class TestConnections:
    async def test_what_can_be_connected_is_told(self, running: Running) -> None:
        async with person_at(running) as broker:
            known = {each.platform for each in (await broker.connectable_platforms()).platforms}
            assert (await broker.connections()).connections == []
            assert (await broker.connections_health(check=True)).connected_accounts == 0
            with pytest.raises(RefusedError) as raised:
                await broker.start_connection("myspace", fields={"token": "secret"})
            with pytest.raises(RefusedError) as missing:
                await broker.get_connection(NOBODY)
        assert "bluesky" in known
        assert raised.value.code == "UNSUPPORTED_PLATFORM"
        assert missing.value.status == 404

    async def test_an_account_of_a_browser_alone_has_no_settings(
        self, running_with_browser: Running, browser: FakeBrowser
    ) -> None:
        async with person_at(running_with_browser) as broker:
            found = next(a for a in (await broker.accounts()).accounts if a.handle == "@ada")
            for asking in (
                broker.account_capabilities(found, refresh=True),
                broker.account_settings(found),
                broker.account_actions(found),
                broker.act(found, "list_boards"),
            ):
                with pytest.raises(RefusedError) as raised:
                    await asking
                assert raised.value.status in (404, 409)
