"""The protocol's server: which of its methods we answer, and with what.

Uses the SDK's low-level server, so that tools come from the one registry of operations.
"""

from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.caching import CacheHint
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import CallToolRequestParams

from postbroker.mcp.asking import ASKING, Asking, Parts
from postbroker.mcp.completions import Completions
from postbroker.mcp.prompts import get_prompt, list_prompts
from postbroker.mcp.resources import Resources
from postbroker.mcp.subscriptions import Subscriptions
from postbroker.mcp.tasks import TASKS, Tasks
from postbroker.mcp.toolbox import Toolbox

INSTRUCTIONS = """\
Postbroker publishes posts in the user's name, through their own logged-in browser or through \
accounts they connected. What you publish is public and cannot be taken back.

1. Show the user the exact text, files, platform and account, and wait for their yes. Posts may \
also wait for a yes in the dashboard: `details.waitingFor` is `approval` then.
2. create_post with an idempotencyKey of your own and wait: 60. When the answer is lost, ask again \
with the same key and arguments: it never posts twice.
3. `status` succeeded means live: give the user `postUrl`. failed: do what \
details.suggestedAction says, tell the user when details.actor is `user`, then retry_post.
4. errorCode outcome_unknown: the post may be live. Never send it again; ask the user to look.
"""

FIVE_MINUTES, ONE_HOUR = 300_000, 3_600_000
CACHE_HINTS: dict[Any, CacheHint] = {
    "server/discover": CacheHint(ttl_ms=ONE_HOUR, scope="public"),
    "tools/list": CacheHint(ttl_ms=FIVE_MINUTES, scope="public"),
    "prompts/list": CacheHint(ttl_ms=FIVE_MINUTES, scope="public"),
    "resources/templates/list": CacheHint(ttl_ms=FIVE_MINUTES, scope="public"),
    "resources/list": CacheHint(ttl_ms=0, scope="private"),
    "resources/read": CacheHint(ttl_ms=0, scope="private"),
}
"""How long clients may keep what they were told; the tools of a broker change with its version."""


def new_manager(parts: Parts) -> "Sessions":
    """What answers every request to the endpoint, for all revisions that the SDK speaks."""
    tasks, resources = Tasks(parts), Resources(parts)
    toolbox, subscriptions = Toolbox(parts, tasks), Subscriptions(parts, resources)
    keeps = parts.keeps_sessions
    server = Server[Any](
        "postbroker",
        title="Postbroker",
        version=parts.version,
        instructions=INSTRUCTIONS,
        cache_hints=CACHE_HINTS,
        get_tool_input_schema=toolbox.input_schema,
        on_list_tools=toolbox.list,
        on_list_resources=resources.list,
        on_list_resource_templates=resources.list_templates,
        on_read_resource=resources.read,
        on_subscribe_resource=subscriptions.subscribe if keeps else None,
        on_unsubscribe_resource=subscriptions.unsubscribe if keeps else None,
        on_subscriptions_listen=subscriptions.listen,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
        on_completion=Completions(parts).complete,
    )
    server.add_request_handler("tools/call", CallToolRequestParams, toolbox.call)
    server.middleware.clear()  # spans for OpenTelemetry, which nothing here collects
    server.extensions[TASKS] = {}
    tasks.register(server)
    return Sessions(StreamableHTTPSessionManager(server, stateless=not keeps))


class Sessions:
    """The SDK's session manager; a session belongs to the credential that began it."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        self._manager = manager
        self.run = manager.run

    async def handle_request(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """One request, in ASGI."""
        asking: Asking = scope[ASKING]
        who = asking.who
        token = AccessToken(token="", client_id=f"{who.kind} {who.id}", scopes=[*who.scopes])
        scope["user"] = AuthenticatedUser(token)
        await self._manager.handle_request(scope, receive, send)
