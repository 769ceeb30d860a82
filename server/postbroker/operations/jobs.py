"""Jobs, as agents ask for them."""

from typing import Any, get_args

from postbroker.contract.jobs import (
    CreatedJob,
    CreateTweet,
    JobAnswer,
    JobDetails,
    JobList,
    ThreadPart,
)
from postbroker.contract.requests import (
    ApproveJob,
    JobRef,
    ListJobs,
    ReadJob,
    SettleJob,
)
from postbroker.contract.words import ButtonState
from postbroker.domain.caller import Caller
from postbroker.domain.content import normalise
from postbroker.domain.job import Job
from postbroker.domain.outcome import RESTORED
from postbroker.errors import error_codes
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.platforms.registry import cost_of
from postbroker.services.accounts import Accounts, Waiting
from postbroker.services.approvals import Approvals
from postbroker.services.jobs import JobFilter, Jobs
from postbroker.services.posts import Posts
from postbroker.store.instants import to_ms

POST_REFUSALS = (
    "VALIDATION_FAILED",
    "CONTENT_TOO_LONG",
    "UNSUPPORTED_PLATFORM",
    "UNSUPPORTED_MEDIA_CONFIG",
    "UNSUPPORTED_MEDIA_TYPE",
    "MIXED_MEDIA_NOT_SUPPORTED",
    "MEDIA_NOT_AVAILABLE",
    "MEDIA_UPLOAD_FAILED",
    "QUOTA_EXCEEDED",
    "duplicate_content",
    "IDEMPOTENCY_KEY_REUSED",
    "EXTENSION_NOT_PAIRED",
    "ACCOUNT_NOT_CONNECTED",
    "STORAGE_FULL",
)
"""With what a post can be refused."""

ERRAND_REFUSALS = (
    "VALIDATION_FAILED",
    "UNSUPPORTED_PLATFORM",
    "QUOTA_EXCEEDED",
    "IDEMPOTENCY_KEY_REUSED",
    "EXTENSION_NOT_PAIRED",
    "STORAGE_FULL",
)
"""With what an errand can be refused, which only a browser does."""

BUTTON_STATES: tuple[ButtonState, ...] = get_args(ButtonState)


