"""The state of the simulated LinkedIn."""

from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.linkedin.faults import SWITCHES
from postbroker.sandbox.site import Account, Session, Site

ACTIVITY_OFFSET = 1 << 20
"""A post has two numbers: its share's, and the higher one of the activity that tells of it."""


class LinkedInSite(Site[Account]):
    """LinkedIn."""

    id = "linkedin"
    hosts = ("www.linkedin.com", "linkedin.com")
    switches = SWITCHES
    account_type = Account
    session_cookie = "li_at"
    csrf_cookie = "JSESSIONID"
    csrf_header = "csrf-token"
    id_epoch_ms = 0

    def post_url(self, _: Account, post_id: str, __: Draft) -> str:
        """By the activity, without the author."""
        return f"{self.url}/feed/update/{activity_urn(post_id)}"

    def cookies(self, session: Session) -> dict[str, str]:
        """The token against forged requests looks like this."""
        return super().cookies(session) | {self.csrf_cookie: f"ajax:{session.csrf}"}

    def post_of(self, urn: str) -> LedgerEntry | None:
        """The post of that share or activity, if it lives."""
        kind, _, number = urn.removeprefix("urn:li:").partition(":")
        if kind == "activity":
            return self.post(str(int(number) - ACTIVITY_OFFSET))
        return self.post(number)


def share_urn(post_id: str) -> str:
    """The name under which the answer to a new post tells of it."""
    return f"urn:li:share:{post_id}"


def activity_urn(post_id: str) -> str:
    """The name under which lists tell of a post."""
    return f"urn:li:activity:{int(post_id) + ACTIVITY_OFFSET}"
