"""What an adapter of an official API is given, and what it answers.

    prepare ─▶ commit ─▶ (poll) ─▶ published
                  └─ doubt ─▶ reconcile

`prepare` may be repeated and has no public effect. `commit` sends exactly one irreversible request
and never sends it again by itself. `poll` and `reconcile` only read.

An adapter module `platforms/<id>.py` holds one instance of its class named `ADAPTER`, is found by
its file name, and knows nothing of jobs, leases or the database.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from postbroker.contract.catalogue import MediaRules, TextLimit
from postbroker.contract.problems import FieldProblem
from postbroker.contract.words import Kind
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer, Body
from postbroker.platforms.outcome import Finding, Outcome, Published, State

RetryClass = Literal["A", "B", "C", "D"]
"""What may be done after doubt: `A` the same request again under the same key, `B` go on from a
stored handle, `C` look before a second try, `D` nothing: it was sent at most once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a person types to connect an account."""

    name: str
    title: str
    hint: str
    """Where to find it."""
    is_secret: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """Connected at once by what a person types: app password, bot token, webhook, pasted token."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class OAuth:
    """Connected through the platform's consent page: OAuth 2.0 with an authorization code.

    Addresses may start with `{base}`, which stands for the base address of the account.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    scope_separator: str = " "
    client_id_name: str = "client_id"
    """TikTok calls it `client_key`."""
    client_auth: Literal["basic", "body", "none"] = "body"
    uses_pkce: bool = True
    refresh: Literal["rotating", "fixed", "exchange", "none"] = "rotating"
    """`rotating` and `fixed`: a refresh token, which changes or stays; `exchange`: a token is
    lengthened by a GET with itself, as Meta does; `none`: a person connects anew."""
    exchange_url: str | None = None
    """Where a short-lived token is changed into a long-lived one, or lengthened."""
    exchange_grant: str | None = None
    exchange_token_name: str = "access_token"  # noqa: S105  a name, not a secret
    """What the token is called that is changed; Facebook calls it `fb_exchange_token`."""
    lengthen_url: str | None = None
    """Where a long-lived token is lengthened; None for the same place and grant as above."""
    lengthen_grant: str | None = None
    revoke_url: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the authorize address beside the usual ones."""
    registers_itself: bool = False
    """True where an app is made on each server by a request (Mastodon), not by the operator."""


@dataclass(frozen=True, slots=True)
class Info:
    """What holds for every account of a platform."""

    id: str
    """As in shared/platforms/<id>.json."""
    retry_class: RetryClass
    auth: tuple[OAuth | Typed, ...]
    """The ways to connect, the usual one first."""
    base_url: str
    """Of the API; `POSTBROKER_<ID>_URL` or the account may name another."""
    asks_for_server: bool = False
    """True where a person says which server the account lives on."""
    deletes: bool = False
    metrics: tuple[str, ...] = ()
    """Which numbers `metrics` can tell, such as `likes`."""
    actions: Mapping[str, str] = field(default_factory=dict)
    """What else can be asked, such as `boards`, each with a line of what it lists."""
    cost: str = "free"
    """What publishing costs, for whoever decides; begins with `free` where it is."""
    cost_per_post: str | None = None
    """What one post costs, shown before the first one; None where nothing is paid."""
    approval: str = ""
    """What the operator must apply for first; empty for nothing."""
    setup: str = ""
    """The address where an app or token is made."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one account can post, as data. Read from the platform where it tells; has an age."""

    text: TextLimit
    media: MediaRules
    thread_max: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    """A JSON Schema (2020-12) of the options in `platformPayload`; a form can be drawn from it."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else the adapter read, such as privacy levels."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an account is on its platform."""

    remote_id: str
    handle: str
    name: str = ""
    base_url: str | None = None
    """Where its API is, if not at the usual address."""
    more: Mapping[str, str] = field(default_factory=dict)
    """What else the adapter needs each time, without secrets."""


@dataclass(frozen=True, slots=True)
class Target:
    """A page, board, channel or community that an account may post to."""

    id: str
    name: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to go out with the next irreversible request: of a thread, one part."""

    text: str
    media: Sequence[Attached]
    options: Mapping[str, Any]
    """The job's `platformPayload`, without its thread."""
    kind: Kind
    previous: Sequence[Published] = ()
    """The parts of a thread that are out, in order."""


class Api(Protocol):
    """One account's way to its platform, with fresh credentials."""

    base_url: str
    """Without a slash at the end."""
    credentials: Mapping[str, str]
    """`access_token` after OAuth; else what was typed, and what the adapter made of it."""
    identity: Identity
    app: Mapping[str, str]
    """The operator's own `client_id` and `client_secret`, and more; empty without."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: Body = None,
        seconds: float = 30,
    ) -> Answer:
        """One request, to a path below `base_url` or to a whole address; no redirect is followed.

        Raises NotSentError, UnansweredError (egress.calls).
        """
        ...

    async def send_once(self, method: str, url: str, **what: Any) -> Answer:
        """The one irreversible request of `commit`, as `send`. A second one raises RuntimeError."""
        ...

    def read(self, file: Attached, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes of a file, or a part of it."""
        ...

    def public_url(self, file: Attached) -> str:
        """An address from which the platform can fetch the file for a few hours.

        Raises TroubleError where the broker has no public address.
        """
        ...

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...


Save = Callable[[State], Awaitable[None]]
"""Writes the state down for good and renews the lease; called after each step worth keeping."""


class PlatformAdapter(Protocol):
    """How posts go to one platform through its official API.

    Every method but `validate` raises NotSentError or UnansweredError as the requests do, and
    TroubleError where the platform refuses.
    """

    info: Info

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Who these credentials are, and the credentials to keep, which may be others (a session
        in place of a password). For `Typed`, `api.credentials` holds what was typed."""
        ...

    async def refresh(self, api: Api) -> dict[str, str] | None:
        """Fresh credentials by the adapter's own means; None where OAuth's way is the way."""
        ...

    async def capabilities(self, api: Api) -> Capabilities:
        """What the account can post now."""
        ...

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """Everything that keeps the draft from going out, at once; asks nobody."""
        ...

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """Uploads, containers, ids: all that may be repeated. Starts from what was saved."""
        ...

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:
        """Exactly one `send_once`. `key` is the same for every try at the same post."""
        ...

    async def poll(self, api: Api, state: State) -> Outcome:
        """How a pending post stands."""
        ...

    async def reconcile(
        self, api: Api, draft: Draft, state: State, key: str, since: datetime
    ) -> Finding:
        """Whether a post of doubt is there; it can be no older than `since`."""
        ...

    async def act(self, api: Api, action: str, given: Mapping[str, Any]) -> list[Target]:
        """One of `info.actions`."""
        ...

    async def delete(self, api: Api, post: Published) -> None:
        """Remove a post; one that is gone already is no error."""
        ...

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """The numbers of `info.metrics` for each post, in order."""
        ...
