"""X, by API v2, which is paid with credits.

Retry class C: there is no key. After a doubt the account's own newest posts are looked through
before a second try.

Sources: docs.x.com of 2026-08-22 (posts, media, rate limits, OAuth 2, pricing) and the vendor's
OpenAPI file as read on 2026-11-24, in which posts are no longer called tweets but in paths; answers
are read by either name. Never run on the live service here.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from postbroker.catalogue import load_weights
from postbroker.contract.catalogue import MediaRules
from postbroker.contract.message import Message
from postbroker.domain.content import normalise, text_length
from postbroker.domain.filetypes import Kind, kind_of
from postbroker.domain.media import Attached
from postbroker.domain.urls import find_urls
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Identity,
    Info,
    OAuth,
    Save,
)
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
from postbroker.platforms.credentials import bearer
from postbroker.platforms.options import options_of
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    CannotTell,
    Finding,
    NotPermitted,
    Outcome,
    Published,
    RateLimited,
    Rejected,
    State,
    Transient,
    Trouble,
    TroubleError,
)
from postbroker.platforms.rates import epoch_when_spent, retry_after, retry_at
from postbroker.platforms.uploads import FilePart, multipart, size_of

SEGMENT = 4_000_000
CATEGORIES: dict[Kind, str] = {
    "image": "tweet_image",
    "gif": "tweet_gif",
    "video": "tweet_video",
}
FRESH = timedelta(hours=20)
"""Files are good for about a day after they are whole."""
CHECKS_MAX, CHECK_SECONDS = 120, 5
NEWEST = 50
METRICS = {
    "impressions": "impression_count",
    "likes": "like_count",
    "replies": "reply_count",
    "reposts": "repost_count",
    "quotes": "quote_count",
    "bookmarks": "bookmark_count",
}

PROBLEMS = "https://api.twitter.com/2/problems/"
NEEDS_CREDITS = {f"{PROBLEMS}usage-capped", f"{PROBLEMS}credits-depleted"}
NEEDS_RIGHTS = {
    f"{PROBLEMS}client-forbidden",
    f"{PROBLEMS}not-authorized-for-resource",
    f"{PROBLEMS}not-authorized-for-field",
    f"{PROBLEMS}unsupported-authentication",
}
MISSING = f"{PROBLEMS}resource-not-found"
DUPLICATE = "you are not allowed to create a tweet with duplicate content."
"""The whole `detail` of a 403 of the type `about:blank`."""
PAYMENT = 402

_SCHEME = re.compile(r"^https?://")


class Options(Message):
    """What a post on X may have beside text and files."""

    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    """Who may answer; everybody, when absent."""
    made_with_ai: bool = False
    paid_partnership: bool = False


class X(Adapter):
    """Posts of one account."""

    info = Info(
        id="x",
        retry_class="C",
        auth=(
            OAuth(
                authorize_url="https://x.com/i/oauth2/authorize",
                token_url="https://api.x.com/2/oauth2/token",  # noqa: S106
                scopes=(
                    "tweet.read",
                    "tweet.write",
                    "users.read",
                    "media.write",
                    "offline.access",
                ),
                client_auth="basic",
                refresh="rotating",
                revoke_url="https://api.x.com/2/oauth2/revoke",
            ),
        ),
        base_url="https://api.x.com",
        deletes=True,
        metrics=tuple(METRICS),
        cost="prepaid credits: 0.015 USD for a post, 0.200 USD for one with a link, 0.005 USD for "
        "each description of a picture, 0.010 USD for removing a post, 0.001 USD for reading one",
        cost_per_post="0.015 USD, or 0.200 USD with a link",
        approval="A developer account with credits.",
        setup="https://developer.x.com",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        answer = await api.send("GET", "/2/users/me", headers=bearer(api))
        me = _data(answer, api)
        identity = Identity(str(me["id"]), str(me["username"]), str(me.get("name") or ""))
        return identity, dict(api.credentials)

    def usual(self) -> Capabilities:
        """As in a tab, but files of one kind: four pictures, a GIF or a video."""
        usual = super().usual()
        return replace(usual, media=_of_one_kind(usual.media))

    def text_length(self, draft: Draft, capabilities: Capabilities) -> int:
        """By X's own weights."""
        return text_length(draft.text, capabilities.text.unit, load_weights()["x"])

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """The files, processed and described."""
        files = dict(state.get("files", {}))
        for file in draft.media:
            known = files.get(file.media.id)
            if known and api.now() - datetime.fromisoformat(known["at"]) < FRESH:
                continue
            number = await _upload(api, file, lambda: save({**state, "files": dict(files)}))
            files[file.media.id] = {"id": number, "at": api.now().isoformat()}
            await save({**state, "files": dict(files)})
        return {**state, "files": files}

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """One post."""
        answer = await api.send_once(
            "POST", "/2/tweets", headers=bearer(api), json=_post(draft, state)
        )
        number = (answer.fields.get("data") or {}).get("id")
        if answer.is_ok and isinstance(number, str):
            return _published(api, number)
        return concluded(answer, _refusal(answer, api))

    async def reconcile(
        self,
        api: Api,
        draft: Draft,
        state: State,  # noqa: ARG002
        key: str,  # noqa: ARG002
        since: datetime,
    ) -> Finding:
        """The account's own posts since then, and whether one has this text."""
        answer = await api.send(
            "GET",
            f"/2/users/{api.identity.remote_id}/tweets",
            params={
                "max_results": str(NEWEST),
                "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "post.fields": "conversation_id,created_at,entities",
                "expansions": "referenced_posts",
            },
            headers=bearer(api),
        )
        if not answer.is_ok:
            raise refused(answer, _refusal(answer, api))
        wanted = _as_sent(normalise(draft.text))
        answers = draft.previous[-1].remote_id if draft.previous else None
        alike = [post for post in answer.fields.get("data") or [] if _as_read(post) == wanted]
        for post in alike:
            if _answered(post) == answers:
                return _published(api, str(post["id"]))
        if answers and not all(map(_is_placed, alike)):
            return CannotTell("a post with this text does not say what it answers")
        return Absent()

    async def delete(self, api: Api, post: Published) -> None:
        """A post that is gone is no error."""
        answer = await api.send("DELETE", f"/2/tweets/{post.remote_id}", headers=bearer(api))
        if answer.fields.get("type") != MISSING:
            _data(answer, api)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """All in one request, which costs for each post."""
        params = {
            "ids": ",".join(post.remote_id for post in posts),
            "post.fields": "public_metrics",
        }
        answer = await api.send("GET", "/2/tweets", params=params, headers=bearer(api))
        if not answer.is_ok:
            raise refused(answer, _refusal(answer, api))
        rows = answer.fields.get("data") or []
        found = {row["id"]: _counts(row["public_metrics"]) for row in rows}
        return [
            {
                name: int(found[post.remote_id].get(count, 0))
                for name, count in METRICS.items()
                if post.remote_id in found
            }
            for post in posts
        ]


