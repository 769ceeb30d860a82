"""What a person must do, with the place named."""

import pytest

from postbroker.catalogue import load_platforms
from postbroker.domain.person import AFTER_FAILURES, login_step, site_of, step_after
from postbroker.errors import error_codes

PLATFORMS = load_platforms()


def test_a_platform_is_known_by_its_host() -> None:
    assert site_of(PLATFORMS["linkedin"]) == "linkedin.com"
    assert site_of(PLATFORMS["x"].model_copy(update={"hosts": []})) == "X"


@pytest.mark.parametrize(
    ("account", "browsers", "said"),
    [
        (None, ["laptop"], "The user must log in to x.com in the browser «laptop»"),
        ("@ada", ["laptop"], "The user must log in to x.com as @ada in the browser «laptop»"),
        (None, ["a", "b"], "The user must log in to x.com in one of the browsers «a», «b»"),
    ],
)
def test_a_login_is_asked_for_where_it_is_missing(
    account: str | None, browsers: list[str], said: str
) -> None:
    assert login_step("x.com", account, browsers) == said


@pytest.mark.parametrize("code", sorted(AFTER_FAILURES))
def test_every_code_with_a_place_is_a_person_s(code: str) -> None:
    assert error_codes()[code].actor == "user"
    said = step_after(code, "x.com", "@ada", "laptop")
    assert said is not None
    assert said.startswith("The user must ")
    assert "«laptop»" in said
    assert said.endswith("; then retry the post.")


def test_where_no_place_helps_none_is_named() -> None:
    assert step_after("expired", "x.com", None, "laptop") is None
