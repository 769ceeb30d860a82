"""`AsyncPostbroker`: everything that can be asked of a broker, a method each."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, Unpack
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from pydantic import ValidationError

from postbroker.client import credentials
from postbroker.client.errors import (
    JobFailedError,
    NotEndedError,
    RefusedError,
    UnreachableError,
)
from postbroker.client.options import (
    AccountChange,
    CommentOptions,
    GroupOptions,
    JobFilters,
    KeyOptions,
    PostOptions,
    SearchOptions,
)
from postbroker.client.wire import ANSWER_SECONDS, RETRY_DELAYS, Wire
from postbroker.clock import Clock, SystemClock
from postbroker.contract.accounts import AccountAnswer, AccountList, ChangeAccount
from postbroker.contract.agents import ErrorList, PlatformList, PostCheck
from postbroker.contract.jobs import (
    AccountStatus,
    AskedJob,
    CreateComment,
    CreatedJob,
    CreateTweet,
    JobAnswer,
    JobEvent,
    JobList,
    NameGroup,
    SearchGroups,
    Usage,
)
from postbroker.contract.keys import CreateKey, Credential, KeyList, NewKey, RotateKey
from postbroker.contract.media import MediaAnswer, MediaList, UploadRequest, UploadTarget
from postbroker.contract.message import Message
from postbroker.contract.pairing import Pair, PairAnswer
from postbroker.contract.problems import ErrorCode, FieldProblem
from postbroker.contract.requests import ApproveJob, ListJobs, SettleJob

ENDED = ("succeeded", "failed")
LONG_POLL_SECONDS = 30
LOOK_SECONDS = 1
"""Between looks at a job where the broker does not let one wait."""

M = TypeVar("M", bound=Message)


class HasId(Protocol):
    """A job, a file or an account, as the broker answers it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


