"""Jobs as agents see them: the Claw Post words, byte for byte, and what goes beyond them."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from postbroker.contract.message import Message
from postbroker.contract.words import Handle, JobView, PlatformId

IdempotencyKey = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")
]


class CreateTweet(Message):
    """A post for one platform. Only `text` is needed."""

    text: Annotated[str, StringConstraints(max_length=100_000)]
    platform: PlatformId = "x"
    media_paths: Annotated[list[str], Field(max_length=20)] = Field(default_factory=list)
    idempotency_key: IdempotencyKey | None = None
    """The caller's name for this request: the same key and body give the same job, for good."""
    platform_payload: dict[str, Any] = Field(default_factory=dict)
    """Options of one platform, e.g. `groupId` for Facebook."""
    group_id: str | None = None
    """Accepted as `platformPayload.groupId`."""
    tenant_id: str | None = None
    """Accepted and ignored: the workspace comes from the key."""
    account: Handle | None = None
    """Who must be logged in, e.g. `@ada`; whoever is, when absent."""
    sandbox: bool = False
    """Post to the broker's own simulated platform through the same browser."""
    when_offline: Literal["refuse", "queue"] = "refuse"
    """`queue` accepts the job although no browser is paired."""
    expires_in_seconds: Annotated[int, Field(ge=10, le=30 * 86400)] | None = None
    """How long the job may wait before it expires; a day when absent."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        if isinstance(given, dict) and None in given.values():
            return {name: value for name, value in given.items() if value is not None}
        return given


class JobDetails(Message):
    """The richer state behind the four words of `status`."""

    state: str
    attempt: int
    route: Literal["tab", "api"] = "tab"
    account: str | None = None
    step: str | None = None
    actor: Literal["agent", "user", "operator", "nobody"] | None = None
    suggested_action: str | None = None
    safe_to_retry: bool | None = None
    not_before: str | None = None
    """ISO 8601 UTC: the broker does not go on before this time."""
    deadline_at: str | None = None
    """ISO 8601 UTC: until when the present state may last."""
    sandbox: bool = False
    pruned: bool = False
    """Its text and history were removed after the broker's retention time."""
    report: dict[str, Any] = Field(default_factory=dict)
    """What the holder of the lease reported beside its outcome."""


class CreatedJob(Message):
    """The answer to an accepted job; times are epoch milliseconds."""

    id: str
    tenant_id: str
    text: str
    platform: str
    status: JobView
    created_at: int
    updated_at: int
    media_paths: list[str]


class JobAnswer(Message):
    """One job. `text`, `tenantId` and `mediaPaths` only for a caller of its workspace."""

    id: str
    tenant_id: str | None = None
    text: str | None = None
    platform: str
    status: JobView
    post_url: str | None = None
    error: str | None = None
    error_code: str | None = None
    details: JobDetails
    created_at: int
    updated_at: int
    media_paths: list[str] | None = None


class JobList(Message):
    """A page of jobs, newest first."""

    jobs: list[JobAnswer]
    next_cursor: str | None = None


class JobEvent(Message):
    """A thing that happened to a job, numbered without gaps."""

    id: int
    job_id: str
    sequence: int
    name: str
    state: str
    step: str | None = None
    at: str
    data: dict[str, Any] = Field(default_factory=dict)


class Usage(Message):
    """How many jobs a workspace had, in all and since midnight UTC."""

    tenant_id: str
    total: int
    today: int
    by_status: dict[str, int]


class BrowserAnswer(Message):
    """A paired browser."""

    id: str
    name: str
    browser: str
    extension_version: str
    online: bool
    paused: bool
    paired_at: str
    last_seen_at: str | None = None
    platforms: list[dict[str, Any]] = []


class AccountStatus(Message):
    """Whether posts can go out now, and if not, who must do what."""

    tenant_id: str
    workspace: str
    paired: bool
    online: bool
    paused: bool
    paused_because: str | None = None
    """Why the broker itself paused; absent when a person did."""
    browsers: list[BrowserAnswer]
    queued: int
    processing: int
    next_step: str | None = None
