"""The command line as a whole."""

import time
from pathlib import Path

import pytest

from postbroker import __version__
from postbroker.cli.ending import Exit, exit_of
from postbroker.errors import error_codes
from server.cli.conftest import Installation

HELP_SECONDS = 1.0
COMMANDS = ("up", "signin", "keys", "pair", "post", "jobs", "cancel", "doctor")


async def test_help_comes_at_once_and_names_the_exit_codes(installation: Installation) -> None:
    began = time.monotonic()
    ended = await installation.run("--help", COLUMNS="200")
    assert time.monotonic() - began < HELP_SECONDS
    for command in COMMANDS:
        assert f" {command} " in ended.out
    assert "6 outcome unknown" in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_documented(command: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text()
    assert f"`postbroker {command}" in page


@pytest.mark.parametrize("exit_code", Exit)
def test_exit_code_is_documented(exit_code: Exit) -> None:
    page = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text()
    assert f"| {exit_code.value} |" in page


async def test_version_is_the_package_s(installation: Installation) -> None:
    assert (await installation.run("--version")).out == f"postbroker {__version__}\n"


@pytest.mark.parametrize("code", sorted(error_codes()))
def test_no_code_ends_as_done(code: str) -> None:
    assert exit_of(code) is not Exit.DONE


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("not_logged_in", Exit.PERSON),
        ("challenge_required", Exit.PERSON),
        ("QUOTA_EXCEEDED", Exit.POLICY),
        ("selector_not_found", Exit.PLATFORM),
        ("duplicate_content", Exit.PLATFORM),
        ("outcome_unknown", Exit.UNKNOWN),
        ("browser_lost", Exit.OFFLINE),
        ("EXTENSION_NOT_PAIRED", Exit.OFFLINE),
        ("CONTENT_TOO_LONG", Exit.USAGE),
        ("INTERNAL_ERROR", Exit.OTHER),
        ("a code of a newer broker", Exit.OTHER),
    ],
)
def test_exit_says_who_can_do_something(code: str, wanted: Exit) -> None:
    assert exit_of(code) is wanted
