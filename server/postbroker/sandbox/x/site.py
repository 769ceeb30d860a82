"""The state of the simulated X."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import StringConstraints

from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.site import LIST_LENGTH, Account, ListedPost, Session, Site
from postbroker.sandbox.x.faults import SWITCHES


class XAccount(Account):
    """Somebody on X."""

    handle: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,15}$")]
    is_answer_wrapped: bool = False
    """The answer holds the post one level deeper, as for posts of limited visibility."""
    pinned: str | None = None
    """Id of a post shown on top of the profile."""
    reposts: tuple[str, ...] = ()
    """Ids of posts, also of others, that the profile lists as reposted."""


class XSite(Site[XAccount]):
    """X."""

    id = "x"
    hosts = ("x.com", "twitter.com")
    switches = SWITCHES
    account_type = XAccount
    reserved_handles = frozenset(
        {"account", "compose", "emoji", "home", "i", "login", "logout", "media", "static"}
    )
    session_cookie = "auth_token"
    csrf_cookie = "ct0"
    csrf_header = "x-csrf-token"

    def post_url(self, account: XAccount, post_id: str, _: Draft) -> str:
        """Below the author's name."""
        return f"{self.url}/{account.handle}/status/{post_id}"

    def cookies(self, session: Session) -> dict[str, str]:
        """With the user's id, which the real site's scripts can read."""
        account = self.account(session.handle)
        return super().cookies(session) | {"twid": f"u%3D{account.user_id if account else ''}"}

    def profile(self, account: XAccount, min_age_ms: int = 0) -> list[ListedPost]:
        """An account's pinned post, then its posts and reposts, newest first."""
        visible_before = self.instant(min_age_ms)
        own = [ListedPost(post) for post in self.posts if post.account == account.handle]
        reposted = [ListedPost(post, "reposted") for post in self._posts_with(account.reposts)]
        visible = [post for post in own + reposted if post.entry.at <= visible_before]
        visible.sort(key=lambda post: int(post.entry.post_id), reverse=True)
        pinned = [ListedPost(post, "pinned") for post in self._posts_with([account.pinned])]
        return pinned + visible[:LIST_LENGTH]

    def _posts_with(self, ids: Iterable[str | None]) -> list[LedgerEntry]:
        return [post for post_id in ids if post_id and (post := self.post(post_id))]
