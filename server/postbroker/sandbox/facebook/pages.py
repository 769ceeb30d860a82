"""The pages of the simulated Facebook, and the data that they carry beside what they show."""

from typing import Any

from aiohttp import web

from postbroker.sandbox.facebook.site import FacebookAccount, FacebookSite
from postbroker.sandbox.ledger import LedgerEntry
from postbroker.sandbox.pages import Pages

NOBODY = "0"
STORIES = 30


class FacebookPages(Pages[FacebookAccount]):
    """GET handlers of everything a person can open."""

    name = "Facebook"
    home_path = "/"
    login_path = "/login"
    challenge_path = "/checkpoint/"
    site: FacebookSite

    def own_shell(self, account: FacebookAccount | None) -> dict[str, Any]:
        """What the real pages tell of who is logged in, of stories and of groups."""
        user_id, name = (account.user_id, account.name) if account else (NOBODY, "")
        user = {"ACCOUNT_ID": user_id, "USER_ID": user_id, "NAME": name, "SHORT_NAME": name}
        return {
            "require": [["CurrentUserInitialData", [], user, 270]],
            "userId": user_id,
            "audience": account.audience if account else "public",
            "groups": self.site.groups_for(account) if account else [],
            "stories": self._stories(account) if account else [],
        }

    async def profile(self, request: web.Request) -> web.StreamResponse:
        """Somebody's page, under the name where it is asked for by number."""
        name = request.match_info["name"]
        account = self.site.person(name)
        if account is not None and name == account.user_id:
            raise web.HTTPFound(f"{self.base}/{account.handle}")
        return await self.members(request)

    def _stories(self, account: FacebookAccount) -> list[dict[str, Any]]:
        if self.site.faults(account.handle).look("no_story_data"):
            return []
        own = [post for post in self.site.posts if post.account == account.handle]
        return [self._story(post) for post in own[-STORIES:]]

    def _story(self, post: LedgerEntry) -> dict[str, Any]:
        author = self.site.account(post.account)
        return {
            "post_id": post.post_id,
            "actors": [{"__typename": "User", "id": author.user_id if author else NOBODY}],
            "comet_sections": {
                "content": {"story": {"message": {"text": post.text}}},
                "timestamp": {"story": {"creation_time": int(post.at.timestamp())}},
            },
        }
