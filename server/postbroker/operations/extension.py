"""What a paired browser asks and tells."""

from collections.abc import Sequence
from typing import Any

from postbroker.contract.extension import (
    Ack,
    AckAnswer,
    Hello,
    HelloAnswer,
    LeasedJob,
    LeasedMedia,
    LeaseTicket,
    NextJob,
    Permit,
    PermitRequest,
    Previous,
    Progress,
    ProgressAnswer,
    PullAnswer,
)
from postbroker.contract.requests import Pull
from postbroker.contract.words import Kind
from postbroker.domain.job import Job
from postbroker.domain.media import Attached
from postbroker.errors import BrokerError
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.accounts import Accounts
from postbroker.services.approvals import Approvals
from postbroker.services.browsers import Browsers, is_outdated
from postbroker.services.jobs import JobFilter, Jobs
from postbroker.services.leases import Leased, Leases
from postbroker.services.locators import LocatorPacks
from postbroker.services.media import MediaFiles
from postbroker.services.workspaces import Workspaces
from postbroker.settings import Settings

NEXT_JOBS = 3
SHOWN_TEXT = 80
ERRANDS: dict[Kind, str] = {
    "group_join": "Join a group",
    "group_status": "Look whether the account is in a group",
    "check": "Look what is found there",
}
"""What jobs without a text are about."""


def extension_operations(
    settings: Settings,
    browsers: Browsers,
    workspaces: Workspaces,
    leases: Leases,
    jobs: Jobs,
    media: MediaFiles,
    approvals: Approvals,
    accounts: Accounts,
    packs: LocatorPacks,
) -> list[AnyOperation]:
    """What a paired browser can ask, over the services given."""

    async def hello(asked: Asked[Hello]) -> Reply:
        browser = await browsers.hello(asked.who, asked.request)
        workspace = await workspaces.get(browser.workspace_id)
        waiting, _ = await jobs.list(workspace.id, JobFilter(status="queued", limit=NEXT_JOBS))
        answer = HelloAnswer(
            browser_id=browser.id,
            browser_name=browser.name,
            workspace=workspace.name,
            paused=workspace.is_paused,
            outdated=is_outdated(browser.protocol_version),
            poll_wait_seconds=int(settings.pull_wait_seconds),
            renew_seconds=max(1, int(settings.renew_seconds)),
            next_jobs=[next_job(job) for job in waiting],
            questions=len(await approvals.questions(workspace.id)),
            may_ask=await accounts.may_ask(workspace.id),
            locators=packs.versions() or None,
        )
        return Reply(answer)

    async def pull(asked: Asked[Pull]) -> Reply:
        browser = asked.who
        if is_outdated(browser.protocol_version):
            raise BrokerError("EXTENSION_OUTDATED", "update the extension")
        wait = min(asked.request.wait, settings.pull_wait_seconds)
        leased = await leases.pull(browser, wait, asked.gone)
        if leased is None:
            return Reply(None)
        attached = await media.of_job(leased.job.id) if leased.job.part_media_paths else []
        return Reply(pull_answer(leased, attached))

    async def progress(asked: Asked[Progress]) -> Reply:
        seconds, stop = await leases.progress(asked.who, asked.request)
        return Reply(ProgressAnswer(expires_in_seconds=seconds, stop=stop))

    async def permit(asked: Asked[PermitRequest]) -> Reply:
        permit_id = await leases.permit(asked.who, asked.request)
        return Reply(Permit(permit_id=permit_id, expires_in_seconds=settings.permit_seconds))

    async def ack(asked: Asked[Ack]) -> Reply:
        job = await leases.report(asked.who, asked.request)
        return Reply(AckAnswer(status=job.state))

    lost = ("LEASE_LOST",)
    return [
        Operation(
            "hello",
            "Say who this browser is",
            "browser",
            Hello,
            HelloAnswer,
            hello,
            description=(
                "Who is logged in where, as far as it knows, and which locators it uses. It is "
                "answered what waits."
            ),
        ),
        Operation(
            "pull",
            "Ask for a job",
            "browser",
            Pull,
            PullAnswer,
            pull,
            None,
            ("EXTENSION_OUTDATED",),
            empty="There is no job for this browser now.",
            description="A lease for one job, waited for up to `wait` seconds.",
        ),
        Operation(
            "report_progress",
            "Report a step and renew the lease",
            "browser",
            Progress,
            ProgressAnswer,
            progress,
            None,
            lost,
            description=(
                "At each step, and at least every 15 seconds. `stop` in the answer means: press "
                "nothing, let go."
            ),
        ),
        Operation(
            "ask_permit",
            "Ask leave to press once",
            "browser",
            PermitRequest,
            Permit,
            permit,
            None,
            ("LEASE_LOST", "PERMIT_REFUSED"),
            description=(
                "With what the composer holds, read back from the page. The permit is good for "
                "one press within seconds; without it nothing is pressed."
            ),
        ),
        Operation(
            "ack",
            "Report how a lease ended",
            "browser",
            Ack,
            AckAnswer,
            ack,
            None,
            lost,
            description="Sending the same report again changes nothing. The broker judges it.",
        ),
    ]


def pull_answer(leased: Leased, attached: Sequence[Attached] = ()) -> PullAnswer:
    """A leased job as the wire says it."""
    job, lease = leased.job, leased.job.lease
    assert lease is not None  # noqa: S101  a job just leased has a lease
    looking = leased.purpose == "verify"
    return PullAnswer(
        job=LeasedJob(
            id=job.id,
            kind=job.kind,
            platform=job.platform,
            text=job.part_text,
            text_sha256=job.part_sha256,
            media=[leased_media(each) for each in attached],
            account=job.composed_account if looking else job.poster,
            options=options_of(job),
            sandbox=job.sandbox,
            permitted_seconds_ago=leased.permitted_seconds_ago if looking else None,
            exclude=leased.exclude,
        ),
        lease=LeaseTicket(
            id=lease.id, epoch=lease.epoch, expires_in_seconds=leased.expires_in_seconds
        ),
        purpose=leased.purpose,
        previous=Previous(stage=leased.previous_stage, post_url=job.hint_url)
        if leased.previous_stage
        else None,
    )


def options_of(job: Job) -> dict[str, Any]:
    """The options of what goes out with the next press: one part of a thread at a time."""
    if "thread" not in job.options:
        return job.options
    options = {name: value for name, value in job.options.items() if name != "thread"}
    return options | {"targetId": job.target} if job.part_urls else options


def leased_media(attached: Attached) -> LeasedMedia:
    """One file of a job as the wire says it."""
    media = attached.media
    return LeasedMedia(
        id=media.id,
        file_name=media.file_name,
        content_type=media.content_type,
        size=media.facts.size if media.facts else 0,
        alt=attached.alt,
    )


def next_job(job: Job) -> NextJob:
    """A waiting job for the popup."""
    text = job.text or ERRANDS.get(job.kind, "")
    return NextJob(id=job.id, platform=job.platform, text=text[:SHOWN_TEXT], state=job.state)
