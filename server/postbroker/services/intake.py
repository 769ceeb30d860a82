"""How bytes become media: looked through in a child and kept, or refused without a trace."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.domain.filetypes import TYPES_OF_ENDINGS, is_same_type, type_of_name
from postbroker.domain.media import Media, MediaState
from postbroker.egress.files import Egress, FetchError, TooLargeError
from postbroker.errors import BrokerError, ForbiddenError, UnavailableError, field_error
from postbroker.media.local import DISK_IS_FULL
from postbroker.media.probe import UnfitError, probe
from postbroker.media.storage import MediaStorage, StorageError
from postbroker.store import media as store
from postbroker.store.database import Connection, Database

USABLE = timedelta(hours=24)
FETCH_SECONDS = 120
PROBES_AT_ONCE = 2
BUFFER_BYTES = 1 << 20
LONGEST_NAME = 255
OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class Room:
    """How much is taken, and for how long."""

    file_bytes: int
    workspace_bytes: int
    """0 is no limit."""
    keep: timedelta


class Intake:
    """The one way in for files."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        storage: MediaStorage,
        egress: Egress,
        room: Room,
        incoming: Path,
    ) -> None:
        self._database = database
        self._clock = clock
        self._storage = storage
        self._egress = egress
        self._room = room
        self._incoming = incoming
        self._probes = asyncio.Semaphore(PROBES_AT_ONCE)

    async def expect(
        self,
        workspace_id: str,
        file_name: str,
        *,
        alt: str | None = None,
        size_max: int | None = None,
        state: MediaState = "expected",
        added_by: str | None = None,
    ) -> Media:
        """Write down that a file will come; a name without an ending says nothing of its type.

        Raises ForbiddenError when the workspace has no room for it.
        """
        now, name = self._clock.now(), plain_name(file_name)
        media = Media(
            id=str(uuid4()),
            workspace_id=workspace_id,
            file_name=name,
            content_type=type_of_name(name) or "",
            state=state,
            created_at=now,
            usable_until=now + USABLE,
            alt=alt,
            size_max=size_max,
            added_by=added_by,
        )
        most = self._room.workspace_bytes

        async def work(tx: Connection) -> None:
            await tx.lock(f"media {workspace_id}")
            taken = await store.sum_sizes(tx, workspace_id)
            if most and taken + (size_max or 0) >= most:
                detail = f"this workspace has files of {taken} bytes, and {most} are the most"
                raise ForbiddenError("QUOTA_EXCEEDED", detail)
            await store.insert_media(tx, media)

        await self._database.write(work)
        return media

    async def take_whole(
        self,
        workspace_id: str,
        file_name: str,
        chunks: AsyncIterator[bytes],
        size_max: int,
        alt: Callable[[], str | None],
        added_by: str | None = None,
    ) -> Media:
        """A file that comes whole with its name; `alt` is asked once it is here.

        Raises BrokerError.
        """
        if type_of_name(plain_name(file_name)) is None:
            raise field_error("UNSUPPORTED_MEDIA_TYPE", "file", unknown_ending(file_name))
        async with self._spool() as file:
            await _write(chunks, file, min(size_max, self._room.file_bytes))
            media = await self.expect(
                workspace_id, file_name, alt=alt(), state="checking", added_by=added_by
            )
            return await self._keep_or_forget(media, file, "file")

    async def take_expected(self, media: Media, chunks: AsyncIterator[bytes]) -> Media:
        """What comes for a file that was expected. Raises BrokerError."""
        async with self._spool() as file:
            await _write(chunks, file, media.size_max or self._room.file_bytes)
            async with self._claimed(media):
                return await self._keep(media, file, "body")

    async def take_uploaded(self, media: Media, field: str) -> Media:
        """The file, ready if a client has put it into the storage itself. Raises BrokerError."""
        if media.state != "expected":
            return media
        async with self._spool() as file:
            size_max = media.size_max or self._room.file_bytes
            with named_failures():
                if not await self._storage.fetch_upload(media.id, file, size_max):
                    return media
            async with self._claimed(media):
                return await self._keep(media, file, field)

    async def fetch(self, workspace_id: str, url: str, field: str) -> Media:
        """What lies at a public address. Raises ValidationFailedError."""
        async with self._spool() as file:
            try:
                fetched = await self._egress.fetch(url, file, self._room.file_bytes, FETCH_SECONDS)
            except TooLargeError as error:
                raise field_error("UNSUPPORTED_MEDIA_CONFIG", field, str(error)) from error
            except FetchError as error:
                raise field_error("MEDIA_NOT_AVAILABLE", field, str(error)) from error
            name = fetched.file_name if type_of_name(fetched.file_name) else ""
            media = await self.expect(workspace_id, name, state="checking")
            return await self._keep_or_forget(media, file, field)

    async def remove(self, media_id: str) -> bool:
        """Remove a file for good; False while a job uses it."""
        if not await self._database.write(lambda tx: store.mark_gone(tx, media_id)):
            return False
        with named_failures():
            await self._storage.delete(media_id)
        await self._database.write(lambda tx: store.delete_media(tx, media_id))
        return True

    async def _keep_or_forget(self, media: Media, file: Path, field: str) -> Media:
        """Keep a file nobody was promised; a refused one is forgotten at once."""
        try:
            return await self._keep(media, file, field)
        except BaseException:
            with suppress(BrokerError):  # the cleaner comes back to it
                await self.remove(media.id)
            raise

    async def _keep(self, media: Media, file: Path, field: str) -> Media:
        """Look through a file and keep it. Raises ValidationFailedError."""
        try:
            async with self._probes:
                facts = await probe(file)
        except UnfitError as error:
            raise field_error("UNSUPPORTED_MEDIA_TYPE", field, str(error)) from error
        if media.content_type and not is_same_type(media.content_type, facts.content_type):
            message = f"{media.file_name} holds {facts.content_type}"
            raise field_error("UNSUPPORTED_MEDIA_TYPE", field, message)
        content_type = media.content_type or facts.content_type
        found = replace(
            media,
            file_name=media.file_name or f"file.{_ending_of(content_type)}",
            content_type=content_type,
            state="ready",
            facts=replace(facts, content_type=content_type),
        )
        with named_failures():
            await self._storage.keep(media.id, file, content_type)
        await self._database.write(lambda tx: store.update_found(tx, found))
        return found

    @asynccontextmanager
    async def _claimed(self, media: Media) -> AsyncIterator[None]:
        """Let nobody else look through bytes for the same file meanwhile."""
        if not await self._move(media, "expected", "checking"):
            raise ForbiddenError("UPLOAD_REFUSED", "the file is here already; use its url")
        try:
            yield
        except BaseException:
            await self._move(media, "checking", "expected")
            raise

    async def _move(self, media: Media, before: MediaState, after: MediaState) -> bool:
        return await self._database.write(lambda tx: store.move_media(tx, media.id, before, after))

    @asynccontextmanager
    async def _spool(self) -> AsyncIterator[Path]:
        """A place for the bytes of one file; what is not kept leaves no trace."""
        file = self._incoming / str(uuid4())
        try:
            with _full_disk():
                await asyncio.to_thread(
                    self._incoming.mkdir, OWNER_ONLY, parents=True, exist_ok=True
                )
                yield file
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)


