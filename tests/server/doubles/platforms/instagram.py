"""The Instagram API with Instagram Login by its documents of 2026-03."""

from collections.abc import Mapping
from typing import Any, ClassVar

from server.doubles.platforms.meta import USER, ContainersStandIn

TYPES = {"VIDEO", "REELS", "STORIES", "CAROUSEL"}


class InstagramStandIn(ContainersStandIn):
    """One professional account."""

    handle = "ada"
    edge = "media"
    text_field = "caption"
    status_field = "status_code"
    limit_edge = "content_publishing_limit"
    base_path: ClassVar[str] = "/v25.0"
    fields: ClassVar[frozenset[str]] = frozenset(
        {
            "media_type", "caption", "image_url", "video_url", "alt_text", "is_carousel_item",
            "children", "share_to_feed", "thumb_offset",
        }
    )  # fmt: skip
    reasons: ClassVar[frozenset[str]] = frozenset({"status"})
    account: Mapping[str, Any] = {
        "user_id": USER,
        "username": "ada",
        "name": "Ada",
        "account_type": "BUSINESS",
    }

    def wrong(self, given: Mapping[str, str]) -> str | None:
        kind = given.get("media_type")
        if kind is not None and kind not in TYPES:
            return "Param media_type must be one of {VIDEO, REELS, STORIES, CAROUSEL}"
        if kind == "CAROUSEL":
            count = len(given.get("children", "").split(","))
            return None if 2 <= count <= 10 else "a carousel has two to ten items"
        if kind in ("REELS", "VIDEO") and "video_url" not in given:
            return "video_url is required"
        if kind == "STORIES" and "caption" in given:
            return "a story has no caption"
        has_file = "image_url" in given or "video_url" in given
        return None if has_file else "The parameter image_url is required"

    def address(self, post_id: str) -> str:
        return f"https://www.instagram.com/p/D{post_id[-10:]}/"
