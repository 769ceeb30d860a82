"""A small model of every use case that changes jobs: which it may change, and into what."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from postbroker.app import Services
from postbroker.domain.job import Job, JobState
from postbroker.errors import LeaseLostError

Jobs = Mapping[str, Job]
Look = Callable[[], Awaitable[Jobs]]


@dataclass(frozen=True, slots=True)
class Change:
    """What a use case may do."""

    states: Mapping[JobState, frozenset[JobState]]
    """The states it may lead to from each."""
    jobs: int | None = 1
    """How many jobs it may change at once; None is any number."""
    epochs: int = 0
    """How many leases it gives to each."""
    permits: frozenset[int] = frozenset({0})
    """How many permits it gives to each; one that proved to be unused is taken back."""
    events: frozenset[int] = frozenset({1})
    """How many events it may append to each."""
    accepts: bool = False
    """It may add one queued job."""


def _to(**states: str) -> dict[JobState, frozenset[JobState]]:
    drawn = {before: frozenset(after.split()) for before, after in states.items()}
    return cast(dict[JobState, frozenset[JobState]], drawn)


_TAKEN_BACK = _to(
    queued="expired",
    leased="retry_wait failed",
    committing="outcome_unknown",
    retry_wait="queued expired",
    outcome_unknown="outcome_unknown",
)

CHANGES: dict[str, Change] = {
    "create": Change({}, accepts=True),
    "pull": Change(_to(queued="leased", outcome_unknown="outcome_unknown"), epochs=1),
    "progress": Change(
        _to(leased="leased", committing="committing", outcome_unknown="outcome_unknown"),
        events=frozenset({0, 1}),
    ),
    "permit": Change(_to(leased="committing"), permits=frozenset({1})),
    "report": Change(
        _to(
            leased="queued retry_wait failed",
            committing="published outcome_unknown retry_wait failed",
            outcome_unknown="published outcome_unknown retry_wait failed",
        ),
        permits=frozenset({0, -1}),
    ),
    "sweep": Change(_TAKEN_BACK, jobs=None),
    "release_browser": Change(_TAKEN_BACK, jobs=None),
    "cancel": Change(_to(queued="canceled", leased="canceled", retry_wait="canceled")),
    "settle": Change(_to(outcome_unknown="published failed")),
    "look_again": Change(_to(outcome_unknown="outcome_unknown")),
}


class Watched:
    """A noun's use cases; what each does to jobs is held against the model."""

    def __init__(self, noun: Any, look: Look) -> None:
        self._noun = noun
        self._look = look

    def __getattr__(self, verb: str) -> Any:
        use_case = getattr(self._noun, verb)
        change = CHANGES.get(verb)
        return use_case if change is None else self._watch(verb, use_case, change)

    def _watch(
        self, verb: str, use_case: Callable[..., Awaitable[Any]], change: Change
    ) -> Callable[..., Awaitable[Any]]:
        async def run(*arguments: Any, **named: Any) -> Any:
            before = await self._look()
            try:
                result = await use_case(*arguments, **named)
            except LeaseLostError:
                hold(f"{verb} without its lease", change, before, await self._hinted(before))
                raise
            except Exception:
                assert await self._look() == before, f"{verb} was refused and changed something"
                raise
            hold(verb, change, before, await self._look())
            return result

        return run

    async def _hinted(self, before: Jobs) -> Jobs:
        """The jobs, but for the one thing that a report from a lost lease may leave: a hint."""
        after = await self._look()
        hints = [job_id for job_id, job in after.items() if job != before[job_id]]
        for job_id in hints:
            job, old = after[job_id], before[job_id]
            assert job.event_count == old.event_count + 1
            assert old.hint_url is None
            assert job == replace(
                old, hint_url=job.hint_url, event_count=job.event_count, updated_at=job.updated_at
            )
        assert len(hints) <= 1
        return before


def hold(verb: str, change: Change, before: Jobs, after: Jobs) -> None:
    """Fail when the jobs changed in another way than the model knows."""
    assert before.keys() <= after.keys(), f"{verb} lost a job"
    new = [after[job_id] for job_id in after.keys() - before.keys()]
    assert len(new) <= change.accepts, f"{verb} made {len(new)} jobs"
    assert all(job.state == "queued" and job.event_count == 1 for job in new)
    changed = [(old, after[job_id]) for job_id, old in before.items() if after[job_id] != old]
    assert change.jobs is None or len(changed) <= change.jobs, f"{verb} changed several jobs"
    for old, job in changed:
        said = f"{verb}: {old} became {job}"
        assert job.state in change.states.get(old.state, ()), said
        assert job.event_count - old.event_count in change.events, said
        assert job.epoch - old.epoch == change.epochs, said
        assert job.presses - old.presses in change.permits, said
        assert job.text == old.text, said
        assert job.deadline_at is not None or job.lease is None, said


def watched(services: Services, look: Look) -> Services:
    """The same services, held against the model at each call."""
    return replace(
        services,
        posts=Watched(services.posts, look),  # type: ignore[arg-type]
        jobs=Watched(services.jobs, look),  # type: ignore[arg-type]
        leases=Watched(services.leases, look),  # type: ignore[arg-type]
    )
