"""Files that a simulated site received: their bytes on the disk, their digests for the ledger."""

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from postbroker.sandbox.ledger import LedgerMedia


@dataclass(slots=True)
class Upload:
    """One file on its way or whole. It is lost with the process, what was published is not."""

    id: str
    content_type: str
    path: Path
    size: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    alt: str | None = None
    width: int | None = None
    height: int | None = None

    def append(self, part: bytes) -> None:
        """Take the next bytes."""
        with self.path.open("ab") as file:
            file.write(part)
        self.digest.update(part)
        self.size += len(part)

    def as_media(self) -> LedgerMedia:
        """The file as the ledger names it."""
        return LedgerMedia(
            sha256=self.digest.hexdigest(),
            size=self.size,
            content_type=self.content_type,
            alt=self.alt,
        )


class Uploads:
    """All files of one site, by the ids that its pages name them with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._uploads: dict[str, Upload] = {}

    def begin(self, content_type: str, upload_id: str | None = None) -> Upload:
        """A new empty file, under a new id unless one is given."""
        self.folder.mkdir(parents=True, exist_ok=True)
        upload_id = upload_id or str(secrets.randbits(62))
        path = self.folder / f"{secrets.token_hex(8)}.part"
        path.touch()
        upload = self._uploads[upload_id] = Upload(upload_id, content_type, path)
        return upload

    def get(self, upload_id: str) -> Upload | None:
        """The file of that id, if it came in this process's life."""
        return self._uploads.get(upload_id)

    def finish(self, upload: Upload) -> None:
        """Keep the whole file under its digest, where `file` finds it."""
        upload.path = upload.path.replace(self._place(upload.digest.hexdigest()))

    def file(self, sha256: str) -> Path | None:
        """Where the bytes with that digest lie."""
        path = self._place(sha256)
        return path if path.is_file() else None

    def clear(self) -> None:
        """Forget all files."""
        self._uploads.clear()
        for path in self.folder.glob("*") if self.folder.exists() else ():
            path.unlink()

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256
