"""The options of a post, `platformPayload`, as a message of its platform: schema and problems.

An adapter writes its options once, as a Message; a form is drawn from its schema.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError

from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem

FIELD = "platformPayload"

OptionsT = TypeVar("OptionsT", bound=Message)


@cache
def schema_of(model: type[Message]) -> Mapping[str, Any]:
    """The JSON Schema of the options, made once."""
    return model.model_json_schema(by_alias=True)


def option_problems(model: type[Message], given: Mapping[str, Any]) -> list[FieldProblem]:
    """Everything that is wrong with the options."""
    try:
        model.model_validate(dict(given))
    except ValidationError as error:
        return [
            FieldProblem(
                field=".".join([FIELD, *map(str, each["loc"])]),
                code="VALIDATION_FAILED",
                message=each["msg"].removeprefix("Value error, "),
            )
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    return []


def options_of(model: type[OptionsT], given: Mapping[str, Any]) -> OptionsT:
    """The options of a draft that was validated."""
    return model.model_validate(dict(given))


def problem(field: str, code: str, message: str) -> FieldProblem:
    """One thing that is wrong with a draft."""
    return FieldProblem(field=field, code=code, message=message)
