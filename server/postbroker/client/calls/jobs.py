"""Jobs: what is to be done on platforms, and what happens to it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Unpack
from uuid import uuid4

import aiohttp

from postbroker.client.calls.asking import Asking, HasId, id_of, message
from postbroker.client.errors import JobFailedError, NotEndedError, UnreachableError
from postbroker.client.options import (
    CheckOptions,
    CommentOptions,
    GroupOptions,
    JobFilters,
    PostOptions,
    SearchOptions,
)
from postbroker.client.wire import ANSWER_SECONDS, Bookmark
from postbroker.contract.agents import PostCheck
from postbroker.contract.jobs import (
    AskedJob,
    CheckControls,
    CreateComment,
    CreatedJob,
    CreateTweet,
    JobAnswer,
    JobEvent,
    JobList,
    NameGroup,
    SearchGroups,
)
from postbroker.contract.live import PostNumbers
from postbroker.contract.requests import ApproveJob, ListJobs, SettleJob

ENDED = ("succeeded", "failed")
LONG_POLL_SECONDS = 30
LOOK_SECONDS = 1
"""Between looks at a job where the broker does not let one wait."""


class JobCalls(Asking):
    """What can be asked about jobs."""

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

    async def check_controls(self, platform: str, **options: Unpack[CheckOptions]) -> CreatedJob:
        """Have a browser look what it finds on a platform; `details.check` says it at the end."""
        return await self._create("/v1/checks", CheckControls, {"platform": platform, **options})

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
            f"/v1/jobs/{id_of(job)}",
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
        wanted = message(ListJobs, {"cursor": cursor, **filters})
        params = wanted.model_dump(mode="json", exclude_none=True)
        return await self.ask("GET", "/v1/jobs", JobList, params=params)

    async def cancel(self, job: str | HasId) -> JobAnswer:
        """Stop a job before its button is pressed."""
        return await self.ask("POST", f"/v1/jobs/{id_of(job)}/cancel", JobAnswer, repeatable=True)

    async def settle(self, job: str | HasId, post_url: str | None) -> JobAnswer:
        """Say where a post of unknown outcome is, or with None that it is not there."""
        found = message(SettleJob, {"id": id_of(job), "post_url": post_url})
        return await self.ask("POST", f"/v1/jobs/{id_of(job)}/settle", JobAnswer, found)

    async def numbers(self, job: str | HasId) -> PostNumbers:
        """What the platform counts of a post that went out by its official API, asked now."""
        return await self.ask("GET", f"/v1/posts/{id_of(job)}/numbers", PostNumbers)

    async def delete(self, job: str | HasId) -> JobAnswer:
        """Remove a post from its platform that went out by its official API."""
        return await self.ask("POST", f"/v1/posts/{id_of(job)}/delete", JobAnswer, repeatable=True)

    async def retry(self, job: str | HasId) -> JobAnswer:
        """Send a job again that ended without a post: a new job with the same content.

        Asked again for the same job it answers the same new one. What may have been posted is
        refused.
        """
        return await self.ask("POST", f"/v1/jobs/{id_of(job)}/retry", JobAnswer, repeatable=True)

    async def validate(self, text: str, **options: Unpack[PostOptions]) -> PostCheck:
        """What would become of a post; nothing is accepted. A bad one is answered, not raised."""
        request = message(CreateTweet, {"text": text, **options})
        path = "/v1/posts/validate"
        return await self.ask("POST", path, PostCheck, request, repeatable=True)

    async def look_again(self, job: str | HasId) -> JobAnswer:
        """Have a browser look once more for a post of unknown outcome."""
        return await self.ask("POST", f"/v1/jobs/{id_of(job)}/look-again", JobAnswer)

    async def approve(self, job: str | HasId, *, always: bool = False) -> JobAnswer:
        """Say yes to a post, with `always` to all of its account's."""
        yes = message(ApproveJob, {"id": id_of(job), "always": always})
        path = f"/v1/jobs/{id_of(job)}/approve"
        return await self.ask("POST", path, JobAnswer, yes, repeatable=True)

    async def reject(self, job: str | HasId) -> JobAnswer:
        """Say no to a post that waits for a yes."""
        return await self.ask("POST", f"/v1/jobs/{id_of(job)}/reject", JobAnswer)

    async def events(
        self, job: str | HasId | None = None, *, after: int = 0
    ) -> AsyncGenerator[JobEvent, None]:
        """What happens to a job, from its first event to its end; without one, all from now on.

        Begins behind the event `after`, and goes on after the last event over broken connections.
        Raises UnreachableError when the broker stays away.
        """
        path = f"/v1/jobs/{id_of(job)}/events" if job is not None else "/v1/events"
        mark, failures = Bookmark(after or None), 0
        while True:
            try:
                async for event in self._wire.stream(path, mark):
                    failures = 0
                    yield event
                if job is not None and (await self.get(job)).status in ENDED:
                    return
            except UnreachableError:
                if failures == len(self._wire.delays):
                    raise
            # A stream that ends early was cut off by a broker that stops.
            delays = self._wire.delays
            await self._clock.sleep(delays[min(failures, len(delays) - 1)])
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

    async def _create(self, path: str, model: type[AskedJob], fields: dict[str, Any]) -> CreatedJob:
        key = fields.get("idempotency_key") or str(uuid4())
        request = message(model, {**fields, "idempotency_key": key})
        try:
            return await self.ask("POST", path, CreatedJob, request, repeatable=True)
        except UnreachableError as error:
            error.idempotency_key = key
            raise
