"""What a paired browser asks and tells."""

from postbroker.contract.extension import (
    Ack,
    AckAnswer,
    Hello,
    HelloAnswer,
    LeasedJob,
    LeaseTicket,
    NextJob,
    Permit,
    PermitRequest,
    Previous,
    Progress,
    ProgressAnswer,
    PullAnswer,
)
from postbroker.contract.requests import MediaRef, Pull
from postbroker.domain.job import Job
from postbroker.errors import BrokerError, NotFoundError
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.browsers import Browsers, is_outdated
from postbroker.services.jobs import JobFilter, Jobs
from postbroker.services.leases import Leased, Leases
from postbroker.services.workspaces import Workspaces
from postbroker.settings import Settings

NEXT_JOBS = 3
SHOWN_TEXT = 80


def extension_operations(
    settings: Settings, browsers: Browsers, workspaces: Workspaces, leases: Leases, jobs: Jobs
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
        )
        return Reply(answer)

    async def pull(asked: Asked[Pull]) -> Reply:
        browser = asked.who
        if is_outdated(browser.protocol_version):
            raise BrokerError("EXTENSION_OUTDATED", "update the extension")
        wait = min(asked.request.wait, settings.pull_wait_seconds)
        leased = await leases.pull(browser, wait, asked.gone)
        return Reply(pull_answer(leased) if leased else None)

    async def progress(asked: Asked[Progress]) -> Reply:
        seconds, stop = await leases.progress(asked.who, asked.request)
        return Reply(ProgressAnswer(expires_in_seconds=seconds, stop=stop))

    async def permit(asked: Asked[PermitRequest]) -> Reply:
        permit_id = await leases.permit(asked.who, asked.request)
        return Reply(Permit(permit_id=permit_id, expires_in_seconds=settings.permit_seconds))

    async def ack(asked: Asked[Ack]) -> Reply:
        job = await leases.report(asked.who, asked.request)
        return Reply(AckAnswer(status=job.state))

    async def read_media(asked: Asked[MediaRef]) -> Reply:
        # No platform of the catalogue takes media yet, so no leased job has a file.
        raise NotFoundError("NOT_FOUND", f"no job of this browser has a file {asked.request.id}")

    lost = ("LEASE_LOST",)
    return [
        Operation("hello", "Say who this browser is", "browser", Hello, HelloAnswer, hello),
        Operation(
            "pull",
            "Ask for a job",
            "browser",
            Pull,
            PullAnswer,
            pull,
            None,
            ("EXTENSION_OUTDATED",),
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
        ),
        Operation(
            "read_media",
            "Fetch a file of a leased job",
            "browser",
            MediaRef,
            None,
            read_media,
            None,
            ("NOT_FOUND",),
        ),
        Operation("ack", "Report how a lease ended", "browser", Ack, AckAnswer, ack, None, lost),
    ]


def pull_answer(leased: Leased) -> PullAnswer:
    """A leased job as the wire says it."""
    job, lease = leased.job, leased.job.lease
    assert lease is not None  # noqa: S101  a job just leased has a lease
    looking = leased.purpose == "verify"
    return PullAnswer(
        job=LeasedJob(
            id=job.id,
            kind=job.kind,
            platform=job.platform,
            text=job.text,
            text_sha256=job.text_sha256,
            account=job.composed_account if looking else job.account,
            options=job.options,
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


def next_job(job: Job) -> NextJob:
    """A waiting job for the popup."""
    return NextJob(id=job.id, platform=job.platform, text=job.text[:SHOWN_TEXT], state=job.state)
