"""API keys: made once, shown once, checked on every request."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import uuid4

from postbroker.clock import Clock
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
from postbroker.errors import NotAuthenticatedError, NotFoundError, field_error
from postbroker.services.lately import Lately
from postbroker.services.secrets import Vault
from postbroker.store import keys as store
from postbroker.store.database import Database
from postbroker.store.keys import Key

USE_NOTED_EVERY = timedelta(minutes=1)
LABEL_LENGTH = 80


class Keys:
    """Use cases of API keys."""

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._callers = Lately[Caller](clock)

    async def create(
        self, workspace_id: str, label: str, scopes: Iterable[str] = USUAL_SCOPES
    ) -> tuple[Key, str]:
        """A new key and its secret, which is shown this once. Raises ValidationFailedError."""
        label = label.strip()
        if not 1 <= len(label) <= LABEL_LENGTH:
            raise field_error("VALIDATION_FAILED", "label", f"give 1 to {LABEL_LENGTH} characters")
        secret = new_key()
        key = Key(
            id=str(uuid4()),
            workspace_id=workspace_id,
            label=label,
            shown=shown_part(secret),
            scopes=_known_scopes(scopes),
            created_at=self._clock.now(),
        )
        hashed = self._vault.hash(secret, "key")
        await self._database.write(lambda tx: store.insert_key(tx, key, hashed))
        return key, secret

    async def list(self, workspace_id: str) -> list[Key]:
        """All keys of a workspace, revoked ones too, oldest first."""
        return await self._database.read(lambda tx: store.select_keys(tx, workspace_id))

    async def revoke(self, workspace_id: str, key_id: str) -> None:
        """End a key at once. Raises NotFoundError."""
        now = self._clock.now()
        is_revoked = await self._database.write(
            lambda tx: store.update_key_revoked(tx, workspace_id, key_id, now)
        )
        self._callers.forget()
        if not is_revoked:
            raise NotFoundError("NOT_FOUND", "there is no live key with that id")

    async def authenticate(self, secret: str) -> Caller:
        """Who the key speaks for. Raises NotAuthenticatedError, the same for every wrong key."""
        caller = await self._callers.get(secret, self._find_caller)
        if caller is None:
            raise NotAuthenticatedError("UNAUTHORIZED", "the API key is not valid")
        return caller

    async def _find_caller(self, secret: str) -> Caller | None:
        if not is_well_formed(secret):
            return None  # the checksum tells noise from keys, so that noise asks no database
        hashed = self._vault.hash(secret, "key")
        key = await self._database.read(lambda tx: store.select_key_by_hash(tx, hashed))
        if key is None or key.revoked_at is not None:
            return None
        await self._note_use(key)
        return Caller("key", key.id, key.label, key.workspace_id, key.scopes)

    async def _note_use(self, key: Key) -> None:
        now = self._clock.now()
        if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
            await self._database.write(lambda tx: store.update_key_used(tx, key.id, now))


def _known_scopes(scopes: Iterable[str]) -> frozenset[Scope]:
    wanted = set(scopes)
    if unknown := wanted - ALL_SCOPES:
        names = ", ".join(SCOPES)
        raise field_error("VALIDATION_FAILED", "scope", f"{min(unknown)} is none of: {names}")
    return frozenset(scope for scope in SCOPES if scope in wanted)
