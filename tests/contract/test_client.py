"""Whatever agents can ask of the broker, the Python client can."""

import re
from pathlib import Path

import pytest

import postbroker.client.calls
from postbroker.http.endpoints import ENDPOINTS, Endpoint

OF_THE_EXTENSION = re.compile(r"/v1/extension/|/v1/connect/(?!pair)")
ASKED_IN_TWO = {"create_post", "validate_key"}
"""A post that is waited for is `post` and `wait`; a key is checked by `credential`."""


def sources() -> str:
    """The calls, with what stands in braces of a path as its name in the table."""
    (folder,) = postbroker.client.calls.__path__
    text = "\n".join(file.read_text(encoding="utf-8") for file in Path(folder).glob("*.py"))
    return re.sub(r"\{[^{}\s\"]+\}", "{}", text)


SOURCES = sources()


@pytest.mark.parametrize(
    "endpoint",
    [each for each in ENDPOINTS if not OF_THE_EXTENSION.match(each.path)],
    ids=lambda endpoint: endpoint.operation,
)
def test_an_operation_has_a_call(endpoint: Endpoint) -> None:
    path = re.sub(r"\{\w+\}", "{}", endpoint.path)
    assert endpoint.operation in ASKED_IN_TWO or f'"{path}"' in SOURCES
