"""The composition root: settings → database → services → web app; it alone knows all others."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from postbroker import appkeys
from postbroker.catalogue import load_platforms, load_weights
from postbroker.clock import Clock, SystemClock
from postbroker.contract.catalogue import Platform
from postbroker.crash import crash_at
from postbroker.dashboard.views import add_dashboard
from postbroker.domain.lease import Rules
from postbroker.egress.calls import Calls
from postbroker.egress.files import Egress
from postbroker.errors import error_codes
from postbroker.http.health import add_health
from postbroker.http.manual.routes import add_manual
from postbroker.http.media import add_media
from postbroker.http.middleware import trace
from postbroker.http.oauth import add_oauth
from postbroker.http.problems import problem_of, validation_error
from postbroker.http.serve import add_endpoints
from postbroker.http.streams import add_streams
from postbroker.mcp.mount import add_mcp
from postbroker.media.local import LocalStorage
from postbroker.media.storage import MediaStorage
from postbroker.operations.accounts import account_operations
from postbroker.operations.agents import agent_operations
from postbroker.operations.approvals import approval_operations
from postbroker.operations.checks import check_operations
from postbroker.operations.comments import comment_operations
from postbroker.operations.connections import connection_operations
from postbroker.operations.extension import extension_operations
from postbroker.operations.groups import group_operations
from postbroker.operations.jobs import job_operations
from postbroker.operations.keys import key_operations
from postbroker.operations.knowledge import knowledge_operations
from postbroker.operations.live import live_operations
from postbroker.operations.media import media_operations
from postbroker.operations.pairing import pairing_operations
from postbroker.operations.usage import usage_operations
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.platforms.registry import load_adapters
from postbroker.sandbox.app import sandbox_app
from postbroker.services.accounts import Accounts
from postbroker.services.api import Access
from postbroker.services.approvals import Approvals
from postbroker.services.browsers import Browsers
from postbroker.services.care import Care
from postbroker.services.checks import Checks
from postbroker.services.choosing import Choosing
from postbroker.services.clients import Clients
from postbroker.services.connected import ConnectedApis
from postbroker.services.connecting import Connecting
from postbroker.services.connections import Connections
from postbroker.services.credentials import KEY_FILE, Safe
from postbroker.services.deliveries import Deliveries
from postbroker.services.devices import Devices
from postbroker.services.events import Events
from postbroker.services.grants import Grants
from postbroker.services.intake import Intake, Room
from postbroker.services.jobs import Jobs
from postbroker.services.keys import Keys
from postbroker.services.leases import Leases
from postbroker.services.live import LivePosts
from postbroker.services.locators import LocatorPacks
from postbroker.services.media import MediaFiles
from postbroker.services.meters import Meters
from postbroker.services.posts import Posts
from postbroker.services.publishing import Publishing
from postbroker.services.renewal import Renewal
from postbroker.services.retention import Retention
from postbroker.services.routing import Routes
from postbroker.services.secrets import Vault
from postbroker.services.signals import PUBLISHER, Signals, events_of
from postbroker.services.usage import Usage
from postbroker.services.workspaces import Workspaces
from postbroker.settings import Settings
from postbroker.store.database import Database
from postbroker.store.folder import DATABASE_FILE, sole_use
from postbroker.store.instants import to_ms
from postbroker.store.reserve import Reserve
from postbroker.store.sqlite import open_sqlite
from postbroker.workers.cleaner import clean_for_ever
from postbroker.workers.publisher import publish_for_ever
from postbroker.workers.renewer import renew_for_ever
from postbroker.workers.sweeper import sweep_for_ever

MAX_BODY_BYTES = 1 << 20
SECRET_FILE = "secret.key"  # noqa: S105  a name, not a secret
SECRET_BYTES = 48
MEDIA_FOLDER = "media"
LOCATORS_FOLDER = "locators"


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, built over one database."""

    accounts: Accounts
    approvals: Approvals
    keys: Keys
    clients: Clients
    grants: Grants
    devices: Devices
    meters: Meters
    workspaces: Workspaces
    browsers: Browsers
    jobs: Jobs
    posts: Posts
    checks: Checks
    media: MediaFiles
    leases: Leases
    locators: LocatorPacks
    routes: Routes
    deliveries: Deliveries
    publishing: Publishing
    events: Events
    usage: Usage
    retention: Retention
    access: Access
    renewal: Renewal
    apis: ConnectedApis
    connecting: Connecting
    live: LivePosts
    connections: Connections


