"""OAuth's own endpoints, which speak in forms and refuse in OAuth's words."""

from postbroker.http.openapi.described import Part, Told

TEXT: Part = {"type": "string"}
TEXTS: Part = {"type": "array", "items": TEXT}
NUMBER: Part = {"type": "integer"}
SCOPE: Part = {"type": "string", "description": "Scopes, with a space between two."}
CLIENT_ID: Part = {
    "type": "string",
    "description": "What registration answered, or the `https` address of the client's metadata.",
}
RESOURCE: Part = {
    "type": "string",
    "description": "What the token is for (RFC 8707): the broker's address, or that with `/mcp`.",
}


def _object(needed: dict[str, Part], **more: Part) -> Part:
    return {"type": "object", "properties": {**needed, **more}, "required": [*needed]}


def _json(description: str, schema: Part) -> Part:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _form(needed: dict[str, Part], **more: Part) -> Part:
    content = {"application/x-www-form-urlencoded": {"schema": _object(needed, **more)}}
    return {"required": True, "content": content}


REFUSED = _object({"error": TEXT}, error_description=TEXT)
REFUSALS: dict[str, Part] = {
    "400": _json("Refused, in OAuth's words (RFC 6749).", REFUSED),
    "401": _json("The client is not known.", REFUSED),
    "429": _json("Too often; wait as `Retry-After` says.", REFUSED),
}
TOKENS = _object(
    {"access_token": TEXT, "token_type": TEXT, "expires_in": NUMBER, "scope": SCOPE},
    refresh_token=TEXT,
)

AUTHORIZATION_TOLD: dict[str, Told] = {
    "describe_resource": Told(
        "Say what is protected and by whom",
        "The metadata of a protected resource (RFC 9728).",
        answers={
            "200": _json(
                "Where to ask for a token.",
                _object({"resource": TEXT, "authorization_servers": TEXTS}),
            )
        },
    ),
    "describe_server": Told(
        "Say what the authorization server can do",
        "The metadata of an authorization server (RFC 8414).",
        answers={
            "200": _json(
                "Its endpoints and abilities.",
                _object({"issuer": TEXT, "authorization_endpoint": TEXT, "token_endpoint": TEXT}),
            )
        },
    ),
    "register_client": Told(
        "Register a client",
        "Dynamic registration (RFC 7591), for clients that have no metadata of their own. Every "
        "client is a public one.",
        body={
            "required": True,
            "content": {
                "application/json": {
                    "schema": _object({"redirect_uris": TEXTS}, client_name=TEXT),
                    "examples": {
                        "loopback": {
                            "summary": "A program on the person's own machine.",
                            "value": {
                                "client_name": "My agent",
                                "redirect_uris": ["http://127.0.0.1:33418/callback"],
                            },
                        }
                    },
                }
            },
        },
        answers={
            "201": _json(
                "The client.",
                _object({"client_id": TEXT, "redirect_uris": TEXTS}, client_name=TEXT),
            ),
            **REFUSALS,
        },
    ),
    "give_token": Told(
        "Give tokens",
        "For a code (with PKCE), for a refresh token, or for a device whose person said yes.",
        body=_form(
            {"grant_type": TEXT, "client_id": CLIENT_ID},
            code=TEXT,
            redirect_uri=TEXT,
            code_verifier=TEXT,
            refresh_token=TEXT,
            device_code=TEXT,
            scope=SCOPE,
            resource=RESOURCE,
        ),
        answers={"200": _json("The tokens.", TOKENS), **REFUSALS},
    ),
    "revoke_token": Told(
        "Revoke a token",
        "Ends a token and all that came of the same yes (RFC 7009).",
        body=_form({"token": TEXT, "client_id": CLIENT_ID}),
        answers={"200": _json("It is ended.", {"type": "object"}), **REFUSALS},
    ),
    "begin_device_login": Told(
        "Begin the login of a device",
        "For programs that open no browser of their own (RFC 8628).",
        body=_form({"client_id": CLIENT_ID}, scope=SCOPE, resource=RESOURCE),
        answers={
            "200": _json(
                "What to show to the person, and what to poll with.",
                _object(
                    {
                        "device_code": TEXT,
                        "user_code": TEXT,
                        "verification_uri": TEXT,
                        "expires_in": NUMBER,
                    },
                    interval=NUMBER,
                    verification_uri_complete=TEXT,
                ),
            ),
            **REFUSALS,
        },
    ),
}
