"""Mastodon, and other servers that speak its API.

Retry class A: `Idempotency-Key`, which a server keeps for up to an hour. Later than that, the
account's own posts are looked through before anything is sent.

Sources: docs.joinmastodon.org (repository mastodon/documentation) of 2026-07-02: statuses, media,
instance, rate limits, OAuth scopes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import regex
from pydantic import StringConstraints

from postbroker.catalogue import load_weights
from postbroker.contract.catalogue import FileLimits, MediaRules, MediaType, TextLimit
from postbroker.contract.message import Message
from postbroker.domain.content import normalise, text_length
from postbroker.domain.media import Attached
from postbroker.domain.urls import find_urls
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Entry,
    Identity,
    Info,
    OAuth,
    Save,
    Typed,
)
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
from postbroker.platforms.credentials import bearer
from postbroker.platforms.options import options_of
from postbroker.platforms.outcome import (
    Absent,
    AuthRevoked,
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
    Unknown,
)
from postbroker.platforms.rates import retry_after, retry_at, timestamp_when_spent
from postbroker.platforms.uploads import FilePart, multipart

KEY_MINUTES = 50
"""How long after the first preparation the server surely still knows our key."""
UPLOAD_HOURS = 12
"""Files that no post names are removed after a day; older ones are uploaded anew."""
CHECK_SECONDS = 2
CHECKS_MAX = 150
PAGE = 40
SKEW = timedelta(minutes=1)
"""By how much the server's clock may be behind ours."""
URL_LENGTH = 23
"""What a URL counts unless the server says otherwise."""
METRICS = {"replies": "replies_count", "reblogs": "reblogs_count", "favourites": "favourites_count"}

_MENTION = regex.compile(r"(?<![\w/])@(\w[\w.-]*)@[\w.-]*\w")
_CONTENT = {400, 413, 422}
"""Statuses of a clear no to the content."""
_GONE = 404


