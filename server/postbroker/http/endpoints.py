"""Every endpoint of the API in one table: method, path, operation, status."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path of ours."""

    method: str
    path: str
    operation: str
    status: int = 200
    is_open: bool = False
    """Web pages of any origin may call it (CORS): it takes a key, never a cookie."""


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("POST", "/v1/jobs/tweet", "create_tweet", 201, is_open=True),
    Endpoint("POST", "/v1/posts", "create_post", 201, is_open=True),
    Endpoint("POST", "/v1/posts/validate", "validate_post", is_open=True),
    Endpoint("GET", "/v1/posts/{id}/numbers", "read_numbers", is_open=True),
    Endpoint("POST", "/v1/posts/{id}/delete", "delete_post", is_open=True),
    Endpoint("POST", "/v1/reddit/comment", "create_reddit_comment", 201, is_open=True),
    Endpoint("POST", "/v1/groups/search", "search_groups", 201, is_open=True),
    Endpoint("POST", "/v1/facebook/groups/join", "join_group", 201, is_open=True),
    Endpoint("POST", "/v1/facebook/groups/status", "read_group_status", 201, is_open=True),
    Endpoint("GET", "/v1/jobs", "list_jobs", is_open=True),
    Endpoint("GET", "/v1/jobs/{id}", "read_job", is_open=True),
    Endpoint("POST", "/v1/jobs/{id}/cancel", "cancel_job", is_open=True),
    Endpoint("POST", "/v1/jobs/{id}/retry", "retry_post", 201, is_open=True),
    Endpoint("POST", "/v1/jobs/{id}/settle", "settle_job", is_open=True),
    Endpoint("POST", "/v1/jobs/{id}/look-again", "look_again", is_open=True),
    Endpoint("POST", "/v1/jobs/{id}/approve", "approve_job", is_open=True),
    Endpoint("POST", "/v1/jobs/{id}/reject", "reject_job", is_open=True),
    Endpoint("POST", "/v1/media/upload-url", "prepare_upload", is_open=True),
    Endpoint("GET", "/v1/media", "list_media", is_open=True),
    Endpoint("GET", "/v1/media/{id}", "get_media", is_open=True),
    Endpoint("DELETE", "/v1/media/{id}", "delete_media", is_open=True),
    Endpoint("GET", "/v1/platforms", "list_platforms", is_open=True),
    Endpoint("GET", "/v1/errors", "list_errors", is_open=True),
    Endpoint("GET", "/v1/errors/{code}", "explain_error", is_open=True),
    Endpoint("GET", "/v1/keys", "list_keys", is_open=True),
    Endpoint("POST", "/v1/keys", "create_key", 201, is_open=True),
    Endpoint("POST", "/v1/keys/{id}/rotate", "rotate_key", is_open=True),
    Endpoint("DELETE", "/v1/keys/{id}", "revoke_key", 204, is_open=True),
    Endpoint("GET", "/v1/keys/validate", "read_credential", is_open=True),
    Endpoint("POST", "/v1/keys/validate", "validate_key", is_open=True),
    Endpoint("GET", "/v1/usage", "read_usage", is_open=True),
    Endpoint("GET", "/v1/account/status", "read_account_status", is_open=True),
    Endpoint("GET", "/v1/accounts", "list_accounts", is_open=True),
    Endpoint("GET", "/v1/accounts/{id}", "read_account", is_open=True),
    Endpoint("PATCH", "/v1/accounts/{id}", "change_account", is_open=True),
    Endpoint("DELETE", "/v1/accounts/{id}", "remove_account", 204, is_open=True),
    Endpoint("GET", "/v1/accounts/{id}/capabilities", "read_capabilities", is_open=True),
    Endpoint("GET", "/v1/accounts/{id}/settings", "read_account_settings", is_open=True),
    Endpoint("GET", "/v1/accounts/{id}/actions", "list_account_actions", is_open=True),
    Endpoint("POST", "/v1/accounts/{id}/actions/{action}", "act_on_account", is_open=True),
    Endpoint("POST", "/v1/connections/start", "start_connection", 201, is_open=True),
    Endpoint("GET", "/v1/connections", "list_connections", is_open=True),
    Endpoint("GET", "/v1/connections/platforms", "list_connectable", is_open=True),
    Endpoint("GET", "/v1/connections/health", "read_connections_health", is_open=True),
    Endpoint("GET", "/v1/connections/{id}", "read_connection", is_open=True),
    Endpoint("DELETE", "/v1/connections/{id}", "remove_connection", is_open=True),
    Endpoint("POST", "/v1/checks", "check_controls", 201, is_open=True),
    Endpoint("POST", "/v1/connect/register", "register_browser", 201),
    Endpoint("GET", "/v1/connect/status", "read_pairing"),
    Endpoint("POST", "/v1/connect/pair", "pair_browser", is_open=True),
    Endpoint("POST", "/v1/connect/confirm", "confirm_pairing"),
    Endpoint("POST", "/v1/extension/hello", "hello"),
    Endpoint("GET", "/v1/extension/pull", "pull"),
    Endpoint("POST", "/v1/extension/progress", "report_progress"),
    Endpoint("POST", "/v1/extension/permit", "ask_permit"),
    Endpoint("POST", "/v1/extension/ack", "ack"),
    Endpoint("GET", "/v1/extension/locators", "read_locators"),
    Endpoint("POST", "/v1/extension/checks", "ask_check", 201),
    Endpoint("GET", "/v1/extension/questions", "read_questions"),
    Endpoint("POST", "/v1/extension/questions/{id}", "answer_question"),
)

