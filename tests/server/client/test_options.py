"""The keyword arguments of calls are the fields of the requests, no less and no more."""

import pytest

from postbroker.client import options
from postbroker.contract.accounts import ChangeAccount
from postbroker.contract.connections import StartConnection
from postbroker.contract.jobs import (
    CheckControls,
    CreateComment,
    CreateTweet,
    NameGroup,
    SearchGroups,
)
from postbroker.contract.keys import CreateKey
from postbroker.contract.message import Message
from postbroker.contract.requests import ListJobs

IGNORED = {"tenant_id"}
"""The broker takes it as Claw Post's clients send it, and ignores it."""


@pytest.mark.parametrize(
    ("taken", "request_type", "positional"),
    [
        (options.PostOptions, CreateTweet, {"text"}),
        (options.CommentOptions, CreateComment, {"text", "target_url"}),
        (options.SearchOptions, SearchGroups, {"query"}),
        (options.GroupOptions, NameGroup, set()),
        (options.CheckOptions, CheckControls, {"platform"}),
        (options.JobFilters, ListJobs, {"cursor"}),
        (options.ConnectionOptions, StartConnection, {"platform"}),
        (options.KeyOptions, CreateKey, {"label"}),
        (options.AccountChange, ChangeAccount, {"id"}),
    ],
)
def test_options_are_whole(taken: type, request_type: type[Message], positional: set[str]) -> None:
    fields = set(request_type.model_fields) - positional - IGNORED
    assert set(taken.__annotations__) == fields