def job_operations(
    posts: Posts,
    jobs: Jobs,
    approvals: Approvals,
    accounts: Accounts,
    read_wait_seconds: float,
) -> list[AnyOperation]:
    """What agents can ask, over the services given."""

    async def create(asked: Asked[CreateTweet]) -> Reply:
        job, is_replay = await posts.create(asked.who, asked.request)
        return Reply(
            created_answer(job, asked.request.text),
            replayed=is_replay,
            location=f"/v1/jobs/{job.id}",
        )

    async def read(asked: Asked[ReadJob]) -> Reply:
        # As in Claw Post a job can be read without a key: nobody can guess its id.
        request, caller = asked.request, asked.who
        wait = min(request.wait, read_wait_seconds)
        job = await jobs.wait(request.id, None, wait, asked.tell)
        is_own = (
            isinstance(caller, Caller)
            and caller.workspace_id == job.workspace_id
            and caller.may("posts.read")
            and caller.sees_job(job)
        )
        waiting = await accounts.waiting(job.workspace_id, [job])
        answer = job_answer(job, is_own=is_own, waiting=waiting.get(job.id))
        return Reply(await _with_place(accounts, job, answer) if is_own else answer)

    async def list_(asked: Asked[ListJobs]) -> Reply:
        request = asked.request
        wanted = JobFilter(**request.model_dump(by_alias=False))
        page, cursor = await jobs.list_by(asked.who, wanted)
        waiting = await accounts.waiting(asked.who.workspace_id, page)
        answers = [job_answer(job, is_own=True, waiting=waiting.get(job.id)) for job in page]
        return Reply(JobList(jobs=answers, next_cursor=cursor))

    async def cancel(asked: Asked[JobRef]) -> Reply:
        return Reply(job_answer(await jobs.cancel(asked.who, asked.request.id), is_own=True))

    async def settle(asked: Asked[SettleJob]) -> Reply:
        request = asked.request
        return Reply(
            job_answer(await jobs.settle(asked.who, request.id, request.post_url), is_own=True)
        )

    async def look_again(asked: Asked[JobRef]) -> Reply:
        return Reply(job_answer(await jobs.look_again(asked.who, asked.request.id), is_own=True))

    async def approve(asked: Asked[ApproveJob]) -> Reply:
        caller, request = asked.who, asked.request
        job = await jobs.get_by(caller, request.id)
        if job.error_code == RESTORED:
            after = await jobs.approve(caller, job.id)
        else:
            after = await approvals.say_yes(caller, job.id, always=request.always)
        return Reply(job_answer(after, is_own=True))

    async def reject(asked: Asked[JobRef]) -> Reply:
        return Reply(job_answer(await approvals.say_no(asked.who, asked.request.id), is_own=True))

    return [
        Operation(
            "create_tweet",
            "Create a post job",
            "agent",
            CreateTweet,
            CreatedJob,
            create,
            "posts.publish",
            POST_REFUSALS,
            "A post for one platform, as Claw Post takes it. It answers as soon as the job is "
            "accepted, which does not mean that it was posted: read the job until `status` is "
            "`succeeded` or `failed`. Send an idempotency key, and the same one with every try.",
        ),
        Operation(
            "read_job",
            "Read a job",
            "anyone",
            ReadJob,
            JobAnswer,
            read,
            None,
            ("JOB_NOT_FOUND",),
            "With `wait` it answers when the job has ended, or after that many seconds. Works "
            "without a key, then without the text: nobody can guess an id.",
        ),
        Operation(
            "list_jobs",
            "List jobs",
            "agent",
            ListJobs,
            JobList,
            list_,
            "posts.read",
            description=(
                "Newest first, a page at a time. With `idempotencyKey` it finds the job whose "
                "answer was lost."
            ),
        ),
        Operation(
            "cancel_job",
            "Cancel a job before its button is pressed",
            "agent",
            JobRef,
            JobAnswer,
            cancel,
            "posts.publish",
            ("JOB_NOT_FOUND", "INVALID_STATUS_TRANSITION"),
            description="A job whose button may have been pressed is not stopped: `409`.",
        ),
        Operation(
            "settle_job",
            "Say where a post of unknown outcome is, or that it is not there",
            "agent",
            SettleJob,
            JobAnswer,
            settle,
            "posts.publish",
            ("JOB_NOT_FOUND", "INVALID_STATUS_TRANSITION"),
            description=(
                "For an outcome that nobody could find out: a person looked at the account. "
                "Once it is said that the post is not there, the job may be sent again."
            ),
        ),
        Operation(
            "look_again",
            "Have a browser look once more for a post of unknown outcome",
            "agent",
            JobRef,
            JobAnswer,
            look_again,
            "posts.publish",
            ("JOB_NOT_FOUND", "INVALID_STATUS_TRANSITION"),
            description="Nothing is pressed. The job tells what came of it.",
        ),
        Operation(
            "approve_job",
            "Say yes to a post that waits for it, or that came from a backup and is not there",
            "agent",
            ApproveJob,
            JobAnswer,
            approve,
            "posts.approve",
            ("JOB_NOT_FOUND", "INVALID_STATUS_TRANSITION", "VALIDATION_FAILED"),
            description=(
                "A person's yes, never an agent's own. For a post from a backup (`errorCode` "
                "`restored`) it says that a person looked and it is not there; it goes out "
                "then."
            ),
        ),
        Operation(
            "reject_job",
            "Say no to a post that waits for a yes",
            "agent",
            JobRef,
            JobAnswer,
            reject,
            "posts.approve",
            ("JOB_NOT_FOUND", "INVALID_STATUS_TRANSITION"),
            description="A person's no: the job ends with `errorCode` `rejected`.",
        ),
    ]