@asynccontextmanager
async def open_database(
    settings: Settings, clock: Clock, *, check: bool = False, reserve: Reserve | None = None
) -> AsyncIterator[Database]:
    """The installation's database, brought up to date; the last two are SQLite's."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    now_ms = to_ms(clock.now())
    if settings.database_url is None:
        path = settings.data_dir / DATABASE_FILE
        database: Database = await open_sqlite(path, now_ms, check=check, reserve=reserve)
    else:
        database = await _open_postgres(settings.database_url, now_ms)
    try:
        yield database
    finally:
        await database.close()


async def _open_postgres(url: str, now_ms: int) -> Database:
    from postbroker.store.postgres import open_postgres  # an extra: only who uses it has asyncpg

    return await open_postgres(url, now_ms)


def build_services(
    settings: Settings,
    database: Database,
    clock: Clock,
    signals: Signals,
    vault: Vault,
    public_url: str = "http://127.0.0.1",
    adapters: Mapping[str, PlatformAdapter] | None = None,
) -> Services:
    """Every service, with what it needs and no more; `adapters` stand in for those there are."""
    platforms, rules = load_platforms(), rules_of(settings)
    adapters = load_adapters() if adapters is None else adapters
    online_within = timedelta(seconds=settings.online_seconds)
    crash = crash_at(settings.crash_at)
    media = _media_files(settings, database, clock, vault, platforms, public_url)
    grants = Grants(database, clock, vault, settings.key_requests_per_minute)
    care = Care(clock, platforms, paces=settings.pacing, confirms_first=settings.confirm_first_post)
    checks = Checks(platforms, load_weights(), settings.sandbox, rules.own_host)
    calls = Calls(settings.fetch_from)
    access = Access(
        Safe(settings.data_dir / KEY_FILE, settings.credentials_key),
        calls,
        clock,
        media,
        adapters,
        settings.platforms,
        public_url,
        shows_files=settings.public_url is not None,
    )

    routes = Routes(database, clock, platforms, checks.weights, adapters)

    def tell(workspace_id: str) -> None:
        routes.forget()
        signals.wake(events_of(workspace_id), PUBLISHER)

    renewal = Renewal(database, clock, access, tell)
    apis = ConnectedApis(database, access, renewal)
    connections = Connections(database, clock, access, renewal, apis, tell)
    leases = Leases(
        database,
        clock,
        signals,
        platforms,
        rules,
        care,
        routes,
        online_within,
        settings.jobs_per_browser,
        crash,
    )
    deliveries = Deliveries(database, clock, signals, platforms, rules, care, leases)
    return Services(
        accounts=Accounts(database, clock, signals, care, routes, online_within),
        approvals=Approvals(database, clock, signals, care),
        keys=Keys(database, clock, vault, settings.key_requests_per_minute),
        clients=Clients(database, clock, calls),
        grants=grants,
        devices=Devices(database, clock, vault, grants),
        meters=Meters(database, clock),
        workspaces=Workspaces(database, clock, vault, signals),
        browsers=Browsers(
            database, clock, vault, signals, timedelta(seconds=settings.pairing_seconds)
        ),
        jobs=Jobs(database, clock, vault, signals, rules, platforms),
        posts=Posts(
            database,
            clock,
            signals,
            Choosing(checks, routes, media, apis, adapters),
            routes,
            timedelta(seconds=settings.job_life_seconds),
            settings.daily_posts,
            care,
            media,
            crash,
        ),
        checks=checks,
        media=media,
        leases=leases,
        routes=routes,
        deliveries=deliveries,
        publishing=Publishing(
            clock,
            deliveries,
            leases,
            apis,
            adapters,
            platforms,
            routes,
            media,
            rules,
            settings.renew_seconds,
            crash,
        ),
        locators=LocatorPacks(settings.data_dir / LOCATORS_FOLDER),
        events=Events(database, signals),
        usage=Usage(database, clock, online_within),
        retention=Retention(database, clock, timedelta(days=settings.retention_days)),
        access=access,
        renewal=renewal,
        apis=apis,
        live=LivePosts(database, clock, signals, connections, apis, adapters),
        connecting=Connecting(database, clock, vault, access, tell),
        connections=connections,
    )


def _media_files(
    settings: Settings,
    database: Database,
    clock: Clock,
    vault: Vault,
    platforms: Mapping[str, Platform],
    public_url: str,
) -> MediaFiles:
    room = Room(
        file_bytes=settings.media_bytes,
        workspace_bytes=settings.media_workspace_bytes,
        keep=timedelta(days=settings.media_days),
    )
    storage, egress = _open_storage(settings), Egress(settings.fetch_from)
    incoming = settings.data_dir / MEDIA_FOLDER / "incoming"
    intake = Intake(database, clock, storage, egress, room, incoming)
    return MediaFiles(database, clock, vault, storage, intake, platforms, room, public_url)


def _open_storage(settings: Settings) -> MediaStorage:
    if settings.media_storage == "local":
        return LocalStorage(settings.data_dir / MEDIA_FOLDER / "kept")
    from postbroker.media.gcs import GoogleStorage  # an extra: only who uses it has the library

    return GoogleStorage.open(settings.media_bucket or "", settings.media_key_file or Path())


def build_app(
    settings: Settings,
    database: Database,
    clock: Clock,
    vault: Vault,
    public_url: str,
    adapters: Mapping[str, PlatformAdapter] | None = None,
) -> web.Application:
    """The whole broker as one web application; its loops live and die with it.

    `public_url` is where browsers reach it, without a slash at the end; `adapters` stand in for
    those there are.
    """
    signals = Signals()
    database.hear(signals.wake, signals.wake_all)
    services = build_services(settings, database, clock, signals, vault, public_url, adapters)
    of_jobs = job_operations(
        services.posts,
        services.jobs,
        services.approvals,
        services.accounts,
        settings.read_wait_seconds,
    )
    read_job = next(each for each in of_jobs if each.name == "read_job")
    operations = [
        *of_jobs,
        *agent_operations(services.posts, services.accounts, services.checks, read_job),
        *knowledge_operations(services.checks.platforms),
        *usage_operations(services.usage, services.checks.platforms),
        *comment_operations(services.posts),
        *live_operations(services.live),
        *group_operations(services.posts),
        *account_operations(services.accounts),
        *connection_operations(services.connecting, services.connections, services.access, clock),
        *key_operations(services.keys, services.meters, services.workspaces),
        *pairing_operations(services.browsers, services.workspaces),
        *extension_operations(
            settings,
            services.browsers,
            services.workspaces,
            services.leases,
            services.jobs,
            services.media,
            services.approvals,
            services.accounts,
            services.locators,
        ),
        *check_operations(services.posts, services.browsers, services.locators),
        *media_operations(services.media),
        *approval_operations(services.approvals),
    ]
    app = web.Application(middlewares=[trace], client_max_size=MAX_BODY_BYTES)
    app[appkeys.SETTINGS] = settings
    app[appkeys.CLOCK] = clock
    app[appkeys.DATABASE] = database
    app[appkeys.SIGNALS] = signals
    app[appkeys.VAULT] = vault
    app[appkeys.PUBLIC_URL] = public_url
    app[appkeys.OPERATIONS] = {operation.name: operation for operation in operations}
    app[appkeys.ACCOUNTS] = services.accounts
    app[appkeys.APPROVALS] = services.approvals
    app[appkeys.KEYS] = services.keys
    app[appkeys.CLIENTS] = services.clients
    app[appkeys.GRANTS] = services.grants
    app[appkeys.DEVICES] = services.devices
    app[appkeys.METERS] = services.meters
    app[appkeys.BROWSERS] = services.browsers
    app[appkeys.WORKSPACES] = services.workspaces
    app[appkeys.JOBS] = services.jobs
    app[appkeys.LEASES] = services.leases
    app[appkeys.MEDIA] = services.media
    app[appkeys.EVENTS] = services.events
    app[appkeys.USAGE] = services.usage
    app[appkeys.ACCESS] = services.access
    app[appkeys.CONNECTING] = services.connecting
    app[appkeys.CONNECTIONS] = services.connections
    add_endpoints(app)
    add_streams(app)
    add_media(app)
    add_oauth(app)
    add_mcp(app, problem_of, validation_error)
    add_health(app)
    add_manual(app, public_url)
    add_dashboard(app)
    if settings.sandbox:
        sandbox = sandbox_app(settings.data_dir / "sandbox", public_url=public_url, clock=clock)
        app.add_subapp("/sandbox", sandbox)
    app.on_shutdown.append(_close_signals)
    app.on_cleanup.extend([_end_meters, _end_calls(services)])
    app.cleanup_ctx.extend(
        _loop(run)
        for run in (
            lambda: sweep_for_ever(services.leases, clock, settings.sweep_seconds),
            lambda: clean_for_ever(services.retention, services.media, clock),
            lambda: renew_for_ever(services.renewal, services.connecting, clock),
            lambda: publish_for_ever(
                services.leases,
                services.deliveries,
                services.publishing,
                signals,
                clock,
                settings.publish_at_once,
                is_alone=settings.database_url is None,
            ),
        )
    )
    return app


@asynccontextmanager
async def running_broker(
    settings: Settings, public_url: str, clock: Clock | None = None
) -> AsyncIterator[web.Application]:
    """A broker on its own data folder.

    Raises DataDirInUseError when another one works there, DataDirUnfitError when none can.
    """
    clock = clock or SystemClock()
    shared = settings.database_url is not None
    with nullcontext(True) if shared else sole_use(settings.data_dir) as was_clean:
        vault = Vault(secret_key(settings))
        reserve = Reserve(settings.data_dir / "reserve")
        async with open_database(settings, clock, check=not was_clean, reserve=reserve) as database:
            yield build_app(settings, database, clock, vault, public_url)


def secret_key(settings: Settings) -> str:
    """The installation's secret, made on the first start."""
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_dir / SECRET_FILE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        write_secret(path, secrets.token_urlsafe(SECRET_BYTES))
    return path.read_text(encoding="utf-8")


