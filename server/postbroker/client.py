"""A client of the broker's HTTP API for programs in Python: typed, and safe to repeat.

ClientError            the broker refused; `code` is one of shared/errors.json
└── UnreachableError   no answer came
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar
from uuid import uuid4

import aiohttp
from pydantic import ValidationError

from postbroker.clock import Clock, SystemClock
from postbroker.contract.accounts import AccountAnswer, AccountList, ChangeAccount
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
)
from postbroker.contract.media import UploadRequest, UploadTarget
from postbroker.contract.message import Message
from postbroker.contract.pairing import Pair, PairAnswer
from postbroker.contract.requests import ApproveJob, ListJobs

KEY_HEADER = "clawpost-api-key"
ANSWER_SECONDS = 30
CONNECT_SECONDS = 5
UPLOAD_ANSWER_SECONDS = 120
SILENCE_SECONDS = 60
"""A stream beats every 15 seconds; after this long without a word its connection is dead."""
RETRY_DELAYS = (0.2, 0.6, 1.5)
PASSING_CODES = frozenset({"DATABASE_BUSY", "SHUTTING_DOWN"})
"""Refusals that pass by themselves and changed nothing."""
LONGEST_LINE = 1 << 20
OK, REFUSED = 200, 400
ENDED = ("succeeded", "failed")

M = TypeVar("M", bound=Message)


@dataclass(eq=False)
class ClientError(Exception):
    """The broker refused."""

    code: str
    message: str
    suggested_action: str | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class UnreachableError(ClientError):
    """No answer came: the broker is not running, the address is wrong, or the network failed."""


class Client:
    """One broker, one key. Use it as `async with Client(url, key) as broker:`."""

    def __init__(self, url: str, key: str | None = None, clock: Clock | None = None) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._clock = clock or SystemClock()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={KEY_HEADER: self._key} if self._key else {},
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, connect=CONNECT_SECONDS),
            read_bufsize=LONGEST_LINE,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def create(self, post: CreateTweet) -> CreatedJob:
        """Have a post accepted. A lost answer is asked for again under the same idempotency key,
        which is made up when the post has none, so that it is accepted once. Raises ClientError."""
        return await self._create("/v1/jobs/tweet", post)

    async def comment(self, comment: CreateComment) -> CreatedJob:
        """Have a comment accepted, as `create` a post. Raises ClientError."""
        return await self._create("/v1/reddit/comment", comment)

    async def search_groups(self, search: SearchGroups) -> CreatedJob:
        """Have groups searched, as `create` a post; the job's details hold them at its end.

        Raises ClientError.
        """
        return await self._create("/v1/groups/search", search)

    async def join_group(self, group: NameGroup) -> CreatedJob:
        """Have it asked to be let into a group, as `create` a post. Raises ClientError."""
        return await self._create("/v1/facebook/groups/join", group)

    async def group_status(self, group: NameGroup) -> CreatedJob:
        """Have it read whether one is in a group, as `create` a post. Raises ClientError."""
        return await self._create("/v1/facebook/groups/status", group)

    async def _create(self, path: str, request: AskedJob) -> CreatedJob:
        key = request.idempotency_key or str(uuid4())
        body = request.model_copy(update={"idempotency_key": key})
        return await self._patiently("POST", path, CreatedJob, body)

    async def upload(self, file: Path, alt: str | None = None) -> UploadTarget:
        """Put a file where posts can name it, by the `url` of the answer. Raises ClientError."""
        size = (await asyncio.to_thread(file.stat)).st_size
        request = UploadRequest(filename=file.name, bytes=size or None, alt=alt)
        target = await self._ask("POST", "/v1/media/upload-url", UploadTarget, request)
        with await asyncio.to_thread(file.open, "rb") as content:
            await self._put(target, content)
        return target

    async def get(self, job_id: str, wait_seconds: float = 0) -> JobAnswer:
        """One job, after its end or `wait_seconds`. Raises ClientError."""
        return await self._patiently(
            "GET",
            f"/v1/jobs/{job_id}",
            JobAnswer,
            params={"wait": f"{wait_seconds:g}"},
            timeout=aiohttp.ClientTimeout(total=wait_seconds + ANSWER_SECONDS),
        )

    async def list(self, wanted: ListJobs | None = None) -> JobList:
        """A page of jobs, newest first. Raises ClientError."""
        filters = (wanted or ListJobs()).model_dump(mode="json", exclude_none=True)
        return await self._patiently("GET", "/v1/jobs", JobList, params=filters)

    async def cancel(self, job_id: str) -> JobAnswer:
        """Stop a job before its button is pressed. Raises ClientError."""
        return await self._patiently("POST", f"/v1/jobs/{job_id}/cancel", JobAnswer)

    async def approve(self, job_id: str, *, always: bool = False) -> JobAnswer:
        """Say yes to a post, with `always` to all of its account's. Raises ClientError."""
        yes = ApproveJob(id=job_id, always=always)
        return await self._patiently("POST", f"/v1/jobs/{job_id}/approve", JobAnswer, yes)

    async def reject(self, job_id: str) -> JobAnswer:
        """Say no to a post that waits for a yes. Raises ClientError."""
        return await self._ask("POST", f"/v1/jobs/{job_id}/reject", JobAnswer)

    async def accounts(self) -> AccountList:
        """All accounts. Raises ClientError."""
        return await self._patiently("GET", "/v1/accounts", AccountList)

    async def change_account(self, wanted: ChangeAccount) -> AccountAnswer:
        """Pause an account, have it asked about, or pace it otherwise. Raises ClientError."""
        path = f"/v1/accounts/{wanted.id}"
        return await self._patiently("PATCH", path, AccountAnswer, wanted)

    async def status(self) -> AccountStatus:
        """Whether posts can go out now, and if not, who must do what. Raises ClientError."""
        return await self._patiently("GET", "/v1/account/status", AccountStatus)

    async def pair(self, code: str) -> PairAnswer:
        """Claim the browser that shows this code. Raises ClientError."""
        return await self._ask("POST", "/v1/connect/pair", PairAnswer, Pair(code=code))

    async def events(self, job_id: str | None = None) -> AsyncGenerator[JobEvent, None]:
        """What happens to a job, from its first event to its end; without one, all from now on.

        Goes on after the last event over broken connections. Raises ClientError,
        UnreachableError when the broker stays away.
        """
        path = f"/v1/jobs/{job_id}/events" if job_id else "/v1/events"
        last_id, failures = 0, 0
        while True:
            try:
                async for event in self._stream(path, last_id):
                    last_id, failures = event.id, 0
                    yield event
                if job_id and (await self.get(job_id)).status in ENDED:
                    return
            except UnreachableError:
                if failures == len(RETRY_DELAYS):
                    raise
            # A stream that ends early was cut off by a broker that stops.
            await self._clock.sleep(RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)])
            failures += 1

    async def history(self, job: JobAnswer) -> Sequence[JobEvent]:
        """What happened to a job until it became what it is. Raises ClientError."""
        found = []
        async with aclosing(self.events(job.id)) as events:
            async for event in events:
                found.append(event)
                if datetime.fromisoformat(event.at).timestamp() * 1000 >= job.updated_at:
                    break
        return found

    async def health(self) -> dict[str, Any]:
        """What the broker says of itself, well or not. Raises UnreachableError."""
        async with self._answered("GET", "/health") as response:
            try:
                body: dict[str, Any] = json.loads(await response.read())
            except ValueError as error:
                raise _strange(self.url, response.status) from error
        return body

    async def _put(self, target: UploadTarget, content: BinaryIO) -> None:
        """Send a file to where the broker says, which may be elsewhere: the key stays here."""
        headers = {"Content-Type": target.resolved_content_type}
        patient = aiohttp.ClientTimeout(
            total=None, connect=CONNECT_SECONDS, sock_read=UPLOAD_ANSWER_SECONDS
        )
        try:
            async with (
                aiohttp.ClientSession(timeout=patient) as session,
                session.put(target.upload_url, data=content, headers=headers) as response,
            ):
                if response.status >= REFUSED:
                    await _read(response, self.url)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(
                "UNREACHABLE", "the upload broke off", "Check the network and try again."
            ) from error

    async def _patiently(
        self, method: str, path: str, model: type[M], body: Message | None = None, **options: Any
    ) -> M:
        """Ask again when no answer came or the broker is stopping; for what is safe to repeat."""
        for delay in RETRY_DELAYS:
            try:
                return await self._ask(method, path, model, body, **options)
            except ClientError as error:
                if not isinstance(error, UnreachableError) and error.code not in PASSING_CODES:
                    raise
            await self._clock.sleep(delay)
        return await self._ask(method, path, model, body, **options)

    async def _ask(
        self, method: str, path: str, model: type[M], body: Message | None = None, **options: Any
    ) -> M:
        sent = body.model_dump(mode="json", exclude_none=True) if body else None
        async with self._answered(method, path, json=sent, **options) as response:
            answer = await _read(response, self.url)
            try:
                # A newer broker may say more than this client knows.
                return model.model_validate(answer, extra="ignore")
            except ValidationError as error:
                raise _strange(self.url, response.status) from error

    async def _stream(self, path: str, after: int) -> AsyncGenerator[JobEvent, None]:
        endless = aiohttp.ClientTimeout(
            total=None, connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS
        )
        headers = {"Last-Event-ID": str(after)} if after else {}
        async with self._answered("GET", path, headers=headers, timeout=endless) as response:
            if response.status != OK:
                await _read(response, self.url)
            data: list[str] = []
            async for raw in response.content:
                name, _, value = raw.decode().rstrip("\r\n").partition(":")
                if name == "data":
                    data.append(value.removeprefix(" "))
                elif not name and not value and data:
                    yield JobEvent.model_validate_json("\n".join(data), extra="ignore")
                    data = []

    @asynccontextmanager
    async def _answered(
        self, method: str, path: str, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._session.request(method, self.url + path, **options) as response:
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(
                "UNREACHABLE",
                f"no broker answers at {self.url}",
                "Start it with: postbroker up",
            ) from error


async def _read(response: aiohttp.ClientResponse, url: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises ClientError for a refusal."""
    try:
        body = json.loads(await response.read())
    except ValueError as error:
        raise _strange(url, response.status) from error
    if not isinstance(body, dict) or (response.status >= REFUSED and "code" not in body):
        raise _strange(url, response.status)
    if response.status >= REFUSED:
        message = str(body.get("message") or body.get("detail") or body["code"])
        raise ClientError(str(body["code"]), message, body.get("suggestedAction"))
    return body


def _strange(url: str, status: int) -> ClientError:
    return ClientError(
        "STRANGE_ANSWER",
        f"{url} answers {status}, but not as a broker does",
        "Check the address.",
    )
