"""Comments under posts and other comments."""

from postbroker.contract.jobs import CreateComment, CreatedJob
from postbroker.operations.jobs import created_answer
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.posts import Posts


def comment_operations(posts: Posts) -> list[AnyOperation]:
    """What agents can ask, over the service given."""

    async def create(asked: Asked[CreateComment]) -> Reply:
        job, is_replay = await posts.comment(asked.who, asked.request)
        answer = created_answer(job, asked.request.text)
        return Reply(answer, replayed=is_replay, location=f"/v1/jobs/{job.id}")

    return [
        Operation(
            "create_reddit_comment",
            "Answer a post or a comment on Reddit",
            "agent",
            CreateComment,
            CreatedJob,
            create,
            "posts.publish",
            (
                "VALIDATION_FAILED",
                "CONTENT_TOO_LONG",
                "UNSUPPORTED_PLATFORM",
                "QUOTA_EXCEEDED",
                "duplicate_content",
                "IDEMPOTENCY_KEY_REUSED",
                "EXTENSION_NOT_PAIRED",
                "ACCOUNT_NOT_CONNECTED",
                "STORAGE_FULL",
            ),
            description=(
                "A comment under the post or the comment at `targetUrl`. At the end `postUrl` "
                "is the comment's own permalink. Idempotency keys and repetitions are as for "
                "posts."
            ),
        ),
    ]
