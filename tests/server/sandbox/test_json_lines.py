"""What a file of JSON lines keeps through writes and crashes."""

from pathlib import Path

import pytest

from postbroker.sandbox.json_lines import JsonLines, replace_file


@pytest.fixture
def lines(tmp_path: Path) -> JsonLines:
    return JsonLines(tmp_path / "folder" / "lines.jsonl")


def test_nothing_is_there_before_the_first_line(lines: JsonLines) -> None:
    assert list(lines) == []


def test_lines_come_back_in_their_order(lines: JsonLines) -> None:
    rows = [{"text": "first\nof two"}, {"text": "後 🚀"}]
    for row in rows:
        lines.append(row)
    assert list(lines) == rows


def test_separators_inside_a_text_do_not_break_a_line(lines: JsonLines) -> None:
    row = {"text": "a\u2028b\u0085c\x1cd\re"}
    lines.append(row)
    assert list(lines) == [row]


def test_a_torn_last_line_does_not_count_and_is_cut_off(lines: JsonLines) -> None:
    lines.append({"number": 1})
    with lines.path.open("a") as file:
        file.write('{"number": 2, "te')
    assert list(lines) == [{"number": 1}]
    lines.mend()
    lines.append({"number": 3})
    assert list(lines) == [{"number": 1}, {"number": 3}]


def test_others_cannot_read_the_file(lines: JsonLines) -> None:
    lines.append({})
    assert lines.path.stat().st_mode & 0o077 == 0


def test_a_replaced_file_holds_the_new_content_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    replace_file(path, "a longer content")
    replace_file(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
