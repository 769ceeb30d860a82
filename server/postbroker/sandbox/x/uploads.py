"""Files as the simulated X takes them: begun, sent in parts, finished, then described."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from postbroker.sandbox.answers import json_object
from postbroker.sandbox.door import Door
from postbroker.sandbox.ledger import LedgerMedia
from postbroker.sandbox.uploads import Upload
from postbroker.sandbox.x.site import XAccount, XSite

READ_BYTES = 1 << 16
INVALID_MEDIA = {"errors": [{"code": 324, "message": "The media could not be processed."}]}


@dataclass(slots=True)
class _Fate:
    """What the switches decided about a file when it was begun."""

    size: int
    """How many bytes it will have."""
    slow_ms: int
    fails: bool


class Uploading:
    """Handlers of the addresses that take files."""

    def __init__(self, site: XSite, door: Door[XAccount]) -> None:
        self.site, self.door = site, door
        self._fates: dict[str, _Fate] = {}

    async def command(self, request: web.Request) -> web.Response:
        """`INIT`, `APPEND` for each part, `FINALIZE`: all at one address, told apart by name."""
        visitor = self.door.member(request)
        if self.door.is_forged(request, visitor.session):
            raise web.HTTPForbidden
        match request.query.get("command"):
            case "INIT":
                return self._begin(request, visitor.session.handle)
            case "APPEND":
                return await self._append(request)
            case "FINALIZE":
                return self._finish(request)
            case _:
                raise web.HTTPBadRequest

    async def describe(self, request: web.Request) -> web.Response:
        """The alternative text of a file: `{media_id, alt_text: {text}}`."""
        self.door.member(request)
        body = await json_object(request)
        alt = body.get("alt_text")
        if not isinstance(alt, dict):
            raise web.HTTPBadRequest
        self._upload(str(body.get("media_id"))).alt = str(alt.get("text", ""))
        return web.json_response({})

    def attached(self, variables: Mapping[str, Any]) -> tuple[LedgerMedia, ...]:
        """The whole files that a request to publish names."""
        media = variables.get("media")
        entities = media.get("media_entities", []) if isinstance(media, dict) else []
        return tuple(self._upload(str(each.get("media_id"))).as_media() for each in entities)

    def _begin(self, request: web.Request, handle: str) -> web.Response:
        faults = self.site.faults(handle)
        upload = self.site.uploads.begin(request.query.get("media_type", ""))
        self._fates[upload.id] = _Fate(
            size=int(request.query.get("total_bytes", "0")),
            slow_ms=faults.take_milliseconds("slow_upload"),
            fails=faults.take("upload_fails") is not None,
        )
        self.site.save()
        return web.json_response({"media_id_string": upload.id}, status=202)

    async def _append(self, request: web.Request) -> web.Response:
        upload = self._upload(request.query.get("media_id", ""))
        fate, before = self._fates[upload.id], upload.size
        async for part in request.content.iter_chunked(READ_BYTES):
            upload.append(part)
        if fate.slow_ms and fate.size:
            share = (upload.size - before) / fate.size
            await self.site.clock.sleep(fate.slow_ms / 1000 * share)
        return web.Response(status=204)

    def _finish(self, request: web.Request) -> web.Response:
        upload = self._upload(request.query.get("media_id", ""))
        fate = self._fates.pop(upload.id)
        if fate.fails or upload.size != fate.size:
            return web.json_response(INVALID_MEDIA, status=400)
        self.site.uploads.finish(upload)
        return web.json_response({"media_id_string": upload.id, "size": upload.size}, status=201)

    def _upload(self, upload_id: str) -> Upload:
        upload = self.site.uploads.get(upload_id)
        if upload is None:
            raise web.HTTPBadRequest
        return upload
