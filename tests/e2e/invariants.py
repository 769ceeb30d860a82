"""The history checker: every promise that database and ledger show broken."""

import hashlib
import json
import sqlite3
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from postbroker.sandbox.ledger import LedgerEntry

NEVER_POSTED = {"draft", "awaiting_approval", "scheduled", "failed", "canceled", "expired"}
ERRANDS = {"group_search", "group_status", "group_join", "check"}
"""Kinds of jobs that publish nothing, and so have no line in the ledger."""

ENDED = {"published", "failed", "canceled", "expired"}

SWEEP_MS = 10_000
"""A deadline that is just over may not have been swept yet."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """What there is to judge of one job; posts and requests are those with its text."""

    whole: Row
    """The job."""
    job: Row
    """The same, or the part of a thread that is judged."""
    events: Sequence[Row]
    attempts: Sequence[Row]
    entries: Sequence[LedgerEntry]
    requests: Sequence[Row]
    permits: Sequence[int]
    """When leave to press was given, for every job with this text."""


def violations(
    database: Path,
    ledger: Sequence[LedgerEntry],
    requests: Sequence[Row],
    *,
    accepted: Collection[str],
    secrets: Collection[str],
    logs: Collection[Path],
) -> list[str]:
    """Every broken promise in words, numbered as the protocol numbers its invariants."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        jobs, events, attempts = (
            [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]  # noqa: S608
            for table, order in (("jobs", "number"), ("events", "id"), ("attempts", "epoch"))
        )
        now_ms = connection.execute(
            "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
        )
        now = now_ms.fetchone()[0]
        tables = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        contents = {
            table: "\n".join(map(str, map(tuple, connection.execute(f"SELECT * FROM {table}"))))  # noqa: S608
            for table in tables
        }
    connection.close()
    known = {job["id"] for job in jobs}
    texts = {job["id"]: {part["text"] for part in _parts(job)} for job in jobs}
    owners = {part["post_url"]: job["id"] for job in jobs for part in _parts(job)}
    found = [f"I4 job {job_id} was accepted and is gone" for job_id in set(accepted) - known]
    for job in jobs:
        histories = [
            History(
                whole=job,
                job=part,
                events=[event for event in events if event["job_id"] == job["id"]],
                attempts=[attempt for attempt in attempts if attempt["job_id"] == job["id"]],
                entries=[
                    entry
                    for entry in ledger
                    if entry.text == part["text"] and owners.get(entry.url, job["id"]) == job["id"]
                ],
                requests=[request for request in requests if request["text"] == part["text"]],
                permits=[
                    attempt["permitted_at"]
                    for attempt in attempts
                    if attempt["permitted_at"] is not None
                    and part["text"] in texts[attempt["job_id"]]
                ],
            )
            for part in _parts(job)
        ]
        broken = [each for history in histories for each in _of_part(history)]
        broken += _of_job(job, histories[0].events, now)
        found += [f"{each} (job {job['id']}, {job['state']})" for each in broken]
    found += _leaks(secrets, contents, logs)
    return found


def _parts(job: Row) -> list[Row]:
    """The job, or a row like it for each part of its thread: what one press publishes."""
    rest = json.loads(job["options"]).get("thread", [])
    urls = json.loads(job["part_urls"] or "[]")
    if not rest:
        return [job]
    parts = []
    for number, text in enumerate([job["text"], *rest]):
        state, url = job["state"], None
        if number < len(urls):
            state, url = "published", urls[number]
        elif number > len(urls):
            state = "draft"
        parts.append(job | {"text": text, "text_sha256": _sha256(text)})
        parts[-1] |= {"state": state, "post_url": url}
    return parts


def _of_part(history: History) -> Iterator[str]:
    yield from _against_the_ledger(history)
    yield from _of_the_text(history)


def _of_job(job: Row, events: Sequence[Row], now: int) -> Iterator[str]:
    yield from _of_the_events(job, events)
    goes_on = job["state"] not in ENDED and not _is_given_up(job)
    if goes_on and (job["deadline_at"] is None or job["deadline_at"] < now - SWEEP_MS):
        yield "I10 a job that goes on has no deadline ahead"


def _is_given_up(job: Row) -> bool:
    """True for an unknown outcome that waits for a person."""
    return (job["state"], job["error_code"]) == ("outcome_unknown", "outcome_unknown")


def _against_the_ledger(history: History) -> Iterator[str]:
    job, entries = history.job, history.entries
    if len(entries) > 1:
        yield f"I1 posted {len(entries)} times"
    for entry in entries:
        if not any(permit <= _ms(entry) for permit in history.permits):
            yield "I2 a post without an earlier permit"
    if len(history.requests) > len(history.permits):
        yield f"I2 pressed {len(history.requests)} times with {len(history.permits)} permits"
    if job["kind"] in ERRANDS:
        return
    # A post that waits until somebody lets it in has no link yet.
    links = [None if entry.waits else entry.url for entry in entries]
    if job["state"] == "published" and links != [job["post_url"]]:
        yield f"I3 published as {job['post_url']}, but the ledger has {[e.url for e in entries]}"
    if job["state"] in NEVER_POSTED and entries:
        yield "I3 said to be not posted, but the ledger has it"


def _of_the_events(job: Row, events: Sequence[Row]) -> Iterator[str]:
    sequences = [event["sequence"] for event in events]
    if sequences != list(range(1, job["event_count"] + 1)):
        yield f"I6 events are numbered {sequences}"
    instants = [event["happened_at"] for event in events]
    if instants != sorted(instants):
        yield "I6 events go back in time"
    states = [event["state"] for event in events]
    for before, after in pairwise(states):
        if before in ENDED and after != before:
            yield f"I5 ended as {before}, then became {after}"


def _of_the_text(history: History) -> Iterator[str]:
    approved = history.job["text_sha256"]
    composed = {
        json.loads(event["data"])["textSha256"]
        for event in history.events
        if event["name"] == "committing"
    }
    known = {part["text_sha256"] for part in _parts(history.whole)}
    posted = {_sha256(entry.text) for entry in history.entries}
    if _sha256(history.job["text"]) != approved or not (composed <= known and posted <= {approved}):
        yield "I7 approved, composed and posted text differ"


def _leaks(
    secrets: Collection[str], contents: dict[str, str], logs: Collection[Path]
) -> Iterator[str]:
    places = contents | {
        log.name: log.read_text(encoding="utf-8", errors="replace") for log in logs if log.exists()
    }
    for place, content in places.items():
        if any(secret in content for secret in secrets):
            yield f"I9 a secret stands in {place}"


def _sha256(text: str) -> str:
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return hashlib.sha256(normal.encode()).hexdigest()


def _ms(entry: LedgerEntry) -> int:
    return int(entry.at.timestamp() * 1000)
