"""The ledger: what a simulated platform really published, in order. The judge reads it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, field_serializer

from postbroker.contract.message import Message
from postbroker.sandbox.json_lines import JsonLines


class LedgerMedia(Message):
    """A picture or video as the platform received it."""

    sha256: str
    size: int
    """In bytes."""
    content_type: str
    alt: str | None = None


class Draft(Message):
    """What somebody wants published."""

    text: str
    """As the platform received it, to the letter."""
    client_nonce: str | None = None
    """Made by the page for each press of its button; one request sent twice has the same."""
    kind: Literal["post", "comment"] = "post"
    target: str | None = None
    """The group it goes to; None is the account's own feed."""
    parent_id: str | None = None
    """The post that it answers or continues."""
    media: tuple[LedgerMedia, ...] = ()
    waits: bool = False
    """True for a post that somebody must let in before others see it."""


class LedgerEntry(Draft):
    """One published post. A post lives exactly when it has an entry."""

    number: int
    """Counts from 1 without gaps."""
    at: AwareDatetime
    account: str
    post_id: str
    url: str

    @field_serializer("at")
    def _with_milliseconds(self, at: datetime) -> str:
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def as_json(self) -> Mapping[str, Any]:
        """The entry as it stands in the file and in answers."""
        return self.model_dump(exclude_defaults=True)


class Ledger:
    """Reads the file afresh each time: a judge in another process sees what was just written."""

    def __init__(self, path: Path) -> None:
        self.lines = JsonLines(path)

    @classmethod
    def of(cls, data_dir: Path, platform: str) -> "Ledger":
        """The ledger of a simulated platform that keeps its files under `data_dir`."""
        return cls(data_dir / platform / "ledger.jsonl")

    def entries(self) -> list[LedgerEntry]:
        """All entries, oldest first."""
        return [LedgerEntry.model_validate(row) for row in self.lines]

    def entries_with_text(self, text: str) -> list[LedgerEntry]:
        """The entries whose text is exactly `text`, oldest first."""
        return [entry for entry in self.entries() if entry.text == text]

    def append(self, entry: LedgerEntry) -> None:
        """Write an entry durably. The platform alone calls this, when it has accepted a post."""
        self.lines.append(entry.as_json())
