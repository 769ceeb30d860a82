"""Finds what a platform takes for a URL in a text, with or without a protocol."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

_ASSUMED_PROTOCOL = "https://"
_PROTOCOLS = ("https://", "http://")
_LABEL_EDGE_MARKS = "-_"
_DOTS_TO_PUNYCODE = re.compile(r"[\u3002\uFF0E\uFF61]")
_PUNYCODE_PREFIX = "xn--"
_PUNYCODE_LABEL = re.compile(r"[Xx][Nn]--[0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class UrlRules:
    """The part of shared/text/<platform>.json that says what a URL is, compiled."""

    length_max: int
    label_length_max: int
    short_link_slug_max: int
    top_level_domains: frozenset[str]
    top_level_domain_length_max: int
    dotted_run: re.Pattern[str]
    """As many characters as may stand in a domain, at least one of them a dot."""
    inner_dot: re.Pattern[str]
    """A dot before what may be a top-level domain; no URL is without one."""
    start: re.Pattern[str]
    """The first character of a domain, where what is before it allows one."""
    not_before: re.Pattern[str]
    not_before_bare_domain: re.Pattern[str]
    not_after_top_level_domain: re.Pattern[str]
    bare_label_end: re.Pattern[str]
    tail: re.Pattern[str]
    """Port, path and query; matches nothing where there is none."""
    short_link: re.Pattern[str]

    @classmethod
    def from_json(cls, rules: Mapping[str, Any]) -> Self:
        top_level_domains = frozenset(rules["topLevelDomains"].split())
        not_in_domain = rules["notInDomain"]
        in_domain = f"[^{not_in_domain}]"
        path, path_end = f"[{rules['path']}]", f"[{rules['pathEnd']}]"
        parentheses = rf"\((?:{path}+|{path}*\({path}+\){path}*)\)"
        segment = rf"(?:{path}*(?:{parentheses}{path}*)*(?:{path_end}|{parentheses})|@{path}+/)"
        query = rf"\?[{rules['query']}]*[{rules['queryEnd']}]"
        host = re.escape(rules["shortLinkHost"])
        return cls(
            length_max=rules["lengthMax"],
            label_length_max=rules["labelLengthMax"],
            short_link_slug_max=rules["shortLinkSlugMax"],
            top_level_domains=top_level_domains,
            top_level_domain_length_max=max(map(len, top_level_domains)),
            dotted_run=re.compile(rf"(?<!{in_domain})[^.{not_in_domain}]*\.{in_domain}*"),
            inner_dot=re.compile(rf"\.[^.{not_in_domain}]"),
            start=re.compile(f"(?<![{rules['notBefore']}])[^{_LABEL_EDGE_MARKS}]"),
            not_before=re.compile(f"[{rules['notBefore']}]"),
            not_before_bare_domain=re.compile(f"[{rules['notBeforeBareDomain']}]"),
            not_after_top_level_domain=re.compile(f"[{rules['notAfterTopLevelDomain']}]"),
            bare_label_end=re.compile(rf"[{rules['bareDomain']}]+\Z"),
            tail=re.compile(rf"(?::[0-9]+)?(?P<path>/{segment}*)?(?:{query})?"),
            short_link=re.compile(
                rf"https?://{host}/(?P<slug>[a-z0-9]+)(?:{query})?", re.IGNORECASE
            ),
        )


@dataclass(frozen=True, slots=True)
class _Label:
    """What stands between two dots, and where a domain ends that has this label before its last."""

    start: int
    end: int
    last_underscore: int
    """Its last underscore, or the place before the label."""
    far_end: int | None
    """End of the domain when more labels follow before the top level."""
    near_end: int | None
    """End of the domain when the top level follows at once; then an underscore is not allowed."""
    top_level_end: int | None
    """End of the top-level domain that this label begins with."""

    def domain_end(self, text: str, start: int) -> int | None:
        if start >= self.end or text[start] in _LABEL_EDGE_MARKS:
            return None
        if self.far_end is not None:
            return self.far_end
        return self.near_end if start > self.last_underscore else None


def may_hold_urls(text: str, rules: UrlRules) -> bool:
    """False when `find_urls` would find none, known at a glance."""
    return rules.inner_dot.search(text) is not None


def find_urls(text: str, rules: UrlRules) -> Iterator[tuple[int, int]]:
    """Start and end of each URL, in order, as X's own pattern would find them.

    That pattern tries each character as a start and takes quadratic time. This walks once over the
    dotted runs of domain characters and finds the same, quirks included: they decide what fits.
    """
    resume = 0  # the end of the last match, counted or refused; the next begins after one character
    for run in rules.dotted_run.finditer(text):
        labels = _labels(run[0], run.start(), text, rules)
        for label in labels:
            domain = _domain_from(text, label, resume, rules)
            if domain is None:
                continue
            url_start, start, end = domain
            tail_end, has_path = _tail(text, end, rules)
            resume = tail_end
            if not _is_short_enough(
                text[start:end], start - url_start, tail_end - url_start, rules
            ):
                continue
            if url_start < start:
                yield from _with_protocol(text, url_start, tail_end, rules)
            elif start == 0 or not rules.not_before_bare_domain.match(text, start - 1):
                path_length = tail_end - end if has_path else 0
                yield from _without_protocol(text, labels, start, end, path_length, rules)


def _labels(run: str, offset: int, text: str, rules: UrlRules) -> list[_Label]:
    """The labels of one run; what a domain may still reach is known from right to left."""
    labels: list[_Label] = []
    far_end = near_end = None
    end = offset + len(run)
    for name in reversed(run.split(".")):
        start = end - len(name)
        ends_well = name != "" and name[-1] not in _LABEL_EDGE_MARKS
        label = _Label(
            start=start,
            end=end,
            last_underscore=start + name.rfind("_"),
            far_end=far_end if ends_well else None,
            near_end=near_end if ends_well else None,
            top_level_end=_top_level_end(text, start, end, rules) if start > offset else None,
        )
        labels.append(label)
        far_end, near_end = label.domain_end(text, start), label.top_level_end
        end = start - 1
    return labels[::-1]


def _top_level_end(text: str, start: int, label_end: int, rules: UrlRules) -> int | None:
    for end in range(min(label_end, start + rules.top_level_domain_length_max), start, -1):
        is_listed = text[start:end].lower() in rules.top_level_domains
        if is_listed and not rules.not_after_top_level_domain.match(text, end):
            return end
    punycode = _PUNYCODE_LABEL.match(text, start, label_end)
    return punycode.end() if punycode else None


def _domain_from(
    text: str, label: _Label, resume: int, rules: UrlRules
) -> tuple[int, int, int] | None:
    """Start of URL, start and end of domain, for the first domain that begins in this label."""
    url_start = _protocol_start(text, label.start, resume, rules)
    start, end = label.start, label.domain_end(text, label.start)
    if url_start is not None and end is not None:
        return url_start, start, end
    first = label.start if label.far_end is not None else label.last_underscore + 1
    found = rules.start.search(text, max(first, resume + 1), label.end)
    if first == 0 and end is not None and not (found and found.start() == 1):
        return 0, 0, end  # X tries a text's beginning only after its second character
    if found is None:
        return None
    end = label.domain_end(text, found.start())
    return None if end is None else (found.start(), found.start(), end)


def _protocol_start(text: str, domain_start: int, resume: int, rules: UrlRules) -> int | None:
    for protocol in _PROTOCOLS:
        start = domain_start - len(protocol)
        if start >= 0 and text[start:domain_start].lower() == protocol:
            is_free = start == 0 or (start > resume and not rules.not_before.match(text, start - 1))
            return start if is_free else None
    return None


def _tail(text: str, start: int, rules: UrlRules) -> tuple[int, bool]:
    """The end of port, path and query after a domain, and whether there is a path."""
    tail = rules.tail.match(text, start)
    return (tail.end(), tail["path"] is not None) if tail else (start, False)


def _is_short_enough(domain: str, protocol_length: int, url_length: int, rules: UrlRules) -> bool:
    # X adds the protocol's length although the URL has it already.
    counted = url_length + (protocol_length or len(_ASSUMED_PROTOCOL))
    return counted <= rules.length_max and all(
        _is_label_short_enough(label, rules.label_length_max) for label in domain.split(".")
    )


def _is_label_short_enough(label: str, length_max: int) -> bool:
    if label.isascii() or len(label) > length_max:
        return len(label) <= length_max
    return (
        sum(map(_punycode_length, parts := _DOTS_TO_PUNYCODE.split(label))) + len(parts) - 1
        <= length_max
    )


def _punycode_length(label: str) -> int:
    return len(label) if label.isascii() else len(_PUNYCODE_PREFIX) + len(label.encode("punycode"))


def _with_protocol(text: str, start: int, end: int, rules: UrlRules) -> Iterator[tuple[int, int]]:
    short_link = rules.short_link.match(text, start, end)
    if short_link is None:
        yield start, end
    elif len(short_link["slug"]) <= rules.short_link_slug_max:
        yield start, short_link.end()


def _without_protocol(
    text: str, labels: list[_Label], start: int, end: int, path_length: int, rules: UrlRules
) -> Iterator[tuple[int, int]]:
    """The parts of a domain that have plain letters only; the last is longer by the path.

    X adds the path's length even where other letters lie between the part and the path.
    """
    found: list[tuple[int, int]] = []
    piece: int | None = None
    piece_end: int | None = None
    for label in labels:
        label_start, label_end = max(label.start, start), min(label.end, end)
        if label_start >= label_end:
            continue
        if piece is not None and label.top_level_end is not None:
            piece_end = label.top_level_end
        plain = rules.bare_label_end.search(text, label_start, label_end)
        if piece is None or plain is None or plain.start() > label_start:
            if piece is not None and piece_end is not None:
                found.append((piece, piece_end))
            piece, piece_end = plain.start() if plain else None, None
    if piece is not None and piece_end is not None:
        found.append((piece, piece_end))
    if found:
        yield from found[:-1]
        yield found[-1][0], found[-1][1] + path_length
