"""Does this live post belong to this job: permalink, author and text."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import regex

from postbroker.contract.catalogue import Platform
from postbroker.contract.extension import Evidence
from postbroker.domain.job import Job

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
SHORTENED_LENGTH = 12
"""A link that a platform shows shortened shares at least this many characters with the real one."""

_INVISIBLE = regex.compile(r"[\p{Cf}\p{Variation_Selector}]")
_SPACE = regex.compile(r"\s+")
_NOT_SHOWN = regex.compile(
    r"""https?://(?:www\.)?|\bwww\.|/(?=[).,;:!?'"\]]*$)""", regex.IGNORECASE
)
"""What platforms leave out of a link: scheme, www. and the last slash."""
_ELLIPSIS = "…"
_LINK = regex.compile(r"\w\.\p{L}{2,}")
_SHORT_LINK = regex.compile(r"\W*(?:https?://)?lnkd\.in/[\w-]+\W*")
"""LinkedIn shows a short link of its own in the place of a long one."""


@dataclass(frozen=True, slots=True)
class Permalink:
    """Who wrote a post and its id, as its address says, and the one spelling of that address."""

    handle: str | None
    """None where the platform's addresses do not name the author."""
    post_id: str
    url: str


def same_handle(one: str | None, other: str | None) -> bool:
    """True when both name the same account; a leading @ and case do not count."""
    if one is None or other is None:
        return False
    return bare_handle(one) == bare_handle(other)


def bare_handle(handle: str) -> str:
    """The form in which handles are compared."""
    return handle.lstrip("@").casefold()


def same_text(wanted: str, shown: str) -> bool:
    """True when a page's rendering of a post shows the wanted text.

    Platforms drop invisible characters, change white space, and show links without their scheme,
    cut off with an ellipsis, or by a short link of their own. Everything else must agree.
    """
    ours, theirs = _words(wanted), _words(shown)
    return len(ours) == len(theirs) and all(map(_same_word, ours, theirs))


def _words(text: str) -> list[str]:
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return [word for word in _SPACE.split(plain) if word]


def _same_word(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    if _SHORT_LINK.fullmatch(theirs):
        return _LINK.search(ours) is not None
    ours, theirs = _NOT_SHOWN.sub("", ours), _NOT_SHOWN.sub("", theirs)
    return ours == theirs or _is_shortened(ours, theirs)


def _is_shortened(link: str, shown: str) -> bool:
    start, ellipsis, end = shown.partition(_ELLIPSIS)
    return (
        bool(ellipsis)
        and len(start) >= SHORTENED_LENGTH
        and "." in start
        and len(start) + len(end) <= len(link)
        and link.startswith(start)
        and link.endswith(end)
    )


def find_permalink(platform: Platform, url: str, own_host: str | None) -> Permalink | None:
    """The permalink in `url`; None when it is none of the platform.

    With `own_host` it must be one of the platform's simulation, which the broker itself serves. A
    platform without hosts of its own lives on everybody's servers: there the path alone tells.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if own_host is not None:
        if parts.hostname not in {own_host, *LOOPBACK_HOSTS}:
            return None
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/sandbox/{platform.id}"
        path = _path_below(parts, f"/sandbox/{platform.id}")
    elif not platform.hosts:
        origin, path = f"https://{parts.netloc.rpartition('@')[2]}", _path_if_secure(parts)
    else:
        origin, path = f"https://{platform.hosts[0]}", _path_at(parts, platform.hosts)
    for pattern in platform.permalinks:
        found = regex.fullmatch(pattern.removeprefix("^").removesuffix("$"), path or "")
        if found is not None:
            named = found.groupdict()
            return Permalink(named.get("handle"), named["id"], origin + found[0].rstrip("/"))
    return None


def _path_below(parts: SplitResult, prefix: str) -> str | None:
    return parts.path.removeprefix(prefix) if parts.path.startswith(prefix) else None


def _path_if_secure(parts: SplitResult) -> str | None:
    return parts.path if parts.scheme == "https" and parts.hostname else None


def _path_at(parts: SplitResult, hosts: Collection[str]) -> str | None:
    is_there = _bare_host(parts.hostname or "") in map(_bare_host, hosts)
    return parts.path if parts.scheme == "https" and is_there else None


def _bare_host(host: str) -> str:
    return host.removeprefix("www.")


def doubt(
    job: Job, permalink: Permalink | None, evidence: Evidence | None, *, is_waiting: bool = False
) -> str | None:
    """Why this evidence does not prove that the job's post is live; None when it does.

    With `is_waiting` the platform has the post and shows it to its author alone, without an
    address, until somebody lets it into the group.
    """
    if evidence is None:
        return "there is no evidence"
    if permalink is None and not (is_waiting and "groupId" in job.options):
        return "the address is no permalink of the platform"
    if not evidence.seen_live:
        return "the post was not seen live"
    authors = [evidence.account]
    if permalink is not None and permalink.handle is not None:
        authors.append(permalink.handle)
    if not all(same_handle(author, job.composed_account) for author in authors):
        return "the author is not the account that composed the post"
    if evidence.text is None or not same_text(job.part_text, evidence.text):
        return "the live text differs from the job's"
    return None
