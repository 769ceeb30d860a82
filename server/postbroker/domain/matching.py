"""Does this live post belong to this job: permalink, author and text."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

import regex

from postbroker.contract.catalogue import Platform
from postbroker.contract.extension import Evidence
from postbroker.domain.job import Job

SHORTENED_LENGTH = 12
"""A link that a platform shows shortened shares at least this many characters with the real one."""

_INVISIBLE = regex.compile(r"[\p{Cf}\p{Variation_Selector}]")
_SPACE = regex.compile(r"\s+")
_SCHEME = regex.compile(r"^https?://(www\.)?", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Permalink:
    """Who wrote a post and its id, as its address says."""

    handle: str
    post_id: str


def read_permalink(platform: Platform, path: str) -> Permalink | None:
    """Handle and id in the path of a live URL; None when it is no permalink of the platform."""
    found = regex.fullmatch(platform.permalink.removeprefix("^").removesuffix("$"), path)
    return Permalink(found["handle"], found["id"]) if found else None


def same_handle(one: str | None, other: str | None) -> bool:
    """True when both name the same account; a leading @ and case do not count."""
    if one is None or other is None:
        return False
    return one.lstrip("@").casefold() == other.lstrip("@").casefold()


def same_text(wanted: str, shown: str) -> bool:
    """True when a page's rendering of a post shows the wanted text.

    Platforms drop invisible characters, change white space, and show links without their scheme and
    cut off with an ellipsis. Everything else must agree.
    """
    ours, theirs = _words(wanted), _words(shown)
    return len(ours) == len(theirs) and all(map(_same_word, ours, theirs))


def _words(text: str) -> list[str]:
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return [word for word in _SPACE.split(plain) if word]


def _same_word(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    ours, theirs = _SCHEME.sub("", ours).rstrip("/"), _SCHEME.sub("", theirs).rstrip("/")
    if ours == theirs:
        return True
    shown = theirs.removesuffix("…")
    return shown != theirs and len(shown) >= SHORTENED_LENGTH and ours.startswith(shown)


def find_permalink(platform: Platform, url: str, *, sandbox: bool) -> Permalink | None:
    """Handle and id when `url` is a permalink of the platform, or of its simulation."""
    parts = urlsplit(url)
    if sandbox:
        prefix = f"/sandbox/{platform.id}"
        return (
            read_permalink(platform, parts.path.removeprefix(prefix))
            if parts.path.startswith(prefix)
            else None
        )
    host = (parts.hostname or "").removeprefix("www.")
    if parts.scheme != "https" or host not in platform.hosts:
        return None
    return read_permalink(platform, parts.path)


def doubt(platform: Platform, job: Job, url: str | None, evidence: Evidence | None) -> str | None:
    """Why this evidence does not prove that the job's post is live; None when it does."""
    if url is None or evidence is None:
        return "no evidence"
    permalink = find_permalink(platform, url, sandbox=job.sandbox)
    if permalink is None:
        return "the address is no permalink of the platform"
    if not evidence.seen_live:
        return "the post was not seen live"
    if not same_handle(permalink.handle, evidence.account) or not same_handle(
        evidence.account, job.composed_account
    ):
        return "the author is not the account that composed the post"
    if evidence.text is None or not same_text(job.text, evidence.text):
        return "the live text differs from the job's"
    return None
