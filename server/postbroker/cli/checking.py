"""One thing that must be right, as `doctor` finds it."""

from dataclasses import dataclass
from typing import Any

from postbroker.cli.ending import Exit
from postbroker.cli.screen import Screen


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be right."""

    name: str
    is_well: bool
    found: str
    next_step: str | None = None
    exit: Exit = Exit.OTHER
    page: str | None = None
    """The page on which it is put right: an address, or a path of the broker."""

    def show(self, screen: Screen) -> None:
        """Say it to a person."""
        mark = ("✓ ", "bold green") if self.is_well else ("✗ ", "bold red")
        screen.say(mark, (f"{self.name}: ", "bold"), self.found)
        if not self.is_well and self.next_step:
            screen.say("  → ", self.next_step)

    def as_document(self) -> dict[str, Any]:
        """Say it to a program."""
        document = {"name": self.name, "ok": self.is_well, "found": self.found}
        return document if self.is_well else {**document, "nextStep": self.next_step}


def next_click(checks: list[Check], url: str) -> dict[str, str | None] | None:
    """The first thing that somebody must do, and where; None when all is well."""
    first = next((check for check in checks if not check.is_well), None)
    if first is None:
        return None
    page = first.page
    address = f"{url}{page}" if page and page.startswith("/") else page
    return {"name": first.name, "step": first.next_step, "url": address}


def show_next(screen: Screen, click: dict[str, str | None] | None) -> None:
    """The one next click, below everything else."""
    if click is None:
        screen.say(("All is well.", "bold green"))
        return
    screen.say()
    screen.say(("Next: ", "bold"), click["step"] or click["name"] or "")
    if click["url"]:
        screen.say("      ", (click["url"], "bold cyan"))