def plain_name(name: str) -> str:
    """A file's name without folders, control characters and what is too long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(character for character in last if character.isprintable()).strip()
    stem, dot, ending = shown.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}"[:LONGEST_NAME]


def unknown_ending(name: str) -> str:
    """What to say of a name whose ending stands for no type."""
    endings = ", ".join(f".{ending}" for ending in TYPES_OF_ENDINGS)
    return f"the name {plain_name(name)!r} must end in one of {endings}"


@contextmanager
def named_failures() -> Iterator[None]:
    """A storage that fails, in the words of our errors."""
    try:
        yield
    except StorageError as error:
        raise BrokerError("MEDIA_UPLOAD_FAILED", str(error)) from error


@contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_IS_FULL:
            raise
        raise UnavailableError("STORAGE_FULL", "the disk is full") from error


async def _write(chunks: AsyncIterator[bytes], file: Path, size_max: int) -> None:
    """Write what comes. Raises BrokerError when it is too much or nothing."""
    size, waiting = 0, bytearray()
    with await asyncio.to_thread(file.open, "wb") as opened:
        async for chunk in chunks:
            size += len(chunk)
            if size > size_max:
                raise BrokerError("PAYLOAD_TOO_LARGE", f"a file may have {size_max} bytes here")
            waiting += chunk
            if len(waiting) >= BUFFER_BYTES:
                await asyncio.to_thread(opened.write, waiting)
                waiting = bytearray()
        await asyncio.to_thread(opened.write, waiting)
    if not size:
        raise BrokerError("BAD_REQUEST", "the file is empty")


def _ending_of(content_type: str) -> str:
    return next(ending for ending, named in TYPES_OF_ENDINGS.items() if named == content_type)
