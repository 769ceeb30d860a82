"""Files for posts: uploaded, listed, attached to posts, given to browsers, forgotten."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.jobs import CreateTweet
from postbroker.contract.media import UploadRequest
from postbroker.contract.problems import FieldProblem
from postbroker.domain.caller import Caller
from postbroker.domain.filetypes import kind_of, type_of_name
from postbroker.domain.media import (
    Attached,
    Media,
    count_problem,
    limits_of,
    media_problems,
    type_problem,
)
from postbroker.errors import (
    BrokerError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    field_error,
)
from postbroker.media.storage import MediaStorage, MissingError, StorageError
from postbroker.services.intake import Intake, Room, named_failures, unknown_ending
from postbroker.services.secrets import Vault
from postbroker.store import media as store
from postbroker.store.browsers import Browser
from postbroker.store.database import Connection, Database
from postbroker.store.jobs import select_held_by

WHOLE_BYTES = 30_000_000
"""The most that comes in one request with its form; more is uploaded by a PUT."""
UPLOAD_WINDOW = timedelta(hours=1)
EXPECTED_FOR = timedelta(days=1)
CLEANED_AT_ONCE = 100
PUT_PURPOSE, LINK_PURPOSE, CURSOR_PURPOSE = "media upload", "media link", "media cursor"
PULL_PURPOSE = "media pull"


class MediaFiles:
    """Use cases of media."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        storage: MediaStorage,
        intake: Intake,
        platforms: Mapping[str, Platform],
        room: Room,
        public_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._storage = storage
        self._intake = intake
        self._platforms = platforms
        self._room = room
        self._public_url = public_url

    async def receive(
        self,
        caller: Caller,
        file_name: str,
        chunks: AsyncIterator[bytes],
        alt: Callable[[], str | None],
    ) -> Media:
        """A file that comes whole in one request; `alt` is known once it is here.

        Raises BrokerError.
        """
        return await self._intake.take_whole(
            caller.workspace_id, file_name, chunks, WHOLE_BYTES, alt, caller.id
        )

    async def prepare(self, caller: Caller, request: UploadRequest) -> tuple[Media, str]:
        """A file that will come by a PUT, and the address for it. Raises ValidationFailedError."""
        content_type = _declared_type(request)
        self._check_early(request, content_type)
        media = await self._intake.expect(
            caller.workspace_id,
            request.filename,
            alt=request.alt,
            size_max=request.bytes,
            added_by=caller.id,
        )
        with named_failures():
            direct = await self._storage.upload_url(media.id, content_type, UPLOAD_WINDOW)
        token = self._vault.sign_until(media.id, PUT_PURPOSE, media.created_at + UPLOAD_WINDOW)
        return media, direct or f"{self._public_url}/media/{media.id}/{token}"

    async def put(
        self, media_id: str, token: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> Media:
        """What comes at an address of `prepare`. Raises ForbiddenError, BrokerError."""
        named = self._vault.read_until(token, PUT_PURPOSE, self._clock.now())
        media = await self._select(media_id) if named == media_id else None
        if media is None:
            raise ForbiddenError("UPLOAD_REFUSED", "this upload address is wrong, used or over")
        if content_type != media.content_type:
            detail = f"the Content-Type must be {media.content_type}, not {content_type or 'none'}"
            raise ForbiddenError("UPLOAD_REFUSED", detail)
        if media.state != "expected":
            raise ForbiddenError("UPLOAD_REFUSED", "the file is here already; use its url")
        return await self._intake.take_expected(media, chunks)

    async def get(self, caller: Caller, media_id: str) -> Media:
        """One file that the caller sees. Raises NotFoundError."""
        media = await self._select(media_id, caller.workspace_id)
        if media is None or _whose(caller) not in (None, media.added_by):
            raise _not_found(media_id)
        return await self._intake.take_uploaded(media, "body")

    async def page(
        self, caller: Caller, cursor: str | None, limit: int
    ) -> tuple[list[Media], str | None]:
        """A page of files that the caller sees, newest first, and the next cursor.

        Raises ValidationFailedError.
        """
        before = None
        if cursor is not None:
            match self._vault.read(cursor, CURSOR_PURPOSE):
                case [int(created_at), str(media_id)]:
                    before = (created_at, media_id)
                case _:
                    message = "use nextCursor of the page before"
                    raise field_error("VALIDATION_FAILED", "cursor", message)
        rows = await self._database.read(
            lambda tx: store.select_media_page(
                tx, caller.workspace_id, before, limit + 1, _whose(caller)
            )
        )
        page, more = rows[:limit], None
        if len(rows) > limit:
            more = self._vault.sign(store.place_of(page[-1]), CURSOR_PURPOSE)
        return page, more

    async def delete(self, caller: Caller, media_id: str) -> None:
        """Remove a file. Raises NotFoundError, ConflictError while a job uses it."""
        media = await self._select(media_id, caller.workspace_id)
        if media is None or _whose(caller) not in (None, media.added_by):
            raise _not_found(media_id)
        if not await self._intake.remove(media_id):
            raise ConflictError("MEDIA_IN_USE", "a job that has not ended uses this file")

    def link(self, media: Media) -> str:
        """The address of a file that goes into `mediaPaths`; whoever has it may read the file."""
        return self._address(media, self._vault.sign(media.id, LINK_PURPOSE))

    def link_until(self, media: Media, until: datetime) -> str:
        """An address of a file for a platform that fetches it; good until an instant."""
        return self._address(media, self._vault.sign_until(media.id, PULL_PURPOSE, until))

    async def by_link(self, media_id: str, token: str) -> Media:
        """The file that an address of ours stands for, while that is good. Raises NotFoundError."""
        named = self._vault.read(token, LINK_PURPOSE) or self._vault.read_until(
            token, PULL_PURPOSE, self._clock.now()
        )
        media = await self._select(media_id) if named == media_id else None
        if media is None or not await self._is_usable(media):
            raise _not_found(media_id)
        media = await self._intake.take_uploaded(media, "body")
        if media.state != "ready":
            raise _not_found(media_id)
        return media

    async def of_lease(self, browser: Browser, media_id: str) -> Media:
        """A file of a job that this browser holds. Raises NotFoundError."""

        async def read(tx: Connection) -> Sequence[tuple[str, Attached]]:
            held = await select_held_by(tx, browser.workspace_id, browser.id)
            jobs = [job.id for job in held if job.media_paths]
            return await store.select_job_media(tx, jobs) if jobs else []

        for _, each in await self._database.read(read):
            if each.media.id == media_id:
                return each.media
        raise NotFoundError("NOT_FOUND", f"no job of this browser has a file {media_id}")

    async def of_job(self, job_id: str) -> list[Attached]:
        """The files of a job, in the order of the post."""
        rows = await self._database.read(lambda tx: store.select_job_media(tx, [job_id]))
        return [each for _, each in rows]

    async def open(self, media: Media, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes of a ready file from `start` up to `end`. Raises NotFoundError, BrokerError."""
        chunks = self._storage.read(media.id, start, end)
        try:
            first = await anext(chunks, b"")
        except MissingError as error:
            raise _not_found(media.id) from error
        except StorageError as error:
            raise BrokerError("MEDIA_UPLOAD_FAILED", str(error)) from error

        async def all_of_them() -> AsyncIterator[bytes]:
            yield first
            async for chunk in chunks:
                yield chunk

        return all_of_them()

    async def attach(
        self, workspace_id: str, platform: Platform, request: CreateTweet
    ) -> tuple[list[Attached], list[FieldProblem]]:
        """The files that a post names, ready to be posted, and all that is wrong with them."""
        wanted = _named_files(request)
        if problem := count_problem(platform.media, platform.name, len(wanted)):
            return [], [problem]  # nothing is fetched that cannot be posted
        attached, problems = list[Attached](), list[FieldProblem]()
        for field, (path, alt) in wanted.items():
            try:
                media = await self._find(workspace_id, path, field)
            except BrokerError as error:
                if not error.errors:
                    raise
                problems.extend(error.errors)
            else:
                attached.append(Attached(media, alt or media.alt, field))
        return attached, [*problems, *media_problems(platform.media, platform.name, attached)]

    async def drop_fetched(self, request: CreateTweet, attached: Sequence[Attached]) -> None:
        """Remove what `attach` fetched from elsewhere for a post that will not be."""
        named = _named_files(request)
        for each in attached:
            if self._own_id(named[each.field][0]) is None:
                await self._intake.remove(each.media.id)

    async def clean(self) -> int:
        """Remove files whose time is over and that no job uses; how many."""
        now, removed = self._clock.now(), 0
        while True:
            outdated = await self._database.read(
                lambda tx: store.select_outdated(
                    tx, now - self._room.keep, now - EXPECTED_FOR, CLEANED_AT_ONCE
                )
            )
            gone = sum([await self._intake.remove(media_id) for media_id in outdated])
            removed += gone
            if gone < CLEANED_AT_ONCE:
                return removed

    async def _find(self, workspace_id: str, path: str, field: str) -> Media:
        """The file that one entry of a post names. Raises BrokerError."""
        media_id = self._own_id(path)
        if media_id is None:
            return await self._intake.fetch(workspace_id, path, field)
        media = await self._select(media_id, workspace_id)
        if media is None or not await self._is_usable(media):
            message = "that file is not here any more, or was never yours; upload it again"
            raise field_error("MEDIA_NOT_AVAILABLE", field, message)
        media = await self._intake.take_uploaded(media, field)
        if media.state != "ready":
            message = "that file has not come yet; PUT it to its uploadUrl first"
            raise field_error("MEDIA_NOT_AVAILABLE", field, message)
        return media

    def _address(self, media: Media, token: str) -> str:
        return f"{self._public_url}/media/{media.id}/{token}/{quote(media.file_name, safe='')}"

    def _own_id(self, path: str) -> str | None:
        """The id in an address that this broker gave out; None for any other address."""
        try:
            parts = urlsplit(path).path.split("/")
        except ValueError:
            return None
        match parts[-4:]:
            case ["media", media_id, token, _name]:
                is_ours = self._vault.read(token, LINK_PURPOSE) == media_id
                return media_id if is_ours else None
            case _:
                return None

    async def _select(self, media_id: str, workspace_id: str | None = None) -> Media | None:
        return await self._database.read(lambda tx: store.select_media(tx, media_id, workspace_id))

    async def _is_usable(self, media: Media) -> bool:
        if self._clock.now() < media.usable_until:
            return True
        return await self._database.read(lambda tx: store.is_in_use(tx, media.id))

    def _check_early(self, request: UploadRequest, content_type: str) -> None:
        """Refuse before any byte what would be refused after all of them."""
        if request.bytes is not None and request.bytes > self._room.file_bytes:
            message = f"a file may have {self._room.file_bytes} bytes here"
            raise field_error("UNSUPPORTED_MEDIA_CONFIG", "bytes", message)
        if request.platform is None:
            return
        platform = self._platforms.get(request.platform)
        if platform is None:
            message = f"{request.platform} is none of: {', '.join(sorted(self._platforms))}"
            raise field_error("UNSUPPORTED_PLATFORM", "platform", message)
        if problem := type_problem(platform.media, platform.name, content_type):
            raise field_error("UNSUPPORTED_MEDIA_TYPE", "filename", problem)
        limits = limits_of(platform.media, kind_of(content_type))
        if limits is not None and (request.bytes or 0) > limits.bytes_max:
            message = f"{platform.name} takes {limits.bytes_max} bytes of {content_type} at most"
            raise field_error("UNSUPPORTED_MEDIA_CONFIG", "bytes", message)


def _named_files(request: CreateTweet) -> dict[str, tuple[str, str | None]]:
    """Address and description of each file of a post, by the field that names it, in order."""
    paths = {f"mediaPaths.{n}": (path, None) for n, path in enumerate(request.media_paths)}
    return paths | {f"media.{n}": (each.url, each.alt) for n, each in enumerate(request.media)}


def _declared_type(request: UploadRequest) -> str:
    """The type that a name's ending stands for. Raises ValidationFailedError."""
    content_type = type_of_name(request.filename)
    if content_type is None:
        message = unknown_ending(request.filename)
        raise field_error("UNSUPPORTED_MEDIA_TYPE", "filename", message)
    if request.content_type not in (None, content_type):
        message = f"{request.filename} stands for {content_type}, not {request.content_type}"
        raise field_error("UNSUPPORTED_MEDIA_TYPE", "contentType", message)
    return content_type


def _whose(caller: Caller) -> str | None:
    """Whose files the caller sees: none but its own with limited accounts, else all."""
    return None if caller.accounts is None else caller.id


def _not_found(media_id: str) -> NotFoundError:
    return NotFoundError("NOT_FOUND", f"there is no file {media_id}, or its address is too old")
