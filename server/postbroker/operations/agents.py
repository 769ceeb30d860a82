"""Posts as agents send them: checked before, waited for, and sent again where that is safe."""

from postbroker.contract.agents import CreatePost, PostCheck
from postbroker.contract.jobs import CreateTweet, JobAnswer
from postbroker.contract.requests import JobRef, ReadJob
from postbroker.domain.content import text_length
from postbroker.errors import BrokerError, ValidationFailedError, error_codes
from postbroker.operations.jobs import POST_REFUSALS
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.accounts import Accounts
from postbroker.services.checks import Checks
from postbroker.services.posts import Posts

YES_STEP = "The user says yes or no in the dashboard or in the extension."
"""Of a post that is not there yet, and so has no id to approve by."""


def agent_operations(
    posts: Posts,
    accounts: Accounts,
    checks: Checks,
    read_job: AnyOperation,
) -> list[AnyOperation]:
    """What agents can ask, over the services given; `read_job` waits for the ends of jobs."""

    async def validate(asked: Asked[CreateTweet]) -> Reply:
        request = asked.request
        check = _measured(checks, request)
        try:
            job = await posts.rehearse(asked.who, request)
        except ValidationFailedError as error:
            fault = {"valid": False, "problems": list(error.errors), "actor": "agent"}
            return Reply(check.model_copy(update=fault))
        except BrokerError as error:
            return Reply(check.model_copy(update=_refusal(error)))
        waiting = (await accounts.waiting(job.workspace_id, [job])).get(job.id)
        if waiting is None:
            return Reply(check)
        step = YES_STEP if waiting.waits_for == "approval" else waiting.next_step
        needs = {
            "waiting_for": waiting.waits_for,
            "waiting_because": waiting.because,
            "suggested_action": step,
            "actor": "user" if step else "nobody",
        }
        return Reply(check.model_copy(update=needs))

    async def create(asked: Asked[CreatePost]) -> Reply:
        job, is_replay = await posts.create(asked.who, asked.request)
        return await _followed(asked, job.id, asked.request.wait, is_replay=is_replay)

    async def retry(asked: Asked[JobRef]) -> Reply:
        job, is_replay = await posts.retry(asked.who, asked.request.id)
        return await _followed(asked, job.id, 0, is_replay=is_replay)

    async def _followed(
        asked: Asked[CreatePost] | Asked[JobRef], job_id: str, wait: float, *, is_replay: bool
    ) -> Reply:
        follow = Asked(
            ReadJob(id=job_id, wait=wait), asked.who, asked.address, asked.gone, asked.tell
        )
        reply = await read_job.run(follow)
        return Reply(reply.message, replayed=is_replay, location=f"/v1/jobs/{job_id}")

    return [
        Operation(
            "validate_post",
            "Check a post without sending it",
            "agent",
            CreateTweet,
            PostCheck,
            validate,
            "posts.publish",
            ("VALIDATION_FAILED",),
            "Goes through everything that accepting the post would go through, and undoes it. The "
            "answer is 200 also for a post that would be refused: read `valid`.",
        ),
        Operation(
            "create_post",
            "Create a post and wait for its end",
            "agent",
            CreatePost,
            JobAnswer,
            create,
            "posts.publish",
            POST_REFUSALS,
            "As `POST /v1/jobs/tweet`, but answers the whole job, after its end or `wait` seconds.",
        ),
        Operation(
            "retry_post",
            "Send a job again that ended without a post",
            "agent",
            JobRef,
            JobAnswer,
            retry,
            "posts.publish",
            (*POST_REFUSALS, "JOB_NOT_FOUND", "INVALID_STATUS_TRANSITION"),
            "Makes a new job with the same content. Asked again for the same job it answers the "
            "same new job. A job that may have been posted is refused.",
        ),
    ]


def _measured(checks: Checks, request: CreateTweet) -> PostCheck:
    """A check that has found nothing yet but the length of the text."""
    platform = checks.platforms.get(request.platform)
    if platform is None:
        return PostCheck(valid=True, platform=request.platform, problems=[])
    unit = platform.text.unit
    return PostCheck(
        valid=True,
        platform=platform.id,
        problems=[],
        length=text_length(request.text, unit, checks.weights.get(platform.id)),
        length_max=platform.text.max,
        unit=unit,
    )


def _refusal(error: BrokerError) -> dict[str, object]:
    code = error_codes()[error.code]
    return {
        "valid": False,
        "code": code.code,
        "detail": error.detail,
        "actor": code.actor,
        "suggested_action": code.suggested_action,
    }
