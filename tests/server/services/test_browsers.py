"""Pairing by a code and a yes, what browsers say of themselves, revoking."""

import asyncio
from datetime import timedelta

import pytest

from postbroker.app import Services
from postbroker.contract.words import PROTOCOL_VERSION
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import (
    BrokerError,
    NotAuthenticatedError,
    NotFoundError,
    TooManyError,
    UnavailableError,
)
from postbroker.services.browsers import CODE_TRIES, PENDING_CODES, is_online, is_outdated
from postbroker.services.signals import Signals, events_of, pull_by
from postbroker.store.browsers import Browser, select_browsers
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.steps import REGISTER, add_workspace, enqueue, hello, pair, pull, take

HOME = "127.0.0.1"
MINUTE = 60


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def another(caller: Caller, name: str) -> Caller:
    """Somebody else in the same workspace."""
    return Caller("session", name, name, caller.workspace_id, caller.scopes)


class TestRegistering:
    async def test_a_code_is_six_digits_and_good_for_five_minutes(self, services: Services) -> None:
        registration, code, poll_token = await services.browsers.register(REGISTER)
        assert (len(code), code.isdigit()) == (6, True)
        assert registration.expires_at - registration.created_at == timedelta(minutes=5)
        assert await services.browsers.registration(poll_token) == registration

    @pytest.mark.parametrize(("version", "who"), [(-1, "extension"), (1, "broker")])
    async def test_who_speaks_another_protocol_hears_what_to_update(
        self, services: Services, version: int, who: str
    ) -> None:
        other = REGISTER.model_copy(update={"protocol_version": PROTOCOL_VERSION + version})
        with pytest.raises(BrokerError, match=f"update the {who}") as refused:
            await services.browsers.register(other)
        assert refused.value.code == "EXTENSION_OUTDATED"

    async def test_a_poll_token_of_nobody_is_refused(self, services: Services) -> None:
        with pytest.raises(NotAuthenticatedError):
            await services.browsers.registration("poll token")

    async def test_a_code_is_never_pending_twice(
        self, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn = iter([7, 7, 8, *[8] * CODE_TRIES])
        monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
        assert (await services.browsers.register(REGISTER))[1] == "000007"
        assert (await services.browsers.register(REGISTER))[1] == "000008"
        with pytest.raises(UnavailableError) as refused:
            await services.browsers.register(REGISTER)
        assert (refused.value.code, refused.value.retry_after_seconds) == ("PAIRING_CLOSED", 60)

    async def test_a_flood_of_codes_is_stopped_until_the_old_ones_run_out(
        self, services: Services, still_clock: StillClock
    ) -> None:
        for _ in range(PENDING_CODES):
            await services.browsers.register(REGISTER)
        with pytest.raises(UnavailableError) as refused:
            await services.browsers.register(REGISTER)
        assert (refused.value.code, refused.value.retry_after_seconds) == ("PAIRING_CLOSED", 60)
        still_clock.move(minutes=5)
        await services.browsers.register(REGISTER)

    async def test_codes_and_tokens_are_not_stored_readable(
        self, services: Services, caller: Caller, database: Database
    ) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)
        token, _ = await services.browsers.confirm(poll_token, accept=True) or ("", "")
        rows = await database.read(lambda tx: tx.fetch("SELECT * FROM registrations"))
        rows += await database.read(lambda tx: tx.fetch("SELECT * FROM browsers"))
        stored = [str(value) for row in rows for value in dict(row).values()]
        assert len(rows) == 2
        assert token
        assert not [value for value in stored if value in (code, poll_token, token)]

    async def test_old_registrations_are_forgotten(
        self, services: Services, still_clock: StillClock
    ) -> None:
        _, _, poll_token = await services.browsers.register(REGISTER)
        still_clock.move(hours=2)
        await services.browsers.register(REGISTER)
        with pytest.raises(NotAuthenticatedError):
            await services.browsers.registration(poll_token)


class TestClaiming:
    async def test_whoever_knows_the_code_claims_the_browser(
        self, services: Services, caller: Caller
    ) -> None:
        registration, code, poll_token = await services.browsers.register(REGISTER)
        claimed = await services.browsers.claim(caller, HOME, f" {code[:3]}-{code[3:]} ")
        assert (claimed.id, claimed.status) == (registration.id, "claimed")
        seen = await services.browsers.registration(poll_token)
        assert (seen.workspace_id, seen.claimed_by) == (caller.workspace_id, caller.name)

    async def test_wrong_used_expired_and_senseless_codes_look_the_same(
        self, services: Services, caller: Caller, still_clock: StillClock
    ) -> None:
        _, used, _ = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, used)
        _, expired, _ = await services.browsers.register(REGISTER)
        still_clock.move(5 * MINUTE)
        refusals = set()
        for number, code in enumerate([used, expired, wrong(used), "not a code"]):
            with pytest.raises(NotFoundError) as refused:
                await services.browsers.claim(another(caller, f"person {number}"), HOME, code)
            refusals.add(str(refused.value))
        assert refusals == {"PAIRING_CODE_INVALID: that code is not valid"}

    async def test_a_code_is_claimed_once_although_many_try_at_once(
        self, services: Services, caller: Caller
    ) -> None:
        _, code, _ = await services.browsers.register(REGISTER)
        tries = [
            services.browsers.claim(another(caller, f"person {n}"), f"10.0.0.{n}", code)
            for n in range(10)
        ]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(not isinstance(result, BaseException) for result in results) == 1

    @pytest.mark.parametrize(
        ("limit", "one_person", "one_address"),
        [(5, True, False), (20, False, True), (60, False, False)],
    )
    async def test_after_too_many_wrong_codes_even_the_right_one_is_refused(
        self,
        services: Services,
        caller: Caller,
        still_clock: StillClock,
        limit: int,
        one_person: bool,
        one_address: bool,
    ) -> None:
        for number in range(limit):
            guesser = caller if one_person else another(caller, f"person {number}")
            address = HOME if one_address else f"10.0.0.{number}"
            with pytest.raises(NotFoundError):
                await services.browsers.claim(guesser, address, "not a code")
        _, code, _ = await services.browsers.register(REGISTER)
        with pytest.raises(TooManyError) as refused:
            await services.browsers.claim(caller, HOME, code)
        assert refused.value.code == "PAIRING_CLOSED"
        assert refused.value.retry_after_seconds == 10 * MINUTE
        still_clock.move(10 * MINUTE)
        _, code, _ = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)


class TestConfirming:
    async def test_a_yes_pairs_and_gives_the_token_once(
        self, services: Services, caller: Caller
    ) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        claimed = await services.browsers.claim(caller, HOME, code)
        token, browser_id = await services.browsers.confirm(poll_token, accept=True) or ("", "")
        browser = await services.browsers.authenticate(token)
        assert browser_id == browser.id == claimed.browser_id
        assert (browser.workspace_id, browser.paired_by) == (caller.workspace_id, caller.name)
        assert (browser.name, browser.browser) == ("Work laptop", "Chromium 156")
        with pytest.raises(NotFoundError):
            await services.browsers.confirm(poll_token, accept=True)

    async def test_a_no_ends_it(self, services: Services, caller: Caller) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)
        assert await services.browsers.confirm(poll_token, accept=False) is None
        assert await services.browsers.list(caller.workspace_id) == []
        assert services.browsers.is_expired(await services.browsers.registration(poll_token))
        with pytest.raises(NotFoundError):
            await services.browsers.confirm(poll_token, accept=True)

    async def test_nothing_runs_before_somebody_claims(
        self, services: Services, caller: Caller
    ) -> None:
        _, _, poll_token = await services.browsers.register(REGISTER)
        with pytest.raises(NotFoundError, match="no claim"):
            await services.browsers.confirm(poll_token, accept=True)

    async def test_a_claim_lives_as_long_as_its_code(
        self, services: Services, caller: Caller, still_clock: StillClock
    ) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)
        still_clock.move(5 * MINUTE)
        assert services.browsers.is_expired(await services.browsers.registration(poll_token))
        with pytest.raises(NotFoundError):
            await services.browsers.confirm(poll_token, accept=True)

    async def test_what_is_paired_does_not_expire(
        self, services: Services, caller: Caller, still_clock: StillClock
    ) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)
        await services.browsers.confirm(poll_token, accept=True)
        still_clock.move(hours=1)
        assert not services.browsers.is_expired(await services.browsers.registration(poll_token))


