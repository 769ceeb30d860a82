"""Jobs as agents see them: the Claw Post words, byte for byte, and what goes beyond them."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from postbroker.contract.groups import GROUPS_MAX, GroupFilters, GroupSearch
from postbroker.contract.locators import CheckReport, LocatorState
from postbroker.contract.media import AltText
from postbroker.contract.message import Message
from postbroker.contract.words import (
    AskedRoute,
    ButtonState,
    Handle,
    Identifier,
    JobView,
    Kind,
    PlatformId,
    Route,
)

IdempotencyKey = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")
]

Text = Annotated[str, StringConstraints(max_length=100_000)]
MediaPath = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class MediaItem(Message):
    """One file of a post, with what it shows."""

    url: MediaPath
    alt: AltText | None = None


class AskedJob(Message):
    """What every request for a job may say beside what it is about."""

    idempotency_key: IdempotencyKey | None = None
    """The caller's name for this request: the same key and body give the same job, for good."""
    tenant_id: str | None = None
    """Accepted and ignored: the workspace comes from the key."""
    account: Handle | None = None
    """Who posts, e.g. `@ada`: must be logged in, or connected. Whoever is, when absent."""
    route: AskedRoute = "auto"
    """Through a browser's tab, through the platform's official API, or whichever takes it."""
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


class CreateTweet(AskedJob):
    """A post for one platform. Only `text` is needed."""

    text: Text
    """What to post; the platform says how long it may be and how that is counted."""
    platform: PlatformId = "x"
    """Where to."""
    media_paths: Annotated[list[MediaPath], Field(max_length=20)] = Field(default_factory=list)
    """Addresses of files, ours from an upload or any public ones, in the order of the post."""
    media: Annotated[list[MediaItem], Field(max_length=20)] = Field(default_factory=list)
    """As `mediaPaths`, where a file has alt text; these come after those."""
    platform_payload: dict[str, Any] = Field(default_factory=dict)
    """Options of one platform, e.g. `groupId` or `groupUrl` for Facebook, or on X `thread`, the
    texts of the parts after the first."""
    group_id: str | None = None
    """Accepted as `platformPayload.groupId`."""
    allow_duplicate: bool = False
    """Take the post although one like it was accepted for the same account within a day."""


class CreateComment(AskedJob):
    """A comment under a post or under another comment."""

    text: Text
    """The comment."""
    target_url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    """The address of what it answers, e.g. a Reddit address with `/comments/` in its path."""
    platform: PlatformId = "reddit"
    """Where it is."""
    allow_duplicate: bool = False
    """Take the comment although one like it was accepted for the same target within a day."""


class SearchGroups(AskedJob):
    """Looks for groups of a platform. Only `query` is needed."""

    query: Annotated[str, StringConstraints(max_length=200)]
    """Words to look for."""
    platform: PlatformId = "facebook"
    """Where to look."""
    filters: GroupFilters = Field(default_factory=GroupFilters)
    """What a group must be like."""
    limit: Annotated[int, Field(ge=1, le=GROUPS_MAX)] = 20
    """How many groups."""


class NameGroup(AskedJob):
    """Names one group by its id or by its address; where both are given they must agree."""

    platform: PlatformId = "facebook"
    """Where it is."""
    group_id: str | None = None
    """The group's number, or its name in addresses."""
    group_url: str | None = None
    """The group's address."""


class CheckControls(AskedJob):
    """Asks a browser which controls it finds on a platform's own page; it presses nothing there."""

    platform: PlatformId
    """Whose page to look at."""
    browser_id: Identifier | None = None
    """Which browser; whichever comes first when absent."""


WaitsFor = Literal["approval", "account", "login", "browser", "workspace", "connection", "limit"]
"""What a job that waits lacks."""


class JobDetails(Message):
    """The richer state behind the four words of `status`."""

    kind: Kind = "post"
    state: str
    """Where the job is, in more words than `status` has."""
    attempt: int
    """How often somebody began to work on it."""
    route: Route = "tab"
    """Which way it goes."""
    cost: str | None = None
    """What the platform takes for the post, where it takes anything."""
    account: str | None = None
    """Who posts, or is to post."""
    step: str | None = None
    """What the holder of the lease did last."""
    actor: Literal["agent", "user", "operator", "nobody"] | None = None
    """Who must act."""
    suggested_action: str | None = None
    """What they do, in a sentence to show."""
    safe_to_retry: bool | None = None
    """True when it may be sent again without a chance of posting twice."""
    not_before: str | None = None
    """ISO 8601 UTC: the broker does not go on before this time."""
    waiting_for: WaitsFor | None = None
    """What a job that waits lacks."""
    waiting_because: str | None = None
    """In words, e.g. that the account is paced."""
    deadline_at: str | None = None
    """ISO 8601 UTC: until when the present state may last."""
    sandbox: bool = False
    pruned: bool = False
    """Its text and history were removed after the broker's retention time."""
    group_search: GroupSearch | None = None
    """What a search for groups found."""
    button_state: ButtonState | None = None
    """What the group's button said when it was read last."""
    check: CheckReport | None = None
    """What a check found."""
    thread: list["ThreadPart"] | None = None
    """The parts of a thread, in order."""
    approval: Literal["pending"] | None = None
    """`pending`: the platform has the post, and an admin of the group must let it in."""
    report: dict[str, Any] = Field(default_factory=dict)
    """What the holder of the lease reported beside its outcome."""


class ThreadPart(Message):
    """One post of a thread."""

    post_url: str | None = None
    """Where it is, once it was seen live."""


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


class CreatedSearch(CreatedJob):
    """The answer to an accepted search for groups."""

    job_id: str
    """The same as `id`."""


class JobAnswer(Message):
    """One job. `text`, `tenantId` and `mediaPaths` only for a caller of its workspace."""

    id: str
    tenant_id: str | None = None
    text: str | None = None
    platform: str
    status: JobView
    """`succeeded` means seen live; `failed` is over, too."""
    post_url: str | None = None
    """The live post."""
    error: str | None = None
    """Why it failed, in a sentence."""
    error_code: str | None = None
    """Why it failed, as one of the codes."""
    details: JobDetails
    created_at: int
    updated_at: int
    media_paths: list[str] | None = None


class JobList(Message):
    """A page of jobs, newest first."""

    jobs: list[JobAnswer]
    next_cursor: str | None = None
    """Goes into `cursor` for the next page; absent on the last."""


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
    locators: list[LocatorState] = []
    """Which locators it uses, which signed packs it refused, and what its last checks found."""


class ConnectedAs(Message):
    """An account that is connected by its platform's official API."""

    platform: PlatformId
    handle: str


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
    connected: list[ConnectedAs] = Field(default_factory=list)
    """The accounts that posts go out as by official APIs, without a browser."""
    queued: int
    processing: int
    next_step: str | None = None