class Options(Message):
    """What a post on Mastodon may have beside text and files."""

    visibility: Literal["public", "unlisted", "private", "direct"] | None = None
    """Who sees it; without it, what the account has set as usual."""
    spoiler_text: Annotated[str, StringConstraints(max_length=500)] = ""
    """A warning or subject, behind which the rest is folded; counts as text."""
    sensitive: bool = False
    """Pictures and videos are blurred until somebody wants to see them."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    """ISO 639, such as `en`."""


class Mastodon(Adapter):
    """Posts as statuses."""

    info = Info(
        id="mastodon",
        retry_class="A",
        auth=(
            OAuth(
                authorize_url="{base}/oauth/authorize",
                token_url="{base}/oauth/token",  # noqa: S106
                scopes=("read:accounts", "read:statuses", "write:media", "write:statuses"),
                refresh="none",
                revoke_url="{base}/oauth/revoke",
                registers_itself=True,
            ),
            Typed(
                (
                    Entry(
                        "access_token",
                        "Access token",
                        "Preferences → Development → New application, with the scopes "
                        "read:accounts, read:statuses, write:media and write:statuses",
                        is_secret=True,
                    ),
                )
            ),
        ),
        base_url="https://mastodon.social",
        asks_for_server=True,
        deletes=True,
        metrics=tuple(METRICS),
        setup="https://docs.joinmastodon.org/client/token/",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is, and on which server."""
        account = _fields(await _get(api, "/api/v1/accounts/verify_credentials"), api)
        if not isinstance(account.get("id"), str) or not isinstance(account.get("username"), str):
            raise TroubleError(Rejected("content_rejected", "this server is no Mastodon"))
        instance = await _instance(api)
        domain = instance.get("domain") or instance.get("uri") or urlsplit(api.base_url).netloc
        identity = Identity(
            remote_id=account["id"],
            handle=f"{account['username']}@{domain}",
            name=str(account.get("display_name", "")),
            base_url=api.base_url,
        )
        return identity, dict(api.credentials)

    async def capabilities(self, api: Api) -> Capabilities:
        """What the server says of its limits; the usual ones where it says nothing."""
        usual = self.usual()
        found = (await _instance(api)).get("configuration") or {}
        statuses, files = found.get("statuses") or {}, found.get("media_attachments") or {}
        source = f"{api.base_url}/api/v2/instance, read {api.now():%Y-%m-%d}"
        return replace(
            usual,
            text=TextLimit(
                unit="graphemes",
                max=statuses.get("max_characters") or usual.text.max,
                source=source,
            ),
            media=_media_rules(usual.media, statuses, files, source),
            details={"urlLength": statuses.get("characters_reserved_per_url") or URL_LENGTH},
        )

    def text_length(self, draft: Draft, capabilities: Capabilities) -> int:
        """With the warning; URLs count the same however long, mentions without their server."""
        text = normalise(draft.text)
        length = capabilities.details.get("urlLength", URL_LENGTH)
        for start, end in reversed(list(find_urls(text, load_weights()["x"].url))):
            if text[start:end].lower().startswith(("https://", "http://")):
                text = text[:start] + "x" * length + text[end:]
        text = _MENTION.sub(r"@\1", text)
        return text_length(f"{draft.options.get('spoilerText', '')}{text}", "graphemes")

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """Upload the files, and wait until the server has worked on them."""
        if "at" not in state:
            state = {**state, "at": api.now().isoformat(), "files": {}}
        for file in draft.media:
            kept = state["files"].get(file.media.id)
            if kept is None or _is_stale(kept, api.now()):
                kept = await _upload(api, file)
                state = await _keep(state, file, kept, save)
            if not kept["is_ready"]:
                await _wait_until_ready(api, kept["id"])
                state = await _keep(state, file, {**kept, "is_ready": True}, save)
        return state

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:
        """One status under our key. Where the server may have forgotten it, look first."""
        began_at = datetime.fromisoformat(state["at"])
        if api.now() - began_at > timedelta(minutes=KEY_MINUTES):
            found = await self._find(api, draft, began_at)
            if isinstance(found, Published):
                return found
            if isinstance(found, CannotTell):
                return Unknown(found.message)
        answer = await api.send_once(
            "POST",
            "/api/v1/statuses",
            headers={**bearer(api), "Idempotency-Key": key},
            json=_status(draft, state),
        )
        if answer.is_ok:
            return _published(answer.fields) or Unknown("the server named no post")
        return concluded(answer, _refusal(answer, api.now()))

    async def reconcile(
        self,
        api: Api,
        draft: Draft,
        state: State,  # noqa: ARG002
        key: str,  # noqa: ARG002
        since: datetime,
    ) -> Finding:
        """Look through what the account posted since."""
        return await self._find(api, draft, since)

    async def _find(self, api: Api, draft: Draft, since: datetime) -> Finding:
        where = {"limit": str(PAGE), "exclude_reblogs": "true"}
        answer = await _get(api, f"/api/v1/accounts/{api.identity.remote_id}/statuses", where)
        posts = answer.json
        if not answer.is_ok or not isinstance(posts, list):
            return CannotTell(no_word(answer) or said(answer.fields.get("error"), answer))
        recent = [each for each in posts if _instant(each) >= since - SKEW]
        for each in recent:
            if await _is_ours(api, each, draft):
                return _published(each) or CannotTell("the server named no post")
        if len(recent) == PAGE:
            return CannotTell("the account posted too much since")
        return Absent()

    async def delete(self, api: Api, post: Published) -> None:
        """A post that is gone is no error."""
        answer = await api.send("DELETE", f"/api/v1/statuses/{post.remote_id}", headers=bearer(api))
        if answer.status != _GONE:
            _fields(answer, api)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """As far as the account's own server has heard of them."""
        counted: list[dict[str, int]] = []
        for post in posts:
            answer = await _get(api, f"/api/v1/statuses/{post.remote_id}")
            found = {} if answer.status == _GONE else _fields(answer, api)
            counted.append(
                {name: int(found[count]) for name, count in METRICS.items() if count in found}
            )
        return counted


async def _instance(api: Api) -> dict[str, Any]:
    """What the server says of itself; older ones say it in the first version's place."""
    answer = await _get(api, "/api/v2/instance")
    if answer.status == _GONE:
        answer = await _get(api, "/api/v1/instance")
    return _fields(answer, api)


def _media_rules(
    usual: MediaRules, statuses: Mapping[str, Any], files: Mapping[str, Any], source: str
) -> MediaRules:
    most = statuses.get("max_media_attachments") or usual.max
    taken = files.get("supported_mime_types")

    def limits(usually: FileLimits | None, kind: str, most: int) -> FileLimits | None:
        if usually is None:
            return None
        types: list[MediaType] = [
            each for each in usually.types if not isinstance(taken, list) or each in taken
        ]
        changed = {
            "max": most,
            "types": types,
            "bytes_max": files.get(f"{kind}_size_limit") or usually.bytes_max,
            "pixels_max": files.get(f"{kind}_matrix_limit") or usually.pixels_max,
        }
        return usually.model_copy(update=changed) if types else None

    return usual.model_copy(
        update={
            "max": most,
            "image": limits(usual.image, "image", most),
            "gif": limits(usual.gif, "image", most),
            "video": limits(usual.video, "video", 1),
            "alt_max": files.get("description_limit") or usual.alt_max,
            "source": source,
        }
    )


