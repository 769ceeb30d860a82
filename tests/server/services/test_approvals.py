"""Asking first: what waits for a person's yes, and what follows a yes or a no."""

import pytest

from postbroker.app import Services
from postbroker.contract.accounts import ChangeAccount
from postbroker.domain.account import Account
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.domain.key import ALL_SCOPES
from postbroker.errors import (
    ConflictError,
    NotFoundError,
    PermitRefusedError,
    ValidationFailedError,
)
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.samples import a_report_of_success
from server.steps import add_workspace, enqueue, get_permit, hello, pair, pull, take, tell


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"confirm_first_post": True})


@pytest.fixture
async def caller(services: Services, workspace: Workspace) -> Caller:
    """A person, who may do everything."""
    _, secret = await services.keys.create(workspace.id, "person", ALL_SCOPES)
    return await services.keys.authenticate(secret)


async def account(services: Services, workspace: Workspace, handle: str = "ada") -> Account:
    """An account of the workspace as it is now."""
    known = await services.accounts.all(workspace.id)
    return next(each.account for each in known if each.account.handle == handle)


async def now_of(services: Services, job: Job) -> Job:
    return await services.jobs.get(job.id, None)


async def test_the_first_job_of_an_account_waits_for_a_yes(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller)
    assert (job.state, job.view) == ("awaiting_approval", "queued")
    assert await pull(services, paired_browser) is None
    [question] = await services.approvals.questions(workspace.id)
    assert (question.job, question.handle) == (job, "ada")
    waiting = await services.accounts.waiting(workspace.id, [job])
    assert waiting[job.id].waits_for == "approval"
    assert job.id in (waiting[job.id].next_step or "")
    approved = await services.approvals.say_yes(caller, job.id)
    assert approved.state == "queued"
    leased = await take(services, paired_browser)
    assert (await get_permit(services, paired_browser, leased)).state == "committing"


async def test_after_one_yes_an_account_is_not_asked_about_again(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller)
    await services.approvals.say_yes(caller, job.id)
    assert (await account(services, workspace)).confirmed_at is not None
    assert (await enqueue(services, caller, "the next one")).state == "queued"


async def test_a_no_ends_the_job(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller)
    after = await services.approvals.say_no(caller, job.id)
    assert (after.state, after.view, after.error_code) == ("canceled", "failed", "rejected")
    assert await services.approvals.questions(workspace.id) == []
    assert (await enqueue(services, caller, "another")).state == "awaiting_approval"


async def test_an_account_set_to_ask_asks_each_time(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    ada = await account(services, workspace)
    await services.accounts.change(caller, ChangeAccount(id=ada.id, mode="ask"))
    for text in ("one", "two"):
        job = await enqueue(services, caller, text)
        assert job.state == "awaiting_approval"
        await services.approvals.say_yes(caller, job.id)


async def test_always_lets_out_all_of_the_account_and_can_be_taken_back(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    ada = await account(services, workspace)
    await services.accounts.change(caller, ChangeAccount(id=ada.id, mode="ask"))
    first, second = await enqueue(services, caller, "one"), await enqueue(services, caller, "two")
    theirs = await enqueue(services, caller, "of bob", account="@bob")
    await services.approvals.say_yes(caller, first.id, always=True)
    assert (await now_of(services, second)).state == "queued"
    assert (await now_of(services, theirs)).state == "awaiting_approval"
    assert (await enqueue(services, caller, "three")).state == "queued"
    await services.accounts.change(caller, ChangeAccount(id=ada.id, mode="ask"))
    assert (await enqueue(services, caller, "four")).state == "awaiting_approval"


async def test_always_needs_to_know_whose_posts(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    await pair(services, caller, "bob")
    job = await enqueue(services, caller)
    [question] = await services.approvals.questions(workspace.id)
    assert question.handle is None
    with pytest.raises(ValidationFailedError, match="which account"):
        await services.approvals.say_yes(caller, job.id, always=True)


async def test_a_yes_to_an_unknown_account_counts_for_who_posts(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    await pair(services, caller, "bob")
    job = await enqueue(services, caller)
    await services.approvals.say_yes(caller, job.id)
    leased = await take(services, paired_browser)
    await get_permit(services, paired_browser, leased)
    assert (await account(services, workspace)).confirmed_at is not None
    assert (await account(services, workspace, "bob")).confirmed_at is None


async def test_sandbox_jobs_never_ask(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    assert (await enqueue(services, caller, sandbox=True)).state == "queued"


async def test_another_login_than_expected_asks_before_the_press(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    first = await enqueue(services, caller)
    await services.approvals.say_yes(caller, first.id)
    job = await enqueue(services, caller, "the next one")
    await services.jobs.cancel(caller, first.id)
    leased = await take(services, paired_browser)
    with pytest.raises(PermitRefusedError, match="not_approved"):
        await get_permit(services, paired_browser, leased, account="bob")
    await tell(services, paired_browser, leased, "released")
    await services.browsers.hello(paired_browser, hello("bob"))
    assert await pull(services, paired_browser) is None
    assert (await now_of(services, job)).state == "awaiting_approval"


async def test_saying_yes_twice_changes_nothing_and_saying_no_then_is_too_late(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller)
    once = await services.approvals.say_yes(caller, job.id)
    assert await services.approvals.say_yes(caller, job.id) == once
    with pytest.raises(ConflictError):
        await services.approvals.say_no(caller, job.id)


async def test_a_job_that_does_not_ask_takes_no_yes(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller, sandbox=True)
    with pytest.raises(ConflictError):
        await services.approvals.say_yes(caller, job.id)


async def test_a_question_expires_with_its_job(
    services: Services, still_clock: StillClock, caller: Caller, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller, expires_in_seconds=60)
    still_clock.move(61)
    await services.leases.sweep()
    assert (await now_of(services, job)).state == "expired"


async def test_others_neither_see_nor_answer_a_question(
    services: Services, database: Database, caller: Caller, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller)
    stranger = await add_workspace(database)
    theirs = Caller("session", "someone", "someone", stranger.id, ALL_SCOPES)
    assert await services.approvals.questions(stranger.id) == []
    for answer in (services.approvals.say_yes, services.approvals.say_no):
        with pytest.raises(NotFoundError):
            await answer(theirs, job.id)


async def test_a_thread_is_asked_about_once_and_whole(
    services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller, "one", platform_payload={"thread": ["two"]})
    [question] = await services.approvals.questions(workspace.id)
    assert question.job.parts == ("one", "two")
    await services.approvals.say_yes(caller, job.id)
    first = await get_permit(services, paired_browser, await take(services, paired_browser))
    await services.leases.report(paired_browser, a_report_of_success(first))
    second = await take(services, paired_browser)
    assert (second.id, second.part_text) == (job.id, "two")
    await services.accounts.change(
        caller, ChangeAccount(id=(await account(services, workspace)).id, mode="ask")
    )
    composed = {"text_sha256": second.part_sha256, "target": second.target}
    assert (await get_permit(services, paired_browser, second, **composed)).state == "committing"
