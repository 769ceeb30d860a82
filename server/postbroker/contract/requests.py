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
    """The job's id, as its creation answered it."""


class ReadJob(JobRef):
    """Reads a job, waiting for its end up to `wait` seconds."""

    wait: Annotated[float, Field(ge=0, le=300)] = 0
    """Answers at the job's end or after this many seconds, by the broker's settings at most 60."""


class ListJobs(Message):
    """Filters of a list of jobs."""

    status: JobView | None = None
    """Only jobs that are there now."""
    platform: PlatformId | None = None
    """Only jobs for this platform."""
    idempotency_key: IdempotencyKey | None = None
    """Only the job of this key, if there is one."""
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None
    """`nextCursor` of the page before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    """How many on a page."""


class AccountStatusOf(Message):
    """Asks whether posts can go out now."""

    platform: PlatformId | None = None
    """Asks for this platform, so that a missing login is named too."""


class UsageOf(Message):
    """`tenantId` is accepted and ignored: the workspace comes from the key."""

    tenant_id: str | None = None
    """Accepted and ignored."""
    key_id: Identifier | None = None
    """Counts what this key, or this connected app, sent alone."""


class ApproveJob(JobRef):
    """A person's yes; with `always` for all posts of the same account from now on."""

    always: bool = False
    """Asks no more about posts of this account."""


class SettleJob(JobRef):
    """A person says where the post is, or with null that it is not there."""

    post_url: LiveUrl | None
    """Where the post is, or null: it is not there."""


class MediaRef(Message):
    """Names one file."""

    id: Identifier
    """The file's id, as the upload answered it."""


class ListMedia(Message):
    """A page of files."""

    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None
    """`nextCursor` of the page before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    """How many on a page."""


class Pull(Message):
    """Asks for a lease, waiting for one up to `wait` seconds."""

    wait: Annotated[float, Field(ge=0, le=60)] = 0
    """How many seconds to wait for a job."""
