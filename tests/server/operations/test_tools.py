"""The table of tools, and the schemas that a model reads with every request."""

import json

import pytest

from postbroker.contract.agents import PlatformList
from postbroker.contract.jobs import CreateTweet, JobAnswer
from postbroker.operations.schemas import given, taken
from postbroker.operations.tools import TOOLS, Tool

NAMED = (
    "create_",
    "list_",
    "get_",
    "validate_",
    "cancel_",
    "retry_",
    "search_",
    "join_",
    "explain_",
)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_says_what_it_does_and_promises_nothing_that_cannot_be(tool: Tool) -> None:
    assert tool.name.startswith(NAMED)
    assert 40 <= len(tool.description) <= 1200
    assert not (tool.read_only and tool.destructive)


def test_there_are_fourteen() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS) == 14


class TestSchemas:
    def test_what_names_and_types_say_is_not_said_again(self) -> None:
        text = json.dumps([taken(CreateTweet), given(JobAnswer), given(PlatformList)])
        assert '"title":' not in text.replace('"title": {', "")
        assert '"null"' not in text

    def test_what_is_ignored_is_not_offered(self) -> None:
        assert "tenantId" not in taken(CreateTweet)["properties"]
        assert "tenantId" in given(JobAnswer)["properties"]

    def test_defaults_are_told(self) -> None:
        assert taken(CreateTweet)["properties"]["platform"]["default"] == "x"

    def test_every_definition_is_there_and_none_is_idle(self) -> None:
        for schema in (taken(CreateTweet), given(JobAnswer), given(JobAnswer, ("groupSearch",))):
            text = json.dumps(schema)
            defined = {*schema.get("$defs", {})}
            used = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
            assert used == defined

    def test_what_is_untold_is_an_object(self) -> None:
        brief = given(JobAnswer, ("groupSearch",))
        assert brief["$defs"]["JobDetails"]["properties"]["groupSearch"] == {"type": "object"}
        assert "GroupResult" not in brief["$defs"]
