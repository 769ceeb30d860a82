"""What carries files: uploads in, downloads out with ranges, both as streams."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from postbroker.appkeys import MEDIA, OPERATIONS, TRACE_ID
from postbroker.callers import identify
from postbroker.contract.media import AltText
from postbroker.domain.media import Media
from postbroker.errors import BrokerError, ForbiddenError, field_error
from postbroker.http.endpoints import FILES
from postbroker.http.middleware import TRACE_HEADER
from postbroker.http.serve import JSON_TYPE, is_from_a_page
from postbroker.media.storage import CHUNK_BYTES, StorageError
from postbroker.operations.media import media_answer
from postbroker.services.media import WHOLE_BYTES

log = structlog.get_logger()

FORM_BYTES = 1 << 16
"""What a form may have beside its file."""
ALT = TypeAdapter[str](AltText)
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, max-age=3600",
    "Accept-Ranges": "bytes",
}


def add_media(app: web.Application) -> None:
    """Put the endpoints that carry files on the application."""
    handlers = {
        "upload_media": upload_media,
        "put_media": put_media,
        "show_media": show_media,
        "read_media": read_media,
    }
    for endpoint in FILES:
        app.router.add_route(endpoint.method, endpoint.path, handlers[endpoint.operation])
        if endpoint.method == hdrs.METH_GET:
            app.router.add_route("HEAD", endpoint.path, handlers[endpoint.operation])


async def upload_media(request: web.Request) -> web.Response:
    """A small file in a form: `file`, and `alt` where it has a description."""
    caller = await identify(request, request.app[OPERATIONS]["prepare_upload"])
    if not request.content_type.startswith("multipart/"):
        message = f"send multipart/form-data with a field named file, not {request.content_type}"
        raise BrokerError("UNSUPPORTED_CONTENT_TYPE", message)
    if (request.content_length or 0) > WHOLE_BYTES + FORM_BYTES:
        detail = f"at most {WHOLE_BYTES} bytes come this way; ask /v1/media/upload-url for more"
        raise BrokerError("PAYLOAD_TOO_LARGE", detail)
    files = request.app[MEDIA]
    try:
        form = await _Form.begun(await request.multipart())
        media = await files.receive(caller, form.file_name, form.chunks(), lambda: form.alt)
    except (ValueError, AssertionError, HttpProcessingError) as error:
        raise BrokerError("BAD_REQUEST", "the body is no form that can be read") from error
    body = to_json(media_answer(media, files.link(media)), exclude_none=True)
    return web.Response(body=body, headers={hdrs.CONTENT_TYPE: JSON_TYPE})


async def put_media(request: web.Request) -> web.Response:
    """The raw bytes of a file that was announced; its address is the credential."""
    await request.app[MEDIA].put(
        request.match_info["id"],
        request.match_info["token"],
        request.headers.get(hdrs.CONTENT_TYPE, ""),
        request.content.iter_chunked(CHUNK_BYTES),
    )
    return web.Response()


async def show_media(request: web.Request) -> web.StreamResponse:
    """A file by its address, which is the credential."""
    media = await request.app[MEDIA].by_link(request.match_info["id"], request.match_info["token"])
    return await _send(request, media)


async def read_media(request: web.Request) -> web.StreamResponse:
    """A file of a job, for the browser that holds the job's lease."""
    if is_from_a_page(request):
        raise ForbiddenError("FORBIDDEN", "this endpoint is the extension's, not a web page's")
    browser = await identify(request, request.app[OPERATIONS]["pull"])
    return await _send(
        request, await request.app[MEDIA].of_lease(browser, request.match_info["id"])
    )


@dataclass
class _Form:
    """A form that is read as it comes; its description may stand before or after its file."""

    reader: MultipartReader
    file: BodyPartReader
    alt: str | None

    @classmethod
    async def begun(cls, reader: MultipartReader) -> "_Form":
        """The form up to its file. Raises ValidationFailedError where there is none."""
        alt = None
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == "file":
                return cls(reader, part, alt)
            alt = await _alt_of(part) or alt
        raise field_error("VALIDATION_FAILED", "file", "this field is needed")

    @property
    def file_name(self) -> str:
        """As the form names the file; may be empty."""
        return self.file.filename or ""

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes; once they are over, `alt` is known."""
        while chunk := await self.file.read_chunk(CHUNK_BYTES):
            yield chunk
        while (part := await self.reader.next()) is not None:
            self.alt = await _alt_of(part) or self.alt


async def _alt_of(part: object) -> str | None:
    """The description, where this part of a form is one. Raises ValidationFailedError."""
    if not isinstance(part, BodyPartReader) or part.name != "alt":
        named = getattr(part, "name", None) or "form"
        raise field_error("VALIDATION_FAILED", str(named), "a form has one file, and alt")
    text = bytes(await part.read_chunk(FORM_BYTES)).decode()
    try:
        return ALT.validate_python(text) if text.strip() else None
    except ValidationError as error:
        raise field_error("VALIDATION_FAILED", "alt", error.errors()[0]["msg"]) from error


async def _send(request: web.Request, media: Media) -> web.StreamResponse:
    """A file, or the part that the request asks for."""
    size = media.facts.size if media.facts else 0
    start, end = _range(request, size)
    headers = SAFE_HEADERS | {
        TRACE_HEADER: request[TRACE_ID],
        hdrs.CONTENT_TYPE: media.content_type,
        hdrs.CONTENT_DISPOSITION: f"inline; filename*=UTF-8''{quote(media.file_name, safe='')}",
    }
    if start >= end:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
        return web.Response(status=416, headers=headers)
    is_part = (start, end) != (0, size)
    if is_part:
        headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{end - 1}/{size}"
    chunks = await request.app[MEDIA].open(media, start, end)
    response = web.StreamResponse(status=206 if is_part else 200, headers=headers)
    response.content_length = end - start
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD:
        return response
    try:
        async for chunk in chunks:
            await response.write(chunk)
    except StorageError as error:  # too late for another answer: this one is cut off
        log.warning("media_broke_off", media=media.id, reason=str(error))
        if request.transport is not None:
            request.transport.abort()
    return response


def _range(request: web.Request, size: int) -> tuple[int, int]:
    """From where and up to where; the whole file for what is no range of bytes."""
    try:
        start, end, _ = request.http_range.indices(size)
    except ValueError:
        return 0, size
    return start, end
