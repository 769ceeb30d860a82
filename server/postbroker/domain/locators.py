"""Which locators may take the place of others: newer, whole, and harmless.

The extension decides by the same rules (`extension/src/background/packs.ts`); here they keep a pack
that it would refuse from being signed.
"""

import re
from collections.abc import Iterator, Mapping

from postbroker.contract.catalogue import Locator, Locators
from postbroker.domain.selectors import SelectorError, check_candidate

ENDLESS_MAX = 3
"""How often `*` and `+` may stand in a pattern: each makes a search slower by a length."""

_PLACEHOLDER = re.compile(r"\{\w+\}", re.ASCII)
_TOKEN = re.compile(
    r"""(?P<open>\((?:\?[:!=])?)
    |(?P<close>\))
    |(?P<repeat>[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})
    |\\[dDwWsSbB./?*+()\[\]{}|^$-]
    |\[\^?(?:\\[dws./\]^-]|[^\]\\\[])+\]
    |[^\\*+?{}()\[\]]
    """,
    re.VERBOSE | re.ASCII,
)


def version_key(version: str) -> tuple[int, ...]:
    """What versions are compared by."""
    return tuple(int(part) for part in version.split("."))


def is_newer(version: str, than: str) -> bool:
    """True when `version` is above the other one."""
    return version_key(version) > version_key(than)


def problems_of(pack: Locators, bundled: Locators) -> list[str]:
    """Why the adapter that knows the `bundled` locators could not work with these; all reasons."""
    if pack.platform != bundled.platform:
        return [f"it is for {pack.platform}"]
    return [
        *_missing("locator", pack.locators, bundled.locators),
        *_missing("path", pack.paths, bundled.paths),
        *_missing("wait", pack.wait_seconds, bundled.wait_seconds),
        *_missing("locator", pack.locators, dict.fromkeys(pack.expected)),
        *_about_paths(pack, bundled),
        *_about_patterns([*pack.logged_out_paths, *pack.challenge_paths]),
        *_about_selectors(pack),
        *_about_scopes(pack.locators),
    ]


def pattern_problem(pattern: str) -> str | None:
    """Why a regular expression may not be used; None for one that both languages read alike and
    that no text makes slow: no group is repeated, and little is repeated without an end."""
    depth = endless = at = 0
    before = "nothing"
    while at < len(pattern):
        found = _TOKEN.match(pattern, at)
        if found is None:
            return f"the pattern {pattern!r} is not understood from character {at + 1} on"
        kind = found.lastgroup or "one"
        if kind == "repeat":
            if before in ("nothing", "repeat", "open") or (before == "close" and found[0] != "?"):
                return f"the pattern {pattern!r} repeats a group, or nothing"
            endless += found[0] in "*+" or found[0].endswith(",}")
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            break
        at, before = found.end(), kind
    if depth != 0:
        return f"the pattern {pattern!r} has an odd parenthesis"
    if endless > ENDLESS_MAX:
        return f"the pattern {pattern!r} repeats more than {ENDLESS_MAX} times without an end"
    try:
        re.compile(pattern)
    except re.error as error:
        return f"the pattern {pattern!r} is none: {error}"
    return None


def _missing(what: str, there: Mapping[str, object], wanted: Mapping[str, object]) -> Iterator[str]:
    for name in wanted:
        if name not in there:
            yield f"the {what} {name!r} is missing"


def _about_paths(pack: Locators, bundled: Locators) -> Iterator[str]:
    """What is compiled into the manifest and the hook cannot change with a pack."""
    if pack.paths.get("compose") != bundled.paths.get("compose"):
        yield "the path 'compose' is another one: only a new extension can change it"
    if pack.network != bundled.network:
        yield "the network patterns are others: only a new extension can change them"
    for name, path in bundled.paths.items():
        words = sorted(_PLACEHOLDER.findall(path))
        if name in pack.paths and sorted(_PLACEHOLDER.findall(pack.paths[name])) != words:
            yield f"the path {name!r} must hold {' '.join(words) or 'no placeholder'}"


def _about_patterns(patterns: list[str]) -> Iterator[str]:
    for pattern in patterns:
        if problem := pattern_problem(pattern):
            yield problem


def _about_selectors(pack: Locators) -> Iterator[str]:
    named = {name: locator.candidates for name, locator in pack.locators.items()}
    for where, candidates in {**named, "dismiss": pack.dismiss}.items():
        for candidate in candidates:
            try:
                check_candidate(candidate)
            except SelectorError as error:
                yield f"{where}: {error}"


def _about_scopes(locators: Mapping[str, Locator]) -> Iterator[str]:
    for name, locator in locators.items():
        seen, scope = {name}, locator.scope
        while scope is not None and scope in locators and scope not in seen:
            seen.add(scope)
            scope = locators[scope].scope
        if scope is not None:
            yield f"the scope of {name!r} leads to {scope!r}, which is no other locator"
