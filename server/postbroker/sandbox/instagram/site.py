"""The state of the simulated Instagram."""

from postbroker.sandbox.instagram.faults import SWITCHES
from postbroker.sandbox.ledger import Draft
from postbroker.sandbox.site import Account, Session, Site

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
DIGIT_BITS = 6
EXTRA_BITS = 1
"""Numbers of media hold their milliseconds above 23 bits, those of the sandbox above 22."""


class InstagramSite(Site[Account]):
    """Instagram."""

    id = "instagram"
    hosts = ("www.instagram.com", "instagram.com")
    switches = SWITCHES
    account_type = Account
    reserved_handles = frozenset({"accounts", "challenge", "api", "p", "reel", "static", "media"})
    session_cookie = "sessionid"
    csrf_cookie = "csrftoken"
    csrf_header = "X-CSRFToken"
    id_epoch_ms = 1_314_220_021_721

    def post_url(self, _: Account, post_id: str, draft: Draft) -> str:
        """A video alone is a reel."""
        return f"{self.url}/{'reel' if is_reel(draft) else 'p'}/{post_id}"

    def cookies(self, session: Session) -> dict[str, str]:
        """The number of the account is no secret."""
        account = self.account(session.handle)
        return super().cookies(session) | {"ds_user_id": account.user_id if account else ""}

    def id_of(self, number: int) -> str:
        """The shortcode of a medium."""
        left, code = number << EXTRA_BITS, ""
        while left:
            left, digit = divmod(left, 1 << DIGIT_BITS)
            code = ALPHABET[digit] + code
        return code

    def number_of(self, post_id: str) -> int:
        """The number of a medium, without the bit that the sandbox leaves empty."""
        return medium_number(post_id) >> EXTRA_BITS


def medium_number(code: str) -> int:
    """The number that a shortcode stands for."""
    number = 0
    for digit in code:
        number = number << DIGIT_BITS | ALPHABET.index(digit)
    return number


def is_reel(draft: Draft) -> bool:
    """True for a video that stands alone."""
    return len(draft.media) == 1 and draft.media[0].content_type.startswith("video/")
