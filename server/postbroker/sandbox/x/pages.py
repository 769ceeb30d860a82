"""The pages of the simulated X: shells with a strict policy for scripts; React does the rest."""

import asyncio
import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from postbroker.sandbox.x.door import Door
from postbroker.sandbox.x.faults import FaultValue
from postbroker.sandbox.x.rendering import emoji_picture
from postbroker.sandbox.x.site import Account, Site

BUILT = Path(__file__).parent.parent / "static" / "built"
ASSETS = {"x.js": "text/javascript", "x.css": "text/css"}
HANG_SECONDS = 300
"""How long a page that never loads keeps its connection, unless the site closes before."""

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>X, simulated</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}/static/x.css{version}">
</head>
<body>
<div id="react-root"><div class="splash">Simulated X</div></div>
<script type="application/json" id="shell">{shell}</script>
{script}
</body>
</html>
"""
SCRIPT = '<script defer src="{base}/static/x.js{version}"></script>'
NOT_BUILT = (
    "The scripts of the sandbox's pages are missing. Build them with: npm run build -w server/web"
)


class Pages:
    """GET handlers of everything a person can open."""

    def __init__(self, site: Site, door: Door, base: str, closing: asyncio.Event) -> None:
        self.site, self.door, self.base, self.closing = site, door, base, closing

    async def front(self, request: web.Request) -> web.StreamResponse:
        """The root: home, or the login page in its place."""
        visitor, fresh = self.door.enter(request)
        self.site.faults_changed()
        if visitor is None:
            return self._shell(None, {})
        response = web.HTTPFound(f"{self.base}/home")
        if fresh:
            self.door.let_in(request, response, fresh)
        raise response

    async def composer(self, request: web.Request) -> web.StreamResponse:
        """A page on which a post can be written."""
        return await self._page(request, has_composer=True)

    async def members(self, request: web.Request) -> web.StreamResponse:
        """A page for those who are logged in."""
        return await self._page(request)

    async def public(self, request: web.Request) -> web.StreamResponse:
        """A page for everybody."""
        return await self._page(request, is_public=True)

    async def permalink(self, request: web.Request) -> web.StreamResponse:
        """A post's own page; 404 when the post does not live."""
        post = self.site.post(request.match_info["id"])
        return await self._page(request, is_public=True, status=200 if post else 404)

    async def challenge(self, request: web.Request) -> web.StreamResponse:
        """The page that asks for a person, or the way back from it when nothing is asked."""
        visitor = self.door.caller(request)
        if visitor and not self.site.faults(visitor.session.handle).look("captcha"):
            raise web.HTTPFound(f"{self.base}/home")
        return self._shell(visitor.account if visitor else None, {})

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """The built script and style sheet."""
        name = request.match_info["name"]
        if name not in ASSETS:
            raise web.HTTPNotFound
        headers = {
            "Content-Type": f"{ASSETS[name]}; charset=utf-8",
            "X-Content-Type-Options": "nosniff",
        }
        if "v" in request.query:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return web.FileResponse(BUILT / name, headers=headers)

    async def emoji(self, request: web.Request) -> web.StreamResponse:
        """An emoji as a picture."""
        picture = emoji_picture(request.match_info["code_points"])
        if picture is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Security-Policy": "default-src 'none'",
            "Cache-Control": "public, max-age=86400",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(text=picture, content_type="image/svg+xml", headers=headers)

    async def _page(
        self,
        request: web.Request,
        *,
        has_composer: bool = False,
        is_public: bool = False,
        status: int = 200,
    ) -> web.StreamResponse:
        visitor, fresh = self.door.enter(request)
        if visitor is None:
            self.site.faults_changed()
            if is_public:
                return self._shell(None, {}, status)
            raise web.HTTPFound(f"{self.base}/i/flow/login")
        faults = self.site.faults(visitor.session.handle)
        switches = faults.take_all("page") | (faults.take_all("composer") if has_composer else {})
        self.site.faults_changed()
        response: web.StreamResponse
        if switches.get("never_loads") is True:
            return await self._hang(request)
        if switches.get("captcha"):
            response = web.HTTPFound(f"{self.base}/account/access")
        else:
            response = self._shell(visitor.account, switches, status)
        if fresh:
            self.door.let_in(request, response, fresh)
        if isinstance(response, web.HTTPFound):
            raise response
        return response

    async def _hang(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers=PAGE_HEADERS | {"Content-Type": "text/html; charset=utf-8"}
        )
        await response.prepare(request)
        await response.write(b"<!doctype html><title>X, simulated</title>")
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), HANG_SECONDS)
        return response

    def _shell(
        self,
        account: Account | None,
        switches: dict[str, FaultValue],
        status: int = 200,
    ) -> web.Response:
        shell: dict[str, Any] = {
            "base": self.base,
            "account": account and {"handle": account.handle, "name": account.name},
            "accounts": [
                {"handle": each.handle, "name": each.name} for each in self.site.accounts.values()
            ],
            "transport": account.transport if account else "xhr",
            "switches": switches,
        }
        if not (BUILT / "x.js").exists():
            raise web.HTTPServiceUnavailable(text=NOT_BUILT)
        script = "" if switches.get("never_loads") else SCRIPT
        version = f"?v={_version()}"
        html = SHELL.format(
            base=self.base,
            shell=json.dumps(shell, ensure_ascii=False).replace("<", "\\u003c"),
            script=script.format(base=self.base, version=version),
            version=version,
        )
        return web.Response(
            text=html, status=status, content_type="text/html", headers=PAGE_HEADERS
        )


def _version() -> str:
    """Changes with every build, so that a browser may keep what it has."""
    stamps = "".join(str((BUILT / name).stat().st_mtime_ns) for name in ASSETS)
    return hashlib.sha256(stamps.encode()).hexdigest()[:10]
