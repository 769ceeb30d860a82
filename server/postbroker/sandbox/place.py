"""Where one simulated site is served."""

import asyncio
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

HANDLE = r"{handle:[A-Za-z0-9._-]{1,60}}"
"""The part of an address that names an account, with as many letters as `Account.handle`."""


@dataclass(frozen=True, slots=True)
class Place:
    """An application, and the paths under which the site lives in it."""

    app: web.Application
    prefix: str
    """Of every route in `app`."""
    base: str
    """Of every path that browsers see."""
    closing: asyncio.Event
    """Set when the application ends."""

    def get(self, path: str, handler: Handler) -> None:
        """Serve a GET address of the site."""
        self.app.router.add_get(self.prefix + path, handler)
        if path == "/" and self.prefix:
            self.app.router.add_get(self.prefix, handler)

    def post(self, path: str, handler: Handler) -> None:
        """Serve a POST address of the site."""
        self.app.router.add_post(self.prefix + path, handler)

    def put(self, path: str, handler: Handler) -> None:
        """Serve a PUT address of the site."""
        self.app.router.add_put(self.prefix + path, handler)
