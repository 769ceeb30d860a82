"""Accepting a post: checked whole, then written down as a job in one transaction."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from postbroker.clock import Clock
from postbroker.contract.jobs import (
    AskedJob,
    CheckControls,
    CreateComment,
    CreateTweet,
    NameGroup,
    SearchGroups,
)
from postbroker.contract.words import Kind
from postbroker.crash import Crash
from postbroker.domain.caller import Caller
from postbroker.domain.content import normalise, text_sha256
from postbroker.domain.duplicates import PUBLISHING, SAME_WITHIN, content_key
from postbroker.domain.job import Job, new_job_id, target_of
from postbroker.domain.media import Attached
from postbroker.errors import (
    BrokerError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnavailableError,
    field_error,
)
from postbroker.services.care import Care
from postbroker.services.changes import add_jobs, announce
from postbroker.services.checks import refuse
from postbroker.services.choosing import Choosing, Chosen
from postbroker.services.media import MediaFiles
from postbroker.services.routing import Routes, Way
from postbroker.services.signals import Signals
from postbroker.store.browsers import has_browser
from postbroker.store.database import Connection, Database, Failed, UniqueError
from postbroker.store.jobs import (
    count_by_state,
    select_job,
    select_jobs_by_content,
    select_jobs_by_key,
)
from postbroker.store.media import hold_ready, insert_job_media

CHECK_SECONDS = 300
"""How long a check waits for its browser unless it says so itself: who asks is looking."""
REMOVED = "that file was removed a moment ago; upload it again"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job that asks to be accepted."""

    job: Job
    may_wait: bool
    """Accept it although no browser is paired."""
    may_repeat: bool
    """Accept it although one that publishes the same was accepted lately."""
    media: Sequence[Attached] = ()
    """Its files, in order."""
    because: str = ""
    """Why it goes the way it goes; empty where there is no other."""


