"""Records: dataclasses that nothing slows down when they are made."""

from dataclasses import replace

import pytest

from postbroker.domain.record import record


@record(frozen=True, slots=True)
class Ferry:
    name: str
    seats: int = 80


def test_a_record_is_known_by_what_it_holds() -> None:
    assert len({Ferry("Ada"), Ferry("Ada", 80), Ferry("Ada", 90)}) == 2


def test_a_record_is_changed_by_copy() -> None:
    ada = Ferry("Ada")
    assert (replace(ada, seats=90), ada) == (Ferry("Ada", 90), Ferry("Ada", 80))


def test_a_record_takes_no_field_it_does_not_have() -> None:
    with pytest.raises(AttributeError):
        setattr(Ferry("Ada"), "deck", 2)  # noqa: B010  a plain assignment the type checker refuses
