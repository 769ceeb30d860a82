"""Reddit posts and comments, by its Data API.

Retry class C: there is no key. After a doubt the account's own newest posts or comments are looked
through before a second try.

Sources: public clients of 2026-08 and general knowledge of reddit.com/dev/api and Reddit's notes on
OAuth 2 and rate limits; Reddit's own pages were not read again.
Never run on the live service here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urljoin

from pydantic import StringConstraints

from postbroker import __version__
from postbroker.contract.catalogue import FileLimits, MediaRules, TextLimit
from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.contract.words import LiveUrl
from postbroker.domain.content import is_blank, normalise
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
    Target,
)
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
from postbroker.platforms.options import options_of
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
    TroubleError,
    Unknown,
)
from postbroker.platforms.rates import retry_after, retry_at, seconds_in, seconds_in_body
from postbroker.platforms.uploads import FilePart, multipart

SITE = "https://www.reddit.com"
BODY = TextLimit(
    unit="characters",
    max=40_000,
    source="the limit of a post's body in public clients of 2026-08, read 2026-11-24",
)
TITLE = TextLimit(unit="characters", max=300, source="public clients of 2026-08, read 2026-11-24")
PICTURE = MediaRules(
    max=1,
    image=FileLimits(max=1, types=["image/jpeg", "image/png"], bytes_max=20_000_000),
    source="help pages and public clients of 2026-08, read 2026-11-24",
)
METRICS = ("score", "comments")
NEWEST = 100
SKEW = timedelta(minutes=1)
CHECK_SECONDS, GIVEN_UP = 5, timedelta(minutes=5)
FRESH = timedelta(hours=1)
QUOTA = timedelta(hours=1)
"""`QUOTA_FILLED` asks for an hour's patience."""

CLOSED = {"THREAD_LOCKED", "TOO_OLD", "DELETED_LINK", "DELETED_COMMENT", "COMMENT_UNREACHABLE"}
REPEATED = {"ALREADY_SUB", "REPOST"}
NEEDS_LEAVE = {
    "SUBREDDIT_NOTALLOWED",
    "SUBREDDIT_OUTBOUND_LINKING_DISALLOWED",
    "SUBMIT_VALIDATION_REQUIREMENT",
    "USER_BLOCKED",
    "USER_MUTED",
}
CODES = {
    **dict.fromkeys(CLOSED, "target_closed"),
    **dict.fromkeys(REPEATED, "duplicate_content"),
    "BAD_CAPTCHA": "challenge_required",
    "IN_TIMEOUT": "account_restricted",
}
FIELDS = {
    "sr": "platformPayload.subreddit",
    "title": "text",
    "text": "text",
    "url": "platformPayload.link",
    "flair": "platformPayload.flair",
    "parent": "targetUrl",
    "thing_id": "targetUrl",
}

_COMMENT = re.compile(r"(/(?:r|user)/[^/]+/comments/[^/]+/)[^/]+/([^/]+)/?")


class Options(Message):
    """What a post on Reddit may have beside text and a picture."""

    subreddit: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w-]{1,30}$")]
    """The community's name without `r/`; `u_` and the account's name for its own profile."""
    title: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    """With it the text is the post's body; without it the text is the title."""
    link: Annotated[LiveUrl, StringConstraints(max_length=2048)] | None = None
    """Where the post leads; such a post has a title and no body."""
    flair: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")] | None = None
    """The flair's number, as the action `flairs` lists them."""
    nsfw: bool = False
    spoiler: bool = False
    send_replies: bool = True
    """Answers are told in the account's inbox."""


