"""Tells whether two jobs would publish the same: one text and files, one account, one target."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from postbroker.contract.words import Kind
from postbroker.domain.matching import bare_handle

PUBLISHING: frozenset[Kind] = frozenset({"post", "comment"})
"""Kinds of which the same twice is a repetition that others see."""

SAME_WITHIN = timedelta(hours=24)
"""How long an accepted post stands in the way of one like it."""

_KEY_BYTES = 8


def content_key(
    *,
    workspace_id: str,
    platform: str,
    sandbox: bool,
    account: str | None,
    target: str,
    content: Iterable[str],
) -> str:
    """The same for jobs that publish the same; other keys are equal once in 2^64.

    `content` are the SHA-256 of its texts and files, in order.
    """
    place = f"{workspace_id} {platform} {sandbox} {bare_handle(account or '')}\n{target}\n"
    published = place + " ".join(content)
    return hashlib.blake2b(published.encode(), digest_size=_KEY_BYTES).hexdigest()
