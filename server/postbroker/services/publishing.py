"""Publishing through official APIs: one job under one lease, from its draft to its verdict.

    publish   prepare ─▶ permit ─▶ commit, once ─▶ conclude
    verify    known already? poll, reconcile, or the same request again under its key ─▶ conclude

Before the permit everything may be repeated, by this process or another. After it the request is
never sent again but by those who know its key.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.extension import Composed, PermitRequest, Progress
from postbroker.contract.words import Outcome as Word
from postbroker.contract.words import Step
from postbroker.crash import Crash
from postbroker.domain.content import text_sha256
from postbroker.domain.job import Job
from postbroker.domain.lease import Rules
from postbroker.egress.calls import NotSentError, UnansweredError
from postbroker.errors import LeaseLostError, PermitRefusedError
from postbroker.platforms.adapter import Draft, PlatformAdapter
from postbroker.platforms.outcome import (
    AuthExpired,
    AuthRevoked,
    CannotTell,
    Finding,
    Outcome,
    Rejected,
    State,
    Transient,
    TroubleError,
    Unknown,
)
from postbroker.services.api import ConnectedApi
from postbroker.services.apis import DisconnectedError
from postbroker.services.connected import ConnectedApis
from postbroker.services.deliveries import Conclusion, Decide, Deliveries, Held, post_of
from postbroker.services.leases import Leases
from postbroker.services.media import MediaFiles
from postbroker.services.routing import Routes
from postbroker.services.verdicts import TAKEN, Verdicts, repeatable
from postbroker.store.database import DatabaseBusyError
from postbroker.store.deliveries import Delivery

log = structlog.get_logger()

T = TypeVar("T")

KEYS_LIVE = timedelta(minutes=30)
"""How long after its permit a request may be sent again under its key: less than any platform
keeps keys."""
CLOCK_SKEW = timedelta(minutes=2)
"""How far a platform's clock may be from ours."""
LAST_WORD_SECONDS = 20
"""How long a broker that stops waits for the answer to a request that it has sent."""
PASSING_REFUSALS = frozenset(
    {"paused", "account_paused", "paced", "not_approved", "not_leased", "expired"}
)
"""Reasons without a permit that are nobody's mistake."""

ANSWERED = (NotSentError, UnansweredError, TroubleError, DisconnectedError)


class StoppedError(Exception):
    """The broker was told to stop working on this job."""


@dataclass(slots=True)
class _Work:
    """One lease, with all that is needed to work under it."""

    held: Held
    adapter: PlatformAdapter
    draft: Draft
    verdicts: Verdicts
    has_sent: bool = False
    """True from the moment on at which the irreversible request may be out."""

    @property
    def job(self) -> Job:
        return self.held.job

    @property
    def delivery(self) -> Delivery:
        """How far it is."""
        return self.verdicts.delivery

    def now_delivers(self, delivery: Delivery) -> None:
        """The delivery is further than it was."""
        self.verdicts = replace(self.verdicts, delivery=delivery)


