"""When a switch is spent."""

import re

import pytest

from postbroker.sandbox.x import faults
from postbroker.sandbox.x.faults import OCCASIONS, Fault, FaultBoard, FaultError


def test_the_table_of_the_module_names_every_switch_under_its_occasion() -> None:
    heads = {"Page": "page", "Page with a composer": "composer", "CreateTweet": "create"}
    heads["List of the profile"] = "profile"
    occasion, told = None, {}
    for line in (faults.__doc__ or "").splitlines():
        if line.endswith(":") and line[:-1] in heads:
            occasion = heads[line[:-1]]
        elif found := re.match(r"\| ([a-z0-9]+_[a-z0-9_]+|captcha)\b", line):
            told[found[1]] = occasion
    assert told == dict(OCCASIONS)


def test_a_switch_without_times_stays() -> None:
    board = FaultBoard({"captcha": Fault(True)})
    assert [board.take("captcha") for _ in range(3)] == [True, True, True]


def test_a_look_spends_nothing() -> None:
    board = FaultBoard({"captcha": Fault(True, 1)})
    assert [board.look("captcha"), board.take("captcha"), board.look("captcha")] == [
        True,
        True,
        None,
    ]


def test_times_may_stand_for_all_or_for_one() -> None:
    board = FaultBoard.from_json(
        {"slow_network": 5, "error_226": {"times": 7}, "error_187": {"value": True}, "times": 2}
    )
    assert board.as_json() == {
        "slow_network": {"value": 5, "times": 2},
        "error_226": {"value": True, "times": 7},
        "error_187": {"value": True, "times": 2},
    }


def test_an_occasion_takes_its_own_switches_alone() -> None:
    board = FaultBoard.from_json({"other_text": True, "error_226": True, "times": 1})
    assert board.take_all("composer") == {"other_text": True}
    assert list(board) == ["error_226"]


def test_a_name_that_is_no_switch_is_refused_by_name() -> None:
    with pytest.raises(FaultError, match="captcah"):
        FaultBoard.from_json({"captcah": True})
