"""Browsers: pairing by a code and a yes, what each says of itself, revoking."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.contract.extension import Hello
from postbroker.contract.pairing import Register
from postbroker.contract.words import PROTOCOL_VERSION
from postbroker.domain.caller import Caller
from postbroker.domain.pairing import GUESSES_COUNT_FOR, Guess, closed_until, new_code, read_code
from postbroker.errors import (
    BrokerError,
    ForbiddenError,
    NotAuthenticatedError,
    NotFoundError,
    TooManyError,
    UnavailableError,
)
from postbroker.services.care import note_logins
from postbroker.services.lately import Lately
from postbroker.services.secrets import Vault, new_token
from postbroker.services.signals import Signals, events_of, pull_by
from postbroker.store import browsers as store
from postbroker.store.browsers import Browser, Registration
from postbroker.store.database import Connection, Database, UniqueError

CODE_TRIES = 20
"""A fresh code may clash with a pending one; as many tries find a free one."""
PENDING_CODES = 1000
"""Anyone may ask for a code; with many more pending, a mistyped one would often be a stranger's."""
POLL_SECONDS = 2
SEEN_NOTED_EVERY = timedelta(seconds=10)
OLD_REGISTRATIONS_KEPT = timedelta(hours=1)


class Browsers:
    """Use cases of pairing and of paired browsers."""

    def __init__(
        self, database: Database, clock: Clock, vault: Vault, signals: Signals, code_life: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._signals = signals
        self._code_life = code_life
        self._paired = Lately[Browser](clock)

    async def register(self, request: Register) -> tuple[Registration, str, str]:
        """A pending registration, its code and its poll token. Raises BrokerError when outdated."""
        if request.protocol_version != PROTOCOL_VERSION:
            raise _other_protocol(request.protocol_version)
        now, poll_token = self._clock.now(), new_token()
        registration = Registration(
            id=str(uuid4()),
            name=request.name,
            extension_version=request.extension_version,
            protocol_version=request.protocol_version,
            browser=request.browser,
            status="pending",
            created_at=now,
            expires_at=now + self._code_life,
            browser_id=str(uuid4()),
        )
        token_hash = self._vault.hash(poll_token, "poll")

        async def insert(tx: Connection, code: str) -> None:
            await store.delete_old_registrations(tx, now - OLD_REGISTRATIONS_KEPT)
            if await store.count_pending_registrations(tx, now) >= PENDING_CODES:
                raise _too_many_codes()
            await store.insert_registration(
                tx, registration, self._vault.hash(code, "code"), token_hash
            )

        for _ in range(CODE_TRIES):
            code = new_code()
            try:
                await self._database.write(lambda tx, code=code: insert(tx, code))  # type: ignore[misc]
            except UniqueError:
                continue
            return registration, code, poll_token
        raise _too_many_codes()

    async def registration(self, poll_token: str) -> Registration:
        """The registration that polls. Raises NotAuthenticatedError."""
        hashed = self._vault.hash(poll_token, "poll")
        found = await self._database.read(
            lambda tx: store.select_registration_by_poll_token(tx, hashed)
        )
        if found is None:
            raise NotAuthenticatedError("UNAUTHORIZED", "the poll token is not valid")
        return found

    def is_expired(self, registration: Registration) -> bool:
        """True when nothing will come of it any more."""
        return registration.status == "refused" or (
            registration.status != "paired" and registration.expires_at <= self._clock.now()
        )

    async def claim(self, caller: Caller, address: str, typed: str) -> Registration:
        """Claim the browser that shows this code. Wrong, used and expired codes look the same.

        Raises NotFoundError, and TooManyError after 5 wrong guesses of one person, 20 from one
        address or 60 over the whole server within ten minutes. Raises ForbiddenError for a
        credential that is limited to accounts: a browser gets the jobs of all of them.
        """
        if caller.accounts is not None:
            detail = "a credential for some accounts alone pairs no browser"
            raise ForbiddenError("FORBIDDEN", detail)
        now, code = self._clock.now(), read_code(typed)
        person = f"{caller.kind} {caller.id}"

        async def claim(tx: Connection) -> Registration | BrokerError:
            await tx.lock("pairing")
            guesses = await store.select_guesses(tx, now - GUESSES_COUNT_FOR)
            if until := closed_until(guesses, person, address, now):
                return TooManyError(
                    "PAIRING_CLOSED",
                    "too many wrong codes: pairing is closed for a while",
                    retry_after_seconds=(until - now).total_seconds(),
                )
            hashed = self._vault.hash(code or "", "code")
            found = await store.claim_registration(
                tx, hashed, caller.workspace_id, caller.name, now
            )
            if found is None:
                await store.insert_guess(tx, Guess(person, address, now))
                return NotFoundError("PAIRING_CODE_INVALID", "that code is not valid")
            return found

        result = await self._database.write(claim)
        if isinstance(result, BrokerError):
            raise result
        return result

    async def confirm(self, poll_token: str, *, accept: bool) -> tuple[str, str] | None:
        """The person in front of the browser answers; after a yes its token and id, once.

        Raises NotAuthenticatedError, and NotFoundError when there is no claim to answer.
        """
        registration = await self.registration(poll_token)
        now, token = self._clock.now(), new_token()
        token_hash = self._vault.hash(token, "browser")

        async def confirm(tx: Connection) -> bool:
            after: store.RegistrationStatus = "paired" if accept else "refused"
            if self.is_expired(registration) or registration.workspace_id is None:
                return False
            if not await store.update_registration_status(tx, registration.id, "claimed", after):
                return False
            if accept:
                await store.insert_browser(tx, _new_browser(registration, now), token_hash)
            return True

        if not await self._database.write(confirm):
            raise NotFoundError("PAIRING_CODE_INVALID", "there is no claim to answer any more")
        if not accept:
            return None
        self._signals.wake(events_of(registration.workspace_id or ""))
        return token, registration.browser_id

    async def authenticate(self, token: str) -> Browser:
        """The paired browser behind a token. Raises NotAuthenticatedError when there is none."""
        browser = await self._paired.get(token, self._find_paired)
        if browser is None:
            raise NotAuthenticatedError("UNAUTHORIZED", "this browser is not paired")
        return browser

    async def _find_paired(self, token: str) -> Browser | None:
        token_hash = self._vault.hash(token, "browser")
        found = await self._database.read(lambda tx: store.select_browser_by_token(tx, token_hash))
        if found is None or found.revoked_at is not None:
            return None
        now, browser_id = self._clock.now(), found.id
        if found.last_seen_at is None or now - found.last_seen_at >= SEEN_NOTED_EVERY:
            await self._database.write(lambda tx: store.update_browser_seen(tx, browser_id, now))
            return replace(found, last_seen_at=now)
        return found

    async def hello(self, browser: Browser, hello: Hello) -> Browser:
        """Note what the browser says of itself; of a platform it names twice, the last word."""
        now = self._clock.now()
        last_words = {row.platform: row for row in hello.platforms}
        platforms = [row.model_dump(mode="json") for row in last_words.values()]
        locators = json.dumps(
            [row.model_dump(mode="json", exclude_none=True) for row in hello.locators]
        )
        known = replace(
            browser,
            extension_version=hello.extension_version,
            protocol_version=hello.protocol_version,
            is_paused=hello.paused,
            platforms=platforms,
            locators_text=locators,
            last_seen_at=now,
        )

        async def note(tx: Connection) -> None:
            await store.update_browser_hello(
                tx,
                browser.id,
                extension_version=hello.extension_version,
                protocol_version=hello.protocol_version,
                is_paused=hello.paused,
                platforms=platforms,
                locators_text=locators,
                now=now,
            )
            await note_logins(tx, known, now)

        await self._database.write(note)
        self._paired.forget()
        self._signals.wake(pull_by(browser.id), events_of(browser.workspace_id))
        return known

    async def list(self, workspace_id: str) -> list[Browser]:
        """The paired browsers of a workspace, oldest first."""
        return await self._database.read(lambda tx: store.select_browsers(tx, workspace_id))

    async def get(self, workspace_id: str, browser_id: str) -> Browser:
        """A paired browser of a workspace. Raises NotFoundError."""
        for browser in await self.list(workspace_id):
            if browser.id == browser_id:
                return browser
        raise NotFoundError("NOT_FOUND", "there is no paired browser with that id")

    async def revoke(self, workspace_id: str, browser_id: str) -> None:
        """End a pairing: the browser's next word is refused. Raises NotFoundError."""
        now = self._clock.now()
        is_revoked = await self._database.write(
            lambda tx: store.update_browser_revoked(tx, workspace_id, browser_id, now)
        )
        self._paired.forget()
        if not is_revoked:
            raise NotFoundError("NOT_FOUND", "there is no paired browser with that id")
        self._signals.wake(pull_by(browser_id), events_of(workspace_id))


def is_online(browser: Browser, now: datetime, within: timedelta) -> bool:
    """True when the browser was heard lately."""
    return browser.last_seen_at is not None and now - browser.last_seen_at <= within


def is_outdated(protocol_version: int) -> bool:
    """True when the extension does not speak this broker's protocol."""
    return protocol_version != PROTOCOL_VERSION


def _too_many_codes() -> BrokerError:
    return UnavailableError("PAIRING_CLOSED", "too many codes are pending", retry_after_seconds=60)


def _other_protocol(version: int) -> BrokerError:
    if version < PROTOCOL_VERSION:
        return BrokerError(
            "EXTENSION_OUTDATED", "update the extension: this broker speaks a newer protocol"
        )
    return BrokerError(
        "EXTENSION_OUTDATED", "update the broker: this extension speaks a newer protocol"
    )


def _new_browser(registration: Registration, now: datetime) -> Browser:
    return Browser(
        id=registration.browser_id,
        workspace_id=registration.workspace_id or "",
        name=registration.name,
        browser=registration.browser,
        extension_version=registration.extension_version,
        protocol_version=registration.protocol_version,
        platforms=[],
        is_paused=False,
        paired_by=registration.claimed_by or "",
        paired_at=now,
    )
