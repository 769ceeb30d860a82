"""What Threads, Instagram and Facebook share: errors by their numbers, and containers.

A status is often 400 whatever is wrong, so `code` and `error_subcode` decide, and nothing else.

Sources: developers.facebook.com on Graph API errors and rate limiting (v25, read 2026-11-22), on
content publishing of Instagram (2026-03) and Threads (2026-04-14 and 2026-08); subcodes 2207xxx as
public clients of 2026-08 list them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from postbroker.domain.content import normalise
from postbroker.domain.filetypes import kind_of
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer, CallError
from postbroker.platforms.adapter import Api, Capabilities, Draft, Save
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    AuthRevoked,
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
from postbroker.platforms.rates import meta_minutes, retry_after, retry_at

TOKEN, SESSION = 190, 102
TOKEN_EXPIRED = 463
"""The subcode of a token that is only too old."""
THROTTLED: dict[int, LimitScope] = {4: "app", 17: "account", 32: "account", 613: "account"}
USE_CASES = range(80000, 80100)
"""Codes of a limit of one use case, such as 80002 for Instagram."""
NOT_PERMITTED = {3, 10, *range(200, 300)}
BLOCKED, DUPLICATE, INVALID = 368, 506, 100
PASSING = {1, 2}
GONE = 33
"""The subcode, with 100, of what does not exist or cannot be seen."""

DAILY_CAP = 2207042
RESTRICTED = {2207050, 2207051}
NOT_READY = 2207027
FETCHING = {2207003, 2207020, 2207032, 2207052, 2207053, 2207082}
"""The platform's own trouble with fetching or processing a file."""

CHECK_SECONDS = 3
CHECKS_MAX = 200
"""So often a container is asked whether its files are processed: ten minutes."""
FRESH = timedelta(hours=20)
"""Containers are good for a day."""
LOOK_AGAIN = timedelta(hours=1)
"""The cap is of any 24 hours, and nothing says when the oldest post leaves them."""
NEWEST = 25
SKEW = timedelta(minutes=1)


async def ask(
    api: Api,
    method: str,
    path: str,
    given: Mapping[str, str] | None = None,
    token: str | None = None,
) -> dict[str, Any]:
    """The object that a request gives which publishes nothing. Raises TroubleError."""
    is_read = method == "GET"
    answer = await api.send(
        method,
        path,
        params=given if is_read else None,
        headers=authorized(api, token),
        form=None if is_read else given or {},
    )
    if answer.is_ok:
        return answer.fields
    raise refused(answer, refusal(answer, api.now()), words(answer))


def authorized(api: Api, token: str | None = None) -> dict[str, str]:
    """The header with the account's token, or a page's."""
    return {"Authorization": f"Bearer {token or api.credentials['access_token']}"}


def refusal(answer: Answer, now: datetime) -> Trouble | None:
    """A clear no, by the error's numbers; None for any other answer."""
    error = error_of(answer)
    code, subcode = error.get("code"), error.get("error_subcode")
    if not isinstance(code, int) or code in PASSING or error.get("is_transient") is True:
        return None
    if code in THROTTLED or code in USE_CASES or answer.status == 429:
        at = retry_at(answer, now, meta_minutes, retry_after)
        return RateLimited(at, THROTTLED.get(code, "account"))
    if subcode == DAILY_CAP:
        return QuotaExhausted(now + LOOK_AGAIN)
    if subcode in FETCHING or subcode == NOT_READY:
        return Transient(words(answer))
    if code == TOKEN:
        return AuthExpired() if subcode == TOKEN_EXPIRED else AuthRevoked(words(answer))
    if code == SESSION:
        return AuthRevoked(words(answer))
    if code == BLOCKED or subcode in RESTRICTED:
        return Rejected("account_restricted", words(answer))
    if code in NOT_PERMITTED:
        return NotPermitted(words(answer))
    if code == DUPLICATE:
        return Rejected("duplicate_content", words(answer))
    return None if no_word(answer) else Rejected("content_rejected", words(answer))


