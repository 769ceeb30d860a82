"""Which selectors locators may use; the extension's own tests read the same examples."""

import pytest

from postbroker.catalogue import load_locators
from postbroker.domain.selectors import SelectorError, check_candidate
from server.examples import read_example

EXAMPLES = read_example("selectors")
BUNDLED = {
    candidate
    for locators in load_locators().values()
    for candidates in [
        locators.dismiss,
        *(each.candidates for each in locators.locators.values()),
    ]
    for candidate in candidates
}


@pytest.mark.parametrize("candidate", EXAMPLES["valid"])
def test_selector_may_be_used(candidate: str) -> None:
    check_candidate(candidate)


@pytest.mark.parametrize("candidate", EXAMPLES["invalid"])
def test_selector_is_refused(candidate: str) -> None:
    with pytest.raises(SelectorError, match="is no selector from character"):
        check_candidate(candidate)


@pytest.mark.parametrize("candidate", sorted(BUNDLED))
def test_what_is_bundled_keeps_to_the_rules(candidate: str) -> None:
    check_candidate(candidate)
