"""Where on a platform a job goes: its feed, a group, or what a comment answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import regex

from postbroker.contract.catalogue import Place, PlaceName, Platform
from postbroker.contract.words import Kind
from postbroker.domain.matching import LOOPBACK_HOSTS

GROUP_ID = re.compile(r"[\w.-]{1,100}")
OF_COMMENTS = frozenset({"targetId", "targetUrl"})
OF_GROUPS: frozenset[Kind] = frozenset({"group_join", "group_status"})
"""Kinds that need a group."""


@dataclass
class TargetError(ValueError):
    """The target is missing or none of the platform's; `field` names what says so."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def read_target(
    platform: Platform, kind: Kind, given: Mapping[str, Any], own_host: str | None
) -> dict[str, Any]:
    """The options of a job with its target in its one spelling: a group's `groupId`; `targetUrl`
    and `targetId` of what a comment answers.

    With `own_host` an address may also be one of the simulation, which the broker itself serves.
    Raises TargetError.
    """
    if kind == "check":
        return dict(given)
    if kind == "comment":
        return _with_answered(platform, given, own_host)
    for field in OF_COMMENTS & given.keys():
        raise TargetError(field, "only a comment answers something")
    if kind in OF_GROUPS or "groupId" in given or "groupUrl" in given:
        return _with_group(platform, given, own_host)
    if kind == "group_search":
        _place(platform, "group", "platform")
    elif "feed" not in platform.places:
        raise TargetError("platform", f"{platform.name} takes no posts here")
    return dict(given)


def find_group(platform: Platform, url: str, own_host: str | None) -> tuple[str, str]:
    """The id of the group at an address, and that address in its one spelling.

    Raises TargetError.
    """
    found = _find(platform, _place(platform, "group", "url"), "url", url, own_host)
    return found.id, found.url


def _with_answered(
    platform: Platform, given: Mapping[str, Any], own_host: str | None
) -> dict[str, Any]:
    place = _place(platform, "comment", "platform")
    found = _find(platform, place, "targetUrl", given.get("targetUrl"), own_host)
    return {**given, "targetUrl": found.url, "targetId": found.id}


def _with_group(
    platform: Platform, given: Mapping[str, Any], own_host: str | None
) -> dict[str, Any]:
    id_, url = given.get("groupId"), given.get("groupUrl")
    place = _place(platform, "group", "groupUrl" if id_ is None else "groupId")
    if id_ is None and url is None:
        raise TargetError("groupId", "name the group by groupId or by groupUrl")
    group_id = None if id_ is None else _group_id(place, id_)
    if url is not None:
        found = _find(platform, place, "groupUrl", url, own_host)
        if group_id not in (None, found.id):
            raise TargetError("groupUrl", f"it names {found.id}, groupId names {group_id}")
        group_id = found.id
    return {**{k: v for k, v in given.items() if k != "groupUrl"}, "groupId": group_id}


def _group_id(place: Place, given: Any) -> str:
    id_ = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if "/" in id_:
        raise TargetError("groupId", "that is an address: send it as groupUrl")
    if not GROUP_ID.fullmatch(id_) or id_ in place.reserved:
        raise TargetError("groupId", "give the number or the name in the group's address")
    return id_


@dataclass(frozen=True, slots=True)
class _Found:
    id: str
    url: str


def _find(platform: Platform, place: Place, field: str, given: Any, own_host: str | None) -> _Found:
    """What an address names: the matched groups, joined by a slash, and its one spelling."""
    origin, path = _split(platform, field, given, own_host)
    for pattern in place.addresses:
        found = regex.match(pattern, path)
        ids = [part for part in found.groups() if part] if found else []
        if found and ids and not set(ids) & set(place.reserved):
            return _Found("/".join(ids), origin + found[0].rstrip("/"))
    raise TargetError(field, f"give an address such as {place.example}")


def _split(platform: Platform, field: str, given: Any, own_host: str | None) -> tuple[str, str]:
    """Origin and path of an address of the platform, however its host is spelt."""
    if not platform.hosts:
        raise TargetError(field, f"{platform.name} has no addresses to answer here")
    wanted = f"give an address that begins with https://{platform.hosts[0]}/"
    if not isinstance(given, str):
        raise TargetError(field, wanted)
    try:
        parts = urlsplit(given.strip())
        has_port = parts.port is not None
    except ValueError as error:
        raise TargetError(field, wanted) from error
    if "@" in parts.netloc:
        raise TargetError(field, "an address must not hold a user name")
    simulation = f"/sandbox/{platform.id}"
    if (
        own_host is not None
        and parts.scheme in ("http", "https")
        and parts.hostname in {own_host, *LOOPBACK_HOSTS}
        and parts.path.startswith(f"{simulation}/")
    ):
        origin = f"{parts.scheme}://{parts.netloc}{simulation}"
        return origin, parts.path.removeprefix(simulation)
    if parts.scheme not in ("http", "https") or has_port or not _is_at(parts, platform):
        raise TargetError(field, wanted)
    return f"https://{platform.hosts[0]}", parts.path


def _is_at(parts: SplitResult, platform: Platform) -> bool:
    """True on each host of the platform and below it: `m.`, `old.` and the like."""
    host = f".{parts.hostname or ''}"
    return any(host.endswith(f".{each.removeprefix('www.')}") for each in platform.hosts)


def _place(platform: Platform, name: PlaceName, field: str) -> Place:
    place = platform.places.get(name)
    if place is None:
        what = "groups" if name == "group" else "comments"
        raise TargetError(field, f"{platform.name} takes no {what} here")
    return place
