"""The command line as a whole."""

import time
from pathlib import Path

import pytest

from postbroker import __version__
from postbroker.cli.exits import Exit
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
