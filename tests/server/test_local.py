"""The file that lets commands of the same machine in."""

import stat
from pathlib import Path

import pytest

from postbroker.local import FILE_NAME, LocalAccess, read_local_access, write_local_access

ACCESS = LocalAccess(url="http://127.0.0.1:8787", api_key="claw_secret")


def test_what_was_left_is_read_by_its_owner_only(tmp_path: Path) -> None:
    write_local_access(tmp_path, ACCESS)
    assert read_local_access(tmp_path) == ACCESS
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_open_file_from_elsewhere_is_replaced_by_a_closed_one(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_text("{}")
    file.chmod(0o644)
    write_local_access(tmp_path, ACCESS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("text", ["", "{", "{}", '{"url": 1, "apiKey": "claw_x"}', "[]"])
def test_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert read_local_access(tmp_path) is None


def test_no_file_counts_as_none(tmp_path: Path) -> None:
    assert read_local_access(tmp_path / "nowhere") is None
