"""Workspaces: the first one, who is signed in, and the switch that stops everything."""

from datetime import timedelta
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.domain.caller import Caller
from postbroker.domain.key import ALL_SCOPES
from postbroker.errors import NotAuthenticatedError
from postbroker.services.secrets import Vault, new_token
from postbroker.services.signals import Signals, events_of, pulls_of
from postbroker.store import workspaces as store
from postbroker.store.database import Connection, Database, UniqueError
from postbroker.store.workspaces import Session, Workspace

LINK_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(days=30)


class Workspaces:
    """Use cases of workspaces and of people at the dashboard."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, signals: Signals) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._signals = signals

    async def ensure_first(self) -> tuple[Workspace, bool]:
        """The workspace that commands mean, made on the first start; True when it was made now."""
        now = self._clock.now()
        made = Workspace(id=str(uuid4()), name="My workspace", is_paused=False, created_at=now)

        async def ensure(tx: Connection) -> tuple[Workspace, bool]:
            if there := await store.select_workspaces(tx):
                return there[0], False
            await store.insert_workspace(tx, made)
            await store.insert_user(tx, str(uuid4()), "owner", made.id, now)
            return made, True

        return await self._database.write(ensure)

    async def get(self, workspace_id: str) -> Workspace:
        """One workspace that is known to exist."""
        workspace = await self._database.read(lambda tx: store.select_workspace(tx, workspace_id))
        if workspace is None:
            raise LookupError(workspace_id)
        return workspace

    async def set_paused(self, workspace_id: str, *, is_paused: bool) -> None:
        """Pause everything, or go on: while paused no lease and no permit is given."""
        await self._database.write(
            lambda tx: store.update_workspace_paused(tx, workspace_id, is_paused=is_paused)
        )
        self._signals.wake_every(pulls_of(workspace_id))
        self._signals.wake(events_of(workspace_id))

    def sign_in_token(self) -> str:
        """A token for a link that signs the owner in, once, within ten minutes."""
        return self._vault.sign_until(new_token(), "sign-in", self._clock.now() + LINK_LIFE)

    async def sign_in(self, link_token: str) -> tuple[str, Session]:
        """Use up a sign-in link. Returns the cookie's value. Raises NotAuthenticatedError."""
        now, cookie = self._clock.now(), new_token()
        nonce = self._vault.read_until(link_token, "sign-in", now)
        if nonce is None:
            raise NotAuthenticatedError(
                "SESSION_REQUIRED", "the sign-in link is not valid any more"
            )
        hashed = self._vault.hash(cookie, "session")

        async def use(tx: Connection) -> Session | None:
            await store.insert_used_link(tx, nonce, now)
            user = await store.select_first_user(tx)
            if user is not None:
                await store.insert_session(
                    tx, hashed, user[0], new_token(), now, now + SESSION_LIFE
                )
            return await store.select_session(tx, hashed, now)

        try:
            session = await self._database.write(use)
        except UniqueError:
            session = None
        if session is None:
            raise NotAuthenticatedError("SESSION_REQUIRED", "the sign-in link was used before")
        return cookie, session

    async def session(self, cookie: str) -> Session | None:
        """The live session behind a cookie."""
        hashed, now = self._vault.hash(cookie, "session"), self._clock.now()
        return await self._database.read(lambda tx: store.select_session(tx, hashed, now))

    async def sign_out(self, cookie: str) -> None:
        """End a session."""
        hashed = self._vault.hash(cookie, "session")
        await self._database.write(lambda tx: store.delete_session(tx, hashed))


def caller_of(session: Session) -> Caller:
    """A signed-in person may do everything in the workspace."""
    return Caller("session", session.user_id, session.user_name, session.workspace_id, ALL_SCOPES)
