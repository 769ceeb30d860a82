"""What calls take by name: the fields of the requests in contract/, as keyword arguments."""

from typing import Any, Literal, TypedDict

from postbroker.contract.connections import ConnectionWay
from postbroker.contract.groups import GroupFilters
from postbroker.contract.jobs import MediaItem
from postbroker.contract.words import AskedRoute, JobView, Scope


class JobOptions(TypedDict, total=False):
    """What every request for a job takes (contract: AskedJob)."""

    idempotency_key: str
    account: str
    route: AskedRoute
    sandbox: bool
    when_offline: Literal["refuse", "queue"]
    expires_in_seconds: int


class PostOptions(JobOptions, total=False):
    """What a post takes beside its text (contract: CreateTweet)."""

    platform: str
    media_paths: list[str]
    media: list[MediaItem]
    platform_payload: dict[str, Any]
    group_id: str
    allow_duplicate: bool


class CommentOptions(JobOptions, total=False):
    """What a comment takes beside its target and text (contract: CreateComment)."""

    platform: str
    allow_duplicate: bool


class SearchOptions(JobOptions, total=False):
    """What a search for groups takes beside its words (contract: SearchGroups)."""

    platform: str
    filters: GroupFilters
    limit: int


class GroupOptions(JobOptions, total=False):
    """Which group, and what else (contract: NameGroup)."""

    platform: str
    group_id: str
    group_url: str


class CheckOptions(JobOptions, total=False):
    """Which browser, and what else (contract: CheckControls)."""

    browser_id: str


class JobFilters(TypedDict, total=False):
    """Which jobs (contract: ListJobs)."""

    status: JobView
    platform: str
    idempotency_key: str
    limit: int
    """How many a page."""


class KeyOptions(TypedDict, total=False):
    """What a new key may do (contract: CreateKey)."""

    scopes: list[Scope]
    accounts: list[str]
    expires_in_seconds: int
    requests_per_minute: int


class ConnectionOptions(TypedDict, total=False):
    """How an account is connected (contract: StartConnection)."""

    way: ConnectionWay
    server: str
    fields: dict[str, str]


class AccountChange(TypedDict, total=False):
    """What is to be otherwise with an account (contract: ChangeAccount)."""

    paused: bool
    mode: Literal["first", "ask", "always"]
    pacing: dict[str, Any]
    route: AskedRoute
