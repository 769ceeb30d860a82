"""WordPress sites, by the REST API and an application password.

Retry class B: the post is made as a draft under a name of ours and published by its number, which
may be repeated; the post itself tells whether it is published. Redirects are never followed: a site
that sends a POST elsewhere would answer it as a GET, with a list that looks like success.

Sources: behaviour of WordPress 6.5.5, run on 2026-11-22 and 2026-11-24; developer.wordpress.org,
REST API handbook, read 2026-11-22.
"""

import base64
import html
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.domain.content import first_line, normalise
from postbroker.domain.filetypes import kind_of
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Entry,
    Identity,
    Info,
    Save,
    Typed,
)
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
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
)
from postbroker.platforms.rates import retry_after, retry_at
from postbroker.platforms.uploads import seconds_for, size_of

TITLE_MAX = 200
NAME_BYTES = 8
METRICS = ("comments",)
GONE = {"rest_post_invalid_id", "rest_already_trashed"}

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_PARAGRAPHS = re.compile(r"\n\s*\n")

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=200)]


class Options(Message):
    """What a post on WordPress may have beside text and files."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=TITLE_MAX)] | None = None
    """Without it, the first line of the text, which is then not repeated."""
    format: Literal["text", "html"] = "text"
    """`text` shows every sign as it is; `html` is taken as written."""
    excerpt: Annotated[str, StringConstraints(max_length=2000)] = ""
    slug: Slug | None = None
    """The end of the address; without it, made of the title."""
    categories: Annotated[list[int], Field(max_length=50)] = Field(default_factory=list)
    """Numbers, as the site has them."""
    tags: Annotated[list[int], Field(max_length=50)] = Field(default_factory=list)
    featured: bool = True
    """The first picture is the post's own, which themes show above it and in lists."""


