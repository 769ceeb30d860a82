"""Pinterest pins, by API v5.

Retry class C: there is no key. After a doubt the board's pins are looked through before a second
try.

Sources: the vendor's OpenAPI file 5.23.0 of 2025-12-11 and developers.pinterest.com on access tiers
and rate limits, read 2026-11-22. Never run on the live service here.
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import LiveUrl
from postbroker.domain.content import normalise
from postbroker.domain.filetypes import kind_of
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import (
    Api,
    Draft,
    Identity,
    Info,
    OAuth,
    Save,
    Target,
)
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
from postbroker.platforms.credentials import bearer
from postbroker.platforms.options import options_of
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
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
)
from postbroker.platforms.rates import retry_after, retry_at, seconds_in
from postbroker.platforms.uploads import FilePart, multipart

FRESH = timedelta(hours=12)
CHECK_SECONDS, CHECKS_MAX = 5, 120
PAGE, PAGES_MAX = 100, 10
SKEW = timedelta(minutes=1)
METRICS = {
    "impressions": "IMPRESSION",
    "saves": "SAVE",
    "pin_clicks": "PIN_CLICK",
    "outbound_clicks": "OUTBOUND_CLICK",
}
COUNTED_DAYS = 89

AUTHENTICATION, AUTHORIZATION = 2, 3
TRIAL = 29
"""Trial access may not make pins that others see."""
MISSING_BOARD, MISSING_PIN = 40, 50
BLOCKED = {9, 12}


class Options(Message):
    """What a pin may have beside description and files."""

    board: Annotated[str, StringConstraints(pattern=r"^\d{1,25}$")]
    """The board to pin to, as the action `boards` lists them."""
    section: Annotated[str, StringConstraints(pattern=r"^\d{1,25}$")] | None = None
    title: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    link: Annotated[LiveUrl, StringConstraints(max_length=2048)] | None = None
    """Where the pin leads."""
    cover_at: Annotated[int, Field(ge=0, le=900)] = 0
    """Whole seconds into a video, where its cover is taken."""


class Pinterest(Adapter):
    """Pins on the boards of one account."""

    info = Info(
        id="pinterest",
        retry_class="C",
        auth=(
            OAuth(
                authorize_url="https://www.pinterest.com/oauth/",
                token_url="https://api.pinterest.com/v5/oauth/token",  # noqa: S106
                scopes=(
                    "boards:read",
                    "boards:write",
                    "pins:read",
                    "pins:write",
                    "user_accounts:read",
                ),
                scope_separator=",",
                client_auth="basic",
                uses_pkce=False,
                refresh="rotating",
            ),
        ),
        base_url="https://api.pinterest.com/v5",
        deletes=True,
        metrics=tuple(METRICS),
        actions={"boards": "the boards that the account may pin to"},
        approval="An app with trial access, then standard access, which Pinterest gives after a "
        "video of the app. With trial access only the account itself sees its pins, if any are "
        "taken at all.",
        setup="https://developers.pinterest.com/apps",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        me = _fields(await api.send("GET", "/user_account", headers=bearer(api)), api)
        handle = str(me["username"])
        name = str(me.get("business_name") or handle)
        return Identity(str(me.get("id") or handle), handle, name), dict(api.credentials)

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """A video comes first; pictures go along with the pin."""
        file = draft.media[0]
        if kind_of(file.media.content_type) != "video":
            return state
        if "video" in state and api.now() - datetime.fromisoformat(state["at"]) < FRESH:
            return state
        given = {"media_type": "video"}
        made = _fields(await api.send("POST", "/media", headers=bearer(api), json=given), api)
        form = multipart(api, made["upload_parameters"], [FilePart("file", file)])
        answer = await api.send("POST", made["upload_url"], **form)
        if not answer.is_ok:
            raise refused(answer, None, "the file was not taken")
        state = {**state, "video": made["media_id"], "at": api.now().isoformat()}
        for _ in range(CHECKS_MAX):
            read = await api.send("GET", f"/media/{state['video']}", headers=bearer(api))
            match _fields(read, api).get("status"):
                case "succeeded":
                    await save(state)
                    return state
                case "failed":
                    message = "Pinterest could not process the video"
                    raise TroubleError(Rejected("content_rejected", message, "mediaPaths.0"))
                case _:
                    await api.wait(CHECK_SECONDS)
                    await save({})  # begun anew after a death: nobody sees a file without a pin
        raise TroubleError(Transient("the video is still being processed"))

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """One pin."""
        pin = _pin(draft) | {"media_source": await _source(api, draft, state)}
        answer = await api.send_once("POST", "/pins", headers=bearer(api), json=pin)
        number = answer.fields.get("id")
        if answer.is_ok and isinstance(number, str):
            return _published(number)
        return concluded(answer, _refusal(answer, api), _words(answer))

    async def reconcile(
        self,
        api: Api,
        draft: Draft,
        state: State,  # noqa: ARG002
        key: str,  # noqa: ARG002
        since: datetime,
    ) -> Finding:
        """The board's pins, each page of them, and whether a new one has these words."""
        options, wanted = options_of(Options, draft.options), _told(_pin(draft))
        seen = 0
        async for pin in _pages(api, f"/boards/{options.board}/pins"):
            if _told(pin) == wanted and _instant(pin.get("created_at")) >= since - SKEW:
                return _published(str(pin["id"]))
            seen += 1
        if seen >= PAGE * PAGES_MAX:
            return CannotTell("the board has too many pins to look through")
        return Absent()

    async def act(self, api: Api, action: str, given: Mapping[str, Any]) -> list[Target]:
        """The boards."""
        if action != "boards":
            return await super().act(api, action, given)
        return [
            Target(str(row["id"]), str(row.get("name") or ""), {"privacy": row.get("privacy")})
            async for row in _pages(api, "/boards")
        ]

    async def delete(self, api: Api, post: Published) -> None:
        """A pin that is gone is no error."""
        answer = await api.send("DELETE", f"/pins/{post.remote_id}", headers=bearer(api))
        if answer.fields.get("code") != MISSING_PIN:
            _fields(answer, api)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Of the last 90 days, which is how far Pinterest looks back."""
        today = api.now().astimezone(UTC).date()
        params = {
            "start_date": (today - timedelta(days=COUNTED_DAYS)).isoformat(),
            "end_date": today.isoformat(),
            "metric_types": ",".join(METRICS.values()),
        }
        counted = []
        for post in posts:
            path = f"/pins/{post.remote_id}/analytics"
            answer = await api.send("GET", path, params=params, headers=bearer(api))
            told = (_fields(answer, api).get("all") or {}).get("summary_metrics") or {}
            counted.append({name: int(told.get(key) or 0) for name, key in METRICS.items()})
        return counted


def _pin(draft: Draft) -> dict[str, Any]:
    """All of a pin but its files."""
    options = options_of(Options, draft.options)
    given = {
        "board_id": options.board,
        "board_section_id": options.section,
        "title": options.title,
        "description": normalise(draft.text),
        "link": options.link,
        "alt_text": draft.media[0].alt,
    }
    return {name: value for name, value in given.items() if value}


async def _source(api: Api, draft: Draft, state: State) -> dict[str, Any]:
    options, media = options_of(Options, draft.options), draft.media
    if "video" in state:
        return {
            "source_type": "video_id",
            "media_id": state["video"],
            "cover_image_key_frame_time": options.cover_at,
        }
    items = [await _picture(api, file) for file in media]
    if len(items) == 1:
        return {"source_type": "image_base64", **items[0]}
    return {"source_type": "multiple_image_base64", "items": items}


async def _picture(api: Api, file: Attached) -> dict[str, str]:
    content = b"".join([chunk async for chunk in api.read(file)])
    return {
        "content_type": file.media.content_type,
        "data": base64.b64encode(content).decode(),
    }


async def _pages(api: Api, path: str) -> AsyncIterator[dict[str, Any]]:
    """The rows of a list, page by page. Raises TroubleError."""
    params = {"page_size": str(PAGE)}
    for _ in range(PAGES_MAX):
        answer = await api.send("GET", path, params=params, headers=bearer(api))
        page = _fields(answer, api)
        for row in page.get("items") or []:
            yield row
        if not page.get("bookmark"):
            return
        params = {**params, "bookmark": str(page["bookmark"])}


def _told(pin: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells pins apart, as far as both sides know it."""
    title, description, link = (pin.get(name) or "" for name in ("title", "description", "link"))
    return normalise(title).strip(), normalise(description).strip(), str(link)