def is_gone(answer: Answer) -> bool:
    """True for the answer about an object that is not there."""
    error = error_of(answer)
    return (error.get("code"), error.get("error_subcode")) == (INVALID, GONE)


def error_of(answer: Answer) -> dict[str, Any]:
    """The error object; empty without one."""
    error = answer.fields.get("error")
    return error if isinstance(error, dict) else {}


def words(answer: Answer) -> str:
    """What the platform says to people, or else to programs."""
    error = error_of(answer)
    return said(error.get("error_user_msg") or error.get("message"), answer)


async def delete_object(api: Api, object_id: str, token: str | None = None) -> None:
    """Remove a post; one that is gone is no error. Raises TroubleError."""
    answer = await api.send("DELETE", f"/{object_id}", headers=authorized(api, token))
    if answer.is_ok or is_gone(answer):
        return
    raise refused(answer, refusal(answer, api.now()), words(answer))


class ContainerAdapter(Adapter):
    """Threads and Instagram: a container is made, fills with files, and is published by its id."""

    kind_of_post: ClassVar[str]
    """The edge of the account on which posts lie and containers are made: `threads`, `media`."""
    text_field: ClassVar[str]
    status_field: ClassVar[str]
    limit_edge: ClassVar[str]
    """Tells how many posts of the last day are counted."""

    def container(self, api: Api, draft: Draft) -> dict[str, str]:
        """What the container of a post without files, or with one, is made of."""
        raise NotImplementedError

    def item(self, api: Api, file: Attached) -> dict[str, str]:
        """What the container of one file of several is made of."""
        raise NotImplementedError

    def album(self, draft: Draft, children: Sequence[str]) -> dict[str, str]:
        """What the container of several files is made of."""
        raise NotImplementedError

    def failure(self, container: Mapping[str, Any]) -> Trouble:
        """Why a container cannot be published."""
        raise NotImplementedError

    async def capabilities(self, api: Api) -> Capabilities:
        """The usual limits, and how many posts of the day are used up."""
        used, total = await self.quota(api)
        return replace(self.usual(), details={"postsOfTheDay": used, "postsADay": total})

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """A container for each file, and one for the post, all processed."""
        if "container" in state and api.now() - datetime.fromisoformat(state["at"]) < FRESH:
            await self._fill(api, state["container"], state, save)
            return state
        await self._need_room(api)
        state = {"at": api.now().isoformat(), "children": []}
        if len(draft.media) > 1:
            for file in draft.media:
                child = await self._make(api, self.item(api, file))
                state = {**state, "children": [*state["children"], child]}
                await save(state)
            for child in state["children"]:
                await self._fill(api, child, state, save)
            given = self.album(draft, state["children"])
        else:
            given = self.container(api, draft)
        state = {**state, "container": await self._make(api, given)}
        await save(state)
        await self._fill(api, state["container"], state, save)
        return state

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """Publish the container."""
        answer = await api.send_once(
            "POST",
            f"/{api.identity.remote_id}/{self.kind_of_post}_publish",
            headers=authorized(api),
            form={"creation_id": state["container"]},
        )
        post_id = answer.fields.get("id")
        if answer.is_ok and isinstance(post_id, str):
            return await self.poll(api, {**state, "post": post_id})
        return concluded(answer, refusal(answer, api.now()), words(answer))

    async def poll(self, api: Api, state: State) -> Outcome:
        """The address of a post that is out; asked again until the platform names it."""
        try:
            post = await ask(api, "GET", f"/{state['post']}", {"fields": "id,permalink"})
        except (CallError, TroubleError):
            return Pending(state, CHECK_SECONDS)
        url = post.get("permalink")
        return Published(state["post"], url) if url else Pending(state, CHECK_SECONDS)

    async def reconcile(
        self,
        api: Api,
        draft: Draft,
        state: State,
        key: str,  # noqa: ARG002
        since: datetime,
    ) -> Finding:
        """What the container says of itself, and the account's newest posts."""
        if "container" not in state:
            return CannotTell("the container is not known")
        status = (await self._read(api, state["container"])).get(self.status_field)
        if found := await self._newest_like(api, draft, since):
            return found
        if status in ("FINISHED", "EXPIRED", "ERROR"):
            return Absent()
        return CannotTell(f"the container is {status}, and no post of it is seen")

    async def _newest_like(self, api: Api, draft: Draft, since: datetime) -> Published | None:
        fields = f"id,permalink,timestamp,{self.text_field}"
        path = f"/{api.identity.remote_id}/{self.kind_of_post}"
        page = await ask(api, "GET", path, {"fields": fields, "limit": str(NEWEST)})
        wanted = normalise(draft.text)
        for post in page.get("data", []):
            text = normalise(str(post.get(self.text_field) or ""))
            if text == wanted and _instant(post.get("timestamp")) >= since - SKEW:
                return Published(post["id"], post.get("permalink"))
        return None

    async def _make(self, api: Api, given: Mapping[str, str]) -> str:
        path = f"/{api.identity.remote_id}/{self.kind_of_post}"
        container = (await ask(api, "POST", path, given)).get("id")
        if not isinstance(container, str):
            raise TroubleError(Transient("no container was named"))
        return container

    async def _fill(self, api: Api, container: str, state: State, save: Save) -> None:
        """Wait until the files of a container are processed."""
        for _ in range(CHECKS_MAX):
            read = await self._read(api, container)
            match read.get(self.status_field):
                case "FINISHED" | "PUBLISHED":
                    return
                case "IN_PROGRESS":
                    await api.wait(CHECK_SECONDS)
                    await save(state)
                case _:
                    await save({})  # what failed is made anew next time
                    raise TroubleError(self.failure(read))
        raise TroubleError(Transient("the files are still being processed"))

    async def _read(self, api: Api, container: str) -> dict[str, Any]:
        return await ask(api, "GET", f"/{container}", {"fields": self.container_fields})

    @property
    def container_fields(self) -> str:
        """What is read of a container."""
        return f"id,{self.status_field}"

    async def _need_room(self, api: Api) -> None:
        """Raise TroubleError when today's posts are used up."""
        used, total = await self.quota(api)
        if total is not None and used >= total:
            raise TroubleError(QuotaExhausted(api.now() + LOOK_AGAIN))

    async def quota(self, api: Api) -> tuple[int, int | None]:
        """How many posts of the last 24 hours are counted, and how many there may be."""
        path = f"/{api.identity.remote_id}/{self.limit_edge}"
        page = await ask(api, "GET", path, {"fields": "quota_usage,config"})
        row: dict[str, Any] = next(iter(page.get("data", [])), {})
        config = row.get("config") or {}
        return int(row.get("quota_usage", 0)), config.get("quota_total")


async def insights(api: Api, post_id: str, names: Sequence[str]) -> dict[str, int]:
    """The numbers of a post by their names; 0 for what the platform does not tell."""
    page = await ask(api, "GET", f"/{post_id}/insights", {"metric": ",".join(names)})
    found = {row.get("name"): row for row in page.get("data", []) if isinstance(row, dict)}
    return {name: _value(found.get(name, {})) for name in names}


def media_fields(api: Api, file: Attached) -> dict[str, str]:
    """Where the platform fetches a file, under the name it has for its kind."""
    is_video = kind_of(file.media.content_type) == "video"
    return {"video_url" if is_video else "image_url": api.public_url(file)}


def _value(row: Mapping[str, Any]) -> int:
    values = row.get("values") or [row.get("total_value") or {}]
    return int(values[0].get("value") or 0)


def _instant(given: Any) -> datetime:
    """Graph's instants end in +0000."""
    return datetime.strptime(str(given), "%Y-%m-%dT%H:%M:%S%z")
