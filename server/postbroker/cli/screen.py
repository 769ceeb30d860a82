"""What a command says: sentences for people, or one JSON document for programs."""

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console


class Screen:
    """Speaks to a person, or to a program when `as_json`."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def console(self) -> "Console":
        """Stdout for people; nothing is wrapped, so that links stay whole when they are copied."""
        return _console(stderr=False)

    @property
    def is_live(self) -> bool:
        """True when lines may be redrawn."""
        return not self.as_json and self.console.is_terminal

    def say(self, *parts: str | tuple[str, str]) -> None:
        """A line for a person, from parts that may carry a style; nothing with --json."""
        if not self.as_json:
            from rich.text import Text

            self.console.print(Text.assemble(*parts), soft_wrap=True)

    def answer(self, document: "BaseModel | dict[str, Any]") -> None:
        """The one document for a program; nothing without --json."""
        if self.as_json:
            if not isinstance(document, dict):
                document = document.model_dump(mode="json", exclude_none=True)
            present = {name: value for name, value in document.items() if value is not None}
            print(json.dumps(present, ensure_ascii=False), flush=True)  # noqa: T201

    def complain(self, message: str, next_step: str | None) -> None:
        """What went wrong and what to do next, on stderr."""
        from rich.text import Text

        console = _console(stderr=True)
        console.print(Text.assemble(("✗ ", "bold red"), message), soft_wrap=True)
        if next_step:
            console.print(Text.assemble(("→ ", "bold"), next_step), soft_wrap=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)
