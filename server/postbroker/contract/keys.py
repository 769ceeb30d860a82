"""Keys: what one may do, as which accounts, how often and until when."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import Identifier, Scope

DAY_SECONDS = 86_400

Label = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
RequestsPerMinute = Annotated[int, Field(ge=0, le=1_000_000)]


class CreateKey(Message):
    """A new key. It gets no more than the credential that asks for it has itself."""

    label: Label
    """Whose key it is, in words."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] | None = None
    """What it may do; all but `posts.approve` when absent."""
    accounts: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = None
    """Ids of the accounts that it sees and posts as; all when absent. They do not change later."""
    expires_in_seconds: Annotated[int, Field(ge=60, le=3650 * DAY_SECONDS)] | None = None
    """How long it is good for; until it is revoked when absent."""
    requests_per_minute: RequestsPerMinute | None = None
    """How often it may ask; the broker's own number when absent, 0 is no limit."""


class KeyRef(Message):
    """Names a key."""

    id: Identifier
    """The key's id, from the list of keys."""


class RotateKey(KeyRef):
    """A new secret for a key; the old one goes on for a while."""

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * DAY_SECONDS)] = DAY_SECONDS
    """How long the old secret is good beside the new one."""


class KeyAnswer(Message):
    """A key without its secret; times are ISO 8601 in UTC."""

    id: str
    label: str
    prefix: str
    """The beginning of the secret, to tell keys apart."""
    scopes: list[Scope]
    accounts: list[str] | None = None
    """Ids of the accounts that it sees and posts as; absent when it is all."""
    created_at: str
    last_used_at: str | None = None
    """To the minute."""
    expires_at: str | None = None
    revoked_at: str | None = None
    old_secret_until: str | None = None
    """Present while the secret from before the last rotation is good."""
    requests_per_minute: int
    """How often it may ask; 0 is no limit."""
    requests: int
    """How often it asked, as far as it is written down: each process tells at least each minute
    that the key is in use."""


class NewKey(KeyAnswer):
    """A key with its secret, which is shown this once."""

    key: str


class KeyList(Message):
    """The keys of a workspace, oldest first, revoked ones too."""

    keys: list[KeyAnswer]


class Tenant(Message):
    """The workspace, under the name that clients know."""

    id: str
    name: str


class AccountName(Message):
    """An account as a credential is limited to it."""

    platform: str
    handle: str
    """In small letters, without a leading @."""


class Credential(Message):
    """What the credential of a request is good for."""

    ok: Literal[True] = True
    kind: Literal["key", "app", "session"]
    """An API key, an app that a person connected by OAuth, or a person at the dashboard."""
    id: str
    label: str
    tenant: Tenant
    scopes: list[Scope]
    accounts: list[AccountName] | None = None
    """Those that it sees and posts as; absent when it is all."""
    requests_per_minute: int
    """How often it may ask; 0 is no limit."""
