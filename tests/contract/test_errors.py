"""The table of error codes: whole, in order, and every code of it in use."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from postbroker.contract.problems import ErrorCode
from postbroker.errors import error_codes
from postbroker.http.problems import STATUS_CODES

ROOT = Path(__file__).parents[2]
ROWS: list[dict[str, Any]] = json.loads((ROOT / "shared" / "errors.json").read_text())
CODES = error_codes()
STARTING_WORDS = re.compile(r"[A-Z]")

ENDS_OR_REFUSES = {"duplicate_content"}
"""The platform may say it of a post, and the broker of a request for one."""


OF_THE_BROKER_ALONE = {
    "restored", "not_connected", "not_permitted", "quota_exhausted", "platform_unavailable",
    "publisher_lost",
}  # fmt: skip
"""Endings of jobs that no browser has anything to do with."""


def sources() -> str:
    """All code that could raise one, without what is generated and what only reads answers."""
    python = (
        file
        for file in (ROOT / "server" / "postbroker").rglob("*.py")
        if "client" not in file.parts
    )
    scripts = (
        file
        for file in (ROOT / "extension" / "src").rglob("*.ts")
        if file.parent.name != "contract"
    )
    return "\n".join(file.read_text(encoding="utf-8") for file in [*python, *scripts])


SOURCES = sources()


def is_used(code: str) -> bool:
    """True when the code stands in a string somewhere."""
    return re.search(rf"[\"'`]{code}[\"'`]", SOURCES) is not None


def test_a_code_stands_in_the_table_once() -> None:
    assert len(CODES) == len(ROWS)


def test_refused_requests_come_first_by_status_then_endings_of_jobs() -> None:
    kinds = [row["kind"] for row in ROWS]
    statuses = [row["status"] for row in ROWS if row["kind"] == "request"]
    assert kinds == sorted(kinds, key=["request", "job"].index)
    assert statuses == sorted(statuses)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
class TestCode:
    def test_it_is_spelt_as_its_kind(self, code: ErrorCode) -> None:
        form = r"[A-Z]+(_[A-Z]+)*" if code.kind == "request" else r"[a-z]+(_[a-z]+)*"
        assert re.fullmatch(form, code.code)

    def test_what_can_refuse_a_request_has_a_status(self, code: ErrorCode) -> None:
        refuses = code.kind == "request" or code.code in ENDS_OR_REFUSES
        assert (code.status is not None) == refuses
        assert code.status is None or 400 <= code.status <= 599

    def test_its_words_are_whole(self, code: ErrorCode) -> None:
        assert STARTING_WORDS.match(code.title)
        assert not code.title.endswith(".")
        assert STARTING_WORDS.match(code.suggested_action)

    def test_only_what_is_safe_to_retry_is_retried_by_the_broker(self, code: ErrorCode) -> None:
        assert code.safe_to_retry or not code.auto_retry

    def test_something_raises_it(self, code: ErrorCode) -> None:
        assert is_used(code.code)


def test_every_code_that_is_raised_stands_in_the_table() -> None:
    raised = set(
        re.findall(r"Error\(\s*\"([A-Z][A-Z_]+)\"", SOURCES)
        + re.findall(r"field_error\(\s*\"([A-Z_]+)\"", SOURCES)
    )
    assert len(raised) > 10
    assert raised | set(STATUS_CODES.values()) <= CODES.keys()


def test_the_broker_retries_nothing_after_which_a_person_must_act() -> None:
    of_people = {"not_logged_in", "wrong_account", "challenge_required", "account_restricted"}
    assert not {code for code in of_people if CODES[code].auto_retry}


@pytest.mark.parametrize(
    "code",
    [code for code, row in CODES.items() if row.kind == "job" and code not in OF_THE_BROKER_ALONE],
)
def test_what_a_browser_can_report_is_reached_in_a_real_one(code: str) -> None:
    files = (ROOT / "tests" / "e2e").glob("test_*.py")
    assert any(f'"{code}"' in file.read_text(encoding="utf-8") for file in files)
