"""Which web pages may speak to the endpoint: a page elsewhere must not reach a broker at home.

A name that is bent to this machine (DNS rebinding) shows in the Origin header, which browsers send
with every request that could do harm.
"""

from collections.abc import Collection
from ipaddress import ip_address

from yarl import URL

from postbroker.domain.matching import LOOPBACK_HOSTS


def is_welcome(origin: str, host: str, public_url: str, more: Collection[str]) -> bool:
    """True for pages of this machine, of the broker's own address, and of those named.

    `host` is the Host header: an address in figures cannot have been bent.
    """
    try:
        page, own = URL(origin), URL(public_url)
    except ValueError:
        return False
    if page.host is None or page.scheme not in ("http", "https"):
        return False
    if page.host in LOOPBACK_HOSTS or page.origin() == own.origin():
        return True
    return origin in more or (page.authority == host and _is_in_figures(page.host))


def _is_in_figures(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
