"""The pages of the simulated X."""

from aiohttp import web

from postbroker.sandbox.pages import Pages
from postbroker.sandbox.x.rendering import emoji_picture
from postbroker.sandbox.x.site import XAccount


class XPages(Pages[XAccount]):
    """GET handlers of everything a person can open."""

    name = "X"
    home_path = "/home"
    login_path = "/i/flow/login"
    challenge_path = "/account/access"

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
