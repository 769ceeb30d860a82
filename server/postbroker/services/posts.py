"""Accepting a post: checked whole, then written down as a job in one transaction."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.jobs import CreateTweet
from postbroker.contract.problems import FieldProblem
from postbroker.crash import Crash
from postbroker.domain.caller import Caller
from postbroker.domain.content import WeightTable, is_blank, normalise, text_length, text_sha256
from postbroker.domain.job import Job, new_job_id
from postbroker.domain.media import Attached
from postbroker.errors import (
    BrokerError,
    ConflictError,
    ForbiddenError,
    UnavailableError,
    ValidationFailedError,
    field_error,
)
from postbroker.services.care import Care
from postbroker.services.changes import add_jobs, announce
from postbroker.services.media import MediaFiles
from postbroker.services.signals import Signals
from postbroker.store.browsers import has_browser
from postbroker.store.database import Connection, Database, Failed, UniqueError
from postbroker.store.jobs import count_by_state, select_jobs_by_key
from postbroker.store.media import hold_ready, insert_job_media

HANDLE = re.compile(r"@?[\w.-]{1,100}")
REMOVED = "that file was removed a moment ago; upload it again"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job that asks to be accepted."""

    job: Job
    may_wait: bool
    """Accept it although no browser is paired."""
    media: Sequence[Attached] = ()
    """Its files, in order."""


class Posts:
    """Use cases of posts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signals: Signals,
        platforms: Mapping[str, Platform],
        weights: Mapping[str, WeightTable],
        job_life: timedelta,
        daily_posts: int,
        has_sandbox: bool,
        care: Care,
        media: MediaFiles,
        crash: Crash,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._platforms = platforms
        self._weights = weights
        self._job_life = job_life
        self._daily_posts = daily_posts
        self._has_sandbox = has_sandbox
        self._care = care
        self._media = media
        self._crash = crash

    async def create(self, caller: Caller, request: CreateTweet) -> tuple[Job, bool]:
        """The accepted job, and True when the idempotency key was used before for the same request.

        Raises ValidationFailedError with all that is wrong, ConflictError (422) for a reused key,
        UnavailableError when no browser is paired, ForbiddenError over the daily limit.
        """
        problems, media = self.problems(request), list[Attached]()
        if request.media_paths or request.media:
            if earlier := await self._earlier(caller, request):
                return earlier, True
            media, found = await self._attach(caller, request)
            problems += found
        if problems:
            code = problems[0].code if len(problems) == 1 else "VALIDATION_FAILED"
            detail = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
            raise ValidationFailedError(code, detail, errors=tuple(problems))
        now = self._clock.now()
        wanted = Wanted(self._new_job(caller, request, now), request.when_offline == "queue", media)
        try:
            job, is_replay = await self._database.write_each(self._accept, wanted)
        except UniqueError:  # another process took the key in between: now its job is there
            job, is_replay = await self._database.write_each(self._accept, wanted)
        self._crash("accepted")
        if not is_replay:
            announce(self._signals, job)
        return job, is_replay

    async def _attach(
        self, caller: Caller, request: CreateTweet
    ) -> tuple[list[Attached], list[FieldProblem]]:
        platform = self._platforms.get(request.platform)
        if platform is None:
            return [], []
        return await self._media.attach(caller.workspace_id, platform, request)

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
            replay = _replay(earlier, self._new_job(caller, request, self._clock.now()))
            if isinstance(replay, Failed):
                raise replay.error
            return earlier
        return None

    def problems(self, request: CreateTweet) -> list[FieldProblem]:
        """Everything that is wrong with a post, before anything is written."""
        platform = self._platforms.get(request.platform)
        if platform is None:
            return [_unknown_platform(request.platform, self._platforms)]
        found = []
        if is_blank(request.text):
            found.append(_problem("text", "VALIDATION_FAILED", "the text is empty"))
        length = text_length(request.text, platform.text.unit, self._weights.get(platform.id))
        if length > platform.text.max:
            message = f"{length} of at most {platform.text.max} {platform.text.unit} characters"
            found.append(_problem("text", "CONTENT_TOO_LONG", message))
        if platform.media.required and not (request.media_paths or request.media):
            message = f"{platform.name} takes no post without a picture or video"
            found.append(_problem("mediaPaths", "UNSUPPORTED_MEDIA_CONFIG", message))
        if request.sandbox and not self._has_sandbox:
            message = "the simulated platforms are switched off on this broker"
            found.append(_problem("sandbox", "VALIDATION_FAILED", message))
        if request.account is not None and not HANDLE.fullmatch(request.account):
            found.append(_problem("account", "VALIDATION_FAILED", "give a handle such as @ada"))
        return found

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
        files = [each.media.id for one in wanted for each in one.media]
        there = await hold_ready(tx, files) if files else set[str]()
        new, with_files = [], []
        for each in wanted:
            job, slot = each.job, (each.job.workspace_id, each.job.idempotency_key)
            if earlier := taken.get(slot):
                results.append(_replay(earlier, job))
            elif refusal := doors[job.workspace_id].refusal(may_wait=each.may_wait):
                results.append(Failed(refusal))
            elif gone := [file for file in each.media if file.media.id not in there]:
                results.append(Failed(field_error("MEDIA_NOT_AVAILABLE", gone[0].field, REMOVED)))
            else:
                job = gates[job.workspace_id].admit(job)
                new.append(job)
                if each.media:
                    with_files.append((job.id, each.media))
                results.append((job, False))
                if job.idempotency_key is not None:
                    taken[slot] = job
        await add_jobs(tx, new, now)
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

    def _new_job(self, caller: Caller, request: CreateTweet, now: datetime) -> Job:
        life = self._job_life
        if request.expires_in_seconds is not None:
            life = timedelta(seconds=request.expires_in_seconds)
        options = dict(request.platform_payload)
        if request.group_id is not None:
            options.setdefault("groupId", request.group_id)
        return Job(
            id=new_job_id(now),
            workspace_id=caller.workspace_id,
            platform=request.platform,
            kind="post",
            text=normalise(request.text),
            text_sha256=text_sha256(request.text),
            state="queued",
            created_at=now,
            updated_at=now,
            expires_at=now + life,
            deadline_at=now + life,
            due_at=now,
            account=request.account,
            options=options,
            media_paths=(*request.media_paths, *(each.url for each in request.media)),
            sandbox=request.sandbox,
            key_id=caller.id,
            idempotency_key=request.idempotency_key,
            fingerprint=_fingerprint(request) if request.idempotency_key else None,
            event_count=1,
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


def _replay(earlier: Job, wanted: Job) -> tuple[Job, bool] | Failed:
    if earlier.fingerprint != wanted.fingerprint:
        return Failed(
            ConflictError(
                "IDEMPOTENCY_KEY_REUSED",
                "this idempotency key was used for a job with other content",
                details={"jobId": earlier.id},
            )
        )
    return earlier, True


def _fingerprint(request: CreateTweet) -> str:
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
    if request.media:
        decides.append([[each.url, each.alt] for each in request.media])
    return hashlib.sha256(ascii(decides).encode()).hexdigest()  # json.dumps takes thrice as long


def _problem(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=message)


def _unknown_platform(wanted: str, platforms: Mapping[str, Platform]) -> FieldProblem:
    close = get_close_matches(wanted, platforms, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    known = ", ".join(sorted(platforms))
    return _problem("platform", "UNSUPPORTED_PLATFORM", f"{wanted} is none of: {known}{hint}")
