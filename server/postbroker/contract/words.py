"""The closed sets of words that appear in more than one message."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

PROTOCOL_VERSION = 1

PlatformId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Identifier = Annotated[
    str, StringConstraints(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Handle = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,50}$")]
LiveUrl = Annotated[str, StringConstraints(max_length=2048, pattern=r"^https?://")]
Epoch = Annotated[int, Field(ge=1)]
ProtocolVersion = Annotated[int, Field(ge=0, le=1_000_000)]

Kind = Literal["post", "comment", "group_search", "group_join", "group_status", "check"]
"""What a job does. All but posts and comments are errands; of these only joining presses anything.
A `check` looks which controls the extension finds on a platform's page."""

READING_KINDS: frozenset[Kind] = frozenset({"group_search", "group_status", "check"})
"""What presses nothing and may be repeated as often as one likes."""

ButtonState = Literal["joined", "requested", "not_member"]
"""What a group's button says of the account."""

JoinStatus = Literal["joined", "requested", "not_member", "unknown"]
Privacy = Literal["public", "private", "unknown"]

Route = Literal["tab", "api"]
"""The way of a job: through a tab of a paired browser, or through the platform's official API."""

AskedRoute = Literal["auto", "tab", "api"]
"""Which way is wanted; `auto` leaves it to the broker."""

Purpose = Literal["publish", "verify"]
"""What a lease is for: `publish` does the job, `verify` only looks and never presses a button."""

Step = Literal[
    "open_tab",
    "check_login",
    "check_account",
    "clean_start",
    "baseline",
    "attach_media",
    "insert_text",
    "read_back",
    "ask_permit",
    "press",
    "confirm",
    "look_for_post",
]
"""Where the holder of a lease is, in the order in which a job goes through them."""

Stage = Literal["preparing", "permitted", "pressed"]
"""How far the holder's own journal says it got: `permitted` is journalled before the one click,
`pressed` after it. From `permitted` on, only proof says whether the platform has the post."""

Outcome = Literal["published", "done", "failed", "unknown", "released", "found", "absent", "unseen"]
"""How the holder ended: `published` (posts and comments), `done` (errands), `failed`, `unknown`,
`released` for a publish lease; `found`, `absent` (looked, not there), `unseen` (could not look)
for a verify lease."""

Scope = Literal[
    "posts.read",
    "posts.draft",
    "posts.schedule",
    "posts.publish",
    "posts.approve",
    "media.upload",
    "accounts.read",
    "accounts.write",
    "usage.read",
    "logs.read",
    "api_keys.write",
    "browsers.pair",
]
"""What a key or a connected app may do."""

JobView = Literal["queued", "processing", "succeeded", "failed"]
"""The four states that Claw Post clients know."""
