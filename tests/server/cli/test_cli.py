"""The command line as a whole."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from postbroker import __version__
from postbroker.cli import app
from postbroker.cli.exits import Exit
from server.cli.conftest import Installation

HELP_SECONDS = 1.0
SPEAKS_ITS_OWN_WIRE = {"mcp"}
"""Standard output belongs to the protocol."""


def commands(of: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its whole name."""
    below = getattr(of, "commands", {})
    if not below or getattr(of, "invoke_without_command", False):
        yield name, of
    for word, command in below.items():
        yield from commands(command, f"{name} {word}".strip())


COMMANDS = {name: each for name, each in commands(get_command(app)) if name}
PAGE = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text(encoding="utf-8")


async def test_help_comes_at_once_and_names_the_exit_codes(installation: Installation) -> None:
    began = time.monotonic()
    ended = await installation.run("--help", COLUMNS="200")
    assert time.monotonic() - began < HELP_SECONDS
    for command in {name.split()[0] for name in COMMANDS}:
        assert f" {command} " in ended.out
    assert "6 outcome unknown" in ended.out


@pytest.mark.parametrize("command", COMMANDS)
class TestCommand:
    def test_it_is_documented(self, command: str) -> None:
        first = re.compile(rf"`(postbroker )?{command.split()[0]}\b")
        rows = [row for row in PAGE.splitlines() if row.startswith("|") and first.search(row)]
        assert any(re.search(rf"\b{command.split()[-1]}\b", row) for row in rows)

    def test_it_says_what_it_does(self, command: str) -> None:
        assert COMMANDS[command].help

    def test_it_speaks_to_programs(self, command: str) -> None:
        options = {option for each in COMMANDS[command].params for option in each.opts}
        assert "--json" in options or command in SPEAKS_ITS_OWN_WIRE


@pytest.mark.parametrize("exit_code", Exit)
def test_exit_code_is_documented(exit_code: Exit) -> None:
    assert f"| {exit_code.value} |" in PAGE


async def test_version_is_the_package_s(installation: Installation) -> None:
    assert (await installation.run("--version")).out == f"postbroker {__version__}\n"
