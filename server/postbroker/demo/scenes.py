"""What the demo posts, and where: a scene a place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TEXT = """One family 👩‍👩‍👧‍👦, one flag 🇪🇺, one thumb 👍🏽
日本語も、中文也一样。

Posted exactly once, by the tab that was logged in: https://example.org/how?it=works&so=on
#postbroker"""
SEEN = "Posted exactly once"
"""Words of the text that every platform shows as they are."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One post to one place of a simulated platform."""

    platform: str
    place: str
    """In words, for whoever watches."""
    wish: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the request beside text and platform."""


SCENES: Mapping[str, Scene] = {
    "x": Scene("x", "the simulated X", {"account": "@ada_sandbox"}),
    "linkedin": Scene("linkedin", "the simulated LinkedIn", {"account": "ada_sandbox"}),
}
