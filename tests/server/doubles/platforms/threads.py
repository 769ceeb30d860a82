"""The Threads API by its documents of 2026-04-14 and 2026-08."""

from collections.abc import Mapping
from typing import Any, ClassVar

from server.doubles.platforms.meta import USER, ContainersStandIn

TYPES = {"TEXT", "IMAGE", "VIDEO", "CAROUSEL"}


class ThreadsStandIn(ContainersStandIn):
    """One account."""

    handle = "ada"
    edge = "threads"
    text_field = "text"
    status_field = "status"
    limit_edge = "threads_publishing_limit"
    base_path: ClassVar[str] = "/v1.0"
    image_type: ClassVar[str] = "image/jpeg"
    fields: ClassVar[frozenset[str]] = frozenset(
        {
            "media_type", "text", "image_url", "video_url", "alt_text", "is_carousel_item",
            "children", "reply_to_id", "reply_control", "topic_tag", "link_attachment",
        }
    )  # fmt: skip
    reasons: ClassVar[frozenset[str]] = frozenset({"error_message"})
    account: Mapping[str, Any] = {"id": USER, "username": "ada", "name": "Ada"}

    def wrong(self, given: Mapping[str, str]) -> str | None:
        kind = given.get("media_type")
        if kind not in TYPES:
            return "Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}"
        if kind == "TEXT" and not given.get("text"):
            return "text is required"
        if kind == "IMAGE" and "image_url" not in given:
            return "image_url is required"
        if kind == "CAROUSEL" and not 2 <= len(given.get("children", "").split(",")) <= 20:
            return "a carousel has two to twenty items"
        is_item = given.get("is_carousel_item") == "true"
        return "a carousel item has no text" if is_item and "text" in given else None

    def address(self, post_id: str) -> str:
        return f"https://www.threads.com/@ada/post/C{post_id[-10:]}"