class WordPress(Adapter):
    """Posts of one user of one site."""

    info = Info(
        id="wordpress",
        retry_class="B",
        auth=(
            Typed(
                (
                    Entry("username", "User name", "as at the site's log-in"),
                    Entry(
                        "app_password",
                        "Application password",
                        "Users → Profile → Application Passwords; never the main password",
                        is_secret=True,
                    ),
                )
            ),
        ),
        base_url="https://example.org",
        asks_for_server=True,
        deletes=True,
        metrics=METRICS,
        setup="https://wordpress.org/documentation/article/application-passwords/",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Who the user is, and where the API is on this site."""
        kept = {
            "username": api.credentials["username"].strip(),
            "app_password": api.credentials["app_password"].strip(),
        }
        for rest in ("/wp-json", "/?rest_route="):
            answer = await api.send(
                "GET", f"{rest}/wp/v2/users/me", params={"context": "edit"}, headers=_basic(kept)
            )
            if answer.status != 404:
                break
        else:
            message = "there is no REST API at that address: a plugin may have switched it off"
            raise TroubleError(Rejected("content_rejected", message, "server"))
        if place := answer.headers.get("Location"):
            message = f"the site sends us to {place}: give that address"
            raise TroubleError(Rejected("content_rejected", message, "server"))
        me = _fields(answer, api)
        if not (me.get("capabilities") or {}).get("publish_posts"):
            raise TroubleError(NotPermitted("the user must be allowed to publish posts: an author"))
        host = urlsplit(api.base_url).netloc
        identity = Identity(
            remote_id=str(me["id"]),
            handle=f"{me.get('slug') or kept['username']}@{host}",
            name=str(me.get("name") or ""),
            base_url=api.base_url,
            more={"rest": rest},
        )
        return identity, kept

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """Beside the usual, a title."""
        problems = super().validate(draft, capabilities)
        if "title" not in draft.options and len(first_line(draft.text)) > TITLE_MAX:
            message = f"the first line is the title: make it {TITLE_MAX} characters, or give one"
            field = "platformPayload.title"
            problems.append(FieldProblem(field=field, code="VALIDATION_FAILED", message=message))
        return problems

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """The files, and a draft with all that the post will be."""
        if "name" not in state:
            state = {"name": f"draft-{secrets.token_hex(NAME_BYTES)}", "files": {}}
            await save(state)
        for file in draft.media:
            if file.media.id not in state["files"]:
                made = await _upload(api, file)
                state = {**state, "files": {**state["files"], file.media.id: made}}
                await save(state)
        if "post" not in state:
            number = await _find_draft(api, state["name"]) or await _make_draft(api, draft, state)
            state = {**state, "post": number}
            await save(state)
        return state

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """Publish the draft by its number."""
        # An empty slug lets the site make one of the title.
        given = {"status": "publish", "slug": options_of(Options, draft.options).slug or ""}
        answer = await api.send_once(
            "POST",
            _path(api, f"/wp/v2/posts/{state['post']}"),
            headers=_authorized(api),
            json=given,
        )
        return _published(answer, state) or concluded(
            answer, _refusal(answer, api), answer.fields.get("message")
        )

    async def reconcile(
        self,
        api: Api,
        draft: Draft,  # noqa: ARG002
        state: State,
        key: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
    ) -> Finding:
        """What the post says of itself."""
        if "post" not in state:
            return CannotTell("the number of the post is not known")
        answer = await api.send(
            "GET",
            _path(api, f"/wp/v2/posts/{state['post']}"),
            params={"context": "edit"},
            headers=_authorized(api),
        )
        if found := _published(answer, state):
            return found
        if answer.is_ok and answer.fields.get("status") == "draft":
            return Absent()
        return CannotTell(no_word(answer) or said(answer.fields.get("message"), answer))

    async def delete(self, api: Api, post: Published) -> None:
        """Into the site's bin; a post that is gone is no error."""
        answer = await api.send(
            "DELETE", _path(api, f"/wp/v2/posts/{post.remote_id}"), headers=_authorized(api)
        )
        if answer.fields.get("code") not in GONE:
            _fields(answer, api)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Comments that everybody sees."""
        counted = []
        for post in posts:
            params = {"post": post.remote_id, "per_page": "1"}
            answer = await api.send(
                "GET", _path(api, "/wp/v2/comments"), params=params, headers=_authorized(api)
            )
            if not answer.is_ok:
                _fields(answer, api)
            counted.append({"comments": int(answer.headers.get("X-WP-Total") or 0)})
        return counted


async def _upload(api: Api, file: Attached) -> dict[str, Any]:
    """A file's number and address, described."""
    size = size_of(file)
    headers = {
        **_authorized(api),
        "Content-Type": file.media.content_type,
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{_bare_name(file.media.file_name)}"',
    }
    answer = await api.send(
        "POST",
        _path(api, "/wp/v2/media"),
        headers=headers,
        body=api.read(file),
        seconds=seconds_for(size),
    )
    made = _fields(answer, api)
    if not isinstance(made.get("id"), int):
        raise TroubleError(Transient("the site named no file"))
    if file.alt:
        answer = await api.send(
            "POST",
            _path(api, f"/wp/v2/media/{made['id']}"),
            headers=_authorized(api),
            json={"alt_text": file.alt},
        )
        _fields(answer, api)
    return {"id": made["id"], "url": str(made.get("source_url") or "")}


def _bare_name(name: str) -> str:
    """The one form of a file name that WordPress reads: plain letters between quotes."""
    return _NOT_IN_NAMES.sub("-", name).strip("-") or "file"


async def _find_draft(api: Api, name: str) -> int | None:
    """The draft that was made before a death, by the name that was kept."""
    params = {"slug": name, "status": "draft", "context": "edit"}
    answer = await api.send(
        "GET", _path(api, "/wp/v2/posts"), params=params, headers=_authorized(api)
    )
    if not answer.is_ok:
        _fields(answer, api)
    rows = answer.json
    return int(rows[0]["id"]) if isinstance(rows, list) and rows else None


async def _make_draft(api: Api, draft: Draft, state: State) -> int:
    options = options_of(Options, draft.options)
    given: dict[str, Any] = {
        "status": "draft",
        "slug": state["name"],
        "title": html.escape(options.title or first_line(draft.text), quote=False),
        "content": _content(draft, options, state["files"]),
        "excerpt": options.excerpt,
        "categories": options.categories,
        "tags": options.tags,
    }
    pictures = [file for file in draft.media if kind_of(file.media.content_type) != "video"]
    if options.featured and pictures:
        given["featured_media"] = state["files"][pictures[0].media.id]["id"]
    given = {name: value for name, value in given.items() if value}
    answer = await api.send(
        "POST", _path(api, "/wp/v2/posts"), headers=_authorized(api), json=given
    )
    number = _fields(answer, api).get("id")
    if not isinstance(number, int):
        raise TroubleError(Transient("the site named no post"))
    return number


def _content(draft: Draft, options: Options, files: Mapping[str, Any]) -> str:
    """The text as HTML, then the files."""
    text = normalise(draft.text).strip()
    if options.format == "text":
        if options.title is None:
            text = text.partition("\n")[2].strip()
        paragraphs = [each.strip() for each in _PARAGRAPHS.split(text) if each.strip()]
        text = "\n".join(f"<p>{_as_html(each)}</p>" for each in paragraphs)
    return "\n".join([text, *(_figure(file, files[file.media.id]) for file in draft.media)]).strip()


def _as_html(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def _figure(file: Attached, made: Mapping[str, Any]) -> str:
    """A file as the site's own editor writes it."""
    url = html.escape(made["url"])
    if kind_of(file.media.content_type) == "video":
        return f'<figure class="wp-block-video"><video controls src="{url}"></video></figure>'
    alt, number = html.escape(file.alt or ""), made["id"]
    picture = f'<img src="{url}" alt="{alt}" class="wp-image-{number}"/>'
    return f'<figure class="wp-block-image">{picture}</figure>'


def _published(answer: Answer, state: State) -> Published | None:
    """The post, when the answer is that very post and says that it is published."""
    post = answer.fields
    if not answer.is_ok or (post.get("id"), post.get("status")) != (state["post"], "publish"):
        return None
    link = post.get("link")
    return Published(str(post["id"]), link if isinstance(link, str) else None)


def _fields(answer: Answer, api: Api) -> dict[str, Any]:
    """The object that an answer carries. Raises TroubleError for any that is not good."""
    if answer.is_ok and answer.fields:
        return answer.fields
    words = said(answer.fields.get("message"), answer)
    raise refused(answer, _refusal(answer, api), words)


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by its status: WordPress gives its codes one each; None for any other answer."""
    words = said(_plain(answer.fields.get("message")), answer)
    if answer.status == 429:
        return RateLimited(retry_at(answer, api.now(), retry_after))
    if no_word(answer):
        return None
    if _status(answer) == 401:
        # A plugin or server that strips the Authorization header sounds the same.
        return AuthRevoked(f"the site does not accept user name and application password: {words}")
    if _status(answer) == 403:
        return NotPermitted(words)
    return Rejected("content_rejected", words) if 400 <= answer.status < 500 else None


def _status(answer: Answer) -> int:
    """The status, or that of the parameter that a 400 is about: whom the site does not let in may
    not ask for drafts, and hears of it as of a wrong parameter."""
    data = answer.fields.get("data")
    details = data.get("details") if isinstance(data, dict) else None
    rows = details.values() if isinstance(details, dict) else ()
    inner = [row.get("data") for row in rows if isinstance(row, dict)]
    found = [each["status"] for each in inner if isinstance(each, dict) and "status" in each]
    return max((each for each in found if each in (401, 403)), default=answer.status)


def _plain(message: Any) -> str | None:
    return html.unescape(re.sub(r"<[^>]*>", "", message)) if isinstance(message, str) else None


def _path(api: Api, path: str) -> str:
    return f"{api.identity.more.get('rest', '/wp-json')}{path}"


def _authorized(api: Api) -> dict[str, str]:
    return _basic(api.credentials)


def _basic(credentials: Mapping[str, str]) -> dict[str, str]:
    both = f"{credentials['username']}:{credentials['app_password']}"
    return {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}


ADAPTER = WordPress()
