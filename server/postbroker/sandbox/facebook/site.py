"""The state of the simulated Facebook."""

from typing import Any, Literal

from postbroker.sandbox.facebook.faults import SWITCHES
from postbroker.sandbox.facebook.groups import AFTER_A_PRESS, GROUPS, Group, JoinState
from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.site import LIST_LENGTH, Account, Session, Site


class FacebookAccount(Account):
    """A profile on Facebook. Its number is its name to programs."""

    audience: Literal["public", "friends", "only_me"] = "public"
    """Who sees what it posts to its feed."""


class FacebookSite(Site[FacebookAccount]):
    """Facebook."""

    id = "facebook"
    hosts = ("www.facebook.com", "facebook.com", "web.facebook.com")
    switches = SWITCHES
    account_type = FacebookAccount
    reserved_handles = frozenset(
        {"ajax", "api", "checkpoint", "groups", "home", "login", "media", "search", "static"}
    )
    session_cookie = "xs"
    csrf_cookie = "lsd"
    csrf_header = "x-fb-lsd"

    def post_url(self, account: FacebookAccount, post_id: str, draft: Draft) -> str:
        """In its group, or below its author's number."""
        place = account.user_id if draft.target is None else f"groups/{draft.target}"
        return f"{self.url}/{place}/posts/{post_id}"

    def cookies(self, session: Session) -> dict[str, str]:
        """With the user's number, which the real site's scripts can read."""
        account = self.account(session.handle)
        return super().cookies(session) | {"c_user": account.user_id if account else ""}

    def person(self, name: str) -> FacebookAccount | None:
        """The account of that name or number."""
        by_number = (each for each in self.accounts.values() if each.user_id == name)
        return self.account(name) or next(by_number, None)

    def join_state(self, account: FacebookAccount, group: Group) -> JoinState:
        """What the account is in the group."""
        state: JoinState = self._memberships(account).get(group.id, group.at_first)
        return state

    def put_join_state(self, account: FacebookAccount, group: Group, state: JoinState) -> None:
        """Make the account something else in the group."""
        self._memberships(account)[group.id] = state
        self.save()

    def press_join_button(self, account: FacebookAccount, group: Group) -> JoinState:
        """Let the account in, or note that it asked; pressed again, the button takes that back."""
        before = self.join_state(account, group)
        after = AFTER_A_PRESS.get(before, before)
        if before == "REQUESTED":
            after = "CAN_REQUEST"
        self.put_join_state(account, group, after)
        return after

    def own_posts(
        self, account: FacebookAccount, group: Group | None = None, min_age_ms: int = 0
    ) -> list[LedgerEntry]:
        """What the account posted to its feed or to a group, newest first."""
        visible_before = self.instant(min_age_ms)
        target = group.id if group else None
        own = (
            post
            for post in reversed(self.posts)
            if post.account == account.handle
            and post.target == target
            and post.at <= visible_before
        )
        return list(own)[:LIST_LENGTH]

    def groups_for(self, account: FacebookAccount) -> list[dict[str, Any]]:
        """Every group as the page's data tells it to the account."""
        return [
            {
                "id": group.id,
                "name": group.name,
                "slug": group.slug,
                "viewer_join_state": self.join_state(account, group),
                "has_membership_questions": group.has_questions,
                "if_viewer_can_post_without_admin_approval": not group.posts_wait,
                "isPublic": group.is_public,
                "memberCount": group.member_count,
                "postsPerDay": group.posts_per_day,
                "takes": group.takes,
            }
            for group in GROUPS.values()
        ]

    def _memberships(self, account: FacebookAccount) -> dict[str, Any]:
        states: dict[str, Any] = self.more.setdefault("memberships", {})
        own: dict[str, Any] = states.setdefault(account.handle, {})
        return own
