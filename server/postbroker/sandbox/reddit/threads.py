"""The threads of the simulated Reddit, which are there to be answered."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FirstComment:
    """A comment that was there before anybody came."""

    id: str
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A post of somebody's, and whether it takes comments."""

    id: str
    community: str
    title: str
    state: Literal["open", "locked", "archived", "removed"] = "open"
    comment: FirstComment | None = None

    @property
    def path(self) -> str:
        """Where it lives."""
        return f"/r/{self.community}/comments/{self.id}"


OPEN = Thread(
    "1sand01",
    "sandbox",
    "What did you bake today?",
    comment=FirstComment("sand0c1", "linus_sandbox", "Rye, two loaves."),
)
THREADS = {
    thread.id: thread
    for thread in (
        OPEN,
        Thread("1sand02", "sandbox", "Locked by the moderators", "locked"),
        Thread("1sand03", "sandbox", "Six months old", "archived"),
        Thread("1sand04", "sandbox", "Taken away", "removed"),
    )
}
"""By id."""
