"""The judge sees what it must see: each broken promise is forged once, and named."""

import pytest

from e2e.stage import Stage


@pytest.fixture
def judge() -> None:
    """Here promises are broken on purpose."""


async def test_an_untouched_history_is_clean(stage: Stage, account: str) -> None:
    await stage.publish(f"once by {account}", account)
    assert stage.violations() == []


async def test_a_second_post_of_a_job_is_a_double_entry(stage: Stage, account: str) -> None:
    text = f"twice by {account}"
    await stage.publish(text, account)
    await stage.site.post_from_elsewhere(account, text)
    assert {each[:2] for each in stage.violations()} == {"I1", "I3"}


async def test_a_post_behind_a_failed_job_is_a_lie(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, error_344=True)
    text = f"denied to {account}"
    await stage.publish(text, account)
    before = set(stage.violations())
    await stage.site.post_from_elsewhere(account, text)
    [broken] = set(stage.violations()) - before
    assert broken.startswith("I3 said to be not posted")


async def test_a_lost_job_and_a_leaked_secret_are_named(stage: Stage, account: str) -> None:
    before = set(stage.violations())
    stage.accepted.append("gone")
    stage.secrets.append(account)
    await stage.publish(f"overheard: {account}", account)
    found = set(stage.violations()) - before
    assert {each[:2] for each in found} == {"I4", "I9"}
