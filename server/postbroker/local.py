"""The way in for commands on the same machine: address and key in a file only its owner reads."""

import os
from pathlib import Path

from pydantic import ValidationError

from postbroker.contract.message import Message
from postbroker.disk import rename_durably

FILE_NAME = "local.json"
OWNER_ONLY = 0o600


class LocalAccess(Message):
    """Where the broker of a data folder listens, and a key for it."""

    url: str
    api_key: str


def read_local_access(data_dir: Path) -> LocalAccess | None:
    """What the last broker on this folder left; None when there was none or the file is damaged."""
    try:
        text = (data_dir / FILE_NAME).read_text(encoding="utf-8")
        return LocalAccess.model_validate_json(text)
    except (OSError, ValidationError):
        return None


def write_local_access(data_dir: Path, access: LocalAccess) -> None:
    """Leave them for the commands of this user."""
    write_for_owner(data_dir / FILE_NAME, access.model_dump_json())


def write_for_owner(path: Path, text: str) -> None:
    """Replace a file whole, so that no reader sees half of it and nobody else sees any of it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    rename_durably(fresh, path)
