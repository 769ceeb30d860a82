"""The state of the simulated TikTok."""

from postbroker.sandbox.ledger import Draft
from postbroker.sandbox.site import ID_SEQUENCE_BITS, Account, Site
from postbroker.sandbox.tiktok.faults import SWITCHES

SECOND_BITS = 32
"""Numbers of videos are seconds since 1970, then so many bits more."""
SEQUENCE_MASK = (1 << ID_SEQUENCE_BITS) - 1
MILLISECONDS_MASK = (1 << (SECOND_BITS - ID_SEQUENCE_BITS)) - 1


class TikTokSite(Site[Account]):
    """TikTok."""

    id = "tiktok"
    hosts = ("www.tiktok.com", "tiktok.com")
    switches = SWITCHES
    account_type = Account
    session_cookie = "sessionid"
    csrf_cookie = "tt_csrf_token"
    csrf_header = "tt-csrf-token"
    id_epoch_ms = 0

    def post_url(self, account: Account, post_id: str, _: Draft) -> str:
        """Below the author's page."""
        return f"{self.url}/@{account.handle}/video/{post_id}"

    def id_of(self, number: int) -> str:
        """The seconds stand above, their milliseconds and the sequence below."""
        seconds, milliseconds = divmod(number >> ID_SEQUENCE_BITS, 1000)
        below = milliseconds << ID_SEQUENCE_BITS | number & SEQUENCE_MASK
        return str(seconds << SECOND_BITS | below)

    def number_of(self, post_id: str) -> int:
        """The milliseconds in one piece, then the sequence."""
        given = int(post_id)
        milliseconds = (given >> ID_SEQUENCE_BITS) & MILLISECONDS_MASK
        whole = (given >> SECOND_BITS) * 1000 + milliseconds
        return whole << ID_SEQUENCE_BITS | given & SEQUENCE_MASK
