"""Connecting an account: by what is entered, or through the platform's consent page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import structlog

from postbroker.clock import Clock
from postbroker.contract.connections import StartConnection
from postbroker.domain.account import account_key
from postbroker.domain.caller import Caller
from postbroker.egress.calls import CallError
from postbroker.errors import BrokerError, ConflictError, ForbiddenError, field_error
from postbroker.platforms.adapter import OAuth, PlatformAdapter
from postbroker.platforms.oauth import (
    App,
    OAuthClient,
    OAuthError,
    RefusedError,
    Secrets,
    Tokens,
)
from postbroker.platforms.outcome import TroubleError
from postbroker.services.api import Access, Kept, identity_of, without
from postbroker.services.care import lock_accounts, new_account
from postbroker.services.connected import UNREADABLE, written_capabilities
from postbroker.services.credentials import BadKeyError, UnreadableError
from postbroker.services.entries import chosen_way, entered, missing_settings, server_address
from postbroker.services.refusals import refusal_of
from postbroker.services.renewal import ended, instant_of, with_times
from postbroker.services.secrets import Vault
from postbroker.store.accounts import save_account, select_accounts
from postbroker.store.connections import (
    ConnectionRecord,
    insert_connection,
    save_connection,
    select_abandoned,
    select_connection_by_state,
    select_connection_of_account,
    update_state_used,
)
from postbroker.store.database import Connection, Database, StaleRowError

log = structlog.get_logger()

APP_NAME = "Postbroker"
CONSENT_FOR = timedelta(minutes=10)
STATE_PURPOSE = "oauth state"


@dataclass(frozen=True, slots=True)
class Started:
    """A connection that was begun, and the consent page where one is needed."""

    record: ConnectionRecord
    authorize_url: str | None = None


class Connecting:
    """Use cases of connecting. `changed` hears of each workspace whose connections changed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        access: Access,
        changed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._access = access
        self._changed = changed

    async def start(self, caller: Caller, wanted: StartConnection) -> Started:
        """Connect at once by what was entered, or say which consent page to open.

        Raises ValidationFailedError, ConflictError, ForbiddenError, BrokerError.
        """
        must_see_all(caller)
        adapter = self._adapter(wanted.platform)
        way = chosen_way(adapter, wanted)
        now = self._clock.now()
        record = ConnectionRecord(
            id=str(uuid4()),
            workspace_id=caller.workspace_id,
            platform=wanted.platform,
            state="pending",
            way="oauth" if isinstance(way, OAuth) else "typed",
            base_url=self._server(adapter, wanted.server),
            started_by=f"{caller.kind}:{caller.id}",
            created_at=now,
            updated_at=now,
        )
        if isinstance(way, OAuth):
            return await self._begin_consent(record)
        kept = Kept(entered(way.entries, wanted.fields))
        return Started(await self._connect(record, kept, Tokens(kept.credentials, None)))

    async def finish(
        self, platform: str, answer: Mapping[str, str], user_id: str | None
    ) -> ConnectionRecord:
        """The person comes back from the consent page, signed in as `user_id` if at all.

        The answer is good once, for the connection and the platform it was asked for, and in the
        browser of whoever began there. Raises BrokerError; what the platform refused is noted.
        """
        state_hash = self._vault.hash(answer.get("state", ""), STATE_PURPOSE)
        record = await self._database.read(lambda tx: select_connection_by_state(tx, state_hash))
        if record is None or record.platform != platform or record.state != "pending":
            raise ForbiddenError("CONSENT_MISMATCH", "nobody here asked for this answer")
        if record.started_by.startswith("session:") and record.started_by != f"session:{user_id}":
            raise ForbiddenError("CONSENT_MISMATCH", "another person began this connection")
        if not await self._database.write(lambda tx: update_state_used(tx, record.id, state_hash)):
            raise ForbiddenError("CONSENT_MISMATCH", "this answer was used before")
        if self._clock.now() - record.created_at > CONSENT_FOR:
            raise await self._fail(record, "CONSENT_EXPIRED", "it took longer than ten minutes")
        try:
            return await self._redeem(record, answer)
        except BrokerError as error:
            raise await self._fail(record, error.code, error.detail) from error
        except (UnreadableError, BadKeyError) as error:
            raise await self._fail(record, UNREADABLE, str(error)) from error

    async def drop_abandoned(self) -> int:
        """Let what nobody finished fail; how many."""
        before = self._clock.now() - CONSENT_FOR
        abandoned = await self._database.read(lambda tx: select_abandoned(tx, before))
        for record in abandoned:
            await self._fail(record, "CONSENT_EXPIRED", "nobody consented within ten minutes")
        return len(abandoned)

    async def _begin_consent(self, record: ConnectionRecord) -> Started:
        """Raises ConflictError without an app, BrokerError."""
        client, kept = self._client(record), Kept()
        if client.flow.registers_itself and "client_id" not in self._access.at(record.platform).app:
            try:
                own = await client.register(APP_NAME)
            except OAuthError as error:
                raise refusal_of(error) from error
            kept = Kept(app={"client_id": own.client_id, "client_secret": own.client_secret or ""})
        app, made = self._app(record, kept), Secrets.new()
        record = replace(record, state_hash=self._vault.hash(made.state, STATE_PURPOSE))
        record = self._access.lock(record, replace(kept, verifier=made.verifier))
        await self._database.write(lambda tx: insert_connection(tx, record))
        return Started(record, client.authorize_url(app, made))

    async def _redeem(
        self, record: ConnectionRecord, answer: Mapping[str, str]
    ) -> ConnectionRecord:
        """Raises BrokerError."""
        kept = self._access.unlock(record)
        client, app = self._client(record), self._app(record, kept)
        if (issuer := answer.get("iss")) and not client.is_issuer(issuer):
            raise ForbiddenError("CONSENT_MISMATCH", "the answer comes from another server")
        if error := answer.get("error"):
            said = answer.get("error_description", "")
            raise refusal_of(RefusedError(error, said))
        if not (code := answer.get("code")):
            raise ForbiddenError("CONSENT_MISMATCH", "the answer holds no code")
        try:
            tokens = await client.redeem(app, code, kept.verifier, self._clock.now())
        except OAuthError as failure:
            raise _named(failure, kept) from failure
        kept = replace(kept, credentials=tokens.values, verifier="")
        return await self._connect(record, kept, tokens)

    async def _connect(
        self, record: ConnectionRecord, kept: Kept, tokens: Tokens
    ) -> ConnectionRecord:
        """Ask the platform who it is and what it may post, then keep it. Raises BrokerError."""
        adapter, api = self._access.adapters[record.platform], self._access.api(record, kept)
        try:
            identity, credentials = await adapter.connect(api)
            record = replace(
                record,
                base_url=(identity.base_url or record.base_url).rstrip("/"),
                identity={
                    "remote_id": identity.remote_id,
                    "handle": identity.handle,
                    "name": identity.name,
                    "base_url": identity.base_url,
                    "more": dict(identity.more),
                },
            )
            if record.way == "oauth":
                credentials = {**tokens.values, **credentials}
            kept = replace(kept, credentials=credentials)
            capabilities = await adapter.capabilities(self._access.api(record, kept))
        except (CallError, TroubleError) as error:
            raise _named(error, kept) from error
        now = self._clock.now()
        if record.way == "typed" or tokens.expires_at is None:
            tokens = Tokens(credentials, instant_of(credentials.get("expires_at")), tokens.ends_at)
        turn = record.turn
        record = with_times(replace(record, state="connected", turn=turn + 1), adapter, tokens, now)
        record = replace(
            self._access.lock(record, kept),
            state_hash=None,
            capabilities=written_capabilities(capabilities),
            capabilities_at=now,
            connected_at=now,
            checked_at=now,
            updated_at=now,
        )
        record = await self._keep(record, turn)
        log.info("connected", connection=record.id, platform=record.platform)
        self._changed(record.workspace_id)
        return record

    async def _keep(self, record: ConnectionRecord, turn: int) -> ConnectionRecord:
        """Store a connection for its account, in place of the one that the account had."""
        identity, now = identity_of(record), self._clock.now()

        async def work(tx: Connection) -> ConnectionRecord:
            await lock_accounts(tx, record.workspace_id)
            key = account_key(record.platform, identity.handle)
            known = await select_accounts(tx, record.workspace_id)
            account = next((each for each in known if each.key == key), None)
            if account is None:
                account = new_account(record.workspace_id, record.platform, identity.handle, now)
                await save_account(tx, account)
            older = await select_connection_of_account(tx, record.workspace_id, account.id)
            if older is not None:
                over = ended(older, "CONNECTION_REPLACED", "the account was connected anew", now)
                if not await save_connection(tx, over, older.turn):
                    raise StaleRowError("it was refreshed meanwhile")
            kept = replace(record, account_id=account.id)
            if not await save_connection(tx, kept, turn):
                await insert_connection(tx, kept)
            return kept

        return await self._database.write(work)

    async def _fail(self, record: ConnectionRecord, code: str, message: str) -> BrokerError:
        """Note that nothing came of it; the error to raise."""
        failed = replace(
            record,
            state="failed",
            credentials=None,
            state_hash=None,
            error_code=code,
            error=message,
            updated_at=self._clock.now(),
        )
        await self._database.write(lambda tx: save_connection(tx, failed, record.turn))
        self._changed(record.workspace_id)
        return BrokerError(code, message)

    def _client(self, record: ConnectionRecord) -> OAuthClient:
        client = self._access.oauth(record)
        if client is None:
            raise ConflictError("APP_NOT_CONFIGURED", "it has no consent page")
        return client

    def _app(self, record: ConnectionRecord, kept: Kept) -> App:
        """In whose name the person is asked. Raises ConflictError."""
        app = self._access.app(record, kept)
        if app is None:
            flow = self._client(record).flow
            missing = missing_settings(record.platform, flow, self._access.at(record.platform).app)
            raise ConflictError("APP_NOT_CONFIGURED", f"the operator must set {', '.join(missing)}")
        return app

    def _adapter(self, platform: str) -> PlatformAdapter:
        adapter = self._access.adapters.get(platform)
        if adapter is None:
            names = ", ".join(sorted(self._access.adapters))
            message = f"{platform} is none of those with an official API: {names}"
            raise field_error("UNSUPPORTED_PLATFORM", "platform", message)
        return adapter

    def _server(self, adapter: PlatformAdapter, given: str | None) -> str:
        """Where the account lives. Raises ValidationFailedError."""
        info = adapter.info
        if given is not None and not info.asks_for_server:
            message = f"{info.id} has one server; leave it away"
            raise field_error("VALIDATION_FAILED", "server", message)
        found = server_address(given) if given else self._access.usual_server(info.id)
        if not found:
            raise field_error("VALIDATION_FAILED", "server", "say on which server the account is")
        return found


def must_see_all(caller: Caller) -> None:
    """Raise ForbiddenError for a credential that is for some accounts alone."""
    if caller.accounts is not None:
        detail = "a credential for some accounts alone can neither connect nor remove any"
        raise ForbiddenError("FORBIDDEN", detail)


def _named(error: CallError | TroubleError | OAuthError, kept: Kept) -> BrokerError:
    refusal = refusal_of(error)
    return BrokerError(refusal.code, without(refusal.detail, kept), refusal.retry_after_seconds)
