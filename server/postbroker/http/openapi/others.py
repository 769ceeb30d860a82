"""The routes behind which no operation stands: files, streams, MCP, health."""

from collections.abc import Iterable

from postbroker.contract.jobs import JobEvent
from postbroker.contract.media import MediaAnswer
from postbroker.http.endpoints import AUTHORIZATION, FILES, HEALTH, MCP, STREAMS, Endpoint
from postbroker.http.openapi.authorization import AUTHORIZATION_TOLD
from postbroker.http.openapi.described import Described, Part, Told
from postbroker.http.openapi.headers import header_parameter
from postbroker.http.openapi.messages import PREFIX

OTHER_NAMES = {"/.well-known/oauth-protected-resource/mcp": "describe_resource_of_mcp"}
"""What stands behind two paths has two names."""


def _in_path(name: str, description: str, **limits: object) -> Part:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", **limits},
    }


JOB_ID = _in_path("id", "The id of a job.", pattern="^[0-9a-fA-F-]{36}$")
MEDIA_ID = _in_path("id", "The id of a file.", minLength=8, maxLength=64, pattern="^[A-Za-z0-9-]+$")
TOKEN = _in_path(
    "token", "The credential, which is part of the address.", pattern="^[A-Za-z0-9_-]+$"
)
NAME = _in_path(
    "name",
    "The name of the file, which tells people and platforms what it is.",
    pattern="^[A-Za-z0-9_.-]+$",
)
AFTER: Part = {
    "name": "after",
    "in": "query",
    "required": False,
    "description": "The same as the header `Last-Event-ID`, for readers that cannot send headers.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
RANGE: Part = {
    "name": "Range",
    "in": "header",
    "required": False,
    "description": "A part of the file, as `bytes=0-1023` (RFC 9110).",
    "schema": {"type": "string"},
    "example": "bytes=0-1023",
}

BYTES: Part = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
FILE_ANSWERS: dict[str, Part] = {
    "200": {"description": "The whole file.", **BYTES},
    "206": {"description": "The part that was asked for.", **BYTES},
    "416": {"description": "The file has no such part."},
}
FORM: Part = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "The file."},
                    "alt": {
                        "type": "string",
                        "maxLength": 2000,
                        "description": "What a picture shows, for those who cannot see it.",
                    },
                },
                "required": ["file"],
                "additionalProperties": False,
            },
            "encoding": {"file": {"contentType": "image/*, video/*"}},
        }
    },
}
RAW: Part = {"required": True, **BYTES}
EVENT_STREAM: Part = {
    "description": "Server-sent events: `id` is the event's number, `event` its name, `data` a "
    "`JobEvent` as JSON. A comment comes every 15 seconds when nothing else does.",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "x-event-data": {"$ref": f"{PREFIX}{JobEvent.__name__}"},
            "examples": {
                "step": {
                    "summary": "The text of a post is in the composer.",
                    "value": "id: 1042\nevent: step\ndata: {…}\n\n",
                }
            },
        }
    },
}
RPC: Part = {
    "type": "object",
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["string", "integer"]},
        "method": {"type": "string"},
        "params": {"type": "object"},
    },
    "required": ["jsonrpc"],
}
LIST_TOOLS: Part = {
    "summary": "Which tools there are, in a session that has begun.",
    "value": {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
}
MCP_ANSWERS: dict[str, Part] = {
    "200": {
        "description": "The answer, or a stream of what happens and then the answer.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": {"schema": {"type": "string"}},
        },
    },
    "202": {"description": "Heard; there is nothing to answer."},
    "4XX": {
        "description": "Refused: as JSON-RPC where the message was read, else as a problem. `401` "
        "says in `WWW-Authenticate` where to ask for a token.",
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    },
}
"""The protocol's own specification says which message is answered how."""

CHECKS: Part = {
    "application/json": {
        "schema": {
            "type": "object",
            "properties": {
                "ok": {"type": "boolean"},
                "service": {"type": "string"},
                "version": {"type": "string"},
                "checks": {"type": "object", "additionalProperties": {"type": "boolean"}},
            },
            "required": ["ok"],
        }
    }
}
READINESS: dict[str, Part] = {
    "200": {"description": "Jobs are taken.", "content": CHECKS},
    "503": {"description": "No jobs are taken; `checks` says why.", "content": CHECKS},
}


