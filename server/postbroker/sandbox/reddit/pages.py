"""The pages of the simulated Reddit."""

from aiohttp import web

from postbroker.sandbox.pages import Pages
from postbroker.sandbox.reddit.site import RedditSite
from postbroker.sandbox.reddit.threads import THREADS
from postbroker.sandbox.site import Account


class RedditPages(Pages[Account]):
    """GET handlers of everything a person can open."""

    site: RedditSite
    name = "Reddit"
    home_path = "/r/sandbox/"
    login_path = "/login/"
    challenge_path = "/challenge"

    async def short(self, request: web.Request) -> web.StreamResponse:
        """From a thread's number, and perhaps a comment's, to where they live."""
        thread = THREADS.get(request.match_info["thread"])
        if thread is None:
            raise web.HTTPNotFound
        comment = request.match_info.get("comment")
        raise web.HTTPFound(
            f"{self.base}{thread.path}/" + (f"comment/{comment}/" if comment else "")
        )

    async def thread(self, request: web.Request) -> web.StreamResponse:
        """A thread, or one comment of it; everybody may read, and members may answer."""
        status = 200 if request.match_info["thread"] in THREADS else 404
        return await self.page(request, has_composer=True, is_public=True, status=status)
