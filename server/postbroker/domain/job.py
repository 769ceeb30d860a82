"""The job, its states, and the one table of how they follow each other.

draft ─▶ awaiting_approval ─▶ scheduled ─▶ queued ─▶ leased ─▶ committing ─▶ published
                                           ▲  ▲       │           │  └─▶ outcome_unknown
                                 retry_wait┘  └───────┤           │      │   ├─▶ published
                                     ▲────────────────┴───────────┴──────┘   └─▶ failed
                                     (after the permit: only with proof that nothing was posted)
committing, outcome_unknown ─▶ queued: a part of a thread is out, the next one waits
any state before committing ─▶ canceled, expired
leased ─▶ published: an errand that presses nothing, or finds done what it would press for
"""

import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, assert_never

from postbroker.contract.words import AskedRoute, JobView, Kind, Purpose, Route, Stage
from postbroker.domain.content import text_sha256
from postbroker.domain.record import record

JobState = Literal[
    "draft",
    "awaiting_approval",
    "scheduled",
    "queued",
    "leased",
    "committing",
    "outcome_unknown",
    "retry_wait",
    "published",
    "failed",
    "canceled",
    "expired",
]

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    "draft": frozenset({"awaiting_approval", "scheduled", "queued", "canceled", "expired"}),
    "awaiting_approval": frozenset({"scheduled", "queued", "canceled", "expired"}),
    "scheduled": frozenset({"queued", "canceled", "expired"}),
    "queued": frozenset({"leased", "outcome_unknown", "awaiting_approval", "canceled", "expired"}),
    "leased": frozenset(
        {
            "committing",
            "published",
            "outcome_unknown",
            "queued",
            "retry_wait",
            "failed",
            "canceled",
            "expired",
        }
    ),
    "committing": frozenset({"published", "queued", "outcome_unknown", "retry_wait", "failed"}),
    "outcome_unknown": frozenset({"published", "queued", "retry_wait", "failed"}),
    "retry_wait": frozenset({"queued", "outcome_unknown", "canceled", "expired"}),
    "published": frozenset(),
    "failed": frozenset(),
    "canceled": frozenset(),
    "expired": frozenset(),
}

CANCELABLE: frozenset[JobState] = frozenset(
    state for state, after in TRANSITIONS.items() if "canceled" in after
)
ENDINGS: frozenset[JobState] = frozenset(state for state, after in TRANSITIONS.items() if not after)


_NOISE_BITS = 74
_NOISE_BYTES = 10
_FETCHED_AT_ONCE = 64
_noise = deque[int]()


class TransitionError(ValueError):
    """A state was to follow another that the table does not let it follow."""


def check_transition(before: JobState, after: JobState) -> None:
    """Raise TransitionError unless the table allows `before` → `after`."""
    if after not in TRANSITIONS[before]:
        raise TransitionError(f"a job cannot go from {before} to {after}")


@dataclass(frozen=True, slots=True)
class HeldLease:
    """Who may act on a job, until when. `epoch` fences off everybody who held it before."""

    id: str
    epoch: int
    browser_id: str
    """Of a browser, or `api:` and the id of a connection."""
    purpose: Purpose
    expires_at: datetime
    limit_at: datetime
    """No renewal reaches beyond this instant."""


def new_job_id(now: datetime) -> str:
    """A UUID of version 7: ids sort by time, so that the newest rows of an index lie together.

    74 random bits keep it from being guessed: whoever knows it may read the job's state.
    """
    noise = _next_noise()
    start = round(now.timestamp() * 1000) << 16 | 0x7000 | noise >> 62
    end = 0x8000 << 48 | noise & (1 << 62) - 1
    digits = f"{start:016x}{end:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _next_noise() -> int:
    """Random bits of the system's, fetched for many ids at once: each fetch takes 4 µs."""
    while not _noise:
        fetched = os.urandom(_NOISE_BYTES * _FETCHED_AT_ONCE)
        for place in range(0, len(fetched), _NOISE_BYTES):
            whole = int.from_bytes(fetched[place : place + _NOISE_BYTES], "big")
            _noise.append(whole >> _NOISE_BYTES * 8 - _NOISE_BITS)
    return _noise.pop()


