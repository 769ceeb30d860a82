"""Which credential a route takes, said in the operation itself."""

from typing import assert_never

from postbroker.appkeys import SESSION_COOKIE
from postbroker.domain.key import SCOPES
from postbroker.http.openapi.described import Described, Part

KEY, BEARER, OAUTH, SESSION = "apiKey", "bearer", "oauth", "session"
BROWSER, POLLER = "browserToken", "pollToken"


def security_of(route: Described) -> list[Part]:
    """The credentials of which a route takes one; an empty one where it needs none."""
    if not route.takes_credential:
        return []
    scopes = [route.scope] if route.scope else []
    keys: list[Part] = [{KEY: []}, {BEARER: []}, {OAUTH: scopes}]
    match route.who:
        case "anyone":
            return [{}, *keys] if route.is_open else []
        case "agent":
            return [*keys, {SESSION: []}]
        case "browser":
            return [{BROWSER: []}]
        case "poller":
            return [{POLLER: []}]
        case _:
            assert_never(route.who)


def security_schemes(public_url: str) -> dict[str, Part]:
    """All credentials."""
    return {
        KEY: {
            "type": "apiKey",
            "in": "header",
            "name": "clawpost-api-key",
            "description": "An API key, `claw_` and 48 characters.",
        },
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "description": "The same API key, or an access token.",
        },
        OAUTH: {
            "type": "oauth2",
            "description": "OAuth 2.1 with PKCE; the person says yes in the dashboard.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{public_url}/oauth/authorize",
                    "tokenUrl": f"{public_url}/oauth/token",
                    "refreshUrl": f"{public_url}/oauth/token",
                    "scopes": {scope: scope.replace(".", ": ") for scope in SCOPES},
                }
            },
        },
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION_COOKIE,
            "description": "A person signed in to the dashboard; what changes something also needs "
            "the session's token in `X-CSRF-Token`.",
        },
        BROWSER: {
            "type": "http",
            "scheme": "bearer",
            "description": "The token that a browser got when it was paired.",
        },
        POLLER: {
            "type": "http",
            "scheme": "bearer",
            "description": "The token with which a browser waits to be paired.",
        },
    }
