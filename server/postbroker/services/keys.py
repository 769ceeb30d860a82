"""API keys: made once, shown once, checked on every request, rotated without a gap."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.contract.keys import CreateKey
from postbroker.domain.caller import Caller
from postbroker.domain.key import (
    ALL_SCOPES,
    SCOPES,
    USUAL_SCOPES,
    Scope,
    is_well_formed,
    new_key,
    shown_part,
)
from postbroker.errors import ForbiddenError, NotAuthenticatedError, NotFoundError, field_error
from postbroker.services.lately import Lately
from postbroker.services.secrets import Vault
from postbroker.store import keys as store
from postbroker.store.accounts import select_account_keys, select_accounts
from postbroker.store.database import Connection, Database
from postbroker.store.keys import Key

LABEL_LENGTH = 80
NO_MORE = "a credential gives no more than it has itself"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a key is limited to, beside its scopes."""

    account_ids: frozenset[str] | None = None
    life: timedelta | None = None
    requests_per_minute: int | None = None


NO_LIMITS = Limits()


class Keys:
    """Use cases of API keys."""

    def __init__(
        self, database: Database, clock: Clock, vault: Vault, requests_per_minute: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._requests_per_minute = requests_per_minute
        self._callers = Lately[Caller](clock)

    async def create(
        self,
        workspace_id: str,
        label: str,
        scopes: Iterable[str] = USUAL_SCOPES,
        *,
        limits: Limits = NO_LIMITS,
    ) -> tuple[Key, str]:
        """A new key and its secret, which is shown this once. Raises ValidationFailedError."""
        key, secret = self._new_key(workspace_id, label, scopes, limits)
        hashed = self._vault.hash(secret, "key")

        async def write(tx: Connection) -> None:
            await _check_accounts(tx, key)
            await store.insert_key(tx, key, hashed)

        await self._database.write(write)
        return key, secret

    async def create_by(self, caller: Caller, wanted: CreateKey) -> tuple[Key, str]:
        """As `create`, asked for by another credential, which gives no more than it has.

        Raises ForbiddenError.
        """
        scopes = caller.scopes & USUAL_SCOPES if wanted.scopes is None else wanted.scopes
        life = wanted.expires_in_seconds
        limits = Limits(
            account_ids=None if wanted.accounts is None else frozenset(wanted.accounts),
            life=None if life is None else timedelta(seconds=life),
            requests_per_minute=wanted.requests_per_minute,
        )
        asked, secret = self._new_key(caller.workspace_id, wanted.label, scopes, limits)
        hashed = self._vault.hash(secret, "key")

        async def write(tx: Connection) -> Key:
            maker = None
            if caller.kind == "key":
                maker = await store.select_key(tx, caller.workspace_id, caller.id)
            key = _within(asked, maker) if maker else asked
            if caller.accounts is not None and key.account_ids is None:
                key = replace(key, account_ids=await _ids_of(tx, caller))
            await _check_accounts(tx, key)
            await _check_power(tx, caller, key)
            await store.insert_key(tx, key, hashed)
            return key

        return await self._database.write(write), secret

    async def list_by(self, caller: Caller) -> list[Key]:
        """Those keys that act for no account which the caller does not see."""

        async def read(tx: Connection) -> list[Key]:
            keys = await store.select_keys(tx, caller.workspace_id)
            if caller.accounts is None:
                return keys
            return [key for key in keys if await _acts_within(tx, caller, key)]

        return await self._database.read(read)

    async def list(self, workspace_id: str) -> list[Key]:
        """All keys of a workspace, revoked ones too, oldest first."""
        return await self._database.read(lambda tx: store.select_keys(tx, workspace_id))

    def limit_of(self, key: Key) -> int:
        """How often a key may ask a minute; 0 is no limit."""
        own = key.requests_per_minute
        return self._requests_per_minute if own is None else own

    async def rotate(self, caller: Caller, key_id: str, overlap: timedelta) -> tuple[Key, str]:
        """A new secret for a key; the old one is good for `overlap`, and the one before it ends.

        Raises NotFoundError, ForbiddenError for a key that may do more than the caller.
        """
        now, secret = self._clock.now(), new_key()
        hashed, shown = self._vault.hash(secret, "key"), shown_part(secret)

        async def write(tx: Connection) -> Key:
            key = await store.select_key(tx, caller.workspace_id, key_id)
            if key is None or not key.is_live(now):
                raise _not_found()
            await _check_power(tx, caller, key)
            await store.update_key_secret(tx, key.id, hashed, shown, now + overlap)
            return replace(key, shown=shown, old_until=now + overlap)

        rotated = await self._database.write(write)
        self._callers.forget()
        return rotated, secret

    async def revoke(self, workspace_id: str, key_id: str) -> None:
        """End a key at once. Raises NotFoundError."""
        now = self._clock.now()
        is_revoked = await self._database.write(
            lambda tx: store.update_key_revoked(tx, workspace_id, key_id, now)
        )
        self._callers.forget()
        if not is_revoked:
            raise _not_found()

    async def revoke_by(self, caller: Caller, key_id: str) -> None:
        """As `revoke`, asked for by another credential. Raises ForbiddenError for its own."""
        if caller.kind == "key" and caller.id == key_id:
            raise ForbiddenError("FORBIDDEN", "a key does not revoke itself; use another one")
        if caller.accounts is not None:
            await self._database.read(lambda tx: _check_sight(tx, caller, key_id))
        await self.revoke(caller.workspace_id, key_id)

    async def authenticate(self, secret: str) -> Caller:
        """Who the key speaks for. Raises NotAuthenticatedError, the same for every wrong key."""
        caller = await self._callers.get(secret, self._find_caller)
        if caller is None:
            raise NotAuthenticatedError("UNAUTHORIZED", "the API key is not valid")
        return caller

    async def _find_caller(self, secret: str) -> Caller | None:
        if not is_well_formed(secret):
            return None  # the checksum tells noise from keys, so that noise asks no database
        now, hashed = self._clock.now(), self._vault.hash(secret, "key")

        async def find(tx: Connection) -> Caller | None:
            key = await store.select_key_by_hash(tx, hashed, now)
            if key is None or not key.is_live(now):
                return None
            accounts = None
            if key.account_ids is not None:
                accounts = await select_account_keys(tx, key.workspace_id, key.account_ids)
            limit = self.limit_of(key)
            return Caller("key", key.id, key.label, key.workspace_id, key.scopes, accounts, limit)

        return await self._database.read(find)

    def _new_key(
        self, workspace_id: str, label: str, scopes: Iterable[str], limits: Limits
    ) -> tuple[Key, str]:
        label, now, secret = label.strip(), self._clock.now(), new_key()
        if not 1 <= len(label) <= LABEL_LENGTH:
            raise field_error("VALIDATION_FAILED", "label", f"give 1 to {LABEL_LENGTH} characters")
        key = Key(
            id=str(uuid4()),
            workspace_id=workspace_id,
            label=label,
            shown=shown_part(secret),
            scopes=_known_scopes(scopes),
            created_at=now,
            account_ids=limits.account_ids,
            expires_at=None if limits.life is None else now + limits.life,
            requests_per_minute=limits.requests_per_minute,
        )
        return key, secret


def _within(key: Key, maker: Key) -> Key:
    """The key with no longer life and no higher limit than the one it comes from."""
    if maker.expires_at is not None and (
        key.expires_at is None or key.expires_at > maker.expires_at
    ):
        key = replace(key, expires_at=maker.expires_at)
    limit, most = key.requests_per_minute, maker.requests_per_minute
    if most and (not limit or limit > most):
        key = replace(key, requests_per_minute=most)
    return key


async def _check_accounts(tx: Connection, key: Key) -> None:
    if key.account_ids is None:
        return
    known = {account.id for account in await select_accounts(tx, key.workspace_id)}
    if unknown := key.account_ids - known:
        message = f"there is no account {min(unknown)} here; GET /v1/accounts lists them"
        raise field_error("VALIDATION_FAILED", "accounts", message)


async def _check_power(tx: Connection, caller: Caller, key: Key) -> None:
    """Raise ForbiddenError for a key that may do what the caller may not."""
    if more := key.scopes - caller.scopes:
        raise ForbiddenError("FORBIDDEN", f"{NO_MORE}: {min(more)}")
    if not await _acts_within(tx, caller, key):
        raise ForbiddenError("FORBIDDEN", f"{NO_MORE}: accounts")


async def _check_sight(tx: Connection, caller: Caller, key_id: str) -> None:
    key = await store.select_key(tx, caller.workspace_id, key_id)
    if key is None or not await _acts_within(tx, caller, key):
        raise _not_found()


async def _acts_within(tx: Connection, caller: Caller, key: Key) -> bool:
    if caller.accounts is None:
        return True
    if key.account_ids is None:
        return False
    return await select_account_keys(tx, key.workspace_id, key.account_ids) <= caller.accounts


async def _ids_of(tx: Connection, caller: Caller) -> frozenset[str]:
    accounts = await select_accounts(tx, caller.workspace_id)
    return frozenset(each.id for each in accounts if caller.sees(each.platform, each.handle))


def _known_scopes(scopes: Iterable[str]) -> frozenset[Scope]:
    wanted = set(scopes)
    if unknown := wanted - ALL_SCOPES:
        names = ", ".join(SCOPES)
        raise field_error("VALIDATION_FAILED", "scope", f"{min(unknown)} is none of: {names}")
    return frozenset(scope for scope in SCOPES if scope in wanted)


def _not_found() -> NotFoundError:
    return NotFoundError("NOT_FOUND", "there is no live key with that id")