def created_answer(job: Job, asked_text: str) -> CreatedJob:
    """The seven fields and the list that Claw Post answers with, and no more.

    A pruned job has lost its text, but its key is good for the same text only.
    """
    return CreatedJob(
        id=job.id,
        tenant_id=job.workspace_id,
        text=normalise(asked_text) if job.pruned_at else job.text,
        platform=job.platform,
        status=job.view,
        created_at=to_ms(job.created_at),
        updated_at=to_ms(job.updated_at),
        media_paths=list(job.media_paths),
    )


def job_answer(job: Job, *, is_own: bool, waiting: Waiting | None = None) -> JobAnswer:
    """A job as its callers see it; the text only for those of its workspace."""
    return JobAnswer(
        id=job.id,
        tenant_id=job.workspace_id if is_own else None,
        text=job.text if is_own and job.pruned_at is None else None,
        platform=job.platform,
        status=job.view,
        post_url=job.post_url,
        error=job.error if job.view == "failed" else None,
        error_code=job.error_code if job.view == "failed" else None,
        details=job_details(job, waiting),
        created_at=to_ms(job.created_at),
        updated_at=to_ms(job.updated_at),
        media_paths=list(job.media_paths) if is_own else None,
    )


async def _with_place(accounts: Accounts, job: Job, answer: JobAnswer) -> JobAnswer:
    """The answer for a failed job, with the site and the browser where a person must act."""
    step = await accounts.step_after(job) if job.view == "failed" else None
    if step is None:
        return answer
    details = answer.details.model_copy(update={"suggested_action": step})
    return answer.model_copy(update={"details": details})


def job_details(job: Job, waiting: Waiting | None = None) -> JobDetails:
    """The richer state: who must act, and what comes next."""
    if waiting is not None:
        return _waiting_details(job, waiting)
    code = error_codes().get(job.error_code or "")
    waits = job.state in ("retry_wait", "outcome_unknown") and not job.has_ended
    return JobDetails(
        kind=job.kind,
        state=job.state,
        attempt=job.attempt,
        route=job.route,
        cost=cost_of(job),
        account=job.composed_account or job.account,
        step=job.step,
        actor=code.actor if code else None,
        suggested_action=code.suggested_action if code else None,
        safe_to_retry=code.safe_to_retry if code and job.has_ended else None,
        not_before=job.due_at.isoformat() if waits else None,
        deadline_at=job.deadline_at.isoformat() if job.deadline_at else None,
        sandbox=job.sandbox,
        pruned=job.pruned_at is not None,
        thread=thread_parts(job),
        **_answer(job),
    )


def _answer(job: Job) -> dict[str, Any]:
    """What a job brought back under names of its own, and all else as the browser told it."""
    rest = dict(job.report)
    told = {"report": rest}
    if job.kind == "group_search" and job.state == "published":
        told["groupSearch"] = rest.pop("groupSearch", None)
    if job.kind == "check" and job.state == "published":
        told["check"] = rest.pop("check", None)
    if rest.get("buttonState") in BUTTON_STATES:
        told["buttonState"] = rest.pop("buttonState")
    if job.state == "published" and rest.get("approval") == "pending":
        told["approval"] = rest.pop("approval")
    return told


def thread_parts(job: Job) -> list[ThreadPart] | None:
    """The parts of a thread with their links, as far as they are out; None for any other job."""
    if "thread" not in job.options and not job.part_urls:
        return None
    waiting = max(0, len(job.parts) - len(job.part_urls))
    return [ThreadPart(post_url=url) for url in (*job.part_urls, *[None] * waiting)]


def _waiting_details(job: Job, waiting: Waiting) -> JobDetails:
    must_act = waiting.next_step is not None
    not_before = waiting.not_before
    usual = job_details(job)
    return usual.model_copy(
        update={
            "actor": "user" if must_act else "nobody",
            "suggested_action": waiting.next_step,
            "not_before": not_before.isoformat() if not_before else usual.not_before,
            "waiting_for": waiting.waits_for,
            "waiting_because": waiting.because,
        }
    )
