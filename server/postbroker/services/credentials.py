"""Credentials of connected accounts at rest: encrypted, under a key that is not in the database.

Fernet of `cryptography`: AES-128 in CBC mode with an HMAC of SHA-256, under a key of 256 bits.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postbroker.disk import rename_durably, sync

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = "credentials.key"
OWNER = "for"


class UnreadableError(Exception):
    """No key that is here opens them: the key was lost, or belongs to another installation."""


class BadKeyError(Exception):
    """What is given as a key is none."""


class Safe:
    """Locks and unlocks credentials.

    The keys are `given`, or lie in a file that is made when it is first needed, one a line: the
    first one locks, all unlock. The file is read again when it has changed, so that a broker goes
    on while a command puts another key there.
    """

    def __init__(self, file: Path, given: str | None = None) -> None:
        self._file = file
        self._given = given
        self._read: tuple[object, MultiFernet] | None = None

    @property
    def is_given(self) -> bool:
        """True when the keys come from the settings, where only the operator can change them."""
        return self._given is not None

    def lock(self, owner: str, content: Mapping[str, Any]) -> str:
        """Content as text that only the key opens, for one owner alone. Raises BadKeyError."""
        if not self.is_given and not self._file.exists():
            self._make()
        return self._ring().encrypt(_written(owner, content)).decode("ascii")

    def unlock(self, owner: str, locked: str) -> dict[str, Any]:
        """What `lock` was given for the same owner. Raises UnreadableError, BadKeyError."""
        from cryptography.fernet import InvalidToken

        try:
            content: dict[str, Any] = json.loads(self._ring().decrypt(locked.encode("ascii")))
        except (InvalidToken, FileNotFoundError, ValueError) as error:
            raise UnreadableError("the key of these credentials is not here") from error
        if content.pop(OWNER, None) != owner:
            raise UnreadableError("these credentials belong to another connection")
        return content

    def relock(self, owner: str, locked: str) -> str:
        """The same content under the first key. Raises UnreadableError, BadKeyError."""
        return self.lock(owner, self.unlock(owner, locked))

    def change_key(self) -> None:
        """Lock with a fresh key from now on; what the key before it has locked can be read still.

        Older keys than that are forgotten: what they have locked must be locked anew before.
        """
        keys = self._file.read_text(encoding="ascii").split() if self._file.exists() else []
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        _write(fresh, [_new_key(), *keys[:1]])
        rename_durably(fresh, self._file)

    def _make(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write(self._file, [_new_key()])
        except FileExistsError:  # another process was quicker
            return
        sync(self._file.parent)

    def _ring(self) -> "MultiFernet":
        """All keys that there are now."""
        state = None if self.is_given else _state_of(self._file)
        if self._read is None or self._read[0] != state:
            text = self._given or self._file.read_text(encoding="ascii")
            self._read = state, _ring_of(text.replace(",", " ").split())
        return self._read[1]


def _ring_of(keys: Sequence[str]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise BadKeyError("a key is 32 random bytes in URL-safe base64, 44 characters") from error


def _written(owner: str, content: Mapping[str, Any]) -> bytes:
    return json.dumps({**content, OWNER: owner}, separators=(",", ":")).encode()


def _new_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")


def _write(file: Path, keys: Sequence[str]) -> None:
    """Write keys for their owner alone. Raises FileExistsError."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write("".join(f"{key}\n" for key in keys))
        opened.flush()
        os.fsync(opened.fileno())


def _state_of(file: Path) -> tuple[int, int]:
    """What changes when another key is put there."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns
