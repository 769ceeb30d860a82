"""What the site keeps, and what it numbers."""

from datetime import timedelta
from pathlib import Path

import pytest

from postbroker.sandbox.faults import FaultBoard
from postbroker.sandbox.ledger import Draft
from postbroker.sandbox.site import SESSIONS_MAX
from postbroker.sandbox.x.site import XAccount, XSite
from server.sandbox.visitors import StillClock


def opened(data_dir: Path, clock: StillClock) -> XSite:
    return XSite(data_dir, clock, "https://x.com")


@pytest.fixture
def site(tmp_path: Path, clock: StillClock) -> XSite:
    return opened(tmp_path, clock)


@pytest.fixture
def ada(site: XSite) -> XAccount:
    account = site.account("ada_sandbox")
    assert account is not None
    return account


async def test_everything_survives_a_restart(
    site: XSite, ada: XAccount, tmp_path: Path, clock: StillClock
) -> None:
    entry = await site.create_post(ada, Draft(text="hello", client_nonce="press-1"))
    session = site.log_in(ada)
    site.put_account({"handle": "alan", "name": "Alan", "reposts": [entry.post_id]})
    site.put_faults(
        "alan", FaultBoard.from_json(site.switches, {"slow_network": 5, "captcha": {"times": 2}})
    )
    again = opened(tmp_path, clock)
    assert again.posts == [entry]
    assert again.sessions == {session.token: session}
    assert again.accounts == site.accounts
    assert again.faults("alan").as_json() == site.faults("alan").as_json()


async def test_a_post_whose_line_was_torn_never_was(
    site: XSite, ada: XAccount, tmp_path: Path, clock: StillClock
) -> None:
    await site.create_post(ada, Draft(text="whole"))
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write('{"number":2,"text":"to')
    again = opened(tmp_path, clock)
    entry = await again.create_post(ada, Draft(text="next"))
    assert entry.number == 2
    assert [post.text for post in again.ledger.entries()] == ["whole", "next"]


async def test_an_id_tells_when_it_was_made(site: XSite, clock: StillClock) -> None:
    first = int(site.next_id(clock.now()))
    later = int(site.next_id(clock.now() + timedelta(milliseconds=1)))
    assert later - first == 1 << 22


def test_accounts_have_user_ids_of_their_own(site: XSite) -> None:
    accounts = [site.put_account({"handle": f"ada_sandbox{number}"}) for number in range(5)]
    assert len({account.user_id for account in accounts}) == 5


def test_the_oldest_sessions_end_when_there_are_too_many(site: XSite, ada: XAccount) -> None:
    first, *_, last = [site.log_in(ada) for _ in range(SESSIONS_MAX + 1)]
    assert first.token not in site.sessions
    assert last.token in site.sessions


async def test_a_made_up_id_stays_without_a_post(
    site: XSite, ada: XAccount, clock: StillClock
) -> None:
    made_up = site.made_up_id(clock.now())
    for number in range(3):
        await site.create_post(ada, Draft(text=str(number)))
    assert site.post(made_up) is None


def test_nothing_is_written_when_nothing_changed(site: XSite, tmp_path: Path) -> None:
    site.put_account({"handle": "alan"})
    before = (tmp_path / "state.json").stat().st_mtime_ns
    site.save()
    assert (tmp_path / "state.json").stat().st_mtime_ns == before
