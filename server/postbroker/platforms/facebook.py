"""Facebook Pages, for people with a role on the operator's Meta app; profiles and groups have none.

Retry class B: the post is made unpublished first and published by its number; it tells whether it
is published, and publishing it again changes nothing. That a Page's post can be published so is in
the documents, and has not been proven on the live service here.

Sources: developers.facebook.com, Pages API and Graph API v25, read 2026-11-22.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints

from postbroker.contract.catalogue import FileLimits, MediaRules
from postbroker.contract.message import Message
from postbroker.contract.words import LiveUrl
from postbroker.domain.content import normalise
from postbroker.domain.filetypes import kind_of
from postbroker.domain.media import Attached
from postbroker.egress.calls import CallError
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
from postbroker.platforms.answers import concluded
from postbroker.platforms.base import Adapter
from postbroker.platforms.meta import (
    CHECK_SECONDS,
    CHECKS_MAX,
    FRESH,
    ask,
    authorized,
    delete_object,
    refusal,
    words,
)
from postbroker.platforms.options import options_of
from postbroker.platforms.outcome import (
    Absent,
    CannotTell,
    Finding,
    NotPermitted,
    Outcome,
    Pending,
    Published,
    Rejected,
    State,
    Transient,
    TroubleError,
)

VERSION = "v25.0"
"""Graph API versions are good for about two years."""
SITE = "https://www.facebook.com"
SOURCE = "Pages API documentation, Graph API v25, read 2026-11-22"
PAGES_MAX = 100
COUNTED = "shares,reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
METRICS = ("reactions", "comments", "shares")


class Options(Message):
    """What a post on a Page may have beside text and files."""

    page_id: Annotated[str, StringConstraints(pattern=r"^\d{3,25}$")] | None = None
    """The Page to post to, where the account manages several."""
    link: LiveUrl | None = None
    """The link whose card is shown, where there are no files."""


class FacebookPage(Adapter):
    """Posts of Pages. An account is a Page, or a person with several."""

    info = Info(
        id="facebook",
        retry_class="B",
        auth=(
            OAuth(
                authorize_url=f"{SITE}/{VERSION}/dialog/oauth",
                token_url=f"https://graph.facebook.com/{VERSION}/oauth/access_token",
                scopes=("pages_show_list", "pages_manage_posts", "pages_read_engagement"),
                scope_separator=",",
                uses_pkce=False,
                refresh="exchange",
                exchange_url=f"https://graph.facebook.com/{VERSION}/oauth/access_token",
                exchange_grant="fb_exchange_token",
                exchange_token_name="fb_exchange_token",  # noqa: S106  a name
            ),
        ),
        base_url=f"https://graph.facebook.com/{VERSION}",
        deletes=True,
        metrics=METRICS,
        actions={"pages": "the Pages that the account may post to"},
        approval="A Meta app of your own. Pages of people with a role on the app need no review; "
        "others need the app reviewed. While the app is in development, only those people may see "
        "its posts.",
        setup="https://developers.facebook.com/apps",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """The only Page, or the person whose Pages are named by each post."""
        pages = await _pages(api)
        if not pages:
            needs = "the account manages no Page, or gave the app none: connect again and choose"
            raise TroubleError(NotPermitted(needs))
        if len(pages) == 1:
            [page] = pages
            more = {"page": page.id}
            return Identity(page.id, page.id, page.name, more=more), dict(api.credentials)
        me = await ask(api, "GET", "/me", {"fields": "id,name"})
        name = str(me.get("name") or "")
        return Identity(str(me["id"]), f"{name} ({me['id']})", name), dict(api.credentials)

    def usual(self) -> Capabilities:
        """As in a tab, but one kind of file in a post."""
        return replace(super().usual(), media=_media())

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """The unpublished post with all its files."""
        if "object" in state and api.now() - datetime.fromisoformat(state["at"]) < FRESH:
            return state
        options = options_of(Options, draft.options)
        page = options.page_id or api.identity.more.get("page")
        if page is None:
            message = (
                "the account manages several Pages: name one, as the action `pages` lists them"
            )
            raise TroubleError(Rejected("content_rejected", message, "platformPayload.pageId"))
        token = await _page_token(api, page)
        state = {"at": api.now().isoformat(), "page": page, "photos": []}
        if draft.media and kind_of(draft.media[0].media.content_type) == "video":
            return await self._make_video(api, draft, state, save, token)
        for file in draft.media:
            photo = await _make(api, f"/{page}/photos", _photo(api, file), token)
            state = {**state, "photos": [*state["photos"], photo]}
            await save(state)
        given = {"message": normalise(draft.text), "published": "false"}
        if options.link and not draft.media:
            given["link"] = options.link
        for place, photo in enumerate(state["photos"]):
            given[f"attached_media[{place}]"] = f'{{"media_fbid":"{photo}"}}'
        state = {**state, "object": await _make(api, f"/{page}/feed", given, token)}
        await save(state)
        return state

    async def _make_video(
        self, api: Api, draft: Draft, state: State, save: Save, token: str
    ) -> State:
        given = {
            "file_url": api.public_url(draft.media[0]),
            "description": normalise(draft.text),
            "published": "false",
        }
        video = await _make(api, f"/{state['page']}/videos", given, token)
        state = {**state, "object": video, "is_video": True}
        for _ in range(CHECKS_MAX):
            read = await ask(api, "GET", f"/{video}", {"fields": "status"}, token)
            match (read.get("status") or {}).get("video_status"):
                case "ready":
                    await save(state)
                    return state
                case "error":
                    message = "Facebook could not process the video"
                    raise TroubleError(Rejected("content_rejected", message, "mediaPaths.0"))
                case _:
                    await api.wait(CHECK_SECONDS)
                    await save({})  # made anew after a death: nobody sees an unpublished video
        raise TroubleError(Transient("the video is still being processed"))

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """Publish it by its number."""
        token = await _page_token(api, state["page"])
        answer = await api.send_once(
            "POST",
            f"/{state['object']}",
            headers=authorized(api, token),
            form={_published_field(state): "true"},
        )
        if answer.is_ok and answer.fields.get("success") is True:
            return await self.poll(api, state)
        return concluded(answer, refusal(answer, api.now()), words(answer))

    async def poll(self, api: Api, state: State) -> Outcome:
        """The address of a post that is out; asked again until Facebook names it."""
        try:
            return await _read(api, state) or Pending(state, CHECK_SECONDS)
        except (CallError, TroubleError):
            return Pending(state, CHECK_SECONDS)

    async def reconcile(
        self,
        api: Api,
        draft: Draft,  # noqa: ARG002
        state: State,
        key: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
    ) -> Finding:
        """What the post says of itself."""
        if "object" not in state:
            return CannotTell("the number of the post is not known")
        return await _read(api, state) or Absent()

    async def act(self, api: Api, action: str, given: Mapping[str, Any]) -> list[Target]:
        """The Pages."""
        return await _pages(api) if action == "pages" else await super().act(api, action, given)

    async def delete(self, api: Api, post: Published) -> None:
        """By the Page that it is of."""
        await delete_object(api, post.remote_id, await _page_token(api, post.details["page"]))

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Reactions, comments and shares."""
        counted = []
        for post in posts:
            token = await _page_token(api, post.details["page"])
            read = await ask(api, "GET", f"/{post.remote_id}", {"fields": COUNTED}, token)
            counted.append(
                {
                    "reactions": _total(read.get("reactions")),
                    "comments": _total(read.get("comments")),
                    "shares": int((read.get("shares") or {}).get("count", 0)),
                }
            )
        return counted


