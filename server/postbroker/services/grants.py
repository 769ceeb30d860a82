"""Grants: a person says yes to an app, which gets tokens for it and loses them again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.domain.authorization import (
    ACCESS_LIFE,
    ACCESS_PREFIX,
    CODE_LIFE,
    CODE_PREFIX,
    REFRESH_LIFE,
    REFRESH_PREFIX,
    Audience,
    AuthorizationError,
    covers,
    proves,
    read_scopes,
)
from postbroker.domain.caller import Caller
from postbroker.domain.key import Scope
from postbroker.errors import NotAuthenticatedError, NotFoundError
from postbroker.services.lately import Lately
from postbroker.services.secrets import Vault, new_token
from postbroker.store import grants as store
from postbroker.store.accounts import select_account_keys
from postbroker.store.clients import update_client_used
from postbroker.store.database import Connection, Database
from postbroker.store.grants import Code, Grant, Token


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks of a person."""

    client_id: str
    client_name: str
    scopes: frozenset[Scope]
    audience: Audience
    account_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens, shown this once."""

    access_token: str
    refresh_token: str
    scopes: frozenset[Scope]


class Grants:
    """Use cases of what people allowed apps."""

    def __init__(
        self, database: Database, clock: Clock, vault: Vault, requests_per_minute: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._requests_per_minute = requests_per_minute
        self._callers = Lately[tuple[Caller, str]](clock)

    async def allow(
        self, user_id: str, workspace_id: str, wish: Wish, redirect_uri: str, challenge: str
    ) -> str:
        """A person's yes; returns the code that the app redeems within a minute."""
        now, code = self._clock.now(), CODE_PREFIX + new_token()
        grant = self.new_grant(user_id, workspace_id, wish, now + CODE_LIFE)

        async def write(tx: Connection) -> None:
            await store.insert_grant(tx, grant)
            hashed = self._vault.hash(code, "code")
            await store.insert_code(
                tx, hashed, Code(grant.id, redirect_uri, challenge, now + CODE_LIFE)
            )
            await update_client_used(tx, wish.client_id, now)

        await self._database.write(write)
        return code

    def new_grant(self, user_id: str, workspace_id: str, wish: Wish, expires_at: datetime) -> Grant:
        """A person's yes, not yet written down."""
        return Grant(
            id=str(uuid4()),
            workspace_id=workspace_id,
            user_id=user_id,
            client_id=wish.client_id,
            client_name=wish.client_name,
            scopes=wish.scopes,
            audience=wish.audience,
            created_at=self._clock.now(),
            expires_at=expires_at,
            account_ids=wish.account_ids,
        )

    async def redeem(
        self,
        code: str,
        client_id: str,
        redirect_uri: str | None,
        verifier: str,
        audience: Audience | None,
    ) -> Issued:
        """Tokens for a code, once; a second time ends the grant. Raises AuthorizationError."""
        now, hashed = self._clock.now(), self._vault.hash(code, "code")

        async def redeem(tx: Connection) -> Issued | None:
            found = await store.lock_code(tx, hashed)
            if found is None:
                return None
            grant = await store.lock_grant(tx, found.grant_id)
            if grant.client_id != client_id:
                return None
            if found.used_at is not None:
                await store.update_grant_revoked(tx, grant.workspace_id, grant.id, now)
                return None
            is_wrong = (
                found.expires_at <= now
                or grant.revoked_at is not None
                or redirect_uri not in (None, found.redirect_uri)
                or not proves(verifier, found.challenge)
            )
            if is_wrong:
                return None
            _check_audience(audience, grant)
            await store.update_code_used(tx, hashed, now)
            return await self.issue(tx, grant, grant.scopes)

        return self._found(await self._database.write(redeem), "the code is wrong, used or too old")

    async def refresh(
        self,
        refresh_token: str,
        client_id: str,
        scope: str | None,
        audience: Audience | None,
    ) -> Issued:
        """New tokens for a refresh token, once; a second time ends the grant.

        Raises AuthorizationError, invalid_scope for more than was granted.
        """
        now, hashed = self._clock.now(), self._vault.hash(refresh_token, "token")

        async def refresh(tx: Connection) -> Issued | None:
            found = await store.lock_token(tx, hashed)
            if found is None or found.kind != "refresh":
                return None
            grant = await store.lock_grant(tx, found.grant_id)
            if grant.client_id != client_id or grant.revoked_at is not None:
                return None
            if found.used_at is not None:
                await store.update_grant_revoked(tx, grant.workspace_id, grant.id, now)
                return None
            if found.expires_at <= now:
                return None
            _check_audience(audience, grant)
            scopes = read_scopes(scope, found.scopes)
            if not scopes <= grant.scopes:
                raise AuthorizationError("invalid_scope", "that is more than was granted")
            await store.update_token_used(tx, hashed, now)
            return await self.issue(tx, grant, scopes)

        result = await self._database.write(refresh)
        return self._found(result, "the refresh token is wrong, used or too old")

    async def issue(self, tx: Connection, grant: Grant, scopes: frozenset[Scope]) -> Issued:
        """Fresh tokens of a grant, in the transaction of whoever asks."""
        now = self._clock.now()
        access, refresh = ACCESS_PREFIX + new_token(), REFRESH_PREFIX + new_token()
        await store.insert_tokens(
            tx,
            [
                (
                    self._vault.hash(access, "token"),
                    Token(grant.id, "access", scopes, now + ACCESS_LIFE),
                ),
                (
                    self._vault.hash(refresh, "token"),
                    Token(grant.id, "refresh", grant.scopes, now + REFRESH_LIFE),
                ),
            ],
        )
        await store.update_grant_end(tx, grant.id, now + REFRESH_LIFE)
        return Issued(access, refresh, scopes)

    async def authenticate(self, token: str, audience: Audience) -> Caller:
        """Who an access token speaks for. Raises NotAuthenticatedError."""
        found = await self._callers.get(token, self._find_caller)
        if found is None:
            raise NotAuthenticatedError("UNAUTHORIZED", "the access token is not valid any more")
        caller, good_for = found
        if not covers(good_for, audience):
            raise NotAuthenticatedError(
                "UNAUTHORIZED", f"the access token is good for {good_for} alone"
            )
        return caller

    async def revoke_token(self, token: str, client_id: str) -> None:
        """End a token; a refresh token ends its grant (RFC 7009). What is unknown is ended.

        Raises AuthorizationError for a token of another client.
        """
        now, hashed = self._clock.now(), self._vault.hash(token, "token")

        async def revoke(tx: Connection) -> bool:
            found = await store.lock_token(tx, hashed)
            if found is None:
                return True
            grant = await store.lock_grant(tx, found.grant_id)
            if grant.client_id != client_id:
                return False
            if found.kind == "refresh":
                await store.update_grant_revoked(tx, grant.workspace_id, grant.id, now)
            else:
                await store.delete_token(tx, hashed)
            return True

        is_own = await self._database.write(revoke)
        self._callers.forget()
        if not is_own:
            raise AuthorizationError("invalid_grant", "the token is another client's")

    async def list(self, workspace_id: str) -> list[Grant]:
        """The apps that can still do something in a workspace, newest first."""
        now = self._clock.now()
        return await self._database.read(lambda tx: store.select_live_grants(tx, workspace_id, now))

    async def revoke(self, workspace_id: str, grant_id: str) -> None:
        """End a grant at once, with all its tokens. Raises NotFoundError."""
        now = self._clock.now()
        is_revoked = await self._database.write(
            lambda tx: store.update_grant_revoked(tx, workspace_id, grant_id, now)
        )
        self._callers.forget()
        if not is_revoked:
            raise NotFoundError("NOT_FOUND", "there is no connected app with that id")

    def _found(self, issued: Issued | None, else_: str) -> Issued:
        if issued is None:
            self._callers.forget()  # it may have ended a grant
            raise AuthorizationError("invalid_grant", else_)
        return issued

    async def _find_caller(self, secret: str) -> tuple[Caller, str] | None:
        now, hashed = self._clock.now(), self._vault.hash(secret, "token")

        async def find(tx: Connection) -> tuple[Caller, str] | None:
            pair = await store.select_token(tx, hashed)
            if pair is None:
                return None
            token, grant = pair
            if token.kind != "access" or token.expires_at <= now or grant.revoked_at is not None:
                return None
            accounts = None
            if grant.account_ids is not None:
                accounts = await select_account_keys(tx, grant.workspace_id, grant.account_ids)
            caller = Caller(
                "app",
                grant.id,
                grant.client_name,
                grant.workspace_id,
                token.scopes,
                accounts,
                self._requests_per_minute,
            )
            return caller, grant.audience

        return await self._database.read(find)


def _check_audience(wanted: Audience | None, grant: Grant) -> None:
    if wanted is not None and wanted != grant.audience:
        raise AuthorizationError("invalid_target", "the grant is for another resource")
