"""Accounts connected by official APIs, as agents and people ask for them."""

from datetime import datetime

from postbroker.catalogue import load_platforms
from postbroker.clock import Clock
from postbroker.contract.accounts import AccountRef
from postbroker.contract.connections import (
    AccountAction,
    AccountActions,
    AccountHealth,
    AccountSettings,
    ActionAnswer,
    ActionTarget,
    ActOnAccount,
    CapabilitiesAnswer,
    CapabilitiesOf,
    ConnectablePlatform,
    ConnectablePlatforms,
    ConnectEntry,
    ConnectionAnswer,
    ConnectionHealth,
    ConnectionList,
    ConnectionRef,
    ConnectionTrouble,
    ConnectWay,
    HealthAnswer,
    HealthOf,
    StartConnection,
)
from postbroker.contract.requests import Nothing
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.platforms.adapter import OAuth, PlatformAdapter, Typed
from postbroker.services.api import Access
from postbroker.services.connecting import Connecting
from postbroker.services.connections import REMOVED, Ability, Connections, warning_of
from postbroker.services.entries import missing_settings
from postbroker.store.connections import ConnectionRecord

OF_PLATFORMS = ("PLATFORM_REFUSED", "PLATFORM_UNREACHABLE", "ACCOUNT_NOT_CONNECTED")
"""How a question that goes on to a platform can be refused."""
MISSING = ("NOT_FOUND",)


def connection_operations(
    connecting: Connecting, connections: Connections, access: Access, clock: Clock
) -> list[AnyOperation]:
    """What can be asked about connections, over the services given."""

    async def start(asked: Asked[StartConnection]) -> Reply:
        started = await connecting.start(asked.who, asked.request)
        answer = connection_answer(started.record, clock.now(), started.authorize_url)
        return Reply(answer, location=f"/v1/connections/{answer.id}")

    async def list_(asked: Asked[Nothing]) -> Reply:
        now, records = clock.now(), await connections.all(asked.who)
        return Reply(ConnectionList(connections=[connection_answer(each, now) for each in records]))

    async def read(asked: Asked[ConnectionRef]) -> Reply:
        record = await connections.get(asked.who, asked.request.id)
        return Reply(connection_answer(record, clock.now()))

    async def remove(asked: Asked[ConnectionRef]) -> Reply:
        record = await connections.remove(asked.who, asked.request.id)
        return Reply(connection_answer(record, clock.now()))

    async def health(asked: Asked[HealthOf]) -> Reply:
        wanted = asked.request
        records = await connections.standing(asked.who, wanted.platform, anew=wanted.check)
        return Reply(health_answer(records, clock.now()))

    async def platforms(asked: Asked[Nothing]) -> Reply:  # noqa: ARG001
        found = [connectable(each, access) for _, each in sorted(access.adapters.items())]
        return Reply(ConnectablePlatforms(platforms=found))

    return [
        Operation(
            "start_connection",
            "Connect an account by its platform's official API",
            "agent",
            StartConnection,
            ConnectionAnswer,
            start,
            "accounts.write",
            (
                "VALIDATION_FAILED",
                "UNSUPPORTED_PLATFORM",
                "APP_NOT_CONFIGURED",
                "PLATFORM_REFUSED",
                "PLATFORM_UNREACHABLE",
            ),
            description="What is entered in `fields` connects at once. Where a consent page asks, "
            "a person opens `authorizeUrl` within ten minutes; poll the connection until it is "
            "not `pending` any more. `GET /v1/connections/platforms` tells what each platform "
            "needs.",
        ),
        Operation(
            "list_connections",
            "List connections",
            "agent",
            Nothing,
            ConnectionList,
            list_,
            "accounts.read",
        ),
        Operation(
            "list_connectable",
            "List platforms with an official API, and what connecting needs",
            "agent",
            Nothing,
            ConnectablePlatforms,
            platforms,
            "accounts.read",
        ),
        Operation(
            "read_connections_health",
            "See how the connected accounts stand",
            "agent",
            HealthOf,
            HealthAnswer,
            health,
            "accounts.read",
        ),
        Operation(
            "read_connection",
            "Read a connection",
            "agent",
            ConnectionRef,
            ConnectionAnswer,
            read,
            "accounts.read",
            MISSING,
        ),
        Operation(
            "remove_connection",
            "Let a connection go",
            "agent",
            ConnectionRef,
            ConnectionAnswer,
            remove,
            "accounts.write",
            MISSING,
            description="Its tokens are given back to the platform where that takes them, and its "
            "credentials are forgotten. The account and its history stay.",
        ),
        *_account_operations(connections, clock),
    ]


