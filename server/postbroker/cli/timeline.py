"""The life of a job as lines for people: live on a terminal, plain elsewhere."""

from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from rich.console import RenderableType

    from postbroker.contract.jobs import JobEvent

STEPS = {
    "open_tab": "opens a tab",
    "check_login": "checks the login",
    "check_account": "checks the account",
    "clean_start": "makes sure the composer is empty",
    "baseline": "notes the newest post",
    "attach_media": "attaches the media",
    "insert_text": "writes the text",
    "read_back": "reads the text back",
    "ask_permit": "asks leave to press",
    "press": "presses the button, once",
    "confirm": "looks for the live post",
    "look_for_post": "looks for the live post",
}
EVENTS = {
    "draft": "a draft",
    "awaiting_approval": "waits for approval",
    "scheduled": "waits for its time",
    "queued": "waits for a browser",
    "leased": "taken by {browser}",
    "committing": "may press the button as {account}",
    "outcome_unknown": "nobody knows yet whether it was posted: {reason}",
    "verifying": "{browser} looks whether it was posted",
    "restored": "came from a backup; it may have gone out since",
    "allowed": "yes, says {by}",
    "rejected": "no, says {by}",
    "approved": "not there, says {by}: to go out now",
    "hint": "a hint where the post may be",
    "retry_wait": "will be tried again: {reason}",
    "removed": "removed from the platform by {by}",
    "put_off": "put off, nothing was posted: {reason}",
    "pending": "the platform works on it",
    "rerouted": "not posted; goes by {way} instead: {reason}",
    "published": "published",
    "failed": "failed: {reason}",
    "canceled": "canceled by {by}",
    "expired": "waited too long",
}
FAILED = {"failed", "canceled", "expired"}


def words_of(event: "JobEvent") -> str:
    """One event in a few words."""
    if event.name == "step":
        words = STEPS.get(event.step or "", event.step or "goes on")
        return f"{words} ({event.data['detail']})" if "detail" in event.data else words
    is_api = "connectionId" in event.data
    known = {
        "browser": "the broker itself" if is_api else event.data.get("browser", "a browser"),
        "way": "a browser" if event.data.get("route") == "tab" else "the official API",
        "account": event.data.get("account", "the account"),
        "by": event.data.get("by", "somebody"),
        "reason": event.data.get("reason")
        or event.data.get("because")
        or event.data.get("errorCode")
        or "no reason given",
    }
    if event.name == "queued" and event.data.get("route") == "api":
        return "goes by the official API"
    if event.name == "published" and event.data.get("outcome") == "done":
        return "done"
    return EVENTS.get(event.name, event.name.replace("_", " ")).format(**known)


def clock_of(at: str) -> str:
    """An instant as this machine's wall clock shows it."""
    return f"{datetime.fromisoformat(at).astimezone():%H:%M:%S}"


class Timeline:
    """Shows events as they come; the present one turns on a terminal."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._events: list[JobEvent] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._live = None
        if self._screen.is_live:
            from rich.live import Live

            live = Live(console=self._screen.console, refresh_per_second=8)
            self._live = self._stack.enter_context(live)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.update(self._lines(is_over=True))
        self._stack.close()

    def add(self, event: "JobEvent") -> None:
        """Show one more event."""
        self._events.append(event)
        if self._live is not None:
            self._live.update(self._lines(is_over=False))
        else:
            self._screen.say((f"{clock_of(event.at)}  ", "dim"), words_of(event))

    def _lines(self, *, is_over: bool) -> "RenderableType":
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.text import Text

        lines: list[RenderableType] = []
        for event in self._events:
            mark = ("✗ ", "red") if event.name in FAILED else ("✓ ", "green")
            when = (f"{clock_of(event.at)}  ", "dim")
            lines.append(Text.assemble(mark, when, words_of(event)))
        if not is_over and self._events:
            last = self._events[-1]
            words = Text.assemble((f"{clock_of(last.at)}  ", "dim"), words_of(last))
            lines[-1] = Spinner("dots", words)
        return Group(*lines)