class Posts:
    """Use cases of posts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signals: Signals,
        choosing: Choosing,
        routes: Routes,
        job_life: timedelta,
        daily_posts: int,
        care: Care,
        media: MediaFiles,
        crash: Crash,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._choosing = choosing
        self._routes = routes
        self._job_life = job_life
        self._daily_posts = daily_posts
        self._care = care
        self._media = media
        self._crash = crash

    async def create(
        self, caller: Caller, request: CreateTweet, kind: Kind = "post"
    ) -> tuple[Job, bool]:
        """The accepted job, and True when the idempotency key was used before for the same request.

        Raises ValidationFailedError with all that is wrong, ConflictError for a reused key (422) or
        a repeated content (409) or an account that is not connected where only the API is left,
        UnavailableError when no browser is paired, ForbiddenError over the daily limit.
        """
        request = _as_allowed(caller, request)
        has_files = bool(request.media_paths or request.media)
        if has_files and (earlier := await self._earlier(caller, request)):
            return earlier, True
        chosen = await self._choosing.choose(caller, request, kind)
        refuse(chosen.problems)
        return await self._take_in(self._wanted(caller, request, kind, chosen))

    async def rehearse(self, caller: Caller, request: CreateTweet) -> Job:
        """The job that `create` would give, with nothing left of it; its key does not count.

        Raises as `create`. Files at public addresses are fetched, looked at and removed again.
        """
        request = _as_allowed(caller, request)
        chosen = await self._choosing.choose(caller, request, "post")
        try:
            refuse(chosen.problems)
            unnamed = request.model_copy(update={"idempotency_key": None})
            return await self._undone(self._wanted(caller, unnamed, "post", chosen))
        finally:
            await self._media.drop_fetched(request, chosen.media)

    async def _undone(self, wanted: Wanted) -> Job:
        """What taking it in gives, undone at once."""

        async def work(tx: Connection) -> None:
            [result] = await self._accept(tx, [wanted])
            raise _Undo(result)

        try:
            await self._database.write(work)
        except _Undo as undone:
            if isinstance(undone.result, Failed):
                raise undone.result.error from None
            return undone.result[0]
        raise AssertionError("what raises cannot return")

    async def retry(self, caller: Caller, job_id: str) -> tuple[Job, bool]:
        """A new job with the content of one that ended without a post, and whether it is known.

        Asked twice for the same job it gives the same new one. Raises as `create`, NotFoundError,
        and ConflictError where a second post could come of it.
        """
        earlier = await self._database.read(lambda tx: select_job(tx, job_id, caller.workspace_id))
        if earlier is None or not caller.sees(earlier.platform, earlier.account):
            raise NotFoundError("JOB_NOT_FOUND", "there is no job with that id here")
        _must_be_over(earlier)
        media = await self._media.of_job(job_id)
        if len(media) < len(earlier.media_paths):
            raise field_error(
                "MEDIA_NOT_AVAILABLE", "id", "a file of that job is not here any more"
            )
        way = await self._routes.way_again(earlier, media)
        job = _again(earlier, way, caller, self._clock.now())
        wanted = Wanted(job, may_wait=False, may_repeat=False, media=media, because=way.because)
        return await self._take_in(wanted)

    def _wanted(self, caller: Caller, request: CreateTweet, kind: Kind, chosen: Chosen) -> Wanted:
        return Wanted(
            self._new_job(caller, request, kind, chosen),
            request.when_offline == "queue",
            request.allow_duplicate,
            chosen.media,
            chosen.way.because,
        )

    async def _take_in(self, wanted: Wanted) -> tuple[Job, bool]:
        try:
            job, is_replay = await self._database.write_each(self._accept, wanted)
        except UniqueError:  # another process took the key in between: now its job is there
            job, is_replay = await self._database.write_each(self._accept, wanted)
        self._crash("accepted")
        if not is_replay:
            announce(self._signals, job)
        return job, is_replay

    async def comment(self, caller: Caller, request: CreateComment) -> tuple[Job, bool]:
        """As `create`, for a comment."""
        payload = {"targetUrl": request.target_url}
        may_repeat = request.allow_duplicate
        post = _as_post(request, request.platform, request.text, payload, may_repeat=may_repeat)
        return await self.create(caller, post, "comment")

    async def search_groups(self, caller: Caller, request: SearchGroups) -> tuple[Job, bool]:
        """As `create`, for a search for groups."""
        filters = request.filters.model_dump(mode="json", exclude_none=True)
        payload = {"query": request.query, "filters": filters, "limit": request.limit}
        post = _as_post(request, request.platform, request.query, payload)
        return await self.create(caller, post, "group_search")

    async def visit_group(
        self, caller: Caller, request: NameGroup, kind: Literal["group_join", "group_status"]
    ) -> tuple[Job, bool]:
        """As `create`, for asking to be let into a group, or reading whether one is."""
        given = {"groupId": request.group_id, "groupUrl": request.group_url}
        payload = {name: value for name, value in given.items() if value is not None}
        return await self.create(caller, _as_post(request, request.platform, "", payload), kind)

    async def check(self, caller: Caller, request: CheckControls) -> tuple[Job, bool]:
        """As `create`, for a look at which controls a browser finds on a platform."""
        payload = {} if request.browser_id is None else {"browserId": request.browser_id}
        lasting = request.model_copy(
            update={"expires_in_seconds": request.expires_in_seconds or CHECK_SECONDS}
        )
        return await self.create(caller, _as_post(lasting, request.platform, "", payload), "check")

    async def _earlier(self, caller: Caller, request: CreateTweet) -> Job | None:
        """The job of the same request under the same key: then no file is fetched again.

        Raises ConflictError for a key of another request.
        """
        if request.idempotency_key is None:
            return None
        keys = [request.idempotency_key]
        for earlier in await self._database.read(
            lambda tx: select_jobs_by_key(tx, caller.workspace_id, keys)
        ):
            replay = _replay(earlier, _fingerprint(request, "post"))
            if isinstance(replay, Failed):
                raise replay.error
            return earlier
        return None

    async def _accept(
        self, tx: Connection, wanted: list[Wanted]
    ) -> list[tuple[Job, bool] | Failed]:
        """Every wanted job, or the one that has its key already, or why it is refused."""
        now, results = self._clock.now(), list[tuple[Job, bool] | Failed]()
        doors = {
            workspace_id: await self._door(tx, workspace_id, now)
            for workspace_id in {each.job.workspace_id for each in wanted}
        }
        gates = await self._care.gates(tx, [each.job for each in wanted], now)
        taken = await _taken_keys(tx, [each.job for each in wanted])
        published = await _published(tx, wanted, now)
        files = [each.media.id for one in wanted for each in one.media]
        there = await hold_ready(tx, files) if files else set[str]()
        new, told, with_files = [], [], []
        for each in wanted:
            job, slot = each.job, (each.job.workspace_id, each.job.idempotency_key)
            if earlier := taken.get(slot):
                results.append(_replay(earlier, job.fingerprint))
            elif not each.may_repeat and (alike := published.get(job.content_key)):
                results.append(Failed(_duplicate(alike)))
            elif refusal := doors[job.workspace_id].refusal(
                may_wait=each.may_wait or job.route == "api"
            ):
                results.append(Failed(refusal))
            elif gone := [file for file in each.media if file.media.id not in there]:
                results.append(Failed(field_error("MEDIA_NOT_AVAILABLE", gone[0].field, REMOVED)))
            else:
                job = gates[job.workspace_id].admit(job)
                new.append(job)
                told.append(_first_words(job, each.because))
                if each.media:
                    with_files.append((job.id, each.media))
                results.append((job, False))
                if job.idempotency_key is not None:
                    taken[slot] = job
                if job.content_key is not None:
                    published[job.content_key] = job.id
        await add_jobs(tx, new, told, now)
        if with_files:
            await insert_job_media(tx, with_files)
        return results

    async def _door(self, tx: Connection, workspace_id: str, now: datetime) -> "_Door":
        left = None
        if self._daily_posts:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            counts = await count_by_state(tx, workspace_id, midnight)
            left = self._daily_posts - sum(counts.values())
        return _Door(tx.has_room(), await has_browser(tx, workspace_id), self._daily_posts, left)

    def _new_job(
        self,
        caller: Caller,
        request: CreateTweet,
        kind: Kind,
        chosen: Chosen,
    ) -> Job:
        now, life = self._clock.now(), self._job_life
        options, poster = chosen.options, chosen.way.account
        account = poster.handle if poster else request.account
        if request.expires_in_seconds is not None:
            life = timedelta(seconds=request.expires_in_seconds)
        digest = text_sha256(request.text)
        key = None
        if kind in PUBLISHING:
            key = content_key(
                workspace_id=caller.workspace_id,
                platform=request.platform,
                sandbox=request.sandbox,
                account=account,
                target=target_of(options),
                content=[
                    digest,
                    *(text_sha256(part) for part in options.get("thread", ())),
                    *(each.media.facts.sha256 for each in chosen.media if each.media.facts),
                ],
            )
        return Job(
            id=new_job_id(now),
            workspace_id=caller.workspace_id,
            platform=request.platform,
            kind=kind,
            text=normalise(request.text),
            text_sha256=digest,
            state="queued",
            created_at=now,
            updated_at=now,
            expires_at=now + life,
            deadline_at=now + life,
            due_at=now,
            account=account,
            asked_route=request.route,
            route=chosen.way.route,
            account_id=poster.account_id if poster else None,
            options=options,
            media_paths=(*request.media_paths, *(each.url for each in request.media)),
            sandbox=request.sandbox,
            key_id=caller.id,
            idempotency_key=request.idempotency_key,
            fingerprint=_fingerprint(request, kind) if request.idempotency_key else None,
            content_key=key,
            event_count=1,
        )


class _Undo(Exception):
    """Carries a result out of a transaction that is undone."""

    def __init__(self, result: tuple[Job, bool] | Failed) -> None:
        super().__init__()
        self.result = result


def _must_be_over(job: Job) -> None:
    """Raise ConflictError unless the job ended without a post and its content is still there."""
    match job.state:
        case "failed" | "canceled" | "expired":
            reason = None
        case "published":
            reason = "it is published"
        case "outcome_unknown":
            reason = "nobody knows whether it was posted: settle it or have a browser look again"
        case _:
            reason = "it has not ended"
    if job.part_urls:
        reason = "parts of the thread are out: post the rest as a reply to the last of them"
    elif job.pruned_at is not None:
        reason = "its content was removed after the broker's retention time"
    if reason is not None:
        raise ConflictError("INVALID_STATUS_TRANSITION", f"the job cannot be sent again: {reason}")


def _as_allowed(caller: Caller, request: CreateTweet) -> CreateTweet:
    """The request under an account that the caller may post as. Raises ForbiddenError."""
    if caller.accounts is None:
        return request
    names = sorted(handle for platform, handle in caller.accounts if platform == request.platform)
    if request.account is not None:
        if caller.sees(request.platform, request.account):
            return request
    elif len(names) == 1:
        return request.model_copy(update={"account": names[0]})
    elif names:
        message = f"this {caller.kind} posts as several accounts; name one: {', '.join(names)}"
        raise field_error("VALIDATION_FAILED", "account", message)
    whose = f"as {', '.join(names)} alone" if names else f"nothing to {request.platform}"
    raise ForbiddenError("FORBIDDEN", f"this {caller.kind} posts {whose}")


def _first_words(job: Job, because: str) -> dict[str, Any]:
    """What a job's first event says: which way it goes and why, where there was a choice."""
    if job.route == "tab" and not because:
        return {}
    return {"route": job.route} | ({"because": because} if because else {})