class Publishing:
    """The use case of the broker that publishes by itself."""

    def __init__(
        self,
        clock: Clock,
        deliveries: Deliveries,
        leases: Leases,
        apis: ConnectedApis,
        adapters: Mapping[str, PlatformAdapter],
        platforms: Mapping[str, Platform],
        routes: Routes,
        media: MediaFiles,
        rules: Rules,
        renew_seconds: float,
        crash: Crash,
    ) -> None:
        self._clock = clock
        self._deliveries = deliveries
        self._leases = leases
        self._apis = apis
        self._adapters = adapters
        self._platforms = platforms
        self._routes = routes
        self._media = media
        self._rules = rules
        self._renew_seconds = renew_seconds
        self._crash = crash

    async def run(self, held: Held) -> None:
        """Work on a job until its lease is concluded, lost, or the broker stops."""
        work = await self._work(held)
        try:
            await self._under_lease(work, self._publish_or_look(work))
        except LeaseLostError:
            log.info("lease_lost", job=held.job.id)
        except asyncio.CancelledError:
            if not work.has_sent:
                await asyncio.shield(self._let_go(work, "the broker stops"))
            raise
        except StoppedError as error:
            await self._let_go(work, str(error))

    async def _work(self, held: Held) -> _Work:
        job = held.job
        files = [] if job.part_urls or not job.media_paths else await self._media.of_job(job.id)
        adapter, platform = self._adapters[job.platform], self._platforms[job.platform]
        return _Work(
            held,
            adapter,
            _draft(held, files),
            Verdicts(
                platform,
                adapter.info.retry_class,
                self._rules,
                held.delivery,
                may_reroute=await self._routes.tab_takes(job, files),
            ),
        )

    async def _publish_or_look(self, work: _Work) -> None:
        if work.delivery.remote_id is not None:
            await self._conclude(work, _found_again(work))
            return
        try:
            api = await self._apis.open(work.job.workspace_id, work.held.holder.connection_id)
        except DisconnectedError as error:
            message = str(error)
            is_look = work.held.leased.purpose == "verify"
            await self._conclude(
                work,
                lambda job, now: (
                    work.verdicts.not_now(job, now)
                    if is_look
                    else work.verdicts.disconnected(job, message, now)
                ),
            )
            return
        if work.held.leased.purpose == "verify":
            await self._look(work, api)
        else:
            await self._publish(work, api)

    async def _publish(self, work: _Work, api: ConnectedApi) -> None:
        trouble = await self._prepare(work, api)
        if trouble is not None:
            await self._note(work, trouble)
            await self._conclude(
                work, lambda job, now: work.verdicts.after_commit(job, trouble, now)
            )
            return
        self._crash("api_prepared")
        if refusal := await self._permit(work):
            if refusal in PASSING_REFUSALS:
                await self._let_go(work, refusal)
            else:
                await self._conclude(
                    work, lambda job, now: work.verdicts.in_vain(job, "unknown_error", refusal, now)
                )
            return
        self._crash("api_permitted")
        outcome = await self._commit(work, api)
        self._crash("api_committed")
        if isinstance(outcome, AuthExpired):
            outcome = await self._refreshed(api)
        await self._note(work, outcome)
        await self._conclude(work, lambda job, now: work.verdicts.after_commit(job, outcome, now))
        self._crash("api_concluded")

    async def _prepare(self, work: _Work, api: ConnectedApi) -> Outcome | None:
        """All that may be repeated; why it did not get through, or None."""

        async def save(state: State) -> None:
            work.now_delivers(replace(work.delivery, state=dict(state)))
            await self._deliveries.keep(work.held, work.delivery, "attach_media")

        async def prepare() -> State:
            return await work.adapter.prepare(api, work.draft, dict(work.delivery.state), save)

        try:
            capabilities = await self._apis.capabilities(work.held.holder.connection_id)
            if problems := work.adapter.validate(work.draft, capabilities):
                said = "; ".join(f"{each.field}: {each.message}" for each in problems)
                return Rejected("content_rejected", said)
            state = await self._asking(api, prepare)
        except LeaseLostError:
            raise
        except Exception as error:
            if not isinstance(error, ANSWERED):
                log.exception("prepare_failed", job=work.job.id, platform=work.job.platform)
            return _trouble_of(error)
        work.now_delivers(replace(work.delivery, state=dict(state)))
        await self._deliveries.keep(work.held, work.delivery, "ask_permit")
        return None

    async def _permit(self, work: _Work) -> str | None:
        """Leave for the one irreversible request; why there is none, or None."""
        composed = Composed(
            account=work.job.poster or "",
            text_sha256=text_sha256(work.draft.text),
            media_count=len(work.draft.media),
            target=work.job.target,
        )
        request = PermitRequest(**work.held.ref.model_dump(by_alias=False), composed=composed)
        try:
            await self._leases.permit(work.held.holder, request)
        except PermitRefusedError as error:
            return str((error.details or {}).get("reason"))
        return None

    async def _commit(self, work: _Work, api: ConnectedApi) -> Outcome:
        """The one irreversible request. Whatever is not clear is Unknown."""
        seconds = self._platforms[work.job.platform].publish_seconds
        work.has_sent = True
        sending = asyncio.ensure_future(
            work.adapter.commit(api, work.draft, dict(work.delivery.state), work.delivery.id)
        )
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(sending)
        except asyncio.CancelledError:
            done, _ = await asyncio.wait({sending}, timeout=LAST_WORD_SECONDS)
            if done and not sending.exception():
                outcome = sending.result()
                await self._conclude(
                    work, lambda job, now: work.verdicts.after_commit(job, outcome, now)
                )
            raise
        except Exception as error:
            return _outcome_of(error)
        finally:
            sending.cancel()

    async def _look(self, work: _Work, api: ConnectedApi) -> None:
        """Find out how a doubtful or a pending post stands."""
        try:
            decide = await self._asking(api, lambda: self._seen(work, api))
        except LeaseLostError:
            raise
        except TroubleError as error:
            trouble = error.trouble
            await self._note(work, trouble)
            decide = lambda job, now: work.verdicts.not_now(job, now, trouble)  # noqa: E731
        except Exception as error:
            if not isinstance(error, ANSWERED):
                log.exception("look_failed", job=work.job.id, platform=work.job.platform)
            decide = work.verdicts.not_now
        await self._conclude(work, decide)

    async def _seen(self, work: _Work, api: ConnectedApi) -> Decide:
        job, delivery, verdicts = work.job, work.delivery, work.verdicts
        if delivery.is_pending:
            outcome = await work.adapter.poll(api, dict(delivery.state))
            if isinstance(outcome, AuthExpired):
                raise TroubleError(outcome)
            return lambda job, now: verdicts.after_poll(job, outcome, now)
        finding: Finding = CannotTell(job.error or "nobody can look there")
        if verdicts.retry_class != "D":
            since = (job.permitted_at or job.created_at) - CLOCK_SKEW
            finding = await work.adapter.reconcile(
                api, work.draft, dict(delivery.state), delivery.id, since
            )
        may_repeat = (
            verdicts.retry_class == "A"
            and isinstance(finding, CannotTell)
            and work.held.may_press
            and repeatable(job, KEYS_LIVE, self._clock.now())
        )
        if may_repeat:
            repeated = await self._commit(work, api)
            return lambda job, now: verdicts.after_repeat(job, repeated, now)
        return lambda job, now: verdicts.after_look(job, finding, now)

    async def _note(self, work: _Work, outcome: Outcome) -> None:
        """Where the platform lets the account in no more, that is so for all of its jobs."""
        if isinstance(outcome, AuthRevoked):
            await self._apis.disconnect(work.held.holder.connection_id, outcome.message)

    async def _asking(self, api: ConnectedApi, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, and once more with a fresh token when the platform calls this one too old."""
        try:
            return await ask()
        except TroubleError as error:
            if not isinstance(error.trouble, AuthExpired):
                raise
            if not await self._apis.refresh(api):
                raise TroubleError(Transient("no fresh access token could be had")) from error
        return await ask()

    async def _refreshed(self, api: ConnectedApi) -> Outcome:
        """What follows when the commit was refused for a token that is too old."""
        try:
            if await self._apis.refresh(api):
                return Transient("the access token was too old and is fresh now")
        except DisconnectedError as error:
            return AuthRevoked(str(error))
        return Transient("no fresh access token could be had")

    async def _conclude(self, work: _Work, decide: Decide) -> None:
        held = work.held

        def instead(job: Job, now: datetime) -> Conclusion:
            if held.leased.purpose == "verify":
                return work.verdicts.blind(job, TAKEN, now)
            return work.verdicts.doubt(job, TAKEN, now)

        await self._deliveries.conclude(held, decide, instead)

    async def _let_go(self, work: _Work, reason: str) -> None:
        """Give the job back as it was."""

        def decide(job: Job, now: datetime) -> Conclusion:
            if work.held.leased.purpose == "verify":
                return work.verdicts.not_now(job, now)
            return work.verdicts.released(job, reason, now)

        with suppress(LeaseLostError):
            await self._conclude(work, decide)

    async def _under_lease(self, work: _Work, working: Coroutine[Any, Any, None]) -> None:
        """Keep the lease alive while the work goes on; stop when it must not.

        Raises LeaseLostError, StoppedError.
        """
        going, keep = asyncio.ensure_future(working), asyncio.ensure_future(self._renew(work))
        try:
            await asyncio.wait({going, keep}, return_when=asyncio.FIRST_COMPLETED)
            if not going.done():
                going.cancel()
                with suppress(asyncio.CancelledError):
                    await going
                await keep
            await going
        finally:
            for task in (going, keep):
                task.cancel()
            await asyncio.gather(going, keep, return_exceptions=True)

    async def _renew(self, work: _Work) -> None:
        held = work.held
        while True:
            await self._clock.sleep(self._renew_seconds)
            step: Step = "press" if work.has_sent else "attach_media"
            if held.leased.purpose == "verify":
                step = "look_for_post"
            message = Progress(**held.ref.model_dump(by_alias=False), step=step)
            try:
                _, stop = await self._leases.progress(held.holder, message)
            except DatabaseBusyError:
                continue  # the next time may be in time
            if stop is not None:
                raise StoppedError(stop)


def _draft(held: Held, files: list[Any]) -> Draft:
    job = held.job
    options = {name: value for name, value in job.options.items() if name != "thread"}
    return Draft(job.part_text, files, options, job.kind, [*map(post_of, held.previous)])


def _found_again(work: _Work) -> Decide:
    """The platform said before that it is live, to a holder that had lost its lease."""
    post = post_of(work.delivery)
    word: Word = "found" if work.held.leased.purpose == "verify" else "published"
    return lambda job, now: work.verdicts.live(job, post, word, now)


def _trouble_of(error: Exception) -> Outcome:
    """What an exception before the permit means: nothing was posted in any case."""
    match error:
        case TroubleError():
            return error.trouble
        case DisconnectedError():
            return AuthRevoked(str(error))
        case NotSentError() | UnansweredError():
            return Transient(str(error))
        case _:
            return Transient(f"the broker itself failed: {type(error).__name__}")


def _outcome_of(error: Exception) -> Outcome:
    """What an exception of the irreversible request means."""
    match error:
        case TroubleError():
            return error.trouble
        case NotSentError():
            return Transient(f"nothing was sent: {error}")
        case UnansweredError():
            return Unknown(str(error))
        case TimeoutError():
            return Unknown("the platform did not answer in time")
        case _:
            log.error("commit_failed", exc_info=error)
            return Unknown(f"the broker itself failed: {type(error).__name__}")
