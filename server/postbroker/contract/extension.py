"""The extension's wire: what a paired browser and the broker say to each other."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.catalogue import LocatorsVersion
from postbroker.contract.locators import LocatorState
from postbroker.contract.message import Message
from postbroker.contract.words import (
    Code,
    Epoch,
    Handle,
    Identifier,
    Kind,
    LiveUrl,
    Outcome,
    PlatformId,
    ProtocolVersion,
    Purpose,
    Sha256,
    Stage,
    Step,
)

ShortText = Annotated[str, StringConstraints(max_length=500)]


class PlatformPresence(Message):
    """What the browser knows of one platform: is somebody logged in there, and who."""

    platform: PlatformId
    logged_in: bool
    account: Handle | None = None


class Hello(Message):
    """Sent after a start, a change of settings, and each time the answer to a pull says so."""

    extension_version: Annotated[str, StringConstraints(max_length=30)]
    """As the extension's manifest has it."""
    protocol_version: ProtocolVersion
    """Which revision of this protocol it speaks."""
    paused: bool = False
    """True while the person in front of the browser lets nothing out."""
    platforms: Annotated[list[PlatformPresence], Field(max_length=50)] = []
    """Who is logged in where; what it does not know it leaves away."""
    locators: Annotated[list[LocatorState], Field(max_length=50)] = []
    """Which locators it uses, by platform."""


class HelloAnswer(Message):
    """Settings of the broker for this browser."""

    browser_id: Identifier
    browser_name: str
    workspace: str
    paused: bool
    """True when the workspace is paused: no job will come until somebody resumes it."""
    outdated: bool
    """True when this extension is too old for the broker; it gets no jobs until it is updated."""
    poll_wait_seconds: int
    renew_seconds: int
    """A lease is renewed at least this often while the holder works."""
    next_jobs: list["NextJob"]
    questions: Annotated[int, Field(ge=0)] = 0
    """How many posts wait for a person's yes."""
    may_ask: bool = False
    """True when posts may have to wait for one: the extension looks for questions at each round."""
    locators: dict[PlatformId, LocatorsVersion] | None = None
    """Versions of the signed packs that lie at the broker, by platform; absent when there are
    none. `GET /v1/extension/locators` gives one."""


class NextJob(Message):
    """A job that waits, for the popup's list."""

    id: Identifier
    platform: PlatformId
    text: str
    """The first 80 characters."""
    state: str


class LeaseTicket(Message):
    """The right to work on one job until a time."""

    id: Identifier
    epoch: Epoch
    expires_in_seconds: float


class Previous(Message):
    """What is known of the attempt before this one."""

    stage: Stage
    post_url: LiveUrl | None = None
    """A hint where the post may be; it has not been proven."""


class LeasedJob(Message):
    """What a browser needs to publish one job or look for it. Never a URL, a script or a step."""

    id: Identifier
    kind: Kind
    platform: PlatformId
    text: str
    text_sha256: Sha256
    """SHA-256 of the text's UTF-8 bytes after Unicode NFC and with line ends as one line feed."""
    media: list["LeasedMedia"] = Field(default_factory=list)
    account: Handle | None = None
    """The handle that must be logged in; any when null."""
    options: dict[str, Any] = Field(default_factory=dict)
    sandbox: bool = False
    """Post to the broker's own simulated platform, under /sandbox/<platform>/ of its origin."""
    permitted_seconds_ago: float | None = None
    """For a verify lease: how long ago the button may have been pressed."""
    exclude: list[LiveUrl] = Field(default_factory=list)
    """For a verify lease: live posts that belong to other jobs, however equal they look."""


class LeasedMedia(Message):
    """One file of a job, fetched from /v1/extension/media/{id}."""

    id: Identifier
    file_name: str
    content_type: str
    size: int
    """Bytes."""
    alt: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """What the picture shows, for those who cannot see it."""


class PullAnswer(Message):
    """One job under one lease."""

    job: LeasedJob
    lease: LeaseTicket
    purpose: Purpose
    previous: Previous | None = None


class LeaseRef(Message):
    """Names the lease that the sender believes to hold."""

    job_id: Identifier
    """The job."""
    lease_id: Identifier
    """The lease, as it was given."""
    epoch: Epoch
    """How often the job was leased up to then; an older one is over."""


class Progress(LeaseRef):
    """A step was reached; renews the lease."""

    step: Step
    """Where the holder is now."""
    detail: ShortText | None = None
    """More about it, for people."""


class ProgressAnswer(Message):
    """The lease goes on, unless `stop` says why it must not."""

    expires_in_seconds: float
    stop: str | None = None


class Composed(Message):
    """What the composer holds, read back from the page, before the permit."""

    account: Handle
    text_sha256: Sha256
    media_count: Annotated[int, Field(ge=0, le=100)]
    target: Handle = "feed"
    """`feed`, the id of a group, or the id of what a comment answers."""


class PermitRequest(LeaseRef):
    """Asks for leave to press the platform's button once."""

    composed: Composed


class Permit(Message):
    """Leave to press once, within `expires_in_seconds` of being received."""

    permit_id: Identifier
    expires_in_seconds: float


class Evidence(Message):
    """What the page showed."""

    source: Literal["network", "toast", "profile", "permalink", "journal"]
    account: Handle | None = None
    """The author as the live post shows it."""
    text: Annotated[str, StringConstraints(max_length=100_000)] | None = None
    """The live post's text as the page shows it."""
    post_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    seen_live: bool = False
    """True when the post was read at its permalink or in the author's own list."""
    platform_code: Annotated[str, StringConstraints(max_length=100)] | None = None
    """The platform's own error code, where it refused in clear words."""
    http_status: int | None = None
    looked_at: Annotated[int, Field(ge=0)] | None = None
    """For a verify: how many of the account's own posts were read."""


class Ack(LeaseRef):
    """How the lease ended. Sending it twice is harmless."""

    outcome: Outcome
    """How it ended."""
    stage: Stage
    """How far the holder's own journal says that it got."""
    post_url: LiveUrl | None = None
    """Where the post is."""
    evidence: Evidence | None = None
    """What shows that it is there."""
    error_code: Code | None = None
    """Why it failed, as one of the codes of jobs."""
    error: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """Why it failed, in a sentence."""
    retry_after_seconds: Annotated[float, Field(ge=0, le=7 * 86400)] | None = None
    """How long the platform says to wait."""
    details: dict[str, Any] = Field(default_factory=dict)
    """What else the page told: an errand's answer, or what was looked for and not found."""


class AckAnswer(Message):
    """The state the job is in now."""

    status: str
