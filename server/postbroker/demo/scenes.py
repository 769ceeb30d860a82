"""What the demo posts, and where: a scene a place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TEXT = """One family 👩‍👩‍👧‍👦, one flag 🇪🇺, one thumb 👍🏽
日本語も、中文也一样。

Posted exactly once, by the tab that was logged in: https://example.org/how?it=works&so=on
#postbroker"""
SEEN = "Posted exactly once"
"""Words of the text that every platform shows as they are."""


FILES = Path(__file__).parent / "files"


@dataclass(frozen=True, slots=True)
class Scene:
    """One post or comment to one place of a simulated platform."""

    platform: str
    place: str
    """In words, for whoever watches."""
    wish: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the request beside text and platform; with `target_url` it is for a comment."""
    file: Path | None = None
    """A picture or video that goes along."""


SCENES: Mapping[str, Scene] = {
    "x": Scene("x", "the simulated X", {"account": "@ada_sandbox"}),
    "linkedin": Scene(
        "linkedin", "the simulated LinkedIn", {"account": "ada_sandbox"}, FILES / "picture.jpg"
    ),
    "facebook": Scene("facebook", "the simulated Facebook"),
    "facebook-group": Scene(
        "facebook", "a group of the simulated Facebook", {"group_id": "100200300400501"}
    ),
    "tiktok": Scene("tiktok", "the simulated TikTok", file=FILES / "film.mp4"),
    "instagram": Scene("instagram", "the simulated Instagram", file=FILES / "picture.jpg"),
    "reddit": Scene(
        "reddit",
        "a thread of the simulated Reddit",
        {"target_url": "https://www.reddit.com/r/sandbox/comments/1sand01/as_it_is_called/"},
    ),
}
