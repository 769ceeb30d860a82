"""The groups of the simulated Facebook, and who is in them."""

from dataclasses import dataclass
from typing import Literal

JoinState = Literal["MEMBER", "REQUESTED", "CAN_JOIN", "CAN_REQUEST", "CANNOT_JOIN_OR_REQUEST"]


@dataclass(frozen=True, slots=True)
class Group:
    """A group as everybody finds it; what an account is in it, the site keeps."""

    id: str
    name: str
    at_first: JoinState
    """What everybody is in it who did nothing yet."""
    slug: str | None = None
    is_public: bool = True
    member_count: int = 1200
    posts_per_day: int = 10
    has_questions: bool = False
    posts_wait: bool = False
    """Posts of members wait until an admin lets them in."""
    takes: Literal["posts", "offers", "nothing"] = "posts"
    """What members may publish."""


GROUPS = {
    group.id: group
    for group in (
        Group("100200300400501", "Sandbox Gardeners", "MEMBER", slug="sandbox.gardeners"),
        Group("100200300400502", "Night Sky Watchers", "CAN_REQUEST", is_public=False),
        Group("100200300400503", "Old Maps Circle", "CAN_REQUEST", has_questions=True),
        Group("100200300400504", "Quiet Readers", "MEMBER", posts_wait=True, member_count=340),
        Group("100200300400505", "Town Announcements", "MEMBER", takes="nothing"),
        Group("100200300400506", "Bring and Buy", "MEMBER", takes="offers"),
        Group("100200300400507", "Morning Runners", "CAN_JOIN", member_count=52_000),
        Group("100200300400508", "Chess by Mail", "REQUESTED", is_public=False),
        Group("100200300400509", "The Closed Circle", "CANNOT_JOIN_OR_REQUEST", is_public=False),
        Group("100200300400510", "Gardeners of the North", "CAN_JOIN", member_count=87),
    )
}
"""By number."""

AFTER_A_PRESS: dict[JoinState, JoinState] = {"CAN_JOIN": "MEMBER", "CAN_REQUEST": "REQUESTED"}


def find_group(name: str) -> Group | None:
    """The group of that number or name."""
    return next((group for group in GROUPS.values() if name in (group.id, group.slug)), None)
