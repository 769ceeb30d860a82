"""What the demo tells while it goes on, and in the end."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(slots=True)
class Report:
    """What is known in the end: the last line of the output."""

    job_id: str | None = None
    status: str = "failed"
    post_url: str | None = None
    seconds: float = 0.0
    screenshot: str | None = None
    ledger_entries: int | None = None
    error: str | None = None

    def as_json(self) -> str:
        """One line of JSON."""
        known: dict[str, Any] = {
            "jobId": self.job_id,
            "status": self.status,
            "postUrl": self.post_url,
            "seconds": round(self.seconds, 1),
            "screenshot": self.screenshot,
            "ledgerEntries": self.ledger_entries,
        }
        return json.dumps(known | ({} if self.error is None else {"error": self.error}))


@dataclass(slots=True)
class Teller:
    """Says in the terminal what has just been done, and when."""

    console: Console
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.began

    def say(self, done: str, what: str = "") -> None:
        """One line."""
        detail = f" [cyan]{escape(what)}[/]" if what else ""
        self.console.print(
            f"[dim]{self.seconds:5.1f} s[/]  [green]✓[/] {escape(done)}{detail}",
            highlight=False,
            soft_wrap=True,
        )