class AsyncPostbroker:
    """One broker. Use it as `async with AsyncPostbroker() as broker:`, or end it with `close`.

    Without `url` and `key` it takes POSTBROKER_URL and POSTBROKER_API_KEY, else the broker of
    the last `postbroker login`, else the one that runs on this machine. Every method raises
    PostbrokerError; what the broker refuses is a RefusedError, with `code` and `suggested_action`.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        credential: credentials.Credential | None = None,
        clock: Clock | None = None,
    ) -> None:
        if url is None or (key is None and credential is None):
            from postbroker.client.places import find_broker

            found = find_broker(url, key)
            url, credential = found.url, credential or found.credential
        self.url = url.rstrip("/")
        self._clock = clock or SystemClock()
        self._wire = Wire(self.url, credential or credentials.Key(key), self._clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    # -- jobs: what is to be done on platforms

    async def post(self, text: str, **options: Unpack[PostOptions]) -> CreatedJob:
        """Have a post accepted; `wait` says how it ended.

        A lost answer is asked for again under the same idempotency key, which is made up when there
        is none, so that the post is accepted once.
        """
        return await self._create("/v1/jobs/tweet", CreateTweet, {"text": text, **options})

    async def comment(
        self, target_url: str, text: str, **options: Unpack[CommentOptions]
    ) -> CreatedJob:
        """Have a comment accepted, as `post` a post."""
        fields = {"target_url": target_url, "text": text, **options}
        return await self._create("/v1/reddit/comment", CreateComment, fields)

    async def search_groups(self, query: str, **options: Unpack[SearchOptions]) -> CreatedJob:
        """Have groups searched; the job's `details.group_search` holds them at its end."""
        return await self._create("/v1/groups/search", SearchGroups, {"query": query, **options})

    async def join_group(self, **options: Unpack[GroupOptions]) -> CreatedJob:
        """Have it asked to be let into a group; `details.button_state` says the answer."""
        return await self._create("/v1/facebook/groups/join", NameGroup, {**options})

    async def group_status(self, **options: Unpack[GroupOptions]) -> CreatedJob:
        """Have it read whether the account is in a group; `details.button_state` says it."""
        return await self._create("/v1/facebook/groups/status", NameGroup, {**options})

    async def wait(
        self, job: str | HasId, timeout: float | None = None, *, check: bool = True
    ) -> JobAnswer:
        """The job after its end, for which it waits `timeout` seconds at most.

        With `check` a job that failed raises JobFailedError, one that may have been posted
        OutcomeUnknownError. Raises NotEndedError after the time; the job goes on.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            asked = loop.time()
            left = None if timeout is None else began + timeout - asked
            patience = LONG_POLL_SECONDS if left is None else max(0, min(left, LONG_POLL_SECONDS))
            answer = await self.get(job, patience)
            if answer.status in ENDED:
                break
            if timeout is not None and loop.time() >= began + timeout:
                raise NotEndedError.of(answer)
            if loop.time() - asked < min(patience, LOOK_SECONDS):
                await self._clock.sleep(LOOK_SECONDS)
        if check and answer.status == "failed":
            raise JobFailedError.of(answer)
        return answer

    async def get(self, job: str | HasId, wait_seconds: float = 0) -> JobAnswer:
        """One job, after its end or `wait_seconds`."""
        return await self.ask(
            "GET",
            f"/v1/jobs/{_id(job)}",
            JobAnswer,
            params={"wait": f"{wait_seconds:g}"},
            timeout=aiohttp.ClientTimeout(total=wait_seconds + ANSWER_SECONDS),
        )

    async def jobs(self, **filters: Unpack[JobFilters]) -> AsyncGenerator[JobAnswer, None]:
        """All jobs, newest first, a page at a time."""
        cursor = None
        while True:
            page = await self.list_jobs(cursor, **filters)
            for job in page.jobs:
                yield job
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_jobs(self, cursor: str | None = None, **filters: Unpack[JobFilters]) -> JobList:
        """A page of jobs, newest first; `next_cursor` leads to the next."""
        wanted = _message(ListJobs, {"cursor": cursor, **filters})
        params = wanted.model_dump(mode="json", exclude_none=True)
        return await self.ask("GET", "/v1/jobs", JobList, params=params)

    async def cancel(self, job: str | HasId) -> JobAnswer:
        """Stop a job before its button is pressed."""
        return await self.ask("POST", f"/v1/jobs/{_id(job)}/cancel", JobAnswer, repeatable=True)

    async def settle(self, job: str | HasId, post_url: str | None) -> JobAnswer:
        """Say where a post of unknown outcome is, or with None that it is not there."""
        found = _message(SettleJob, {"id": _id(job), "post_url": post_url})
        return await self.ask("POST", f"/v1/jobs/{_id(job)}/settle", JobAnswer, found)

    async def retry(self, job: str | HasId) -> JobAnswer:
        """Send a job again that ended without a post: a new job with the same content.

        Asked again for the same job it answers the same new one. What may have been posted is
        refused.
        """
        return await self.ask("POST", f"/v1/jobs/{_id(job)}/retry", JobAnswer, repeatable=True)

    async def validate(self, text: str, **options: Unpack[PostOptions]) -> PostCheck:
        """What would become of a post; nothing is accepted. A bad one is answered, not raised."""
        request = _message(CreateTweet, {"text": text, **options})
        path = "/v1/posts/validate"
        return await self.ask("POST", path, PostCheck, request, repeatable=True)

    async def look_again(self, job: str | HasId) -> JobAnswer:
        """Have a browser look once more for a post of unknown outcome."""
        return await self.ask("POST", f"/v1/jobs/{_id(job)}/look-again", JobAnswer)

    async def approve(self, job: str | HasId, *, always: bool = False) -> JobAnswer:
        """Say yes to a post, with `always` to all of its account's."""
        yes = _message(ApproveJob, {"id": _id(job), "always": always})
        path = f"/v1/jobs/{_id(job)}/approve"
        return await self.ask("POST", path, JobAnswer, yes, repeatable=True)

    async def reject(self, job: str | HasId) -> JobAnswer:
        """Say no to a post that waits for a yes."""
        return await self.ask("POST", f"/v1/jobs/{_id(job)}/reject", JobAnswer)

    # -- events: what happens, as it happens

    async def events(
        self, job: str | HasId | None = None, *, after: int = 0
    ) -> AsyncGenerator[JobEvent, None]:
        """What happens to a job, from its first event to its end; without one, all from now on.

        Begins behind the event `after`, and goes on after the last event over broken connections.
        Raises UnreachableError when the broker stays away.
        """
        path = f"/v1/jobs/{_id(job)}/events" if job is not None else "/v1/events"
        last_id, failures = after, 0
        while True:
            try:
                async for event in self._wire.stream(path, last_id):
                    last_id, failures = event.id, 0
                    yield event
                if job is not None and (await self.get(job)).status in ENDED:
                    return
            except UnreachableError:
                if failures == len(RETRY_DELAYS):
                    raise
            # A stream that ends early was cut off by a broker that stops.
            await self._clock.sleep(RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)])
            failures += 1

    async def history(self, job: JobAnswer) -> Sequence[JobEvent]:
        """What happened to a job until it became what it is."""
        found = []
        async with aclosing(self.events(job)) as events:
            async for event in events:
                found.append(event)
                if datetime.fromisoformat(event.at).timestamp() * 1000 >= job.updated_at:
                    break
        return found

    # -- files for posts

    async def upload(
        self,
        file: str | PathLike[str] | bytes,
        *,
        name: str | None = None,
        alt: str | None = None,
        platform: str | None = None,
    ) -> UploadTarget:
        """Put a file, or bytes under a `name`, where posts can name it by the answer's `url`.

        Raises OSError for a file that cannot be read.
        """
        content = file if isinstance(file, bytes) else Path(fspath(file))
        if isinstance(content, bytes):
            size = len(content)
        else:
            name, size = name or content.name, (await asyncio.to_thread(content.stat)).st_size
        fields = {"filename": name, "bytes": size or None, "alt": alt, "platform": platform}
        request = _message(UploadRequest, fields)
        target = await self.ask(
            "POST", "/v1/media/upload-url", UploadTarget, request, repeatable=True
        )
        if isinstance(content, bytes):
            await self._wire.put(target.upload_url, content, target.resolved_content_type)
        else:
            await self._wire.put_file(target.upload_url, content, target.resolved_content_type)
        return target

    async def list_media(self, cursor: str | None = None, *, limit: int = 20) -> MediaList:
        """A page of files, newest first; `next_cursor` leads to the next."""
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return await self.ask("GET", "/v1/media", MediaList, params=params)

    async def get_media(self, media: str | HasId) -> MediaAnswer:
        """What one file is."""
        return await self.ask("GET", f"/v1/media/{_id(media)}", MediaAnswer)

    async def delete_media(self, media: str | HasId) -> None:
        """Remove a file."""
        await self._wire.patiently("DELETE", f"/v1/media/{_id(media)}")

    # -- accounts, platforms and what is known of them

    async def accounts(self) -> AccountList:
        """All accounts."""
        return await self.ask("GET", "/v1/accounts", AccountList)

    async def get_account(self, account: str | HasId) -> AccountAnswer:
        """One account, with the browsers in which it was logged in."""
        return await self.ask("GET", f"/v1/accounts/{_id(account)}", AccountAnswer)

    async def change_account(
        self, account: str | HasId, **change: Unpack[AccountChange]
    ) -> AccountAnswer:
        """Pause an account, have it asked about, or pace it otherwise."""
        wanted = _message(ChangeAccount, {"id": _id(account), **change})
        path = f"/v1/accounts/{wanted.id}"
        return await self.ask("PATCH", path, AccountAnswer, wanted, repeatable=True)

    async def status(self, platform: str | None = None) -> AccountStatus:
        """Whether posts can go out now, on `platform` where it is given; if not, the next step."""
        params = {"platform": platform} if platform else {}
        return await self.ask("GET", "/v1/account/status", AccountStatus, params=params)

    async def usage(self, key: str | HasId | None = None) -> Usage:
        """How many jobs there were, in all or of one key: in all, today and by status."""
        params = {} if key is None else {"keyId": _id(key)}
        return await self.ask("GET", "/v1/usage", Usage, params=params)

    async def platforms(self) -> PlatformList:
        """What can be posted to, and what each platform takes."""
        return await self.ask("GET", "/v1/platforms", PlatformList)

    async def explain(self, code: str) -> ErrorCode:
        """What an error code means, who must act, and what comes next."""
        return await self.ask("GET", f"/v1/errors/{quote(code, safe='')}", ErrorCode)

    async def list_errors(self) -> ErrorList:
        """Every error code there is."""
        return await self.ask("GET", "/v1/errors", ErrorList)

    # -- keys

    async def credential(self) -> Credential:
        """What the key or the login of this client is good for."""
        return await self.ask("GET", "/v1/keys/validate", Credential)

    async def list_keys(self) -> KeyList:
        """All keys, revoked ones too."""
        return await self.ask("GET", "/v1/keys", KeyList)

    async def create_key(self, label: str, **options: Unpack[KeyOptions]) -> NewKey:
        """Make a key that may do no more than this one; its secret is told this once."""
        wanted = _message(CreateKey, {"label": label, **options})
        return await self.ask("POST", "/v1/keys", NewKey, wanted)

    async def rotate_key(self, key: str | HasId, overlap_seconds: int = 86_400) -> NewKey:
        """A new secret for a key; the old one goes on for a while."""
        wanted = _message(RotateKey, {"id": _id(key), "overlap_seconds": overlap_seconds})
        return await self.ask("POST", f"/v1/keys/{wanted.id}/rotate", NewKey, wanted)

    async def revoke_key(self, key: str | HasId) -> None:
        """End a key at once."""
        await self._wire.patiently("DELETE", f"/v1/keys/{_id(key)}")

    # -- browsers, and the broker itself

    async def pair(self, code: str) -> PairAnswer:
        """Claim the browser that shows this code."""
        return await self.ask("POST", "/v1/connect/pair", PairAnswer, Pair(code=code))

    async def health(self) -> dict[str, Any]:
        """What the broker says of itself, well or not."""
        return await self._wire.anything("/health")

    async def ask(
        self,
        method: str,
        path: str,
        model: type[M],
        body: Message | None = None,
        *,
        repeatable: bool | None = None,
        **options: Any,
    ) -> M:
        """Ask for what has no method of its own; `options` are those of aiohttp.

        It is asked again when no answer came where it only reads or is `repeatable`.
        """
        return await self._wire.ask(method, path, model, body, repeatable=repeatable, **options)

    async def _create(self, path: str, model: type[AskedJob], fields: dict[str, Any]) -> CreatedJob:
        key = fields.get("idempotency_key") or str(uuid4())
        request = _message(model, {**fields, "idempotency_key": key})
        try:
            return await self.ask("POST", path, CreatedJob, request, repeatable=True)
        except UnreachableError as error:
            error.idempotency_key = key
            raise


def _id(thing: str | HasId) -> str:
    return thing if isinstance(thing, str) else thing.id


def _message(model: type[M], fields: dict[str, Any]) -> M:
    """A message from keyword arguments. Raises RefusedError for what no broker would take."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problems = tuple(
            FieldProblem(
                field=".".join(str(part) for part in row["loc"]) or "request",
                code=row["type"],
                message=row["msg"],
            )
            for row in error.errors()
        )
        raise RefusedError(
            code="VALIDATION_FAILED",
            message="; ".join(f"{each.field}: {each.message}" for each in problems),
            actor="agent",
            suggested_action="Mend the fields named in errors and send the request again.",
            errors=problems,
        ) from error
