"""YouTube videos, by the Data API v3.

Retry class B: an upload session is opened first, and can be asked how many bytes it has. What makes
the video is its last chunk; a finished session answers with the video.

Sources: developers.google.com/youtube, revision history up to 2026-11-02 (quota of uploads,
privacy of unverified projects), resumable uploads, discovery document 20261104, read 2026-11-22.
Never run on the live service here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.domain.content import first_line, normalise
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
from postbroker.platforms.options import options_of, problem
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    CannotTell,
    Finding,
    LimitScope,
    NotPermitted,
    Outcome,
    Pending,
    Published,
    QuotaExhausted,
    RateLimited,
    Rejected,
    State,
    Transient,
    Trouble,
    TroubleError,
)
from postbroker.platforms.rates import retry_after, retry_at
from postbroker.platforms.uploads import piece, size_of

CHUNK = 8 << 20
"""A multiple of 256 KiB, as sessions want it."""
CONTINUE = 308
SESSION_LIFE = timedelta(days=5)
"""Sessions are good for a week."""
CHECK_SECONDS = 20
TITLE_MAX, TAGS_MAX = 100, 500
PACIFIC = ZoneInfo("America/Los_Angeles")
SCOPE = "https://www.googleapis.com/auth/"
METRICS = {"views": "viewCount", "likes": "likeCount", "comments": "commentCount"}

QUOTA: dict[str, LimitScope] = {"quotaExceeded": "app", "dailyLimitExceeded": "app"}
LIMITED = {"rateLimitExceeded", "userRateLimitExceeded"}
UPLOAD_LIMIT = "uploadLimitExceeded"
EXPIRED = {"authError", "required"}
RESTRICTED = {"accountClosed", "accountSuspended", "authenticatedUserAccountSuspended"}
NOT_PERMITTED = {
    "accessNotConfigured", "forbidden", "forbiddenPrivacySetting", "insufficientPermissions",
    "youtubeSignupRequired",
}  # fmt: skip
MISSING = "videoNotFound"
FAILURES = {"duplicate": "duplicate_content", "uploaderAccountSuspended": "account_restricted"}

Tag = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^<>,]+$")]


class Options(Message):
    """What a video on YouTube may have beside description and file."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=TITLE_MAX)] | None = None
    """Without it, the first line of the text."""
    privacy: Literal["public", "unlisted", "private"] = "public"
    made_for_kids: bool = False
    synthetic: bool = False
    """Shows what looks real and was altered or made up."""
    tags: Annotated[list[Tag], Field(max_length=100)] = Field(default_factory=list)
    category_id: Annotated[str, StringConstraints(pattern=r"^\d{1,3}$")] = "22"
    """YouTube's number of the category; 22 is People & Blogs."""
    notify_subscribers: bool = True


