"""Posts that are live: their numbers, and taking them back."""

from pydantic import Field

from postbroker.contract.message import Message


class PartNumbers(Message):
    """What the platform counts of one post: of a thread, of one part."""

    post_url: str | None = None
    """Where it is, where it has an address."""
    numbers: dict[str, int] = Field(default_factory=dict)
    """By name, such as `likes`; empty where the platform counts nothing."""


class PostNumbers(Message):
    """What the platform counts of a published job now."""

    id: str
    """The job's id."""
    platform: str
    post_url: str | None = None
    read_at: str
    """ISO 8601 in UTC: when the platform was asked."""
    numbers: dict[str, int]
    """By name, such as `likes`; of a thread the sums over its parts."""
    parts: list[PartNumbers]
    """One for each part of a thread, in order; one for any other post."""
