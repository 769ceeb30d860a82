"""LinkedIn members, and pages where the operator's app has that product.

Retry class D: there is no key, and members' tokens cannot read what they posted; a post is sent at
most once.

Sources: learn.microsoft.com/linkedin, Posts, Images and Videos API and versioning (a version ends
after twelve months; 202511 ended on 2026-11-16), read 2026-11-22. Never run on the live service.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import StringConstraints

from postbroker.contract.catalogue import FileLimits, MediaRules
from postbroker.contract.message import Message
from postbroker.contract.words import LiveUrl
from postbroker.domain.content import normalise
from postbroker.domain.filetypes import kind_of
from postbroker.domain.media import Attached
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
    AuthExpired,
    AuthRevoked,
    NotPermitted,
    Outcome,
    Published,
    QuotaExhausted,
    RateLimited,
    Rejected,
    State,
    Trouble,
)
from postbroker.platforms.rates import retry_after, retry_at
from postbroker.platforms.uploads import seconds_for, size_of

VERSION = "202609"
"""A month, which LinkedIn serves for a year; `POSTBROKER_LINKEDIN_VERSION` names a newer one."""
MONTHS_SERVED, WARNED_BEFORE = 12, timedelta(days=60)
FRESH = timedelta(hours=20)
EXPIRED_TOKEN = 65602
ENDED_VERSION = 426
DUPLICATE = "DUPLICATE_POST"
SOURCE = "LinkedIn's Images and Videos API of 2026, read 2026-11-22"

_RESERVED = re.compile(r"[\\<>#~_|\[\]*(){}@]")
_HASHTAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d_]\w*)")


class Link(Message):
    """The card below a post without files."""

    url: LiveUrl
    title: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    description: Annotated[str, StringConstraints(max_length=4086)] = ""


class Options(Message):
    """What a post on LinkedIn may have beside text and files."""

    visibility: Literal["PUBLIC", "CONNECTIONS"] = "PUBLIC"
    organization: Annotated[str, StringConstraints(pattern=r"^\d{1,20}$")] | None = None
    """The number of a page, where the app has LinkedIn's Community Management product."""
    link: Link | None = None