class YouTube(Adapter):
    """One video at a time."""

    info = Info(
        id="youtube",
        retry_class="B",
        auth=(
            OAuth(
                authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
                token_url="https://oauth2.googleapis.com/token",  # noqa: S106
                scopes=(f"{SCOPE}youtube.upload", f"{SCOPE}youtube"),
                refresh="fixed",
                revoke_url="https://oauth2.googleapis.com/revoke",
                more={"access_type": "offline", "prompt": "consent"},
            ),
        ),
        base_url="https://www.googleapis.com",
        deletes=True,
        metrics=tuple(METRICS),
        cost="free, 100 uploads a day for the whole app",
        approval="A Google Cloud project with the YouTube Data API and a consent screen in "
        "production: while it is in testing, connections end after seven days.",
        setup="https://console.cloud.google.com/apis/library/youtube.googleapis.com",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """The channel of whose token it is."""
        params = {"part": "snippet", "mine": "true"}
        channels = (await _get(api, "channels", params)).get("items") or []
        if not channels:
            raise TroubleError(NotPermitted("the account has no channel: make one at YouTube"))
        snippet = channels[0].get("snippet") or {}
        title = str(snippet.get("title") or "channel")
        handle = str(snippet.get("customUrl") or f"{title} ({channels[0]['id']})")
        return Identity(channels[0]["id"], handle, title), dict(api.credentials)

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """A title, and no pointed brackets."""
        problems = super().validate(draft, capabilities)
        if set("<>") & set(draft.text):
            message = "YouTube takes no < or > in a description"
            problems.append(problem("text", "VALIDATION_FAILED", message))
        title = draft.options.get("title", first_line(draft.text))
        if not isinstance(title, str) or set("<>") & set(title):
            message = "YouTube takes no < or > in a title"
            problems.append(problem("platformPayload.title", "VALIDATION_FAILED", message))
        elif not 1 <= len(title) <= TITLE_MAX:
            message = f"give a title of up to {TITLE_MAX} characters"
            problems.append(problem("platformPayload.title", "VALIDATION_FAILED", message))
        tags = draft.options.get("tags")
        if isinstance(tags, list) and sum(len(str(tag)) + 1 for tag in tags) > TAGS_MAX:
            message = f"all tags together have {TAGS_MAX} characters at most"
            problems.append(problem("platformPayload.tags", "VALIDATION_FAILED", message))
        return problems

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """A session, and all bytes but the last chunk."""
        file = draft.media[0]
        size = size_of(file)
        come = await _bytes_come(api, state, size)
        if come is None:
            session = await _open_session(api, draft, size)
            state, come = {"session": session, "at": api.now().isoformat(), "size": size}, 0
            await save(state)
        last = (size - 1) // CHUNK * CHUNK
        while come < last:
            answer = await api.send(
                "PUT", state["session"], **piece(api, file, come, come + CHUNK, bearer(api))
            )
            if answer.status != CONTINUE:
                raise TroubleError(_refusal(answer, api) or Transient(_words(answer)))
            come = _come(answer)
            await save(state)
        return {**state, "from": come}

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """The last chunk makes the video."""
        what = piece(api, draft.media[0], state["from"], state["size"], bearer(api))
        answer = await api.send_once("PUT", state["session"], **what)
        video = answer.fields.get("id")
        if answer.is_ok and isinstance(video, str):
            return Pending({**state, "video": video}, CHECK_SECONDS)
        return concluded(answer, _refusal(answer, api), _words(answer))

    async def poll(self, api: Api, state: State) -> Outcome:
        """How the processing stands."""
        params = {"part": "status", "id": state["video"]}
        found = (await _get(api, "videos", params)).get("items") or []
        status = (found[0].get("status") if found else None) or {}
        match status.get("uploadStatus"):
            case "processed":
                return _published(state["video"])
            case "failed" | "rejected" as word:
                reason = str(status.get("failureReason") or status.get("rejectionReason") or word)
                code = FAILURES.get(reason, "content_rejected")
                return Rejected(code, f"YouTube did not take the video: {reason}")
            case _:
                return Pending(state, CHECK_SECONDS)

    async def reconcile(
        self,
        api: Api,
        draft: Draft,  # noqa: ARG002
        state: State,
        key: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
    ) -> Finding:
        """What the session has, or the video that it became."""
        if "session" not in state:
            return CannotTell("the session is not known")
        answer = await _ask_session(api, state)
        if answer.status == CONTINUE:
            return Absent()
        video = answer.fields.get("id")
        if answer.is_ok and isinstance(video, str):
            return Pending({**state, "video": video}, CHECK_SECONDS)
        return CannotTell(no_word(answer) or _words(answer))

    async def delete(self, api: Api, post: Published) -> None:
        """A video that is gone is no error."""
        answer = await api.send(
            "DELETE",
            "/youtube/v3/videos",
            params={"id": post.remote_id},
            headers=bearer(api),
        )
        if not answer.is_ok and _reason(answer) != MISSING:
            raise TroubleError(_refusal(answer, api) or Transient(_words(answer)))

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """All in one request."""
        params = {"part": "statistics", "id": ",".join(post.remote_id for post in posts)}
        rows = (await _get(api, "videos", params)).get("items") or []
        found = {row["id"]: row.get("statistics") or {} for row in rows}
        return [
            {
                name: int(found[post.remote_id].get(count, 0))
                for name, count in METRICS.items()
                if post.remote_id in found
            }
            for post in posts
        ]


async def _bytes_come(api: Api, state: State, size: int) -> int | None:
    """How many bytes a session has; None where a new one is needed."""
    if "session" not in state or state["size"] != size:
        return None
    if api.now() - datetime.fromisoformat(state["at"]) > SESSION_LIFE:
        return None
    answer = await _ask_session(api, state)
    if no_word(answer) and answer.status != CONTINUE:
        raise refused(answer, None)
    return _come(answer) if answer.status == CONTINUE else None


async def _ask_session(api: Api, state: State) -> Answer:
    headers = {
        **bearer(api),
        "Content-Length": "0",
        "Content-Range": f"bytes */{state['size']}",
    }
    return await api.send("PUT", state["session"], headers=headers)


async def _open_session(api: Api, draft: Draft, size: int) -> str:
    """Where the bytes go. Raises TroubleError."""
    options, file = options_of(Options, draft.options), draft.media[0]
    headers = {
        **bearer(api),
        "X-Upload-Content-Length": str(size),
        "X-Upload-Content-Type": file.media.content_type,
    }
    params = {
        "uploadType": "resumable",
        "part": "snippet,status",
        "notifySubscribers": str(options.notify_subscribers).lower(),
    }
    answer = await api.send(
        "POST",
        "/upload/youtube/v3/videos",
        params=params,
        headers=headers,
        json=_video(draft, options),
    )
    place = answer.headers.get("Location")
    if answer.is_ok and place:
        return place
    raise refused(answer, _refusal(answer, api), _words(answer))


def _video(draft: Draft, options: Options) -> dict[str, Any]:
    """The resource; privacy is always said, since what is not said is public."""
    snippet: dict[str, Any] = {
        "title": options.title or first_line(draft.text),
        "description": normalise(draft.text),
        "categoryId": options.category_id,
    }
    if options.tags:
        snippet["tags"] = options.tags
    status = {
        "privacyStatus": options.privacy,
        "selfDeclaredMadeForKids": options.made_for_kids,
        "containsSyntheticMedia": options.synthetic,
    }
    return {"snippet": snippet, "status": status}


def _come(answer: Answer) -> int:
    """`Range: bytes=0-N` of a session that goes on; none for nothing yet."""
    last = answer.headers.get("Range", "").rpartition("-")[2]
    return int(last) + 1 if last.isdigit() else 0


def _published(video: str) -> Published:
    return Published(video, f"https://youtu.be/{video}")


async def _get(api: Api, what: str, params: Mapping[str, str]) -> dict[str, Any]:
    answer = await api.send("GET", f"/youtube/v3/{what}", params=params, headers=bearer(api))
    if answer.is_ok:
        return answer.fields
    raise refused(answer, _refusal(answer, api), _words(answer))


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by Google's reason; None for any other answer."""
    reason, words = _reason(answer), _words(answer)
    if reason in QUOTA:
        return QuotaExhausted(_midnight(api.now()), QUOTA[reason])
    if reason == UPLOAD_LIMIT:
        return QuotaExhausted(api.now() + timedelta(days=1))
    if reason in LIMITED or answer.status == 429:
        return RateLimited(retry_at(answer, api.now(), retry_after))
    if no_word(answer):
        return None
    if reason in EXPIRED or answer.status == 401:
        return AuthExpired()
    if reason in RESTRICTED:
        return Rejected("account_restricted", words)
    if reason in NOT_PERMITTED:
        return NotPermitted(words)
    return Rejected("content_rejected", words) if answer.status == 400 else None


def _midnight(now: datetime) -> datetime:
    """When quotas are reset: the next midnight in the Pacific time zone."""
    tomorrow = now.astimezone(PACIFIC) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def _reason(answer: Answer) -> str:
    error = answer.fields.get("error")
    rows = error.get("errors") if isinstance(error, dict) else None
    return str(rows[0].get("reason", "")) if isinstance(rows, list) and rows else ""


def _words(answer: Answer) -> str:
    error = answer.fields.get("error")
    return said(error.get("message") if isinstance(error, dict) else None, answer)


ADAPTER = YouTube()