class TestPresence:
    async def test_being_heard_is_noted_every_ten_seconds(
        self, services: Services, caller: Caller, still_clock: StillClock
    ) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)
        token, _ = await services.browsers.confirm(poll_token, accept=True) or ("", "")
        first = await services.browsers.authenticate(token)
        still_clock.move(9)
        second = await services.browsers.authenticate(token)
        still_clock.move(1)
        third = await services.browsers.authenticate(token)
        assert first.last_seen_at == second.last_seen_at
        assert third.last_seen_at == still_clock.now()

    async def test_what_a_browser_says_of_itself_is_kept(
        self, services: Services, paired_browser: Browser
    ) -> None:
        said = await services.browsers.hello(paired_browser, hello("bob", paused=True))
        listed = (await services.browsers.list(paired_browser.workspace_id))[0]
        assert listed == said
        assert (listed.is_paused, listed.platforms[0]["account"]) == (True, "bob")

    async def test_a_browser_that_goes_on_is_given_what_waits(
        self, services: Services, paired_browser: Browser, signals: Signals
    ) -> None:
        async with signals.listen(pull_by(paired_browser.id)) as waiter:
            await services.browsers.hello(paired_browser, hello())
            assert await waiter.wait(0)

    async def test_a_browser_is_online_while_it_is_heard(
        self, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        minute = timedelta(minutes=1)
        assert is_online(paired_browser, still_clock.now() + minute, minute)
        assert not is_online(paired_browser, still_clock.now() + 2 * minute, minute)

    async def test_a_browser_that_was_never_heard_is_not_online(
        self, services: Services, caller: Caller, database: Database
    ) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)
        _, browser_id = await services.browsers.confirm(poll_token, accept=True) or ("", "")
        [browser] = await database.read(lambda tx: select_browsers(tx, caller.workspace_id))
        assert browser.id == browser_id
        assert not is_online(browser, browser.paired_at, timedelta(minutes=1))

    def test_another_protocol_is_outdated(self) -> None:
        assert not is_outdated(PROTOCOL_VERSION)
        assert is_outdated(PROTOCOL_VERSION - 1)


class TestRevoking:
    async def test_the_next_word_of_a_revoked_browser_is_refused(
        self, services: Services, caller: Caller
    ) -> None:
        _, code, poll_token = await services.browsers.register(REGISTER)
        await services.browsers.claim(caller, HOME, code)
        token, browser_id = await services.browsers.confirm(poll_token, accept=True) or ("", "")
        await services.browsers.revoke(caller.workspace_id, browser_id)
        with pytest.raises(NotAuthenticatedError, match="not paired"):
            await services.browsers.authenticate(token)
        assert await services.browsers.list(caller.workspace_id) == []

    async def test_a_pull_under_way_gets_nothing_any_more(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        waiting = asyncio.create_task(pull(services, paired_browser, wait_seconds=5))
        other = await pair(services, caller, "bob")
        await services.browsers.revoke(caller.workspace_id, paired_browser.id)
        await enqueue(services, caller)
        assert (await take(services, other)).lease is not None
        waiting.cancel()

    async def test_what_it_held_is_taken_back_at_once(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        await services.browsers.revoke(caller.workspace_id, paired_browser.id)
        await services.leases.release_browser(caller.workspace_id, paired_browser.id)
        job = await services.jobs.get(leased_job.id, None)
        assert (job.state, job.error_code, job.lease) == ("retry_wait", "browser_lost", None)

    async def test_what_others_hold_stays_with_them(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        other = await pair(services, caller, "bob")
        await services.browsers.revoke(caller.workspace_id, other.id)
        await services.leases.release_browser(caller.workspace_id, other.id)
        assert await services.jobs.get(leased_job.id, None) == leased_job

    async def test_a_browser_is_revoked_by_its_own_workspace_only(
        self, services: Services, paired_browser: Browser, database: Database
    ) -> None:
        stranger = await add_workspace(database)
        with pytest.raises(NotFoundError):
            await services.browsers.revoke(stranger.id, paired_browser.id)

    async def test_pages_hear_of_it(
        self,
        services: Services,
        workspace: Workspace,
        paired_browser: Browser,
        signals: Signals,
    ) -> None:
        async with signals.listen(events_of(workspace.id)) as page:
            await services.browsers.revoke(workspace.id, paired_browser.id)
            assert await page.wait(0)
