"""Instagram, for professional accounts with a role on the operator's Meta app.

Retry class B: a container is made first and published by its id; it tells whether it is published.
By Instagram Login; files are fetched by Instagram from a public address.

Sources: developers.facebook.com, Instagram API with Instagram Login, pages of 2026-03, and the
error subcodes that public clients of 2026-08 list. Never run on the live service here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from postbroker.contract.catalogue import FileLimits, MediaRules, TextLimit
from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.domain.content import normalise
from postbroker.domain.filetypes import kind_of
from postbroker.domain.media import Attached
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Identity,
    Info,
    OAuth,
)
from postbroker.platforms.meta import ContainerAdapter, ask, insights, media_fields
from postbroker.platforms.options import options_of, problem
from postbroker.platforms.outcome import (
    NotPermitted,
    Published,
    Rejected,
    Transient,
    Trouble,
    TroubleError,
)

METRICS = ("views", "reach", "likes", "comments", "shares", "saved")
PROFESSIONAL = {"BUSINESS", "MEDIA_CREATOR"}
SOURCE = "Instagram API documentation of 2026-03, read 2026-11-22"
STORY_SECONDS, STORY_BYTES = 60, 100_000_000
MEGABYTE = 1_000_000
PASSING_FAILURES = {2207003, 2207020, 2207032, 2207052, 2207053, 2207082}


class Options(Message):
    """What a post on Instagram may have beside caption and files."""

    story: bool = False
    """A story of one file, seen for a day; it has no caption."""
    share_to_feed: bool = True
    """A video is in the feed too, not among the reels alone."""
    thumb_offset: Annotated[int, Field(ge=0, le=900_000)] | None = None
    """Milliseconds into a video, where its cover is taken."""


class Instagram(ContainerAdapter):
    """Posts as containers."""

    info = Info(
        id="instagram",
        retry_class="B",
        auth=(
            OAuth(
                authorize_url="https://www.instagram.com/oauth/authorize",
                token_url="https://api.instagram.com/oauth/access_token",  # noqa: S106
                scopes=(
                    "instagram_business_basic",
                    "instagram_business_content_publish",
                    "instagram_business_manage_insights",
                ),
                scope_separator=",",
                uses_pkce=False,
                refresh="exchange",
                exchange_url="https://graph.instagram.com/access_token",
                exchange_grant="ig_exchange_token",
                lengthen_url="https://graph.instagram.com/refresh_access_token",
                lengthen_grant="ig_refresh_token",
            ),
        ),
        base_url="https://graph.instagram.com/v25.0",
        metrics=METRICS,
        approval="A Meta app with Instagram Login. Professional accounts with a role on the app "
        "need no review, others need the app reviewed; personal accounts cannot be connected.",
        setup="https://developers.facebook.com/apps",
    )
    options = Options
    kind_of_post = "media"
    text_field = "caption"
    status_field = "status_code"
    limit_edge = "content_publishing_limit"

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is, if the account may publish at all."""
        fields = {"fields": "user_id,username,name,account_type"}
        me = await ask(api, "GET", "/me", fields)
        if me.get("account_type") not in PROFESSIONAL:
            needs = "switch the account to a professional one: Settings → Account type and tools"
            raise TroubleError(NotPermitted(needs))
        identity = Identity(
            remote_id=str(me["user_id"]),
            handle=str(me["username"]),
            name=str(me.get("name") or ""),
        )
        return identity, dict(api.credentials)

    def usual(self) -> Capabilities:
        """Narrower than in a tab: JPEG alone, and a carousel of ten."""
        return replace(super().usual(), text=_text(), media=_media())

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """A story is one file without a caption."""
        problems = super().validate(draft, capabilities)
        if draft.options.get("story") is True:
            problems += _story_problems(draft)
        return problems

    def container(self, api: Api, draft: Draft) -> dict[str, str]:
        """A picture, a reel or a story."""
        options, file = options_of(Options, draft.options), draft.media[0]
        is_video = kind_of(file.media.content_type) == "video"
        given = media_fields(api, file)
        if options.story:
            return {**given, "media_type": "STORIES"}
        if not is_video:
            return {**given, **_caption(draft), **_alt(file)}
        given |= {"media_type": "REELS", "share_to_feed": str(options.share_to_feed).lower()}
        if options.thumb_offset is not None:
            given["thumb_offset"] = str(options.thumb_offset)
        return {**given, **_caption(draft)}

    def item(self, api: Api, file: Attached) -> dict[str, str]:
        """One of several files."""
        is_video = kind_of(file.media.content_type) == "video"
        kind = {"media_type": "VIDEO"} if is_video else _alt(file)
        return {**media_fields(api, file), **kind, "is_carousel_item": "true"}

    def album(self, draft: Draft, children: Sequence[str]) -> dict[str, str]:
        """Several files with one caption."""
        return {"media_type": "CAROUSEL", "children": ",".join(children), **_caption(draft)}

    @property
    def container_fields(self) -> str:
        """With the reason of a failure, which holds a subcode."""
        return "id,status_code,status"

    def failure(self, container: Mapping[str, Any]) -> Trouble:
        """By the subcode that the status names: `Error: …, error subcode 2207026`."""
        reason = str(container.get("status") or container.get("status_code"))
        numbers = {int(word) for word in reason.replace(".", " ").split() if word.isdigit()}
        if numbers & PASSING_FAILURES or container.get("status_code") == "EXPIRED":
            return Transient(reason)
        return Rejected("content_rejected", reason, "mediaPaths")

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Each post's own insights."""
        return [await insights(api, post.remote_id, METRICS) for post in posts]


def _text() -> TextLimit:
    return TextLimit(unit="characters", max=2200, source=SOURCE)


def _media() -> MediaRules:
    return MediaRules(
        max=10,
        required=True,
        mixed=True,
        image=FileLimits(
            max=10,
            types=["image/jpeg"],
            bytes_max=8 * MEGABYTE,
            side_min=320,
            ratio_min=0.8,
            ratio_max=1.91,
        ),
        video=FileLimits(
            max=10,
            types=["video/mp4", "video/quicktime"],
            bytes_max=300 * MEGABYTE,
            width_max=1920,
            ratio_min=0.01,
            ratio_max=10,
            seconds_min=3,
            seconds_max=900,
        ),
        alt_max=1000,
        source=SOURCE,
    )


def _story_problems(draft: Draft) -> list[FieldProblem]:
    problems = []
    if len(draft.media) > 1:
        message = "a story has one file"
        problems.append(problem("mediaPaths", "UNSUPPORTED_MEDIA_CONFIG", message))
    if draft.text:
        problems.append(problem("text", "VALIDATION_FAILED", "a story has no caption"))
    facts = draft.media[0].media.facts if draft.media else None
    if facts and ((facts.seconds or 0) > STORY_SECONDS or facts.size > STORY_BYTES):
        message = f"a story has {STORY_SECONDS} s and {STORY_BYTES // MEGABYTE} MB at most"
        problems.append(problem("mediaPaths.0", "UNSUPPORTED_MEDIA_CONFIG", message))
    return problems


def _caption(draft: Draft) -> dict[str, str]:
    text = normalise(draft.text)
    return {"caption": text} if text else {}


def _alt(file: Attached) -> dict[str, str]:
    return {"alt_text": file.alt} if file.alt else {}


ADAPTER = Instagram()
