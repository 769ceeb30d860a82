"""Posts that are live, as agents ask about them."""

from postbroker.contract.jobs import JobAnswer
from postbroker.contract.live import PartNumbers, PostNumbers
from postbroker.contract.requests import JobRef
from postbroker.operations.jobs import job_answer
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.live import LivePosts, Numbers

REFUSALS = (
    "JOB_NOT_FOUND",
    "INVALID_STATUS_TRANSITION",
    "ACCOUNT_NOT_CONNECTED",
    "PLATFORM_REFUSED",
    "PLATFORM_UNREACHABLE",
)


def live_operations(live: LivePosts) -> list[AnyOperation]:
    """What can be asked of posts that are out."""

    async def read(asked: Asked[JobRef]) -> Reply:
        return Reply(numbers_answer(await live.numbers(asked.who, asked.request.id)))

    async def remove(asked: Asked[JobRef]) -> Reply:
        return Reply(job_answer(await live.remove(asked.who, asked.request.id), is_own=True))

    return [
        Operation(
            "read_numbers",
            "Read the numbers of a published post",
            "agent",
            JobRef,
            PostNumbers,
            read,
            "posts.read",
            REFUSALS,
            "Asks the platform now. Only for posts that went out by an official API.",
        ),
        Operation(
            "delete_post",
            "Remove a published post from its platform",
            "agent",
            JobRef,
            JobAnswer,
            remove,
            "posts.publish",
            REFUSALS,
            "Only for posts that went out by an official API that removes posts. Of a thread every "
            "part goes, the last one first. The job stays `succeeded`; `details.report.removedAt` "
            "says when its post was removed.",
        ),
    ]


def numbers_answer(numbers: Numbers) -> PostNumbers:
    """The numbers as their callers see them."""
    job = numbers.job
    return PostNumbers(
        id=job.id,
        platform=job.platform,
        post_url=job.post_url,
        read_at=numbers.read_at.isoformat(),
        numbers=numbers.sums,
        parts=[
            PartNumbers(post_url=delivery.url, numbers=each) for delivery, each in numbers.parts
        ],
    )