@record(frozen=True, slots=True)
class Job:
    """One post or errand for one target. Changed by copy and written back whole."""

    id: str
    workspace_id: str
    platform: str
    kind: Kind
    text: str
    text_sha256: str
    state: JobState
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    """Until when the job may wait for a browser."""
    deadline_at: datetime | None
    """Until when the present state may last; None only for a job that has ended."""
    due_at: datetime
    """Not to be leased before."""
    account: str | None = None
    """The handle that must be logged in."""
    options: dict[str, Any] = field(default_factory=dict)
    media_paths: tuple[str, ...] = ()
    sandbox: bool = False
    key_id: str | None = None
    idempotency_key: str | None = None
    fingerprint: str | None = None
    """SHA-256 of the request under the idempotency key."""
    content_key: str | None = None
    """The same for jobs that publish the same; None for what publishes nothing."""
    asked_route: AskedRoute = "auto"
    """Which way its sender wants it to go."""
    route: Route = "tab"
    """Which way it goes."""
    account_id: str | None = None
    """The connected account that posts it, where it goes by an official API."""
    attempt: int = 0
    """How many leases began to work on it."""
    presses: int = 0
    """How many permits were given, each ended by proof that nothing was posted, or open."""
    epoch: int = 0
    lease: HeldLease | None = None
    stage: Stage = "preparing"
    """How far the last attempt got."""
    step: str | None = None
    permit_id: str | None = None
    permitted_at: datetime | None = None
    composed_account: str | None = None
    """Who was logged in when the permit was given."""
    poster_id: str | None = None
    """The browser, or the connection, that held the permit."""
    looks: int = 0
    """How many planned looks after a doubtful outcome are over."""
    absences: int = 0
    """How many of the last looks in a row did not find the post."""
    hint_url: str | None = None
    """Where the post may be; not proven."""
    post_url: str | None = None
    part_urls: tuple[str, ...] = ()
    """Where the parts of a thread are that are out, in order; empty for any other post."""
    error_code: str | None = None
    error: str | None = None
    evidence: dict[str, Any] | None = None
    report: dict[str, Any] = field(default_factory=dict)
    event_count: int = 0
    pruned_at: datetime | None = None
    """When the retention setting took its text and history; None while it has them."""

    @property
    def has_ended(self) -> bool:
        """True when the broker does nothing more; an unknown outcome may wait for a person then."""
        return self.deadline_at is None

    @property
    def parts(self) -> tuple[str, ...]:
        """The texts of a thread in order, or the one text of any other job."""
        return (self.text, *self.options.get("thread", ()))

    @property
    def part_text(self) -> str:
        """What goes out with the next press: of a thread, the first part that is not out yet."""
        return self.parts[len(self.part_urls)] if self.part_urls else self.text

    @property
    def part_sha256(self) -> str:
        """The hash of that text."""
        return text_sha256(self.part_text) if self.part_urls else self.text_sha256

    @property
    def part_media_paths(self) -> tuple[str, ...]:
        """The files that go out with the next press: those of a thread with its first part."""
        return () if self.part_urls else self.media_paths

    @property
    def poster(self) -> str | None:
        """Who must be logged in for the next press: a thread goes on where it began."""
        return self.account or (self.composed_account if self.part_urls else None)

    @property
    def target(self) -> str:
        """Where it goes: `feed`, the id of a group, or the id of what it answers."""
        if self.part_urls:
            return self.part_urls[-1].rpartition("/")[2]
        return target_of(self.options)

    @property
    def view(self) -> JobView:
        """The word that Claw Post clients know for the present state."""
        return claw_view(self.state, has_ended=self.has_ended)


def target_of(options: Mapping[str, Any]) -> str:
    """Where a job with these options goes, in the one spelling of its target."""
    return str(options.get("targetId") or options.get("groupId") or "feed")


def claw_view(state: JobState, *, has_ended: bool) -> JobView:
    """The word that Claw Post clients know for a state."""
    match state:
        case "draft" | "awaiting_approval" | "scheduled" | "queued" | "retry_wait":
            return "queued"
        case "leased" | "committing":
            return "processing"
        case "outcome_unknown":
            return "failed" if has_ended else "processing"
        case "published":
            return "succeeded"
        case "failed" | "canceled" | "expired":
            return "failed"
        case _:
            assert_never(state)


STATES_OF_VIEW: dict[JobView, tuple[tuple[JobState, bool | None], ...]] = {
    "queued": tuple(
        (state, None)
        for state in ("draft", "awaiting_approval", "scheduled", "queued", "retry_wait")
    ),
    "processing": (("leased", None), ("committing", None), ("outcome_unknown", False)),
    "succeeded": (("published", None),),
    "failed": (("failed", None), ("canceled", None), ("expired", None), ("outcome_unknown", True)),
}
"""For each view the states it holds, and whether the job must have ended to count there."""
