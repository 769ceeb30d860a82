"""How a job may end: what it says of itself, held against the site's ledger and its requests."""

from typing import Any

from e2e.stage import Stage
from postbroker.sandbox.ledger import LedgerEntry

Job = dict[str, Any]


def assert_published(stage: Stage, account: str, job: Job) -> LedgerEntry:
    """The account's one post is the job's, which names its address."""
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], job["postUrl"]) == ("succeeded", entry.url)
    return entry


def assert_published_once(stage: Stage, account: str, job: Job) -> LedgerEntry:
    """It is there after a single request."""
    entry = assert_published(stage, account, job)
    assert len(stage.site.requests_of(account)) == 1
    return entry


def assert_nothing_sent(stage: Stage, account: str, job: Job, code: str) -> None:
    """The job failed before the press, with this code."""
    assert (job["status"], job["errorCode"]) == ("failed", code)
    assert stage.site.requests_of(account) == []


def assert_not_published(stage: Stage, account: str, job: Job, code: str) -> None:
    """The job failed with this code, and the account has no post."""
    assert (job["status"], job["errorCode"]) == ("failed", code)
    assert stage.site.ledger_of(account) == []


def assert_refused_once(stage: Stage, account: str, job: Job, code: str) -> None:
    """The site refused the single request that it got."""
    assert (job["status"], job["errorCode"]) == ("failed", code)
    assert (stage.site.ledger_of(account), len(stage.site.requests_of(account))) == ([], 1)
