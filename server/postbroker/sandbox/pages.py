"""The pages of a simulated site: shells with a strict policy; its own script does the rest."""

import asyncio
import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Generic

from aiohttp import web

from postbroker.sandbox.door import Door
from postbroker.sandbox.faults import FaultValue
from postbroker.sandbox.site import AnyAccount, Site

BUILT = Path(__file__).parent / "static" / "built"
KINDS = {".js": "text/javascript", ".css": "text/css"}
HANG_SECONDS = 300
"""How long a page that never loads keeps its connection, unless the site closes before."""

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
SHELL = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}, simulated</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}/static/{id}.css{version}">
</head>
<body>
<div id="react-root"><div class="splash">Simulated {name}</div></div>
<script type="application/json" id="shell">{shell}</script>
{script}
</body>
</html>
"""
SCRIPT = '<script defer src="{base}/static/{id}.js{version}"></script>'
NOT_BUILT = (
    "The scripts of the sandbox's pages are missing. Build them with: npm run build -w server/web"
)


class Pages(Generic[AnyAccount]):
    """GET handlers of everything a person can open. Derived once a site."""

    name: ClassVar[str]
    """Of the platform, as people write it."""
    home_path: ClassVar[str]
    login_path: ClassVar[str]
    challenge_path: ClassVar[str]

    def __init__(
        self, site: Site[AnyAccount], door: Door[AnyAccount], base: str, closing: asyncio.Event
    ) -> None:
        self.site, self.door, self.base, self.closing = site, door, base, closing

    def own_shell(self, account: AnyAccount | None) -> dict[str, Any]:  # noqa: ARG002 - for platforms
        """What the platform's script needs to know beside what all need."""
        return {}

    async def front(self, request: web.Request) -> web.StreamResponse:
        """The root: home, or the login page in its place."""
        visitor, fresh = self.door.enter(request)
        self.site.save()
        if visitor is None:
            return self._shell(None, {})
        response = web.HTTPFound(self.base + self.home_path)
        if fresh:
            self.door.let_in(request, response, fresh)
        raise response

    async def composer(self, request: web.Request) -> web.StreamResponse:
        """A page on which a post can be written."""
        return await self.page(request, has_composer=True)

    async def members(self, request: web.Request) -> web.StreamResponse:
        """A page for those who are logged in."""
        return await self.page(request)

    async def public(self, request: web.Request) -> web.StreamResponse:
        """A page for everybody."""
        return await self.page(request, is_public=True)

    async def permalink(self, request: web.Request) -> web.StreamResponse:
        """A post's own page; 404 when the post does not live."""
        post = self.site.post(request.match_info["id"])
        return await self.page(request, is_public=True, status=200 if post else 404)

    async def challenge(self, request: web.Request) -> web.StreamResponse:
        """The page that asks for a person, or the way back from it when nothing is asked."""
        visitor = self.door.caller(request)
        if visitor and not self.site.faults(visitor.session.handle).look("captcha"):
            raise web.HTTPFound(self.base + self.home_path)
        return self._shell(visitor.account if visitor else None, {})

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """The built script and style sheet."""
        name = request.match_info["name"]
        if name not in self._assets():
            raise web.HTTPNotFound
        headers = {
            "Content-Type": f"{KINDS[Path(name).suffix]}; charset=utf-8",
            "X-Content-Type-Options": "nosniff",
        }
        if "v" in request.query:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return web.FileResponse(BUILT / name, headers=headers)

    async def media(self, request: web.Request) -> web.StreamResponse:
        """A file that was published, by the SHA-256 of its bytes."""
        sha256 = request.match_info["sha256"]
        held = (each for post in self.site.posts for each in post.media if each.sha256 == sha256)
        media, file = next(held, None), self.site.uploads.file(sha256)
        if media is None or file is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Security-Policy": "default-src 'none'",
            "Content-Type": media.content_type,
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(file, headers=headers)

    async def page(
        self,
        request: web.Request,
        *,
        has_composer: bool = False,
        is_public: bool = False,
        status: int = 200,
    ) -> web.StreamResponse:
        """The shell, for those who may see it and as the switches bend it."""
        visitor, fresh = self.door.enter(request)
        if visitor is None:
            self.site.save()
            if is_public:
                return self._shell(None, {}, status)
            raise web.HTTPFound(self.base + self.login_path)
        faults = self.site.faults(visitor.session.handle)
        switches = faults.take_all("page") | (faults.take_all("composer") if has_composer else {})
        self.site.save()
        response: web.StreamResponse
        if switches.get("never_loads") is True:
            return await self._hang(request)
        if switches.get("captcha"):
            response = web.HTTPFound(self.base + self.challenge_path)
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
        await response.write(f"<!doctype html><title>{self.name}, simulated</title>".encode())
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), HANG_SECONDS)
        return response

    def _shell(
        self,
        account: AnyAccount | None,
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
            "layout": account.layout if account else "old",
            "language": account.language if account else "en",
            "switches": switches,
            **self.own_shell(account),
        }
        if not all((BUILT / name).exists() for name in self._assets()):
            raise web.HTTPServiceUnavailable(text=NOT_BUILT)
        script = "" if switches.get("never_loads") else SCRIPT
        version = f"?v={self._version()}"
        html = SHELL.format(
            id=self.site.id,
            name=self.name,
            language=shell["language"],
            base=self.base,
            shell=json.dumps(shell, ensure_ascii=False).replace("<", "\\u003c"),
            script=script.format(base=self.base, id=self.site.id, version=version),
            version=version,
        )
        return web.Response(
            text=html, status=status, content_type="text/html", headers=PAGE_HEADERS
        )

    def _assets(self) -> tuple[str, str]:
        return f"{self.site.id}.js", f"{self.site.id}.css"

    def _version(self) -> str:
        """Changes with every build, so that a browser may keep what it has."""
        stamps = "".join(str((BUILT / name).stat().st_mtime_ns) for name in self._assets())
        return hashlib.sha256(stamps.encode()).hexdigest()[:10]
