"""Jobs in every state, reports and evidence: what a test begins with."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from postbroker.catalogue import load_platforms
from postbroker.contract.extension import Ack, Composed, Evidence
from postbroker.domain.content import text_sha256
from postbroker.domain.job import HeldLease, Job, JobState
from postbroker.domain.lease import Rules, grant_permit, take_to_publish, take_to_verify
from postbroker.domain.outcome import after_deadline
from server.doubles.clock import START

X = load_platforms()["x"]
TEXT = "Hello from my agent"
POST_URL = "https://x.com/ada/status/1001"
PUBLISH = timedelta(seconds=X.publish_seconds)

RULES = Rules(
    lease=timedelta(seconds=60),
    lease_limit=timedelta(minutes=15),
    lease_limit_video=timedelta(hours=1),
    permit=timedelta(seconds=10),
    attempts=3,
    retry_delays=(timedelta(seconds=5), timedelta(seconds=30)),
    verify_delays=tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600)),
    verify_patience=timedelta(hours=1),
    own_host="broker.example",
    auto_retry_codes=frozenset({"browser_lost", "selector_not_found"}),
)


def a_job(state: JobState = "queued", text: str = TEXT, **changes: Any) -> Job:
    """A job that was accepted at START and lives for a day; without a lease whatever its state."""
    job = Job(
        id="11111111-1111-4111-8111-111111111111",
        workspace_id="22222222-2222-4222-8222-222222222222",
        platform="x",
        kind="post",
        text=text,
        text_sha256=text_sha256(text),
        state=state,
        created_at=START,
        updated_at=START,
        expires_at=START + timedelta(days=1),
        deadline_at=START + timedelta(days=1),
        due_at=START,
    )
    return replace(job, **changes)


def composed(job: Job, **changes: Any) -> Composed:
    """What a composer holds that was filled rightly."""
    right = Composed(
        account="ada",
        text_sha256=job.part_sha256,
        media_count=len(job.part_media_paths),
        target=job.target,
    )
    return right.model_copy(update=changes)


def a_leased_job(**changes: Any) -> Job:
    """Held by browser-1 for publishing, before the permit."""
    return take_to_publish(a_job(**changes), "lease-00001", "browser-1", RULES, START)


def a_committing_job(**changes: Any) -> Job:
    """Held by browser-1, which has leave to press."""
    job = a_leased_job(**changes)
    return grant_permit(job, "permit-0001", composed(job), PUBLISH, RULES, START)


def a_doubtful_job(**changes: Any) -> Job:
    """Its holder fell silent after the permit and may still report; nobody has looked yet."""
    job = a_committing_job(**changes)
    return after_deadline(job, RULES, job.deadline_at or START)


def a_job_being_looked_for(**changes: Any) -> Job:
    """Held by browser-1 for a look, ten seconds after the permit."""
    job = replace(a_doubtful_job(), lease=None, **changes)
    return take_to_verify(job, "lease-00002", "browser-1", RULES, START + RULES.verify_delays[0])


def lease_of(job: Job) -> HeldLease:
    """The lease of a job that has one."""
    assert job.lease is not None
    return job.lease


def evidence(job: Job, **changes: Any) -> Evidence:
    """What proves that the job's post is live at POST_URL."""
    right = Evidence(source="permalink", account="ada", text=job.part_text, seen_live=True)
    return right.model_copy(update=changes)


def report(job: Job, outcome: str, **changes: Any) -> Ack:
    """The report of whoever holds the job's lease."""
    lease = lease_of(job)
    fields = {"stage": "preparing" if job.state == "leased" else "pressed"} | changes
    return Ack.model_validate(
        {"job_id": job.id, "lease_id": lease.id, "epoch": lease.epoch, "outcome": outcome, **fields}
    )


def a_report_of_success(job: Job, **changes: Any) -> Ack:
    """A report whose evidence holds."""
    outcome = "found" if lease_of(job).purpose == "verify" else "published"
    return report(job, outcome, **{"post_url": POST_URL, "evidence": evidence(job)} | changes)
