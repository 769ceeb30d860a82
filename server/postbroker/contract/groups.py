"""Groups of a platform: what a search wants and finds, and what a group's button says."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import ButtonState, JoinStatus, LiveUrl, Privacy

GroupId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ShortText = Annotated[str, StringConstraints(max_length=300)]
MemberCount = Annotated[int, Field(ge=0)]

GROUPS_MAX = 50
"""How many groups one search gives at most."""


class GroupFilters(Message):
    """What a found group must be like; a group that does not say is kept."""

    min_members: MemberCount | None = None
    privacy: Literal["public", "private", "any"] = "any"


class FoundGroup(Message):
    """One group as a browser read it from a page of results."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    url: LiveUrl
    platform_id: GroupId | None = None
    """The platform's number for it, where the page tells."""
    slug: GroupId | None = None
    """Its name in addresses, where it has one."""
    privacy: Privacy = "unknown"
    member_count: MemberCount | None = None
    activity_hint: ShortText | None = None
    """What the page says of how much is posted there, in its own words."""
    activity_per_day: Annotated[float, Field(ge=0)] | None = None
    """Posts a day, where the page tells."""
    join_status: JoinStatus = "unknown"


class FoundGroups(Message):
    """What a browser found."""

    results: Annotated[list[FoundGroup], Field(max_length=200)]


class GroupSignals(Message):
    """What a score is made of."""

    keyword_hit: bool
    """True when the name holds every word of the query."""
    member_count: MemberCount | None = None
    activity_per_day: float | None = None


class GroupResult(FoundGroup):
    """One group, and how well it fits the query."""

    score: Annotated[float, Field(ge=0, le=1)]
    reasons: list[str]
    signals: GroupSignals


class GroupSearch(Message):
    """What a search found, best first."""

    results: list[GroupResult]


class GroupButton(Message):
    """What a group's button said when it was read last."""

    button_state: ButtonState
