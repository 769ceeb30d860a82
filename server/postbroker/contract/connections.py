"""Connecting accounts by official APIs: what is asked, what is answered, what an account can do."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.accounts import AccountRef
from postbroker.contract.catalogue import MediaRules, TextLimit
from postbroker.contract.message import Message
from postbroker.contract.words import Identifier, PlatformId

ConnectionStatus = Literal["pending", "connected", "failed", "disconnected"]
"""`pending` until the person has consented; `failed` when nothing came of it; `disconnected` when
it has ended: somebody removed it, or the platform lets nobody in any more."""

ConnectionWay = Literal["oauth", "typed"]
"""`oauth`: through the platform's consent page. `typed`: by what a person enters, such as an app
password, a bot token or the address of a webhook."""

RetryClass = Literal["A", "B", "C", "D"]

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
FieldValue = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class StartConnection(Message):
    """Connects an account of a platform."""

    platform: PlatformId
    """Whose official API it is."""
    way: ConnectionWay | None = None
    """Absent: `typed` where `fields` are given, else the platform's usual way."""
    server: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    """Where the account lives, on platforms of many servers: `https://mastodon.social`."""
    fields: dict[FieldName, FieldValue] = Field(default_factory=dict)
    """What was entered, by the names that `GET /v1/connections/platforms` tells. It is stored
    encrypted and shown to nobody again."""


class ConnectionRef(Message):
    """Names a connection."""

    id: Identifier
    """The connection's id, from the list of connections."""


class ConnectionTrouble(Message):
    """Why a connection failed or ended, or what troubles it."""

    code: str
    """A code of the error list."""
    message: str


class ConnectionAnswer(Message):
    """One connection; times are ISO 8601 in UTC."""

    id: str
    platform: str
    status: ConnectionStatus
    way: ConnectionWay
    server: str
    """Where its API is."""
    authorize_url: str | None = None
    """The consent page, for a person to open within ten minutes; told once, by whoever starts."""
    account_id: str | None = None
    """The account, from `connected` on."""
    handle: str | None = None
    name: str | None = None
    """As the platform shows it."""
    created_at: str
    connected_at: str | None = None
    checked_at: str | None = None
    """When the platform last answered for it."""
    expires_at: str | None = None
    """When the credentials in use end; the broker replaces them in time where it can."""
    reconnect_by: str | None = None
    """By when a person must connect the account anew, where that is known."""
    warning: str | None = None
    """What a person should do soon."""
    error: ConnectionTrouble | None = None


class ConnectionList(Message):
    """All connections of the workspace, newest first; those that ended too."""

    connections: list[ConnectionAnswer]


class HealthOf(Message):
    """Which connections to look at, and whether to ask their platforms now."""

    platform: PlatformId | None = None
    """Only those of this platform."""
    check: bool = False
    """Ask each platform now; otherwise what is known is told."""


ConnectionHealth = Literal["healthy", "ends_soon", "failing", "disconnected"]


class AccountHealth(Message):
    """How one connected account stands."""

    connection_id: str
    account_id: str | None = None
    platform: str
    handle: str | None = None
    health: ConnectionHealth
    next_step: str | None = None
    """For a person; absent when all is well."""


class HealthAnswer(Message):
    """How the accounts stand that are connected, or were until their platform ended it."""

    connected_accounts: int
    failing_accounts: int
    """Those that are failing or disconnected."""
    accounts: list[AccountHealth]


class ConnectEntry(Message):
    """One thing that a person enters."""

    name: str
    title: str
    hint: str
    """Where to find it."""
    secret: bool
    """True for what must not be shown while it is entered."""
    optional: bool


class ConnectWay(Message):
    """A way to connect an account of a platform."""

    way: ConnectionWay
    ready: bool
    """False while the operator has to set something first."""
    missing: list[str]
    """The settings that are absent."""
    entries: list[ConnectEntry]
    """For `fields`; empty where a consent page asks."""
    redirect_uri: str | None = None
    """What the operator registers with the app, for `oauth`."""


class ConnectablePlatform(Message):
    """A platform whose official API can be used."""

    platform: str
    name: str
    ways: list[ConnectWay]
    """The usual one first."""
    asks_for_server: bool
    server: str | None = None
    """Where accounts live unless it is said."""
    cost: str
    cost_per_post: str | None = None
    """What one post costs; absent where nothing is paid."""
    approval: str | None = None
    """What the operator must apply for first; absent for nothing."""
    setup: str | None = None
    """The address where an app or token is made."""
    retry_class: RetryClass
    """What may be done after doubt: `A` the same again under its key, `B` go on from a stored
    handle, `C` look before a second try, `D` nothing."""
    deletes: bool
    metrics: list[str]
    actions: dict[str, str]


class ConnectablePlatforms(Message):
    """All platforms whose official API can be used."""

    platforms: list[ConnectablePlatform]


class CapabilitiesOf(AccountRef):
    """Names an account; `refresh` asks its platform now."""

    refresh: bool = False
    """Ask the platform now, in place of what was asked lately."""


class CapabilitiesAnswer(Message):
    """What one account can post through its official API."""

    account_id: str
    platform: str
    text: TextLimit
    media: MediaRules
    thread_max: int
    details: dict[str, Any]
    """Whatever else the platform tells, such as privacy levels."""
    read_at: str
    age_seconds: int
    """How long ago the platform was asked."""


class AccountSettings(Message):
    """What a post may have beside text and files, in `platformPayload`."""

    account_id: str
    platform: str
    supported: bool
    """False where there is nothing to choose."""
    json_schema: dict[str, Any]
    """A JSON Schema (2020-12); a form can be drawn from it."""


class AccountAction(Message):
    """One thing that can be asked about an account."""

    id: str
    label: str
    """What it lists."""


class AccountActions(Message):
    """What can be asked about an account."""

    actions: list[AccountAction]


class ActOnAccount(AccountRef):
    """Asks one of the account's actions."""

    action: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    """One of the account's actions, by name."""
    given: dict[str, Any] = Field(default_factory=dict)
    """What narrows the question, such as a word to search for."""


class ActionTarget(Message):
    """A page, board, channel or community that the account may post to."""

    id: str
    name: str
    more: dict[str, Any]


class ActionAnswer(Message):
    """What an action found."""

    targets: list[ActionTarget]