def _instant(given: Any) -> datetime:
    """Pinterest's instants are in UTC, and do not say so."""
    found = datetime.fromisoformat(str(given))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _published(number: str) -> Published:
    return Published(number, f"https://www.pinterest.com/pin/{number}/")


def _fields(answer: Answer, api: Api) -> dict[str, Any]:
    """The object that an answer carries. Raises TroubleError for any that is not good."""
    if answer.is_ok:
        return answer.fields
    raise refused(answer, _refusal(answer, api), _words(answer))


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by Pinterest's code; None for any other answer."""
    code, words = answer.fields.get("code"), _words(answer)
    if answer.status == 429:
        return RateLimited(
            retry_at(answer, api.now(), seconds_in("x-ratelimit-reset"), retry_after)
        )
    if no_word(answer):
        return None
    if code == AUTHORIZATION and answer.status == 401:
        return AuthRevoked(words)
    if answer.status == 401:
        return AuthExpired()
    if code == TRIAL:
        return NotPermitted("the app has trial access: ask Pinterest for standard access")
    if code in BLOCKED:
        return Rejected("account_restricted", words)
    if answer.status == 403:
        return NotPermitted(words)
    if code == MISSING_BOARD:
        return Rejected("content_rejected", words, "platformPayload.board")
    return Rejected("content_rejected", words) if 400 <= answer.status < 500 else None


def _words(answer: Answer) -> str:
    return said(answer.fields.get("message"), answer)


ADAPTER = Pinterest()
