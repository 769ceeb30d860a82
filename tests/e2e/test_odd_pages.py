"""A page that is slow, renamed or covered is still published to, once."""

from typing import Any

import pytest

from e2e.stage import Stage

ODD: list[dict[str, Any]] = [
    {"renamed_testids": True},
    {"popup_over_composer": True},
    {"button_enabled_late": 3000},
    {"slow_network": 3000},
    {"slow_profile": 3000},
    {"no_landmarks": {"value": True, "times": 1}},
    {"other_text": {"value": True, "times": 1}},
]


@pytest.mark.parametrize("faults", ODD, ids=str)
async def test_the_post_goes_out_all_the_same(
    stage: Stage, account: str, faults: dict[str, Any]
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await stage.publish(f"in spite of it all: {account}", account)
    assert job["status"] == "succeeded"
    assert len(stage.site.ledger_of(account)) == len(stage.site.requests_of(account)) == 1
