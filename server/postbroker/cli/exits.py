"""The exit codes: what a program learns of the end of a command without reading a word."""

from enum import IntEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from postbroker.contract.problems import Actor

Ended = Literal["request", "job"]
"""What a code says the end of: a request that was refused, or a job."""


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    OTHER = 1
    USAGE = 2
    PERSON = 3
    POLICY = 4
    PLATFORM = 5
    UNKNOWN = 6
    OFFLINE = 7


EXIT_CODES_HELP = (
    "Exit codes: 0 done, 2 wrong usage, 3 a person is needed, 4 refused by policy, "
    "5 the platform failed, 6 outcome unknown, 7 browser offline, 1 anything else."
)

USAGE_STATUSES = frozenset({400, 405, 406, 413, 415, 422})
POLICY_STATUSES = frozenset({401, 402, 403, 429})

OWN_EXITS: dict[str, Exit] = {
    "EXTENSION_NOT_PAIRED": Exit.OFFLINE,
    "browser_lost": Exit.OFFLINE,
    "expired": Exit.OFFLINE,
    "outcome_unknown": Exit.UNKNOWN,
    "restored": Exit.UNKNOWN,
    "rejected": Exit.POLICY,
    "canceled": Exit.OTHER,
    "PERMIT_REFUSED": Exit.POLICY,
    "PLATFORM_UNREACHABLE": Exit.PLATFORM,
    "INVALID_SETTING": Exit.USAGE,
    "NO_KEY": Exit.USAGE,
    "LOGIN_NEEDED": Exit.PERSON,
}
"""Codes whose exit does not follow from who must act and from the HTTP status."""

OWN_EXITS_OF_REQUESTS: dict[str, Exit] = {"duplicate_content": Exit.POLICY}
"""What the broker's own rules refuse, where the platform would say the same of a job."""


def exit_of(
    code: str, ended: Ended, actor: "Actor | None" = None, status: int | None = None
) -> Exit:
    """The exit for a code; `actor` and `status` help for one that this version does not know."""
    from postbroker.errors import error_codes

    known = error_codes().get(code)
    if known is not None:
        actor, status = known.actor, known.status
    if ended == "request" and code in OWN_EXITS_OF_REQUESTS:
        return OWN_EXITS_OF_REQUESTS[code]
    if code in OWN_EXITS:
        return OWN_EXITS[code]
    if actor == "user":
        return Exit.PERSON
    if ended == "job":
        return Exit.PLATFORM
    if status in USAGE_STATUSES:
        return Exit.USAGE
    return Exit.POLICY if status in POLICY_STATUSES else Exit.OTHER
