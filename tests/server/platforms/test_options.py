"""Options are told what is wrong with them, each by its name."""

from typing import Annotated

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import Field

from postbroker.contract.message import Message
from postbroker.platforms.options import option_problems, options_of, schema_of


class Example(Message):
    """Options of a platform."""

    how_many: Annotated[int, Field(ge=1)] = 1
    tags: list[str] = Field(default_factory=list)


def test_right_options_have_no_problems() -> None:
    given = {"howMany": 2, "tags": ["a"]}
    assert option_problems(Example, given) == []
    assert options_of(Example, given) == Example(how_many=2, tags=["a"])


def test_every_problem_has_its_field() -> None:
    problems = option_problems(Example, {"howMany": 0, "tags": ["a", 1], "colour": "red"})
    assert [each.field for each in problems] == [
        "platformPayload.howMany", "platformPayload.tags.1", "platformPayload.colour",
    ]  # fmt: skip
    assert {each.code for each in problems} == {"VALIDATION_FAILED"}


def test_the_schema_judges_alike() -> None:
    schema = schema_of(Example)
    Draft202012Validator.check_schema(schema)
    judge = Draft202012Validator(schema)
    assert judge.is_valid({"howMany": 2})
    assert not judge.is_valid({"howMany": 0})
    assert not judge.is_valid({"colour": "red"})
