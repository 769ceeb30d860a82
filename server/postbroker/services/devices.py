"""Logins of devices: a program shows a code, a person who is signed in types it and says yes."""

from dataclasses import dataclass
from datetime import timedelta

from postbroker.clock import Clock
from postbroker.domain.authorization import (
    DEVICE_LIFE,
    DEVICE_PREFIX,
    POLL_INTERVAL,
    Audience,
    AuthorizationError,
    new_user_code,
    read_user_code,
)
from postbroker.domain.key import Scope
from postbroker.domain.pairing import GUESSES_COUNT_FOR, Guess, closed_until
from postbroker.errors import BrokerError, NotFoundError, TooManyError
from postbroker.services.grants import Grants, Issued, Wish
from postbroker.services.secrets import Vault, new_token
from postbroker.store import clients as store
from postbroker.store.browsers import insert_guess, select_guesses
from postbroker.store.clients import Client, DeviceLogin
from postbroker.store.database import Connection, Database, UniqueError
from postbroker.store.grants import insert_grant, lock_grant

CODE_TRIES = 5
LOGINS_PER_ADDRESS = 30
LOGINS_IN_ALL = 1000
"""How many may wait at once."""
OLD_KEPT = timedelta(hours=1)
EARLY = POLL_INTERVAL - timedelta(seconds=1)
"""What is on its way takes a while: who asks a little too soon is not scolded."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a device is told."""

    device_code: str
    user_code: str


class Devices:
    """Use cases of logins by a code (RFC 8628)."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, grants: Grants) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._grants = grants

    async def begin(
        self, client: Client, scopes: frozenset[Scope], audience: Audience, address: str
    ) -> Begun:
        """A login that waits for its person. Raises AuthorizationError when too many do."""
        now, device_code = self._clock.now(), DEVICE_PREFIX + new_token()
        login = DeviceLogin(
            client_id=client.id,
            client_name=client.name,
            scopes=scopes,
            audience=audience,
            address=address,
            status="pending",
            created_at=now,
            expires_at=now + DEVICE_LIFE,
        )
        device_hash = self._vault.hash(device_code, "device")

        async def begin(tx: Connection, user_code: str) -> bool:
            await store.delete_old_device_logins(tx, now - OLD_KEPT)
            own, in_all = await store.count_device_logins(tx, address, now - DEVICE_LIFE)
            if own >= LOGINS_PER_ADDRESS or in_all >= LOGINS_IN_ALL:
                return False
            await store.insert_device_login(tx, device_hash, self._hash(user_code), login)
            return True

        for _ in range(CODE_TRIES):
            user_code = new_user_code()
            try:
                is_begun = await self._database.write(lambda tx, code=user_code: begin(tx, code))  # type: ignore[misc]
            except UniqueError:
                continue
            if is_begun:
                return Begun(device_code, user_code)
            break
        raise AuthorizationError(
            "temporarily_unavailable",
            "too many logins wait for their person",
            DEVICE_LIFE.total_seconds(),
        )

    async def find(self, user_id: str, address: str, typed: str) -> DeviceLogin:
        """The login that shows a code. Wrong, answered and expired codes look the same.

        Raises NotFoundError, and TooManyError after 5 wrong codes of one person within ten minutes.
        """
        now, person = self._clock.now(), f"device {user_id}"

        async def find(tx: Connection) -> DeviceLogin | BrokerError:
            await tx.lock("pairing")
            guesses = await select_guesses(tx, now - GUESSES_COUNT_FOR)
            if until := closed_until(guesses, person, address, now):
                return TooManyError(
                    "PAIRING_CLOSED",
                    "too many wrong codes: wait a while",
                    retry_after_seconds=(until - now).total_seconds(),
                )
            found = await store.select_device_login(tx, self._hash(read_user_code(typed)))
            if found is None or found.status != "pending" or found.expires_at <= now:
                await insert_guess(tx, Guess(person, address, now))
                return NotFoundError("NOT_FOUND", "that code is not valid")
            return found

        result = await self._database.write(find)
        if isinstance(result, BrokerError):
            raise result
        return result

    async def answer(
        self, user_id: str, workspace_id: str, user_code: str, wish: Wish | None
    ) -> None:
        """The person says yes to a wish, or with None no. Raises NotFoundError when it is over."""
        now, hashed = self._clock.now(), self._hash(read_user_code(user_code))

        async def answer(tx: Connection) -> bool:
            login = await store.select_device_login(tx, hashed)
            if login is None or login.status != "pending" or login.expires_at <= now:
                return False
            if wish is None:
                await store.update_login_answered(tx, hashed, "denied", None)
                return True
            grant = self._grants.new_grant(user_id, workspace_id, wish, login.expires_at)
            await insert_grant(tx, grant)
            await store.update_client_used(tx, wish.client_id, now)
            await store.update_login_answered(tx, hashed, "approved", grant.id)
            return True

        if not await self._database.write(answer):
            raise NotFoundError("NOT_FOUND", "that code is not valid any more")

    async def poll(self, device_code: str, client_id: str) -> Issued:
        """Tokens once the person has said yes. Raises AuthorizationError until then."""
        now, hashed = self._clock.now(), self._vault.hash(device_code, "device")

        async def poll(tx: Connection) -> Issued | AuthorizationError:
            login = await store.lock_device_login(tx, hashed)
            if login is None or login.client_id != client_id or login.status == "redeemed":
                return AuthorizationError("invalid_grant", "that device code is wrong or used")
            if login.status == "denied":
                return AuthorizationError("access_denied", "the person said no")
            if login.expires_at <= now:
                return AuthorizationError("expired_token", "nobody said yes in time; begin anew")
            is_early = login.asked_at is not None and now - login.asked_at < EARLY
            if login.status == "pending" or login.grant_id is None:
                await store.update_login_asked(tx, hashed, "pending", now)
                seconds = POLL_INTERVAL.total_seconds()
                if is_early:
                    return AuthorizationError("slow_down", f"ask each {seconds:g} seconds")
                return AuthorizationError("authorization_pending", "nobody has said yes yet")
            grant = await lock_grant(tx, login.grant_id)
            if grant.revoked_at is not None:
                return AuthorizationError("access_denied", "the person took it back")
            await store.update_login_asked(tx, hashed, "redeemed", now)
            return await self._grants.issue(tx, grant, grant.scopes)

        result = await self._database.write(poll)
        if isinstance(result, AuthorizationError):
            raise result
        return result

    def _hash(self, user_code: str) -> str:
        return self._vault.hash(user_code, "user code")