def _account_operations(connections: Connections, clock: Clock) -> list[AnyOperation]:
    """What can be asked about one connected account."""

    async def capabilities(asked: Asked[CapabilitiesOf]) -> Reply:
        wanted = asked.request
        ability = await connections.ability(asked.who, wanted.id, anew=wanted.refresh)
        return Reply(capabilities_answer(wanted.id, ability, clock.now()))

    async def settings(asked: Asked[AccountRef]) -> Reply:
        ability = await connections.ability(asked.who, asked.request.id)
        schema = dict(ability.capabilities.settings)
        answer = AccountSettings(
            account_id=asked.request.id,
            platform=ability.record.platform,
            supported=bool(schema),
            json_schema=schema,
        )
        return Reply(answer)

    async def actions(asked: Asked[AccountRef]) -> Reply:
        found = await connections.actions(asked.who, asked.request.id)
        listed = [AccountAction(id=id_, label=label) for id_, label in found.items()]
        return Reply(AccountActions(actions=listed))

    async def act(asked: Asked[ActOnAccount]) -> Reply:
        wanted = asked.request
        targets = await connections.act(asked.who, wanted.id, wanted.action, wanted.given)
        found = [ActionTarget(id=each.id, name=each.name, more=dict(each.more)) for each in targets]
        return Reply(ActionAnswer(targets=found))

    async def remove(asked: Asked[AccountRef]) -> Reply:
        await connections.remove_account(asked.who, asked.request.id)
        return Reply(None)

    asking = (*MISSING, *OF_PLATFORMS)
    return [
        Operation(
            "read_capabilities",
            "Read what a connected account can post",
            "agent",
            CapabilitiesOf,
            CapabilitiesAnswer,
            capabilities,
            "accounts.read",
            asking,
            description="Read from the platform at most once a day, unless `refresh` asks it now; "
            "`ageSeconds` says how old the answer is.",
        ),
        Operation(
            "read_account_settings",
            "Read what a post of a connected account may have beside text and files",
            "agent",
            AccountRef,
            AccountSettings,
            settings,
            "accounts.read",
            asking,
        ),
        Operation(
            "list_account_actions",
            "List what can be asked about a connected account",
            "agent",
            AccountRef,
            AccountActions,
            actions,
            "accounts.read",
            (*MISSING, "ACCOUNT_NOT_CONNECTED"),
        ),
        Operation(
            "act_on_account",
            "List an account's pages, boards, channels or communities",
            "agent",
            ActOnAccount,
            ActionAnswer,
            act,
            "accounts.read",
            asking,
        ),
        Operation(
            "remove_account",
            "Remove an account and its connection; its jobs stay",
            "agent",
            AccountRef,
            None,
            remove,
            "accounts.write",
            MISSING,
            empty="The account is gone.",
        ),
    ]


def connection_answer(
    record: ConnectionRecord, now: datetime, authorize_url: str | None = None
) -> ConnectionAnswer:
    """A connection as its callers see it: none of its secrets."""
    error = None
    if record.error_code is not None:
        error = ConnectionTrouble(code=record.error_code, message=record.error or "")
    return ConnectionAnswer(
        id=record.id,
        platform=record.platform,
        status=record.state,
        way=record.way,
        server=record.base_url,
        authorize_url=authorize_url,
        account_id=record.account_id,
        handle=record.handle,
        name=record.identity.get("name") or None,
        created_at=record.created_at.isoformat(),
        connected_at=_iso(record.connected_at),
        checked_at=_iso(record.checked_at),
        expires_at=_iso(record.expires_at),
        reconnect_by=_iso(record.ends_at),
        warning=warning_of(record, now),
        error=error,
    )


def health_answer(records: list[ConnectionRecord], now: datetime) -> HealthAnswer:
    """How accounts stand that are connected, or were until their platform ended it."""
    accounts = [_health(record, now) for record in records if record.error_code != REMOVED]
    return HealthAnswer(
        connected_accounts=sum(each.health != "disconnected" for each in accounts),
        failing_accounts=sum(each.health in ("failing", "disconnected") for each in accounts),
        accounts=accounts,
    )


def health_of(record: ConnectionRecord, now: datetime) -> ConnectionHealth:
    """How a connection stands, in a word."""
    if record.state != "connected":
        return "disconnected"
    if record.error_code is not None:
        return "failing"
    return "ends_soon" if warning_of(record, now) else "healthy"


def _health(record: ConnectionRecord, now: datetime) -> AccountHealth:
    health = health_of(record, now)
    step = warning_of(record, now)
    if health in ("failing", "disconnected"):
        step = f"{record.error}. Connect it again with: postbroker connect {record.platform}"
    return AccountHealth(
        connection_id=record.id,
        account_id=record.account_id,
        platform=record.platform,
        handle=record.handle,
        health=health,
        next_step=step,
    )


def capabilities_answer(account_id: str, ability: Ability, now: datetime) -> CapabilitiesAnswer:
    """What an account can post, and how old that knowledge is."""
    found = ability.capabilities
    return CapabilitiesAnswer(
        account_id=account_id,
        platform=ability.record.platform,
        text=found.text,
        media=found.media,
        thread_max=found.thread_max,
        details=dict(found.details),
        read_at=ability.read_at.isoformat(),
        age_seconds=int((now - ability.read_at).total_seconds()),
    )


def connectable(adapter: PlatformAdapter, access: Access) -> ConnectablePlatform:
    """What connecting an account of a platform needs."""
    info = adapter.info
    return ConnectablePlatform(
        platform=info.id,
        name=load_platforms()[info.id].name,
        ways=[_way(way, info.id, access) for way in info.auth],
        asks_for_server=info.asks_for_server,
        server=access.usual_server(info.id) or None,
        cost=info.cost,
        cost_per_post=info.cost_per_post,
        approval=info.approval or None,
        setup=info.setup or None,
        retry_class=info.retry_class,
        deletes=info.deletes,
        metrics=list(info.metrics),
        actions=dict(info.actions),
    )


def _way(way: OAuth | Typed, platform: str, access: Access) -> ConnectWay:
    if isinstance(way, Typed):
        entries = [
            ConnectEntry(
                name=entry.name,
                title=entry.title,
                hint=entry.hint,
                secret=entry.is_secret,
                optional=entry.is_optional,
            )
            for entry in way.entries
        ]
        return ConnectWay(way="typed", ready=True, missing=[], entries=entries)
    missing = missing_settings(platform, way, access.at(platform).app)
    return ConnectWay(
        way="oauth",
        ready=not missing,
        missing=missing,
        entries=[],
        redirect_uri=access.redirect_uri(platform),
    )


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
