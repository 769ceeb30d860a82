"""The checker sees each promise broken that the crash tests rely on."""

from collections.abc import Callable
from typing import Any

import pytest

from durability.history import Lease, Log, Tables, violations

URL = "https://x.com/ada/status/1"
PROOF = [{"outcome": "absent"}, {"outcome": "absent"}]


def a_log() -> Log:
    """One job that was accepted, leased, permitted, posted and told."""
    return Log(
        jobs={"key": "job"},
        texts={"key": "text"},
        leases=[Lease("job", 1, "lease-1")],
        permits=[("lease-1", "permit-1")],
        ends={"job": "published"},
        told={"job": [1, 2, 3]},
        posts={URL: "text"},
    )


def a_job(**changes: Any) -> dict[str, Any]:
    """As the database has that job."""
    job = {"id": "job", "idempotency_key": "key", "text": "text", "state": "published"}
    return {**job, "epoch": 1, "post_url": URL, "event_count": 4, **changes}


def an_attempt(epoch: int = 1, **changes: Any) -> dict[str, Any]:
    """As the database has its lease number `epoch`."""
    attempt = {"job_id": "job", "epoch": epoch, "lease_id": f"lease-{epoch}", "stage": "pressed"}
    attempt["purpose"] = "publish"
    times = {"started_at": epoch * 10, "ended_at": epoch * 10 + 9}
    return {**attempt, **times, "permit_id": None, "outcome": "published", **changes}


def permitted(epoch: int = 1, **changes: Any) -> dict[str, Any]:
    """The same with a permit."""
    return an_attempt(epoch, **{"permit_id": f"permit-{epoch}", **changes})


def tables(
    *attempts: dict[str, Any], events: tuple[int, int, int] = (1, 4, 4), **job: Any
) -> Tables:
    """A database with that job, the attempts that are given, and its events."""
    first, last, number = events
    event = {"job_id": "job", "first": first, "last": last, "number": number}
    return Tables.of([a_job(**job)], attempts or [permitted()], [event])


def test_a_history_that_keeps_every_promise_is_clean() -> None:
    assert violations(a_log(), tables(), a_log()) == []


def test_a_second_permit_after_proof_is_clean() -> None:
    looks = [an_attempt(2, outcome="absent"), an_attempt(3, outcome="lost")]
    looks += [an_attempt(4, outcome="absent")]
    after_looks = tables(permitted(outcome="unknown"), *looks, permitted(5), epoch=5)
    unused = permitted(outcome="failed", stage="preparing")
    assert violations(a_log(), after_looks, a_log()) == []
    assert violations(a_log(), tables(unused, permitted(2), epoch=2), a_log()) == []


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("lost", Tables.of([], [], [])),
        ("lost", tables(text="other")),
        ("lost", tables(idempotency_key="other")),
        ("lost", tables(state="outcome_unknown")),
        ("lost", tables(permitted(lease_id="other"))),
        ("lost", tables(an_attempt())),
        ("lost", tables(permitted(permit_id="other"))),
        ("doubled", tables(permitted(), an_attempt(3), epoch=3)),
        ("doubled", tables(permitted(), an_attempt(2, started_at=15), epoch=2)),
        ("doubled", tables(permitted(ended_at=None), an_attempt(2), epoch=2)),
        ("doubled", tables(permitted(outcome="unknown"), permitted(2), epoch=2)),
        (
            "doubled",
            tables(permitted(), an_attempt(2, outcome="absent"), permitted(3), epoch=3),
        ),
        (
            "doubled",
            tables(
                permitted(),
                an_attempt(2, outcome="absent"),
                an_attempt(3, outcome="unseen"),
                an_attempt(4, outcome="absent"),
                permitted(5),
                epoch=5,
            ),
        ),
        ("doubled", tables(post_url="https://x.com/ada/status/2")),
        ("doubled", tables(state="failed")),
        ("gap", tables(events=(1, 4, 3))),
        ("gap", tables(events=(2, 4, 3))),
        ("gap", tables(events=(1, 3, 3))),
    ],
)
def test_a_broken_promise_is_seen(kind: str, found: Tables) -> None:
    assert kind in {violation.kind for violation in violations(a_log(), found, a_log())}


@pytest.mark.parametrize(
    ("kind", "happens"),
    [
        ("refused", lambda log: log.refusals.append("answered 500")),
        ("doubled", lambda log: log.posts.update({"https://x.com/ada/status/2": "text"})),
        ("doubled", lambda log: log.leases.append(Lease("job", 1, "lease-1"))),
        ("doubled", lambda log: log.jobs.update({"another key": "job"})),
    ],
)
def test_what_clients_saw_twice_is_seen(kind: str, happens: Callable[[Log], None]) -> None:
    log = a_log()
    happens(log)
    assert kind in {violation.kind for violation in violations(a_log(), tables(), log)}


@pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 2, 2], [2, 1]])
def test_a_stream_with_a_gap_is_seen(numbers: list[int]) -> None:
    log = a_log()
    log.told["job"] = numbers
    assert {violation.kind for violation in violations(log, tables(), log)} == {"gap"}