def _post(draft: Draft, state: State) -> dict[str, Any]:
    """The request, without anything that is not said: unknown fields are refused."""
    options = options_of(Options, draft.options)
    post: dict[str, Any] = {}
    if text := normalise(draft.text):
        post["text"] = text
    if draft.media:
        numbers = [state["files"][file.media.id]["id"] for file in draft.media]
        post["media"] = {"media_ids": numbers}
    if draft.previous:
        post["reply"] = {"in_reply_to_tweet_id": draft.previous[-1].remote_id}
    if options.reply_settings and not draft.previous:
        post["reply_settings"] = options.reply_settings
    if options.made_with_ai:
        post["made_with_ai"] = True
    if options.paid_partnership:
        post["paid_partnership"] = True
    return post


async def _upload(api: Api, file: Attached, still_here: Any) -> str:
    """A file's number, once it is processed and described."""
    size, kind = size_of(file), file.media.content_type
    given = {"media_type": kind, "total_bytes": size, "media_category": CATEGORIES[kind_of(kind)]}
    path = "/2/media/upload"
    answer = await api.send("POST", f"{path}/initialize", headers=bearer(api), json=given)
    number = str(_data(answer, api)["id"])
    for place, start in enumerate(range(0, size, SEGMENT)):
        part = FilePart("media", file, start, min(start + SEGMENT, size))
        form = multipart(api, {"segment_index": str(place)}, [part])
        form["headers"] |= bearer(api)
        _data(await api.send("POST", f"{path}/{number}/append", **form), api)
        await still_here()
    answer = await api.send("POST", f"{path}/{number}/finalize", headers=bearer(api))
    await _until_processed(api, number, _data(answer, api), still_here)
    if file.alt:
        described = {"id": number, "metadata": {"alt_text": {"text": file.alt}}}
        answer = await api.send("POST", "/2/media/metadata", headers=bearer(api), json=described)
        _data(answer, api)
    return number


