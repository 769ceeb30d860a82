"""No line of the log holds a secret."""

import pytest

from postbroker.domain.key import new_key
from postbroker.logs import HIDDEN, hide_secrets


@pytest.mark.parametrize(
    "secret_in",
    ["key {} refused", "GET /dashboard/sign-in?token={}&next=x", "Authorization: Bearer {}"],
)
def test_secret_is_hidden_wherever_it_stands(secret_in: str) -> None:
    secret = new_key()
    line = hide_secrets(None, "info", {"event": secret_in.format(secret), "count": 1})
    assert line == {"event": secret_in.format(HIDDEN), "count": 1}


def test_other_words_stay() -> None:
    line = {"event": "refused", "code": "PAIRING_CODE_INVALID", "path": "/v1/connect/pair"}
    assert hide_secrets(None, "info", dict(line)) == line