FILES: tuple[Endpoint, ...] = (
    Endpoint("POST", "/v1/media/upload", "upload_media", is_open=True),
    Endpoint("PUT", "/media/{id}/{token}", "put_media", is_open=True),
    Endpoint("GET", "/media/{id}/{token}/{name}", "show_media", is_open=True),
    Endpoint("GET", "/v1/extension/media/{id}", "read_media"),
)
"""What carries bytes in place of messages: http/media.py reads and sends them."""

STREAMS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/v1/events", "stream_workspace"),
    Endpoint("GET", "/v1/jobs/{id}/events", "stream_job"),
)
"""What tells events as they happen: http/streams.py."""

AUTHORIZATION: tuple[Endpoint, ...] = (
    Endpoint("GET", "/.well-known/oauth-protected-resource", "describe_resource", is_open=True),
    Endpoint("GET", "/.well-known/oauth-protected-resource/mcp", "describe_resource", is_open=True),
    Endpoint("GET", "/.well-known/oauth-authorization-server", "describe_server", is_open=True),
    Endpoint("POST", "/oauth/register", "register_client", 201, is_open=True),
    Endpoint("POST", "/oauth/token", "give_token", is_open=True),
    Endpoint("POST", "/oauth/revoke", "revoke_token", is_open=True),
    Endpoint("POST", "/oauth/device_authorization", "begin_device_login", is_open=True),
)
"""OAuth for programs, in its own form: http/oauth.py."""

MCP: tuple[Endpoint, ...] = (
    Endpoint("POST", "/mcp", "speak_mcp", is_open=True),
    Endpoint("GET", "/mcp", "hear_mcp", is_open=True),
    Endpoint("DELETE", "/mcp", "end_mcp", is_open=True),
)
"""The Model Context Protocol, whose messages are its own: mcp/mount.py."""

HEALTH: tuple[Endpoint, ...] = (
    Endpoint("GET", "/livez", "live"),
    Endpoint("GET", "/readyz", "ready"),
    Endpoint("GET", "/health", "health"),
)
"""What watchers ask: http/health.py."""


def route_of(endpoint: Endpoint) -> str:
    """The path as a route: an id is no word that stands in its place in another path.

    Else the methods of `/v1/jobs/{id}` would be told of `/v1/jobs/tweet`, too.
    """
    before, _, last = endpoint.path.rpartition("/")
    if not last.startswith("{"):
        return endpoint.path
    paths = (each.path.rpartition("/") for each in (*ENDPOINTS, *FILES, *STREAMS, *HEALTH))
    words = sorted({word for start, _, word in paths if start == before and word[0] != "{"})
    return f"{before}/{{{last[1:-1]}:(?!(?:{'|'.join(words)})$)[^/]+}}" if words else endpoint.path
