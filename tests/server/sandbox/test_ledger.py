"""What the judge reads."""

import json
from datetime import UTC, datetime
from pathlib import Path

from postbroker.sandbox.ledger import Ledger, LedgerEntry


def entry(number: int, text: str) -> LedgerEntry:
    return LedgerEntry(
        number=number,
        at=datetime(2026, 11, 24, 12, 0, 0, 5000, tzinfo=UTC),
        account="ada_sandbox",
        post_id=str(100 + number),
        text=text,
        url=f"https://x.com/ada_sandbox/status/{100 + number}",
    )


def test_a_reader_sees_what_the_platform_just_wrote(tmp_path: Path) -> None:
    judge, platform = Ledger.of(tmp_path, "x"), Ledger.of(tmp_path, "x")
    assert judge.entries() == []
    platform.append(entry(1, "hello"))
    assert judge.entries() == [entry(1, "hello")]


def test_entries_are_found_by_their_exact_text(tmp_path: Path) -> None:
    ledger = Ledger.of(tmp_path, "x")
    for number, text in enumerate(["hello", "hello ", "Hello", "hello"], start=1):
        ledger.append(entry(number, text))
    assert [found.number for found in ledger.entries_with_text("hello")] == [1, 4]


def test_a_line_speaks_camel_case_and_milliseconds_in_utc(tmp_path: Path) -> None:
    ledger = Ledger.of(tmp_path, "x")
    ledger.append(entry(1, "hello"))
    row = json.loads(ledger.lines.path.read_text())
    assert row["postId"] == "101"
    assert row["at"] == "2026-11-24T12:00:00.005Z"
    assert "clientNonce" not in row
