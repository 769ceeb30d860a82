"""The chapters of the reference: which a path belongs to, and what each is about."""

from typing import NamedTuple


class Tag(NamedTuple):
    """A chapter."""

    name: str
    description: str


JOBS = Tag("Jobs", "Posts and comments on their way: create, read, wait, list, cancel, settle.")
GROUPS = Tag("Groups", "Finding groups of a platform and being let into them.")
MEDIA = Tag("Media", "Files for posts.")
ACCOUNTS = Tag("Accounts", "Who posts, whether it may now, and how often.")
PLATFORMS = Tag(
    "Platforms", "What each platform takes, what browsers find there, what error codes mean."
)
KEYS = Tag("Keys", "Keys of agents, and what was used.")
PAIRING = Tag("Pairing", "Making a browser known by a code and a yes.")
EXTENSION = Tag("Extension", "What a paired browser asks and tells; agents do not need it.")
EVENTS = Tag("Events", "What happens to jobs, as it happens.")
CONNECTIONS = Tag("Connections", "Accounts that the broker posts to through official APIs.")
TOOLS = Tag("Tools", "The same for agents that speak the Model Context Protocol.")
AUTHORIZATION = Tag("Authorization", "OAuth 2.1 for agents that have no key.")
HEALTH = Tag("Health", "Whether the broker lives and takes work.")
FILES = Tag("Files", "The addresses that uploads and links lead to.")

TAGS: dict[str, Tag] = {
    "v1/jobs": JOBS,
    "v1/posts": JOBS,
    "v1/reddit": JOBS,
    "v1/groups": GROUPS,
    "v1/facebook": GROUPS,
    "v1/media": MEDIA,
    "v1/account": ACCOUNTS,
    "v1/accounts": ACCOUNTS,
    "v1/platforms": PLATFORMS,
    "v1/errors": PLATFORMS,
    "v1/checks": PLATFORMS,
    "v1/keys": KEYS,
    "v1/usage": KEYS,
    "v1/connect": PAIRING,
    "v1/extension": EXTENSION,
    "v1/events": EVENTS,
    "v1/connections": CONNECTIONS,
    "mcp": TOOLS,
    "oauth": AUTHORIZATION,
    ".well-known": AUTHORIZATION,
    "media": FILES,
    "livez": HEALTH,
    "readyz": HEALTH,
    "health": HEALTH,
}
"""By the first word of a path, or the first two under `/v1/`."""


def tag_of(path: str) -> Tag:
    """The chapter of a path. Raises KeyError for a path that begins with a word unknown here."""
    words = path.strip("/").split("/")
    if words[-1] == "events":
        return EVENTS
    return TAGS["/".join(words[:2]) if words[0] == "v1" else words[0]]
