"""The pages of the simulated LinkedIn."""

from aiohttp import web

from postbroker.sandbox.linkedin.site import LinkedInSite
from postbroker.sandbox.pages import Pages
from postbroker.sandbox.site import Account


class LinkedInPages(Pages[Account]):
    """GET handlers of everything a person can open."""

    site: LinkedInSite
    name = "LinkedIn"
    home_path = "/feed/"
    login_path = "/login"
    challenge_path = "/checkpoint/challenge"

    async def permalink(self, request: web.Request) -> web.StreamResponse:
        """A post's own page, by its share or its activity; 404 when the post does not live."""
        post = self.site.post_of(request.match_info["urn"])
        return await self.page(request, is_public=True, status=200 if post else 404)