class Reddit(Adapter):
    """Posts and comments of one account."""

    info = Info(
        id="reddit",
        retry_class="C",
        auth=(
            OAuth(
                authorize_url=f"{SITE}/api/v1/authorize",
                token_url=f"{SITE}/api/v1/access_token",
                scopes=("identity", "submit", "read", "history", "edit", "mysubreddits", "flair"),
                client_auth="basic",
                uses_pkce=False,
                refresh="fixed",
                revoke_url=f"{SITE}/api/v1/revoke_token",
                more={"duration": "permanent"},
            ),
        ),
        base_url="https://oauth.reddit.com",
        deletes=True,
        metrics=METRICS,
        actions={
            "subreddits": "the communities that the account has joined",
            "flairs": "the flairs of posts in a community; give its name as `subreddit`",
        },
        cost="free for what is not commercial",
        approval="Reddit's approval under its Responsible Builder Policy, in writing, before an "
        "app is good for anything.",
        setup="https://www.reddit.com/prefs/apps",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Whose token it is."""
        me = _fields(await api.send("GET", "/api/v1/me", headers=_headers(api)), api)
        return Identity(str(me["id"]), str(me["name"])), dict(api.credentials)

    def usual(self) -> Capabilities:
        """The same for every account."""
        return replace(super().usual(), text=BODY, media=PICTURE)

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """A comment is text alone; a post needs a community and a title."""
        comments = super().usual()
        if draft.kind == "comment":
            return self.content_problems(draft, comments)
        has_title = bool(draft.options.get("title"))
        limit = capabilities.text if has_title else TITLE
        problems = super().validate(draft, replace(capabilities, text=limit))
        if not has_title and "\n" in normalise(draft.text):
            problems.append(_problem("text", "the text is the title here, which has one line"))
        if not has_title and draft.media and is_blank(draft.text):
            problems.append(_problem("text", "the text is the title here, and is empty"))
        has_link = bool(draft.options.get("link"))
        if has_title and (has_link or draft.media):
            message = "a post with a link or a picture has no body: its text is its title"
            problems.append(_problem("platformPayload.title", message))
        if has_link and draft.media:
            message = "a post has a link or a picture"
            problems.append(_problem("platformPayload.link", message))
        return problems

    def _emptiness(self, draft: Draft) -> list[FieldProblem]:
        return [] if draft.options.get("title") else super()._emptiness(draft)

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """The picture goes into Reddit's own store, from which nobody sees it."""
        if not draft.media:
            return state
        if "picture" in state and api.now() - datetime.fromisoformat(state["at"]) < FRESH:
            return state
        address = await _upload(api, draft.media[0])
        state = {**state, "picture": address, "at": api.now().isoformat()}
        await save(state)
        return state

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """One post, or one comment; an error comes with the status of success."""
        path = "/api/comment" if draft.kind == "comment" else "/api/submit"
        form = _comment(draft) if draft.kind == "comment" else _post(draft, state)
        answer = await api.send_once("POST", path, headers=_headers(api), form=form)
        if trouble := _refusal(answer, api):
            return trouble
        if answer.is_ok and (found := _committed(answer)):
            return found
        if answer.is_ok and draft.media and "websocket_url" in _data(answer):
            waits = {"title": form["title"], "subreddit": form["sr"], "since": _iso(api.now())}
            return Pending({**state, "waits": waits}, CHECK_SECONDS)
        return concluded(answer, None)

    async def poll(self, api: Api, state: State) -> Outcome:
        """A post with a picture has no name before Reddit has made it: the account's own tell."""
        waits = state["waits"]
        since = datetime.fromisoformat(waits["since"])
        wanted = (waits["subreddit"].casefold(), _words(waits["title"]), "")
        found = await _find_post(api, wanted, since)
        if isinstance(found, Published):
            return found
        if api.now() - since > GIVEN_UP:
            return Unknown("Reddit has not made the post in five minutes")
        return Pending(state, CHECK_SECONDS)

    async def reconcile(
        self,
        api: Api,
        draft: Draft,
        state: State,
        key: str,  # noqa: ARG002
        since: datetime,
    ) -> Finding:
        """The account's own newest, and whether one has these words in this place."""
        if draft.kind == "comment":
            form = _comment(draft)
            return await _find_comment(api, (form["thing_id"], _words(form["text"])), since)
        form = _post(draft, state)
        wanted = (form["sr"].casefold(), _words(form["title"]), _words(form.get("text", "")))
        return await _find_post(api, wanted, since)

    async def act(self, api: Api, action: str, given: Mapping[str, Any]) -> list[Target]:
        """Communities, or the flairs of one."""
        match action:
            case "subreddits":
                path = "/subreddits/mine/subscriber"
                return [
                    Target(str(row["display_name"]), str(row.get("title") or ""))
                    for row in await _rows(api, path)
                ]
            case "flairs":
                name = options_of(Options, {"subreddit": given.get("subreddit", "")}).subreddit
                answer = await api.send(
                    "GET", f"/r/{name}/api/link_flair_v2", headers=_headers(api)
                )
                if not answer.is_ok:
                    _fields(answer, api)
                return [
                    Target(str(row["id"]), str(row.get("text") or ""))
                    for row in answer.json or []
                    if not row.get("mod_only")
                ]
            case _:
                return await super().act(api, action, given)

    async def delete(self, api: Api, post: Published) -> None:
        """Reddit says nothing of whether it was there."""
        form = {"id": post.remote_id}
        _fields(await api.send("POST", "/api/del", headers=_headers(api), form=form), api)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Upvotes less downvotes, which Reddit blurs a little; comments under posts."""
        names = ",".join(post.remote_id for post in posts)
        found = {row["name"]: row for row in await _rows(api, "/api/info", {"id": names})}
        counts = {"score": "score", "comments": "num_comments"}
        return [
            {
                name: int(row[count])
                for name, count in counts.items()
                if (row := found.get(post.remote_id)) and count in row
            }
            for post in posts
        ]


async def _upload(api: Api, file: Attached) -> str:
    """The address by which a post names the picture. Raises TroubleError."""
    about = {"filepath": file.media.file_name, "mimetype": file.media.content_type}
    answer = await api.send("POST", "/api/media/asset.json", headers=_headers(api), form=about)
    lease = (_fields(answer, api).get("args")) or {}
    given = {str(each["name"]): str(each["value"]) for each in lease.get("fields") or []}
    action = urljoin(f"{api.base_url}/", str(lease.get("action") or ""))
    if not given.get("key"):
        raise TroubleError(Transient("Reddit names no place for the picture"))
    stored = await api.send("POST", action, **multipart(api, given, [FilePart("file", file)]))
    if not stored.is_ok:
        raise refused(stored, None, "the picture was not taken")
    return f"{action}/{given['key']}"


def _post(draft: Draft, state: State) -> dict[str, str]:
    options, text = options_of(Options, draft.options), normalise(draft.text)
    form = {
        "api_type": "json",
        "sr": options.subreddit,
        "title": (options.title or text).strip(),
        "resubmit": "true",
        "nsfw": _flag(options.nsfw),
        "spoiler": _flag(options.spoiler),
        "sendreplies": _flag(options.send_replies),
    }
    if options.flair:
        form["flair_id"] = options.flair
    if options.link:
        return {**form, "kind": "link", "url": options.link}
    if draft.media:
        return {**form, "kind": "image", "url": str(state.get("picture", ""))}
    return {**form, "kind": "self", "text": text if options.title else ""}


def _comment(draft: Draft) -> dict[str, str]:
    """`targetId` is a post's number, or a post's and a comment's."""
    post, _, comment = str(draft.options["targetId"]).partition("/")
    thing = f"t1_{comment}" if comment else f"t3_{post}"
    return {"api_type": "json", "thing_id": thing, "text": normalise(draft.text)}


def _committed(answer: Answer) -> Published | None:
    """What a good answer names: a post, or the first of the things made, which is a comment."""
    match _data(answer):
        case {"name": str(name), "url": str(url)}:
            return Published(name, url)
        case {"things": [{"data": {"name": str(name), "permalink": str(path)}}, *_]}:
            return Published(name, _address(path))
        case _:
            return None


def _address(path: str) -> str:
    """A comment's address has its post's title in it, or the word `comment`: the one we know."""
    found = _COMMENT.fullmatch(path)
    return f"{SITE}{found[1]}comment/{found[2]}/" if found else f"{SITE}{path}"


async def _find_post(api: Api, wanted: tuple[str, str, str], since: datetime) -> Finding:
    """Community, title and body of one of the account's own posts."""
    rows = await _rows(api, f"/user/{api.identity.handle}/submitted", {"sort": "new"})
    return _match(
        rows,
        since,
        lambda row: (
            (
                str(row.get("subreddit")).casefold(),
                _words(row.get("title")),
                _words(row.get("selftext")),
            )
            == wanted
        ),
    )


async def _find_comment(api: Api, wanted: tuple[str, str], since: datetime) -> Finding:
    """What it answers, and text, of one of the account's own comments."""
    rows = await _rows(api, f"/user/{api.identity.handle}/comments", {"sort": "new"})
    return _match(
        rows, since, lambda row: (str(row.get("parent_id")), _words(row.get("body"))) == wanted
    )


def _match(
    rows: Sequence[Mapping[str, Any]], since: datetime, fits: Callable[[Mapping[str, Any]], bool]
) -> Finding:
    new = [row for row in rows if _instant(row) >= since - SKEW]
    found = next((row for row in new if fits(row)), None)
    if found is not None:
        return Published(str(found["name"]), _address(str(found["permalink"])))
    if len(new) >= NEWEST:
        return CannotTell("the account has posted too much since to look through")
    return Absent()


async def _rows(
    api: Api, path: str, params: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The first hundred things of a listing. Raises TroubleError."""
    asked = {"limit": str(NEWEST), "raw_json": "1", **(params or {})}
    answer = await api.send("GET", path, params=asked, headers=_headers(api))
    listing = _fields(answer, api).get("data")
    if not isinstance(listing, dict) or not isinstance(listing.get("children"), list):
        raise TroubleError(Transient("the answer is no listing"))
    return [each["data"] for each in listing["children"]]


def _fields(answer: Answer, api: Api) -> dict[str, Any]:
    """The object that an answer carries. Raises TroubleError for any that is not good."""
    trouble = _refusal(answer, api)
    if trouble or not answer.is_ok:
        raise refused(answer, trouble)
    return answer.fields


def _data(answer: Answer) -> dict[str, Any]:
    data = _json(answer).get("data")
    return data if isinstance(data, dict) else {}


def _json(answer: Answer) -> dict[str, Any]:
    wrapped = answer.fields.get("json")
    return wrapped if isinstance(wrapped, dict) else {}


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by Reddit's code or the status; None for any other answer."""
    code, words, place = _complaint(answer)
    styles = (
        seconds_in("X-Ratelimit-Reset"),
        seconds_in_body("json", "ratelimit"),
        retry_after,
    )
    if answer.status == 429:
        return RateLimited(retry_at(answer, api.now(), *styles))
    if no_word(answer):
        return None
    if answer.status == 401 or code == "USER_REQUIRED":
        return AuthExpired()
    if code == "RATELIMIT":
        return RateLimited(retry_at(answer, api.now(), *styles[1:]))
    if code == "QUOTA_FILLED":
        return QuotaExhausted(api.now() + QUOTA)
    if code in NEEDS_LEAVE or (answer.status == 403 and code not in CODES):
        return NotPermitted(words)
    if code or 400 <= answer.status < 500:
        return Rejected(CODES.get(code, "content_rejected"), words, FIELDS.get(place))
    return None


def _complaint(answer: Answer) -> tuple[str, str, str]:
    """Code, words and field: the first of `json.errors`, or the object of an error's status."""
    match _json(answer).get("errors"):
        case [[str(code), words, place, *_], *_]:
            return code, said(words, answer), str(place or "")
        case [[str(code), *rest], *_]:
            return code, said(rest[0] if rest else None, answer), ""
        case _:
            pass
    if answer.is_ok:
        return "", "", ""
    told = answer.fields
    named = told.get("fields")
    place = str(named[0]) if isinstance(named, list) and named else ""
    words = said(told.get("explanation") or told.get("message"), answer)
    return str(told.get("reason") or ""), words, place


def _instant(row: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(float(row.get("created_utc") or 0), UTC)


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _words(text: Any) -> str:
    """Text without regard to white space, which Reddit trims."""
    return " ".join(normalise(str(text or "")).split())


def _flag(is_so: bool) -> str:
    return "true" if is_so else "false"


def _problem(field: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, code="VALIDATION_FAILED", message=message)


def _headers(api: Api) -> dict[str, str]:
    """Reddit slows down whoever does not say program, version and account."""
    by = f" (by /u/{api.identity.handle})" if api.identity.handle else ""
    return {
        "Authorization": f"Bearer {api.credentials['access_token']}",
        "User-Agent": f"server:postbroker:{__version__}{by}",
    }


ADAPTER = Reddit()
