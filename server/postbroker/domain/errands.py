"""What an errand brought back: a browser's word is checked and weighed before it counts."""

import math
from collections.abc import Mapping
from typing import Any

import regex

from postbroker.contract.catalogue import Platform
from postbroker.contract.groups import (
    FoundGroup,
    FoundGroups,
    GroupButton,
    GroupFilters,
    GroupResult,
    GroupSearch,
    GroupSignals,
)
from postbroker.contract.locators import CheckReport
from postbroker.contract.words import ButtonState
from postbroker.domain.job import Job
from postbroker.domain.matching import same_handle
from postbroker.domain.targets import TargetError, find_group

ASKED: frozenset[ButtonState] = frozenset({"joined", "requested"})
"""What the button of a group says once the account is in, or has asked to be let in."""

NAME_WEIGHT, SIZE_WEIGHT, ACTIVITY_WEIGHT = 0.6, 0.25, 0.15
LARGE_GROUP = 1_000_000
"""Members from which on a group gains nothing more by its size."""
LIVELY_GROUP = 10
"""Posts a day from which on a group gains nothing more by its activity."""

_WORD = regex.compile(r"[\p{L}\p{N}]+")


def answer_of(
    job: Job, details: Mapping[str, Any], platform: Platform, own_host: str | None
) -> dict[str, Any]:
    """The details of a report that an errand is done, as they are kept. Raises ValueError.

    Addresses that are no group's are left out, with `own_host` those outside the simulation too.
    """
    if job.kind == "group_search":
        found = FoundGroups.model_validate(details.get("groupSearch"))
        search = GroupSearch(results=rank(job, found.results, platform, own_host))
        return {"groupSearch": search.model_dump(mode="json", exclude_none=True)}
    if job.kind == "check":
        check = CheckReport.model_validate(details.get("check"))
        if job.account and check.account and not same_handle(job.account, check.account):
            # Who asked about one account is not told of another.
            check = check.model_copy(update={"account": None})
        return {"check": check.model_dump(mode="json", exclude_none=True)}
    button = GroupButton.model_validate({"buttonState": details.get("buttonState")})
    return {**details, **button.model_dump(mode="json")}


def rank(
    job: Job, found: list[FoundGroup], platform: Platform, own_host: str | None
) -> list[GroupResult]:
    """What passes the job's filters, each group once, best first, no more than its limit."""
    filters = GroupFilters.model_validate(job.options.get("filters", {}))
    results = dict[str, GroupResult]()
    for each in found:
        try:
            group_id, url = find_group(platform, each.url, own_host)
        except TargetError:
            continue
        if group_id not in results and _passes(each, filters):
            results[group_id] = _weigh(job.text, each.model_copy(update={"url": url}))
    best = sorted(results.values(), key=lambda result: -result.score)
    return best[: job.options.get("limit", len(best))]


def _passes(group: FoundGroup, filters: GroupFilters) -> bool:
    is_large = group.member_count is None or group.member_count >= (filters.min_members or 0)
    return is_large and (filters.privacy == "any" or group.privacy in (filters.privacy, "unknown"))


def _weigh(query: str, group: FoundGroup) -> GroupResult:
    wanted, named = _words(query), _words(group.name)
    hits = sorted(wanted & named)
    size = math.log(max(group.member_count or 1, 1), LARGE_GROUP)
    activity = (group.activity_per_day or 0) / LIVELY_GROUP
    score = (
        NAME_WEIGHT * len(hits) / max(len(wanted), 1)
        + SIZE_WEIGHT * min(size, 1)
        + ACTIVITY_WEIGHT * min(activity, 1)
    )
    reasons = [f"its name holds {hit}" for hit in hits]
    if group.member_count is not None:
        reasons.append(f"{group.member_count} members")
    if group.activity_per_day is not None:
        reasons.append(f"about {group.activity_per_day:g} posts a day")
    return GroupResult(
        **group.model_dump(),
        score=round(score, 2),
        reasons=reasons,
        signals=GroupSignals(
            keyword_hit=bool(wanted) and wanted <= named,
            member_count=group.member_count,
            activity_per_day=group.activity_per_day,
        ),
    )


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
