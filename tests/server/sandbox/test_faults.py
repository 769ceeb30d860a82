"""When a switch is spent, and that each is told of."""

import importlib
import re

import pytest

from postbroker.sandbox import faults
from postbroker.sandbox.app import SIMULATIONS
from postbroker.sandbox.faults import COMMON, Fault, FaultBoard, FaultError

HEADS = {
    "Page": "page",
    "Page with a composer": "composer",
    "Upload": "upload",
    "Publishing": "create",
    "List of the account": "profile",
}


def told(documentation: str | None) -> dict[str, str | None]:
    """Each switch that a module's table names, with the occasion it stands under."""
    occasion, found = None, {}
    for line in (documentation or "").splitlines():
        if line.endswith(":") and line[:-1] in HEADS:
            occasion = HEADS[line[:-1]]
        elif row := re.match(r"\| ([a-z0-9_]+)\b(?! *\| what)", line):
            found[row[1]] = occasion
    return found


def test_the_table_names_every_switch_under_its_occasion() -> None:
    assert told(faults.__doc__) == {name: each.occasion for name, each in COMMON.items()}


@pytest.mark.parametrize("platform", [each.site.id for each in SIMULATIONS])
def test_the_table_of_a_site_names_every_switch_of_its_own(platform: str) -> None:
    module = importlib.import_module(f"postbroker.sandbox.{platform}.faults")
    own = {name: each for name, each in module.SWITCHES.items() if name not in COMMON}
    assert told(module.__doc__) == {name: each.occasion for name, each in own.items()}


def test_a_switch_without_times_stays() -> None:
    board = FaultBoard(COMMON, {"captcha": Fault(True)})
    assert [board.take("captcha") for _ in range(3)] == [True, True, True]


def test_a_look_spends_nothing() -> None:
    board = FaultBoard(COMMON, {"captcha": Fault(True, 1)})
    assert [board.look("captcha"), board.take("captcha"), board.look("captcha")] == [
        True,
        True,
        None,
    ]


def test_times_may_stand_for_all_or_for_one() -> None:
    board = FaultBoard.from_json(
        COMMON,
        {"slow_network": 5, "http_429": {"times": 7}, "upload_fails": {"value": True}, "times": 2},
    )
    assert board.as_json() == {
        "slow_network": {"value": 5, "times": 2},
        "http_429": {"value": True, "times": 7},
        "upload_fails": {"value": True, "times": 2},
    }


def test_an_occasion_takes_its_own_switches_alone() -> None:
    board = FaultBoard.from_json(COMMON, {"other_text": True, "http_429": True, "times": 1})
    assert board.take_all("composer") == {"other_text": True}
    assert list(board) == ["http_429"]


def test_a_name_that_is_no_switch_is_refused_by_name() -> None:
    with pytest.raises(FaultError, match="captcah"):
        FaultBoard.from_json(COMMON, {"captcah": True})
