"""Everything that a client raises.

PostbrokerError
├── RefusedError              the broker refused the request
├── UnreachableError          no answer came
├── StrangeAnswerError        something else than a broker answered
├── JobFailedError            a job ended without success
│   └── OutcomeUnknownError   nobody knows whether it was posted: do not post it again
└── NotEndedError             a job goes on after the time to wait; also a TimeoutError
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from postbroker.contract.jobs import JobAnswer
from postbroker.contract.problems import Actor, FieldProblem

UNKNOWN_OUTCOMES = frozenset({"outcome_unknown", "restored"})
"""Ends of jobs after which a post may be live, or may not."""


@dataclass(eq=False, kw_only=True)
class PostbrokerError(Exception):
    """What went wrong, who must act, and what comes next."""

    code: str
    """One of shared/errors.json, or for what the client itself found: UNREACHABLE, STRANGE_ANSWER,
    NOT_ENDED, INVALID_SETTING."""
    message: str
    actor: Actor | None = None
    suggested_action: str | None = None
    safe_to_retry: bool = False
    """True when the same call may be made again without a chance of posting twice."""
    retry_after_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(eq=False, kw_only=True)
class RefusedError(PostbrokerError):
    """The broker refused the request, and nothing came of it."""

    status: int | None = None
    """The HTTP status; None when the request was wrong before it was sent."""
    errors: tuple[FieldProblem, ...] = ()
    """Each field that is wrong."""
    details: Mapping[str, Any] = field(default_factory=dict)
    trace_id: str | None = None

    @classmethod
    def of(cls, status: int, body: Mapping[str, Any]) -> "RefusedError":
        """A refusal from its body (contract: Problem), as far as it is there."""
        return cls(
            code=str(body["code"]),
            message=str(body.get("message") or body.get("detail") or body["code"]),
            actor=body.get("actor"),
            suggested_action=body.get("suggestedAction"),
            safe_to_retry=bool(body.get("safeToRetry")),
            retry_after_seconds=body.get("retryAfterSeconds"),
            status=status,
            errors=tuple(
                FieldProblem.model_validate(each, extra="ignore")
                for each in body.get("errors") or ()
            ),
            details=body.get("details") or {},
            trace_id=body.get("traceId"),
        )


@dataclass(eq=False, kw_only=True)
class UnreachableError(PostbrokerError):
    """No answer came: the broker is not running, the address is wrong, or the network failed."""

    idempotency_key: str | None = None
    """The key under which the request for a job can be made again, although it may have arrived."""


class StrangeAnswerError(PostbrokerError):
    """What answers at the address is no broker, or none that this client understands."""

    @classmethod
    def of(cls, url: str, status: int) -> "StrangeAnswerError":
        """An answer of that HTTP status that is not a broker's."""
        return cls(
            code="STRANGE_ANSWER",
            message=f"{url} answers {status}, but not as a broker does",
            actor="operator",
            suggested_action="Check the address.",
        )


@dataclass(eq=False, kw_only=True)
class JobFailedError(PostbrokerError):
    """A job ended without success; `code` is its `errorCode`."""

    job: JobAnswer

    @classmethod
    def of(cls, job: JobAnswer) -> "JobFailedError":
        """What the end of a job says."""
        code = job.error_code or "unknown_error"
        kind = OutcomeUnknownError if code in UNKNOWN_OUTCOMES else cls
        return kind(
            code=code,
            message=job.error or job.details.state,
            actor=job.details.actor,
            suggested_action=job.details.suggested_action,
            safe_to_retry=bool(job.details.safe_to_retry),
            job=job,
        )


class OutcomeUnknownError(JobFailedError):
    """Nobody can tell whether the platform has the post: a person looks before it is sent again."""


@dataclass(eq=False, kw_only=True)
class NotEndedError(PostbrokerError, TimeoutError):
    """The job goes on; `job` is how far it is."""

    job: JobAnswer

    @classmethod
    def of(cls, job: JobAnswer) -> "NotEndedError":
        """A job that outlasted the patience of its caller."""
        details = job.details
        because = details.waiting_because or details.state.replace("_", " ")
        return cls(
            code="NOT_ENDED",
            message=f"the job has not ended: {because}",
            actor=details.actor,
            suggested_action=details.suggested_action or "Wait for it again: it goes on.",
            job=job,
        )