def _again(earlier: Job, way: Way, caller: Caller, now: datetime) -> Job:
    """A new job with the content of an earlier one; the earlier one's id is its key."""
    life = earlier.expires_at - earlier.created_at
    return Job(
        id=new_job_id(now),
        workspace_id=earlier.workspace_id,
        platform=earlier.platform,
        kind=earlier.kind,
        text=earlier.text,
        text_sha256=earlier.text_sha256,
        state="queued",
        created_at=now,
        updated_at=now,
        expires_at=now + life,
        deadline_at=now + life,
        due_at=now,
        account=way.account.handle if way.account else earlier.account,
        asked_route=earlier.asked_route,
        route=way.route,
        account_id=way.account.account_id if way.account else None,
        options=earlier.options,
        media_paths=earlier.media_paths,
        sandbox=earlier.sandbox,
        key_id=caller.id,
        idempotency_key=f"retry:{earlier.id}",
        fingerprint=earlier.id,
        content_key=earlier.content_key,
        event_count=1,
    )


def _as_post(
    asked: AskedJob,
    platform: str,
    text: str,
    payload: dict[str, Any],
    *,
    may_repeat: bool = True,
) -> CreateTweet:
    """A comment or an errand in the form of a post: what differs is its payload and its kind."""
    alike = {name: getattr(asked, name) for name in AskedJob.model_fields}
    return CreateTweet(
        text=text,
        platform=platform,
        platform_payload=payload,
        allow_duplicate=may_repeat,
        **alike,
    )


