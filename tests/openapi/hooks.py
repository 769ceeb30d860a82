"""What the attack must not do: end the key that it comes with. Schemathesis loads this file."""

import os
from typing import Any

import schemathesis

NOBODY = "33333333-3333-4333-8333-333333333333"
OWN_KEY = os.environ["OWN_KEY_ID"]  # noqa: TID251  Schemathesis hands nothing else over


@schemathesis.hook
def before_call(_context: object, case: "schemathesis.Case[Any]", _kwargs: dict[str, Any]) -> None:
    """Name nobody's key where a call that changes something names our own."""
    if case.method != "GET" and case.path_parameters.get("id") == OWN_KEY:
        case.path_parameters["id"] = NOBODY
