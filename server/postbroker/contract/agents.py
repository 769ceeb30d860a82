"""What agents ask beyond Claw Post's words: platforms, checks before a post, codes explained."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.catalogue import MediaRules, Pacing, PlaceName, TextLimit
from postbroker.contract.jobs import (
    CreateComment,
    CreateTweet,
    NameGroup,
    SearchGroups,
    WaitsFor,
)
from postbroker.contract.message import Message
from postbroker.contract.problems import Actor, ErrorCode, FieldProblem
from postbroker.contract.requests import JobRef
from postbroker.contract.words import PlatformId, Route


class Waits(Message):
    """What every request may say that makes a job and can be answered at its end."""

    wait: Annotated[float, Field(ge=0, le=300)] = 0
    """Seconds to wait for the end of the job; 0 answers as soon as it is accepted."""


class CreatePost(CreateTweet, Waits):
    """A post for one platform, and how long to wait for its end. Only `text` is needed."""


class FollowComment(CreateComment, Waits):
    """A comment, and how long to wait for its end."""


class FollowGroups(SearchGroups, Waits):
    """A search for groups, and how long to wait for what it finds."""


class FollowGroup(NameGroup, Waits):
    """A group to join, and how long to wait for what its button says then."""


class FollowRetry(JobRef, Waits):
    """A job to send again, and how long to wait for the end of the new one."""


class PlatformAnswer(Message):
    """One platform: what it takes and where posts on it may go."""

    id: PlatformId
    """What `platform` of a post names."""
    name: str
    hosts: list[str]
    """Host names on which its pages live."""
    routes: list[Route]
    """`tab`: through the user's logged-in browser; `api`: through the official API."""
    places: list[PlaceName]
    """Where posts may go: the account's own feed, groups, posts that take comments."""
    text: TextLimit
    thread_max: int
    """How many posts a thread may have; 0 where there are no threads."""
    media: MediaRules
    pacing: Pacing
    """How often an account posts at most, unless the account has a pace of its own."""
    maturity: Literal["beta", "stable"]
    caveats: list[str]


class PlatformList(Message):
    """All platforms, by id."""

    platforms: list[PlatformAnswer]


class PostCheck(Message):
    """What would become of a post. Nothing was accepted."""

    valid: bool
    """True when it would be accepted as it is."""
    platform: str
    problems: list[FieldProblem]
    """Everything that is wrong with its fields; each says what is expected."""
    length: int | None = None
    """How long the text is as the platform counts; absent for an unknown platform."""
    length_max: int | None = None
    unit: str | None = None
    """What is counted."""
    code: str | None = None
    """Why it would be refused, where that is not the fault of a field."""
    detail: str | None = None
    actor: Actor | None = None
    """Who must act so that it can go out."""
    suggested_action: str | None = None
    waiting_for: WaitsFor | None = None
    """What it would wait for once it is accepted."""
    waiting_because: str | None = None


class ErrorRef(Message):
    """Names an error."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    """A code of a refusal, or an `errorCode` of a job; upper and lower case are alike."""


class ErrorList(Message):
    """Every code there is, those of requests before those of jobs."""

    errors: list[ErrorCode]