async def _read(api: Api, state: State) -> Published | None:
    """The post, once it is published."""
    published = _published_field(state)
    token = await _page_token(api, state["page"])
    fields = {"fields": f"{published},permalink_url"}
    read = await ask(api, "GET", f"/{state['object']}", fields, token)
    if read.get(published) is not True:
        return None
    url = str(read.get("permalink_url") or "")
    whole = f"{SITE}{url}" if url.startswith("/") else url or None
    return Published(state["object"], whole, {"page": state["page"]})


def _published_field(state: State) -> str:
    return "published" if state.get("is_video") else "is_published"


async def _pages(api: Api) -> list[Target]:
    given = {"fields": "id,name,tasks", "limit": str(PAGES_MAX)}
    page = await ask(api, "GET", "/me/accounts", given)
    return [
        Target(row["id"], str(row.get("name") or ""))
        for row in page.get("data", [])
        if "CREATE_CONTENT" in row.get("tasks", [])
    ]


async def _page_token(api: Api, page: str) -> str:
    """The Page's own token, which nobody keeps. Raises TroubleError."""
    token = (await ask(api, "GET", f"/{page}", {"fields": "access_token"})).get("access_token")
    if not isinstance(token, str):
        raise TroubleError(NotPermitted(f"the account may not post to the Page {page}"))
    return token


async def _make(api: Api, path: str, given: Mapping[str, str], token: str) -> str:
    made = (await ask(api, "POST", path, given, token)).get("id")
    if not isinstance(made, str):
        raise TroubleError(Transient("nothing was named that was made"))
    return made


def _photo(api: Api, file: Attached) -> dict[str, str]:
    described = {"alt_text_custom": file.alt} if file.alt else {}
    return {"url": api.public_url(file), "published": "false", **described}


def _media() -> MediaRules:
    return MediaRules(
        max=10,
        image=FileLimits(max=10, types=["image/jpeg", "image/png"], bytes_max=4_000_000),
        video=FileLimits(
            max=1,
            types=["video/mp4", "video/quicktime"],
            bytes_max=1_000_000_000,
            seconds_max=1200,
        ),
        alt_max=1000,
        source=SOURCE,
    )


def _total(edge: Any) -> int:
    return int(((edge or {}).get("summary") or {}).get("total_count", 0))


ADAPTER = FacebookPage()
