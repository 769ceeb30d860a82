"""Which locators may take the place of others."""

import pytest

from postbroker.catalogue import load_locators
from postbroker.domain.locators import is_newer, pattern_problem, problems_of
from server.examples import read_example

PATTERNS = read_example("patterns")
X = load_locators()["x"]


@pytest.mark.parametrize("pattern", PATTERNS["valid"])
def test_pattern_may_be_used(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize("pattern", PATTERNS["invalid"])
def test_pattern_is_refused(pattern: str) -> None:
    assert "pattern" in (pattern_problem(pattern) or "")


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [
        ("2026.12.01", "2026.11.24", True),
        ("2026.11.24", "2026.11.24", False),
        ("2026.11.24", "2026.12.01", False),
        ("2026.11.24.2", "2026.11.24", True),
        ("2026.11.24", "2026.11.24.1", False),
        ("2026.11.24.10", "2026.11.24.9", True),
        ("2027.01.01", "2026.11.24.9", True),
    ],
)
def test_versions_are_compared_number_by_number(version: str, than: str, newer: bool) -> None:
    assert is_newer(version, than) is newer


@pytest.mark.parametrize("platform", sorted(load_locators()))
def test_what_is_bundled_keeps_to_the_rules(platform: str) -> None:
    bundled = load_locators()[platform]
    assert problems_of(bundled, bundled) == []
    assert bundled.expected, "a check would miss nothing"


def test_all_that_is_wrong_is_said_at_once() -> None:
    locators = dict(X.locators)
    del locators["toast"], locators["dialog"]
    problems = problems_of(X.model_copy(update={"locators": locators}), X)
    assert "the locator 'dialog' is missing" in problems
    assert "the scope of 'textBox' leads to 'dialog', which is no other locator" in problems
    assert "the scope of 'toastLink' leads to 'toast', which is no other locator" in problems