@dataclass(slots=True)
class _Door:
    """Who may still come in to a workspace, while one batch is let in."""

    has_room: bool
    has_browser: bool
    daily_posts: int
    left: int | None
    """Posts of today's that are left; None without a limit."""

    def refusal(self, *, may_wait: bool) -> BrokerError | None:
        """Why the next post is refused; None takes it in."""
        if not self.has_room:
            return UnavailableError(
                "STORAGE_FULL", "the disk is full: running jobs have what is left"
            )
        if not (self.has_browser or may_wait):
            return UnavailableError(
                "EXTENSION_NOT_PAIRED", "no browser is paired with this workspace"
            )
        if self.left is not None:
            if self.left <= 0:
                return ForbiddenError(
                    "QUOTA_EXCEEDED", f"{self.daily_posts} posts a day are allowed"
                )
            self.left -= 1
        return None


async def _taken_keys(tx: Connection, jobs: Iterable[Job]) -> dict[tuple[str, str | None], Job]:
    keys = defaultdict[str, list[str]](list)
    for job in jobs:
        if job.idempotency_key is not None:
            keys[job.workspace_id].append(job.idempotency_key)
    return {
        (workspace_id, earlier.idempotency_key): earlier
        for workspace_id, asked in keys.items()
        for earlier in await select_jobs_by_key(tx, workspace_id, asked)
    }


async def _published(
    tx: Connection, wanted: Iterable[Wanted], now: datetime
) -> dict[str | None, str]:
    """By content, the jobs of late that publish the same as one of those wanted."""
    keys = [each.job.content_key for each in wanted if not each.may_repeat]
    asked = [key for key in keys if key is not None]
    found = await select_jobs_by_content(tx, asked, now - SAME_WITHIN) if asked else {}
    return dict(found.items())


def _duplicate(earlier_id: str) -> ConflictError:
    return ConflictError(
        "duplicate_content",
        "the same content was accepted for this account within a day",
        details={"jobId": earlier_id},
    )


def _replay(earlier: Job, fingerprint: str | None) -> tuple[Job, bool] | Failed:
    if earlier.fingerprint != fingerprint:
        return Failed(
            ConflictError(
                "IDEMPOTENCY_KEY_REUSED",
                "this idempotency key was used for a job with other content",
                details={"jobId": earlier.id},
            )
        )
    return earlier, True


def _fingerprint(request: CreateTweet, kind: Kind) -> str:
    payload = request.platform_payload
    decides: list[object] = [
        request.text,
        request.platform,
        request.media_paths,
        json.dumps(payload, sort_keys=True) if payload else None,
        request.group_id,
        request.account,
        request.sandbox,
        request.expires_in_seconds,
    ]
    if request.route != "auto":
        decides.append(request.route)
    if kind != "post":
        decides.append(kind)
    if request.media:
        decides.append([[each.url, each.alt] for each in request.media])
    return hashlib.sha256(ascii(decides).encode()).hexdigest()  # json.dumps takes thrice as long
