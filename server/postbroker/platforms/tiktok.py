"""TikTok videos, by the Content Posting API.

Retry class B: `publish_id` is made first, and the bytes come after it. What puts the video before
people is its last chunk; the id tells how many bytes came and how it ended.

Sources: developers.tiktok.com, OAuth pages of 2026-11-02 and 2026-11-05 (two hours, 180 days,
rotating), direct post, media transfer and status pages, read 2026-11-22. Never run on the live
service here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from postbroker.contract.catalogue import MediaRules, TextLimit
from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.domain.content import normalise
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
)
from postbroker.platforms.rates import retry_after, retry_at
from postbroker.platforms.uploads import piece, size_of

Privacy = Literal["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]
WHOLE_MAX = 64_000_000
"""A video up to this size goes in one chunk."""
CHUNK = 32_000_000
ADDRESS_LIFE = timedelta(minutes=50)
"""The address for the bytes is good for an hour."""
CHECK_SECONDS, MODERATION_SECONDS = 10, 60
DAY = timedelta(days=1)
SOURCE = "developers.tiktok.com, content posting pages, read 2026-11-22"

LIMITED = {"rate_limit_exceeded"}
USED_UP = {
    "spam_risk_too_many_posts",
    "spam_risk_too_many_pending_share",
    "reached_active_user_cap",
}
RESTRICTED = {"spam_risk_user_banned_from_posting"}
NOT_PERMITTED = {
    "scope_not_authorized": "connect again, and allow the app to post videos",
    "scope_permission_missed": "connect again, and allow the app to post videos",
    "unaudited_client_can_only_post_to_private_accounts": "TikTok has not audited the app: make "
    "the account private and post with privacy SELF_ONLY, or send to the inbox",
    "url_ownership_unverified": "verify the domain in the app's settings at TikTok",
}
PASSING_FAILURES = {"internal", "video_pull_failed", "photo_pull_failed"}


class Options(Message):
    """What a video on TikTok may have beside caption and file."""

    privacy: Privacy | None = None
    """Who sees it: one of the levels that the account's capabilities name. TikTok wants a person
    to choose, so there is no usual one; the inbox needs none."""
    inbox: bool = False
    """Send it as a draft to the account's inbox, where a person finishes it."""
    comments: bool = True
    duets: bool = True
    stitches: bool = True
    cover_at: Annotated[int, Field(ge=0, le=3_600_000)] | None = None
    """Milliseconds into the video, where its cover is taken."""
    made_with_ai: bool = False
    paid_partnership: bool = False
    """Advertises for somebody else."""
    own_brand: bool = False
    """Advertises for oneself."""