TOLD: dict[str, Told] = {
    **AUTHORIZATION_TOLD,
    "upload_media": Told(
        "Upload a small file",
        "A form with `file`, at most 30 MB, and `alt` where it has a description. Put the `url` of "
        "the answer into `mediaPaths` of a post.",
        of="prepare_upload",
        errors=(
            "VALIDATION_FAILED",
            "UNSUPPORTED_MEDIA_TYPE",
            "QUOTA_EXCEEDED",
            "MEDIA_UPLOAD_FAILED",
        ),
        body=FORM,
        is_media=True,
    ),
    "put_media": Told(
        "Put a file where it was announced",
        "The `uploadUrl` of `POST /v1/media/upload-url`: the raw bytes, once, within an hour, with "
        "exactly the content type that was answered there.",
        errors=("UPLOAD_REFUSED", "UNSUPPORTED_MEDIA_TYPE", "QUOTA_EXCEEDED"),
        parameters=(MEDIA_ID, TOKEN),
        body=RAW,
        answers={"200": {"description": "The file is here."}},
    ),
    "show_media": Told(
        "Show a file",
        "The `url` of a file: whoever has it may read it, whole or by ranges.",
        errors=("NOT_FOUND", "MEDIA_UPLOAD_FAILED"),
        parameters=(MEDIA_ID, TOKEN, NAME, RANGE),
        answers=FILE_ANSWERS,
    ),
    "read_media": Told(
        "Fetch a file of the leased job",
        "For the browser that holds the job's lease, and for nobody else.",
        of="pull",
        errors=("NOT_FOUND", "MEDIA_UPLOAD_FAILED"),
        parameters=(MEDIA_ID, RANGE),
        answers=FILE_ANSWERS,
    ),
    "stream_workspace": Told(
        "Follow all jobs",
        "What happens to the jobs of the key's workspace, from now on, or after `Last-Event-ID`.",
        of="list_jobs",
        errors=("VALIDATION_FAILED",),
        parameters=(header_parameter("Last-Event-ID"), AFTER),
        answers={"200": EVENT_STREAM},
    ),
    "stream_job": Told(
        "Follow a job",
        "What happens to one job, from its first event on, until it has ended.",
        of="list_jobs",
        errors=("VALIDATION_FAILED", "JOB_NOT_FOUND"),
        parameters=(JOB_ID, header_parameter("Last-Event-ID"), AFTER),
        answers={"200": EVENT_STREAM},
    ),
    "speak_mcp": Told(
        "Speak the Model Context Protocol",
        "One JSON-RPC message over Streamable HTTP. [The tools](/docs/mcp) say what can be asked.",
        of="list_jobs",
        body={
            "required": True,
            "content": {"application/json": {"schema": RPC, "examples": {"tools": LIST_TOOLS}}},
        },
        answers=MCP_ANSWERS,
    ),
    "hear_mcp": Told(
        "Hear what a session is told",
        "The stream of a session, for clients of revisions before 2026-07-28.",
        of="list_jobs",
        answers=MCP_ANSWERS,
    ),
    "end_mcp": Told(
        "End a session",
        "For clients of revisions before 2026-07-28.",
        of="list_jobs",
        answers=MCP_ANSWERS,
    ),
    "live": Told(
        "Say that the process lives",
        answers={"200": {"description": "It answers.", "content": CHECKS}},
    ),
    "ready": Told(
        "Say whether jobs are taken",
        answers=READINESS,
    ),
    "health": Told(
        "Say whether jobs are taken, under another name",
        answers=READINESS,
    ),
}


def others(operations: Iterable[Described]) -> list[Described]:
    """Every route of the tables behind which no operation stands."""
    by_name = {operation.name: operation for operation in operations}
    tables = (*FILES, *STREAMS, *MCP, *AUTHORIZATION, *HEALTH)
    return [_route(endpoint, by_name) for endpoint in tables]


def _route(endpoint: Endpoint, operations: dict[str, Described]) -> Described:
    told = TOLD[endpoint.operation]
    credential = operations.get(told.of or "")
    return Described(
        method=endpoint.method,
        path=endpoint.path,
        name=OTHER_NAMES.get(endpoint.path, endpoint.operation),
        summary=told.summary,
        description=told.description,
        who=credential.who if credential else "anyone",
        is_open=endpoint.is_open,
        takes_credential=credential is not None,
        scope=credential.scope if credential else None,
        errors=told.errors,
        refuses=endpoint not in (*HEALTH, *AUTHORIZATION, *MCP),
        gives=MediaAnswer if told.is_media else None,
        status=endpoint.status,
        parameters=told.parameters,
        body=told.body,
        answers=told.answers or {},
    )
