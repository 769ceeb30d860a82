"""Named points at which a test may kill the process; without the setting they do nothing."""

import os
import signal
from collections.abc import Callable
from typing import Literal

CrashPoint = Literal[
    "accepted",
    "lease_written",
    "permit_written",
    "report_received",
    "report_written",
    "api_prepared",
    "api_permitted",
    "api_committed",
    "api_concluded",
]

Crash = Callable[[CrashPoint], None]


def never(point: CrashPoint) -> None:
    """What runs everywhere but in crash tests."""


def crash_at(wanted: str | None) -> Crash:
    """Kill this process, without any clean-up, when it first reaches the point `wanted`."""
    if wanted is None:
        return never

    def crash(point: CrashPoint) -> None:
        if point == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return crash