def write_secret(path: Path, secret: str) -> None:
    """Write a secret for its owner alone. Raises FileExistsError: none is ever written over."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret)


def rules_of(settings: Settings) -> Rules:
    """The protocol's numbers as the settings have them."""
    return Rules(
        lease=timedelta(seconds=settings.lease_seconds),
        lease_limit=timedelta(seconds=settings.lease_limit_seconds),
        lease_limit_video=timedelta(seconds=settings.lease_limit_video_seconds),
        permit=timedelta(seconds=settings.permit_seconds),
        attempts=settings.attempts,
        retry_delays=tuple(timedelta(seconds=s) for s in settings.retry_delays),
        verify_delays=tuple(timedelta(seconds=s) for s in settings.verify_delays),
        verify_patience=timedelta(seconds=settings.verify_patience_seconds),
        own_host=(settings.public_url and settings.public_url.host) or settings.host,
        auto_retry_codes=frozenset(code.code for code in error_codes().values() if code.auto_retry),
    )


async def _close_signals(app: web.Application) -> None:
    app[appkeys.SIGNALS].close()


async def _end_meters(app: web.Application) -> None:
    await app[appkeys.METERS].flush()


def _end_calls(services: Services) -> Callable[[web.Application], Awaitable[None]]:
    async def end(_app: web.Application) -> None:
        await services.renewal.close()
        await services.access.calls.close()

    return end


def _loop(run: Callable[[], Awaitable[None]]) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.ensure_future(run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return context
