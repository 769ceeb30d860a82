"""Files for posts, as agents see them: the Claw Post words and what goes beyond them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import PlatformId

FileName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
AltText = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""What a picture shows, for those who cannot see it; platforms may take less."""


class UploadRequest(Message):
    """Asks where to put a file. Only `filename` is needed."""

    filename: FileName
    """Its ending says the content type."""
    platform: PlatformId | None = None
    """Refuses at once what this platform does not take."""
    content_type: Annotated[str, StringConstraints(max_length=100)] | None = None
    """Must be what the ending of the name stands for."""
    bytes: Annotated[int, Field(gt=0)] | None = None
    """How large the file is; a larger one is refused."""
    alt: AltText | None = None
    """What a picture shows."""


class UploadTarget(Message):
    """Where to put the file, and how to name it in a post afterwards."""

    upload_url: str
    """Takes one PUT of the raw bytes."""
    url: str
    """Goes into `mediaPaths`."""
    resolved_content_type: str
    """The Content-Type that the PUT must have."""


class MediaAnswer(Message):
    """One file. What is known of its content is absent until the upload is here."""

    id: str
    url: str
    """Goes into `mediaPaths`; good until `usableUntil` or the end of the job that uses it."""
    file_name: str
    content_type: str
    kind: Literal["image", "gif", "video"]
    state: Literal["expected", "checking", "ready"]
    size: int | None = None
    """Bytes."""
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    seconds: float | None = None
    alt: str | None = None
    created_at: str
    usable_until: str


class MediaList(Message):
    """A page of files, newest first."""

    media: list[MediaAnswer]
    next_cursor: str | None = None