class LinkedIn(Adapter):
    """Posts of a member, or of a page that the member manages."""

    info = Info(
        id="linkedin",
        retry_class="D",
        auth=(
            OAuth(
                authorize_url="https://www.linkedin.com/oauth/v2/authorization",
                token_url="https://www.linkedin.com/oauth/v2/accessToken",  # noqa: S106
                scopes=("openid", "profile", "w_member_social"),
                uses_pkce=False,
                refresh="none",
            ),
        ),
        base_url="https://api.linkedin.com",
        deletes=True,
        approval="An app with the products Sign In with LinkedIn and Share on LinkedIn, which are "
        "given at once. Pages need the Community Management product, which LinkedIn grants.",
        setup="https://www.linkedin.com/developers/apps",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        me = _fields(await api.send("GET", "/v2/userinfo", headers=bearer(api)), api)
        name, number = str(me.get("name") or "member"), str(me["sub"])
        return Identity(number, f"{name} ({number})", name), dict(api.credentials)

    def usual(self) -> Capabilities:
        """As in a tab, with descriptions of pictures."""
        return replace(super().usual(), media=_media())

    async def capabilities(self, api: Api) -> Capabilities:
        """The usual, and until when the API's version lasts."""
        version = _version(api)
        ends = version_end(version)
        details = {"version": version, "versionEnds": ends.date().isoformat()}
        if api.now() > ends - WARNED_BEFORE:
            details["warning"] = "set POSTBROKER_LINKEDIN_VERSION to a newer month"
        return replace(self.usual(), details=details)

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """The files."""
        owner = _author(api, options_of(Options, draft.options))
        files = dict(state.get("files", {}))
        for file in draft.media:
            known = files.get(file.media.id)
            if known and api.now() - datetime.fromisoformat(known["at"]) < FRESH:
                continue
            upload = _upload_video if _is_video(file) else _upload_image
            urn = await upload(api, file, owner)
            files[file.media.id] = {"urn": urn, "at": api.now().isoformat()}
            await save({**state, "files": dict(files)})
        return {**state, "files": files}

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """One post; its number comes in a header."""
        answer = await api.send_once(
            "POST", "/rest/posts", headers=_headers(api), json=_post(api, draft, state)
        )
        urn = answer.headers.get("x-restli-id")
        if answer.is_ok and urn:
            return Published(urn, f"https://www.linkedin.com/feed/update/{urn}")
        return concluded(answer, _refusal(answer, api), _words(answer))

    async def delete(self, api: Api, post: Published) -> None:
        """A post that is gone is no error."""
        path = f"/rest/posts/{quote(post.remote_id, safe='')}"
        answer = await api.send("DELETE", path, headers=_headers(api))
        if answer.status != 404:
            _fields(answer, api)


def version_end(version: str) -> datetime:
    """When LinkedIn stops to serve a version: a year after its month, on the 15th."""
    return datetime(int(version[:4]) + MONTHS_SERVED // 12, int(version[4:]), 15, tzinfo=UTC)


def little(text: str) -> str:
    """LinkedIn's own escaping, without which the rest of a text is cut; hashtags stay hashtags."""
    marked, end = [], 0
    for found in _HASHTAG.finditer(text):
        marked += [_escaped(text[end : found.start()]), f"{{hashtag|\\#|{_escaped(found[1])}}}"]
        end = found.end()
    return "".join([*marked, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: f"\\{found[0]}", text)


def _post(api: Api, draft: Draft, state: State) -> dict[str, Any]:
    options = options_of(Options, draft.options)
    post: dict[str, Any] = {
        "author": _author(api, options),
        "commentary": little(normalise(draft.text)),
        "visibility": options.visibility,
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    if draft.media:
        post["content"] = _content(draft.media, state)
    elif options.link:
        link = {"source": options.link.url, "title": options.link.title}
        described = {"description": options.link.description} if options.link.description else {}
        post["content"] = {"article": {**link, **described}}
    return post


def _content(media: Sequence[Attached], state: State) -> dict[str, Any]:
    items = [
        {"id": state["files"][file.media.id]["urn"]}
        | ({"altText": file.alt} if file.alt and not _is_video(file) else {})
        for file in media
    ]
    return {"media": items[0]} if len(items) == 1 else {"multiImage": {"images": items}}


async def _upload_image(api: Api, file: Attached, owner: str) -> str:
    made = await _act(api, "images", "initializeUpload", {"owner": owner})
    await _put(api, made["uploadUrl"], file, 0, size_of(file))
    return str(made["image"])


async def _upload_video(api: Api, file: Attached, owner: str) -> str:
    """Each piece to the address that is named for it; their tags close the upload."""
    given = {
        "owner": owner,
        "fileSizeBytes": size_of(file),
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    made = await _act(api, "videos", "initializeUpload", given)
    tags = []
    for piece in made["uploadInstructions"]:
        start, end = int(piece["firstByte"]), int(piece["lastByte"]) + 1
        answer = await _put(api, piece["uploadUrl"], file, start, end)
        tags.append(answer.headers.get("ETag", "").strip('"'))
    finished = {
        "video": made["video"],
        "uploadToken": made.get("uploadToken", ""),
        "uploadedPartIds": tags,
    }
    await _act(api, "videos", "finalizeUpload", finished)
    return str(made["video"])


async def _act(api: Api, noun: str, action: str, given: dict[str, Any]) -> dict[str, Any]:
    answer = await api.send(
        "POST",
        f"/rest/{noun}",
        params={"action": action},
        headers=_headers(api),
        json={f"{action}Request": given},
    )
    value = _fields(answer, api).get("value")
    return value if isinstance(value, dict) else {}


async def _put(api: Api, place: str, file: Attached, start: int, end: int) -> Answer:
    headers = {
        **bearer(api),
        "Content-Type": "application/octet-stream",
        "Content-Length": str(end - start),
    }
    answer = await api.send(
        "PUT",
        place,
        headers=headers,
        body=api.read(file, start, end),
        seconds=seconds_for(end - start),
    )
    _fields(answer, api)
    return answer


def _author(api: Api, options: Options) -> str:
    if options.organization:
        return f"urn:li:organization:{options.organization}"
    return f"urn:li:person:{api.identity.remote_id}"


def _fields(answer: Answer, api: Api) -> dict[str, Any]:
    """The object that an answer carries. Raises TroubleError for any that is not good."""
    if answer.is_ok:
        return answer.fields
    raise refused(answer, _refusal(answer, api), _words(answer))


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by status and LinkedIn's own codes; None for any other answer."""
    if answer.status == 429:
        if answer.headers.get("Retry-After"):
            return RateLimited(retry_at(answer, api.now(), retry_after))
        return QuotaExhausted(_next_day(api.now()))
    if answer.status == ENDED_VERSION:
        version = _version(api)
        return NotPermitted(f"version {version} has ended: set POSTBROKER_LINKEDIN_VERSION anew")
    if no_word(answer):
        return None
    if answer.status == 401:
        is_old = answer.fields.get("serviceErrorCode") == EXPIRED_TOKEN
        return AuthExpired() if is_old else AuthRevoked(_words(answer))
    if answer.status == 403:
        return NotPermitted(_words(answer))
    if DUPLICATE in _codes(answer):
        return Rejected("duplicate_content", _words(answer))
    return Rejected("content_rejected", _words(answer)) if answer.status in (400, 422) else None


def _codes(answer: Answer) -> set[str]:
    """Every code that an error names."""
    details = answer.fields.get("errorDetails") or {}
    rows = details.get("inputErrors") if isinstance(details, dict) else None
    inner = {str(row.get("code")) for row in rows or [] if isinstance(row, dict)}
    return inner | {str(answer.fields.get("code"))}


def _next_day(now: datetime) -> datetime:
    """Quotas of apps and members are reset at midnight in UTC."""
    tomorrow = now.astimezone(UTC) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)


def _words(answer: Answer) -> str:
    return said(answer.fields.get("message"), answer)


def _media() -> MediaRules:
    picture = FileLimits(
        max=20,
        types=["image/jpeg", "image/png", "image/gif"],
        bytes_max=8_000_000,
        pixels_max=36_152_319,
    )
    return MediaRules(
        max=20,
        image=picture,
        gif=picture.model_copy(update={"max": 1}),
        video=FileLimits(
            max=1, types=["video/mp4"], bytes_max=500_000_000, seconds_min=3, seconds_max=1800
        ),
        alt_max=4086,
        source=SOURCE,
    )


def _is_video(file: Attached) -> bool:
    return kind_of(file.media.content_type) == "video"


def _version(api: Api) -> str:
    return api.app.get("version", VERSION)


def _headers(api: Api) -> dict[str, str]:
    return {
        **bearer(api),
        "Linkedin-Version": _version(api),
        "X-Restli-Protocol-Version": "2.0.0",
    }


ADAPTER = LinkedIn()