async def _upload(api: Api, file: Attached) -> dict[str, Any]:
    described = {"description": file.alt} if file.alt else {}
    form = multipart(api, described, [FilePart("file", file)])
    form["headers"] |= bearer(api)
    answer = await api.send("POST", "/api/v2/media", **form)
    found = _fields(answer, api)
    if not isinstance(found.get("id"), str):
        raise TroubleError(Transient("the server named no file"))
    is_ready = answer.status == 200
    return {"id": found["id"], "at": api.now().isoformat(), "is_ready": is_ready}


async def _wait_until_ready(api: Api, media_id: str) -> None:
    for _ in range(CHECKS_MAX):
        await api.wait(CHECK_SECONDS)
        answer = await _get(api, f"/api/v1/media/{media_id}")
        _fields(answer, api)
        if answer.status == 200:
            return
    raise TroubleError(Transient("the server still works on a file"))


async def _keep(state: State, file: Attached, kept: Mapping[str, Any], save: Save) -> State:
    state = {**state, "files": {**state["files"], file.media.id: kept}}
    await save(state)
    return state


def _is_stale(kept: Mapping[str, Any], now: datetime) -> bool:
    return now - datetime.fromisoformat(kept["at"]) > timedelta(hours=UPLOAD_HOURS)


def _status(draft: Draft, state: State) -> dict[str, Any]:
    options = options_of(Options, draft.options)
    status: dict[str, Any] = {"status": normalise(draft.text)}
    if draft.media:
        status["media_ids"] = [state["files"][file.media.id]["id"] for file in draft.media]
    if draft.previous:
        status["in_reply_to_id"] = draft.previous[-1].remote_id
    if options.visibility:
        status["visibility"] = options.visibility
    if options.spoiler_text:
        status["spoiler_text"] = options.spoiler_text
    if options.sensitive:
        status["sensitive"] = True
    if options.language:
        status["language"] = options.language
    return status


async def _is_ours(api: Api, post: Mapping[str, Any], draft: Draft) -> bool:
    """True for a post with the text, the number of files and the parent of the draft."""
    parent = draft.previous[-1].remote_id if draft.previous else None
    is_alike = post.get("in_reply_to_id") == parent
    is_alike = is_alike and len(post.get("media_attachments") or ()) == len(draft.media)
    if not is_alike:
        return False
    source = _fields(await _get(api, f"/api/v1/statuses/{post['id']}/source"), api)
    return normalise(str(source.get("text", ""))).strip() == normalise(draft.text).strip()


def _instant(post: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(post["created_at"])


def _published(post: Mapping[str, Any]) -> Published | None:
    """None when the answer names no post."""
    url = post.get("url") or post.get("uri")
    if not isinstance(post.get("id"), str):
        return None
    return Published(post["id"], url if isinstance(url, str) else None)


async def _get(api: Api, path: str, params: Mapping[str, str] | None = None) -> Answer:
    return await api.send("GET", path, params=params, headers=bearer(api))


def _fields(answer: Answer, api: Api) -> dict[str, Any]:
    """What a request that posts nothing answered. Raises TroubleError."""
    if answer.is_ok:
        return answer.fields
    trouble = _refusal(answer, api.now())
    message = said(answer.fields.get("error"), answer)
    raise refused(answer, trouble, message)


def _refusal(answer: Answer, now: datetime) -> Trouble | None:
    """A clear no; the protocol says it by the status. None for any other answer."""
    message = said(answer.fields.get("error"), answer)
    if answer.status == 429:
        return RateLimited(retry_at(answer, now, timestamp_when_spent, retry_after))
    if answer.status == 401:
        return AuthRevoked(message)
    if answer.status == 403:
        return NotPermitted(message)
    if answer.status == _GONE:
        return Rejected("target_closed", message)
    return Rejected("content_rejected", message) if answer.status in _CONTENT else None


ADAPTER = Mastodon()
