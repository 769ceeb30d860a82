"""The dashboard's own scripts and styles, each under an address that changes with its content."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

FOR_EVER = "public, max-age=31536000, immutable"
HASH_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    body: bytes
    content_type: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """All files by name; pages do without the scripts where nothing was built."""
    files = [path for path in sorted(_FOLDER.rglob("*")) if path.suffix in _TYPES]
    return {path.name: _read(path) for path in files}


def asset_url(name: str) -> str | None:
    """The address of a file; None when it was not built."""
    asset = assets().get(name)
    return f"/dashboard/static/{name}?v={asset.version}" if asset else None


async def serve_asset(request: web.Request) -> web.Response:
    """One file; browsers keep it for ever under the address that carries its version."""
    asset = assets().get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    etag = f'"{asset.version}"'
    is_current = request.query.get("v") == asset.version
    headers = {"ETag": etag, "Cache-Control": FOR_EVER if is_current else "no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=headers)
    return web.Response(
        body=asset.body, content_type=asset.content_type, charset="utf-8", headers=headers
    )


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:HASH_LENGTH])