async def _until_processed(api: Api, number: str, told: Mapping[str, Any], still_here: Any) -> None:
    for _ in range(CHECKS_MAX):
        processing = told.get("processing_info") or {"state": "succeeded"}
        match processing.get("state"):
            case "succeeded":
                return
            case "failed":
                error = processing.get("error") or {}
                message = str(error.get("message") or error.get("name") or "it is not processed")
                raise TroubleError(Rejected("content_rejected", message, "mediaPaths"))
            case _:
                await api.wait(float(processing.get("check_after_secs") or CHECK_SECONDS))
                await still_here()
        params = {"command": "STATUS", "media_id": number}
        answer = await api.send("GET", "/2/media/upload", params=params, headers=bearer(api))
        told = _data(answer, api)
    raise TroubleError(Transient("the file is still being processed"))


def _published(api: Api, number: str) -> Published:
    return Published(number, f"https://x.com/{api.identity.handle}/status/{number}")


def _as_read(post: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A live post's text with marks for addresses, and the addresses; its files' are left out."""
    text, addresses = normalise(html.unescape(post["text"])), []
    for each in (post.get("entities") or {}).get("urls") or []:
        if "media_key" in each:
            text = text.replace(each["url"], "")
        else:
            addresses.append(_bare(str(each.get("expanded_url", ""))))
            text = text.replace(each["url"], "\0", 1)
    return text.rstrip(), addresses


def _as_sent(text: str) -> tuple[str, list[str]]:
    """Our text in the same form: X puts an address of its own in place of each."""
    marked, addresses, end = list[str](), list[str](), 0
    for start, stop in find_urls(text, load_weights()["x"].url):
        marked += [text[end:start], "\0"]
        addresses.append(_bare(text[start:stop]))
        end = stop
    return "".join([*marked, text[end:]]).rstrip(), addresses


def _bare(address: str) -> str:
    return _SCHEME.sub("", address).rstrip("/").casefold()


def _answered(post: Mapping[str, Any]) -> str | None:
    """The number of the post that this one answers."""
    named = _named(post)
    return next((str(each["id"]) for each in named if each.get("type") == "replied_to"), None)


def _counts(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"repost_count": told.get("retweet_count", 0), **told}


def _named(post: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The posts that this one refers to."""
    return post.get("referenced_posts") or post.get("referenced_tweets") or []


def _is_placed(post: Mapping[str, Any]) -> bool:
    """True where a post says what it refers to, or that it begins a conversation."""
    return bool(_named(post)) or post.get("conversation_id") == post["id"]


def _data(answer: Answer, api: Api) -> dict[str, Any]:
    """The object that an answer carries. Raises TroubleError for any that is not good."""
    if answer.is_ok:
        data = answer.fields.get("data")
        return data if isinstance(data, dict) else {}
    raise refused(answer, _refusal(answer, api))


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by the problem's type; None for any other answer."""
    kind = answer.fields.get("type")
    detail = said(answer.fields.get("detail") or answer.fields.get("title"), answer)
    if kind in NEEDS_CREDITS or answer.status == PAYMENT:
        return NotPermitted(f"the developer account has no credits left: {detail}")
    if answer.status == 429:
        at = retry_at(answer, api.now(), epoch_when_spent("x-rate-limit"), retry_after)
        return RateLimited(at)
    if no_word(answer):
        return None
    if answer.status == 401:
        return AuthExpired()
    if kind in NEEDS_RIGHTS:
        return NotPermitted(detail)
    if detail.casefold() == DUPLICATE:
        return Rejected("duplicate_content", detail)
    return Rejected("content_rejected", detail) if 400 <= answer.status < 500 else None


def _of_one_kind(media: MediaRules) -> MediaRules:
    one = {
        name: limits.model_copy(update={"max": 1})
        for name, limits in (("gif", media.gif), ("video", media.video))
        if limits is not None
    }
    return media.model_copy(update={"mixed": False, **one})


ADAPTER = X()
