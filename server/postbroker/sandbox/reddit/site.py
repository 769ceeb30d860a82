"""The state of the simulated Reddit."""

import string

from postbroker.sandbox.ledger import Draft, LedgerEntry
from postbroker.sandbox.reddit.faults import SWITCHES
from postbroker.sandbox.reddit.threads import OPEN, THREADS, Thread
from postbroker.sandbox.site import Account, Site

DIGITS = string.digits + string.ascii_lowercase


class RedditSite(Site[Account]):
    """Reddit, of which only comments are simulated."""

    id = "reddit"
    hosts = ("www.reddit.com", "reddit.com", "old.reddit.com")
    switches = SWITCHES
    account_type = Account
    session_cookie = "reddit_session"
    csrf_cookie = "csrf_token"
    csrf_header = "x-modhash"

    def post_url(self, _: Account, post_id: str, draft: Draft) -> str:
        """Under the thread; an address does not name the comment's author."""
        return f"{self.url}{thread_of(draft).path}/comment/{post_id}"

    def id_of(self, number: int) -> str:
        """To the base of 36."""
        digits = ""
        while number:
            number, digit = divmod(number, len(DIGITS))
            digits = DIGITS[digit] + digits
        return digits or "0"

    def number_of(self, post_id: str) -> int:
        """From the base of 36."""
        return int(post_id, len(DIGITS))

    def comments(self, thread: Thread) -> list[LedgerEntry]:
        """What was said in a thread, oldest first."""
        return [post for post in self.posts if thread_of(post) is thread]


def thread_of(draft: Draft) -> Thread:
    """Where a comment stands; one without a target stands in the open thread."""
    return THREADS.get(draft.target or "", OPEN)
