"""What endpoints take that have no body of their own: ids in the path, filters in the query."""

from typing import Annotated

from pydantic import Field, StringConstraints

from postbroker.contract.jobs import IdempotencyKey
from postbroker.contract.message import Message
from postbroker.contract.words import Identifier, JobView, LiveUrl, PlatformId

JobId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F-]{36}$")]


class Nothing(Message):
    """No parameters."""


class JobRef(Message):
    """Names a job."""

    id: JobId


class ReadJob(JobRef):
    """Reads a job, waiting for its end up to `wait` seconds."""

    wait: Annotated[float, Field(ge=0, le=300)] = 0


class ListJobs(Message):
    """Filters of a list of jobs."""

    status: JobView | None = None
    platform: PlatformId | None = None
    idempotency_key: IdempotencyKey | None = None
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class AccountStatusOf(Message):
    """Asks whether posts can go out now."""

    platform: PlatformId | None = None
    """Asks for this platform, so that a missing login is named too."""


class UsageOf(Message):
    """`tenantId` is accepted and ignored: the workspace comes from the key."""

    tenant_id: str | None = None
    key_id: Identifier | None = None
    """Counts what this key, or this connected app, sent alone."""


class ApproveJob(JobRef):
    """A person's yes; with `always` for all posts of the same account from now on."""

    always: bool = False


class SettleJob(JobRef):
    """A person says where the post is, or with null that it is not there."""

    post_url: LiveUrl | None


class MediaRef(Message):
    """Names one file."""

    id: Identifier


class ListMedia(Message):
    """A page of files."""

    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class Pull(Message):
    """Asks for a lease, waiting for one up to `wait` seconds."""

    wait: Annotated[float, Field(ge=0, le=60)] = 0
