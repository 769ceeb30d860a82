"""Threads, for accounts with a role on the operator's Meta app.

Retry class B: a container is made first and published by its id; it tells whether it is published.

Sources: developers.facebook.com, Threads API, pages of 2026-04-14 (limits) and 2026-08 (OAuth on
threads.com). Never run on the live service here.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import regex
from pydantic import StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import LiveUrl
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
from postbroker.platforms.meta import ContainerAdapter, ask, delete_object, insights, media_fields
from postbroker.platforms.options import options_of
from postbroker.platforms.outcome import Published, Rejected, Transient, Trouble

METRICS = ("views", "likes", "replies", "reposts", "quotes")
PASSING_FAILURES = {"FAILED_DOWNLOADING_VIDEO", "UNKNOWN"}

_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}")


class Options(Message):
    """What a post on Threads may have beside text and files."""

    reply_control: Literal["everyone", "accounts_you_follow", "mentioned_only"] | None = None
    """Who may answer."""
    topic_tag: (
        Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^.&]+$")] | None
    ) = None
    """The post's one topic, without #."""
    link: LiveUrl | None = None
    """The link whose card is shown, where there are no files; usually the first of the text."""


class Threads(ContainerAdapter):
    """Posts as containers."""

    info = Info(
        id="threads",
        retry_class="B",
        auth=(
            OAuth(
                authorize_url="https://threads.com/oauth/authorize",
                token_url="https://graph.threads.net/oauth/access_token",  # noqa: S106
                scopes=(
                    "threads_basic",
                    "threads_content_publish",
                    "threads_delete",
                    "threads_manage_insights",
                ),
                scope_separator=",",
                uses_pkce=False,
                refresh="exchange",
                exchange_url="https://graph.threads.net/access_token",
                exchange_grant="th_exchange_token",
                lengthen_url="https://graph.threads.net/refresh_access_token",
                lengthen_grant="th_refresh_token",
            ),
        ),
        base_url="https://graph.threads.net/v1.0",
        deletes=True,
        metrics=METRICS,
        approval="A Meta app with the Threads use case. Accounts that are testers of the app need "
        "no review; others need the app to be reviewed.",
        setup="https://developers.facebook.com/apps",
    )
    options = Options
    kind_of_post = "threads"
    text_field = "text"
    status_field = "status"
    limit_edge = "threads_publishing_limit"

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        me = await ask(api, "GET", "/me", {"fields": "id,username,name"})
        identity = Identity(
            remote_id=str(me["id"]), handle=str(me["username"]), name=str(me.get("name") or "")
        )
        return identity, dict(api.credentials)

    def text_length(self, draft: Draft, capabilities: Capabilities) -> int:  # noqa: ARG002
        """Characters, and for an emoji its bytes in UTF-8."""
        return sum(
            len(found[0].encode()) if _EMOJI.search(found[0]) else len(found[0])
            for found in _GRAPHEME.finditer(normalise(draft.text))
        )

    def container(self, api: Api, draft: Draft) -> dict[str, str]:
        """Text, with a file or without."""
        if not draft.media:
            link = options_of(Options, draft.options).link
            attachment = {"link_attachment": link} if link else {}
            return {"media_type": "TEXT", **attachment, **_words(draft)}
        file = draft.media[0]
        return {**_file(api, file), **_words(draft)}

    def item(self, api: Api, file: Attached) -> dict[str, str]:
        """One of several files."""
        return {**_file(api, file), "is_carousel_item": "true"}

    def album(self, draft: Draft, children: Sequence[str]) -> dict[str, str]:
        """Several files with one text."""
        return {"media_type": "CAROUSEL", "children": ",".join(children), **_words(draft)}

    @property
    def container_fields(self) -> str:
        """With the reason of a failure."""
        return "id,status,error_message"

    def failure(self, container: Mapping[str, Any]) -> Trouble:
        """By the platform's own word for it."""
        reason = str(container.get("error_message") or container.get("status"))
        if reason in PASSING_FAILURES or container.get("status") == "EXPIRED":
            return Transient(reason)
        return Rejected("content_rejected", reason, "mediaPaths")

    async def delete(self, api: Api, post: Published) -> None:
        """A hundred a day at most."""
        await delete_object(api, post.remote_id)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Each post's own insights."""
        return [await insights(api, post.remote_id, METRICS) for post in posts]


def _words(draft: Draft) -> dict[str, str]:
    options = options_of(Options, draft.options)
    given = {
        "text": normalise(draft.text),
        "reply_to_id": draft.previous[-1].remote_id if draft.previous else None,
        "reply_control": options.reply_control,
        "topic_tag": options.topic_tag,
    }
    return {name: value for name, value in given.items() if value}


def _file(api: Api, file: Attached) -> dict[str, str]:
    kind = "VIDEO" if kind_of(file.media.content_type) == "video" else "IMAGE"
    described = {"alt_text": file.alt} if file.alt else {}
    return {"media_type": kind, **media_fields(api, file), **described}


ADAPTER = Threads()