class TikTok(Adapter):
    """One video at a time."""

    info = Info(
        id="tiktok",
        retry_class="B",
        auth=(
            OAuth(
                authorize_url="https://www.tiktok.com/v2/auth/authorize/",
                token_url="https://open.tiktokapis.com/v2/oauth/token/",  # noqa: S106
                scopes=("user.info.basic", "video.publish", "video.upload"),
                scope_separator=",",
                client_id_name="client_key",
                uses_pkce=False,
                refresh="rotating",
                revoke_url="https://open.tiktokapis.com/v2/oauth/revoke/",
            ),
        ),
        base_url="https://open.tiktokapis.com",
        approval="An app reviewed by TikTok; until it is audited, posts are seen by the account "
        "alone (SELF_ONLY), at most five accounts a day post, and the account must be private.",
        setup="https://developers.tiktok.com/apps",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        fields = {"fields": "open_id,display_name"}
        answer = await api.send("GET", "/v2/user/info/", params=fields, headers=bearer(api))
        user = _data(answer, api).get("user") or {}
        creator = await _creator(api)
        identity = Identity(
            remote_id=str(user["open_id"]),
            handle=str(creator["creator_username"]),
            name=str(creator.get("creator_nickname") or ""),
        )
        return identity, dict(api.credentials)

    def usual(self) -> Capabilities:
        """As in a tab; TikTok counts UTF-16 units here."""
        usual = super().usual()
        text = TextLimit(unit="utf16", max=usual.text.max, source=SOURCE)
        return replace(usual, text=text)

    async def capabilities(self, api: Api) -> Capabilities:
        """What the creator may post now, as TikTok wants to be asked before each post."""
        usual, creator = self.usual(), await _creator(api)
        details = {
            "privacyLevels": list(creator.get("privacy_level_options") or []),
            "comments": not creator.get("comment_disabled", False),
            "duets": not creator.get("duet_disabled", False),
            "stitches": not creator.get("stitch_disabled", False),
        }
        media = _with_seconds(usual.media, creator.get("max_video_post_duration_sec"))
        return replace(usual, media=media, details=details)

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """A privacy level that the account has."""
        problems = super().validate(draft, capabilities)
        levels = capabilities.details.get("privacyLevels") or get_args(Privacy)
        privacy = draft.options.get("privacy")
        if draft.options.get("inbox") is not True and privacy not in levels:
            message = f"say who sees it, one of: {', '.join(levels)}"
            problems.append(problem("platformPayload.privacy", "VALIDATION_FAILED", message))
        return problems

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """An id, and all bytes but the last chunk."""
        if "id" in state and api.now() - datetime.fromisoformat(state["at"]) < ADDRESS_LIFE:
            return state
        options, file = options_of(Options, draft.options), draft.media[0]
        if not options.inbox:
            await _creator(api)
        size = size_of(file)
        chunk = size if size <= WHOLE_MAX else CHUNK
        count = size // chunk
        source = {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": chunk,
            "total_chunk_count": count,
        }
        path = (
            "/v2/post/publish/inbox/video/init/"
            if options.inbox
            else "/v2/post/publish/video/init/"
        )
        given = {"source_info": source}
        if not options.inbox:
            given["post_info"] = _post_info(draft, options)
        made = await _ask(api, path, given)
        for number in range(count - 1):
            what = piece(api, file, number * chunk, (number + 1) * chunk)
            answer = await api.send("PUT", made["upload_url"], **what)
            if not answer.is_ok:
                raise refused(answer, None)
            await save({})  # begun anew after a death: nobody sees half a video
        return {
            "id": made["publish_id"],
            "at": api.now().isoformat(),
            "url": made["upload_url"],
            "from": (count - 1) * chunk,
            "size": size,
            "privacy": options.privacy,
        }

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """The last chunk, after which TikTok publishes by itself."""
        what = piece(api, draft.media[0], state["from"], state["size"])
        answer = await api.send_once("PUT", state["url"], **what)
        if answer.is_ok:
            return Pending(state, CHECK_SECONDS)
        return concluded(answer, _refusal(answer, api))

    async def poll(self, api: Api, state: State) -> Outcome:
        """How it stands; the number of a public video comes after TikTok's own look at it."""
        told = await _ask(api, "/v2/post/publish/status/fetch/", {"publish_id": state["id"]})
        match told.get("status"):
            case "PUBLISH_COMPLETE":
                return _published(api, state, told) or Pending(state, MODERATION_SECONDS)
            case "SEND_TO_USER_INBOX":
                return Published(state["id"], None, {"waitsIn": "the account's inbox at TikTok"})
            case "FAILED":
                return _failure(str(told.get("fail_reason") or "unknown"), api)
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
        """Whether the last bytes came, and what became of them."""
        if "id" not in state:
            return CannotTell("the id of the video is not known")
        told = await _ask(api, "/v2/post/publish/status/fetch/", {"publish_id": state["id"]})
        is_waiting = told.get("status") == "PROCESSING_UPLOAD"
        if is_waiting and int(told.get("uploaded_bytes") or 0) < state["size"]:
            return Absent()
        outcome = await self.poll(api, state)
        if isinstance(outcome, Published | Pending):
            return outcome
        return Absent() if told.get("status") == "FAILED" else CannotTell("it does not tell")


def _post_info(draft: Draft, options: Options) -> dict[str, Any]:
    info: dict[str, Any] = {
        "title": normalise(draft.text),
        "privacy_level": options.privacy,
        "disable_comment": not options.comments,
        "disable_duet": not options.duets,
        "disable_stitch": not options.stitches,
        "brand_content_toggle": options.paid_partnership,
        "brand_organic_toggle": options.own_brand,
        "is_aigc": options.made_with_ai,
    }
    if options.cover_at is not None:
        info["video_cover_timestamp_ms"] = options.cover_at
    return info


def _published(api: Api, state: State, told: Mapping[str, Any]) -> Published | None:
    """The post; None while a public one has no number yet. Others never get one."""
    ids = told.get("publicaly_available_post_id")  # as TikTok spells it
    if ids:
        number = str(ids[0])
        url = f"https://www.tiktok.com/@{api.identity.handle}/video/{number}"
        return Published(number, url)
    if state.get("privacy") == "PUBLIC_TO_EVERYONE":
        return None
    return Published(state["id"], None, {"privacy": state.get("privacy")})


def _failure(reason: str, api: Api) -> Outcome:
    """What a status says that has failed: nothing was posted."""
    if reason in PASSING_FAILURES:
        return Transient(reason)
    return _named(reason, reason, api) or Rejected("content_rejected", reason)


async def _creator(api: Api) -> dict[str, Any]:
    return await _ask(api, "/v2/post/publish/creator_info/query/", {})


async def _ask(api: Api, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a request gives that publishes nothing. Raises TroubleError."""
    headers = bearer(api) | {"Content-Type": "application/json; charset=UTF-8"}
    return _data(await api.send("POST", path, headers=headers, json=given), api)


def _data(answer: Answer, api: Api) -> dict[str, Any]:
    error = answer.fields.get("error") or {}
    data = answer.fields.get("data")
    if answer.is_ok and error.get("code") == "ok" and isinstance(data, dict):
        return data
    raise refused(answer, _refusal(answer, api))


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by `error.code`; None for any other answer."""
    error = answer.fields.get("error")
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    message = said(error.get("message") if isinstance(error, dict) else None, answer)
    if code in LIMITED or answer.status == 429:
        return RateLimited(retry_at(answer, api.now(), retry_after))
    if no_word(answer):
        return None
    if named := _named(code, message, api):
        return named
    return Rejected("content_rejected", message) if 400 <= answer.status < 500 else None


def _named(code: str, message: str, api: Api) -> Trouble | None:
    """What a code means that has a meaning of its own."""
    if code in USED_UP:
        scope: Literal["app", "account"] = "app" if code == "reached_active_user_cap" else "account"
        return QuotaExhausted(api.now() + DAY, scope)
    if code in RESTRICTED:
        return Rejected("account_restricted", message)
    if code in NOT_PERMITTED:
        return NotPermitted(NOT_PERMITTED[code])
    if code == "access_token_invalid":
        return AuthExpired()
    if code == "privacy_level_option_mismatch":
        return Rejected("content_rejected", message, "platformPayload.privacy")
    return None


def _with_seconds(media: MediaRules, seconds_max: Any) -> MediaRules:
    """The rules with the length that the creator may post."""
    if media.video is None or not isinstance(seconds_max, int):
        return media
    video = media.video.model_copy(update={"seconds_max": float(seconds_max)})
    return media.model_copy(update={"video": video})


ADAPTER = TikTok()
