"""One request as a stand-in received it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form."""

    name: str
    file_name: str | None
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        """The value of a field."""
        return self.body.decode()


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything of a request; reading it twice is no trouble."""

    method: str
    path: str
    matched: Mapping[str, str]
    """What the variable parts of the path were."""
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    async def read(cls, request: web.Request) -> "Asked":
        return cls(
            request.method,
            request.path,
            dict(request.match_info),
            dict(request.query),
            request.headers,
            await request.read(),
        )

    @property
    def content_type(self) -> str:
        """Without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object of the body; empty when it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form, of either encoding; files are in `parts`."""
        if self.content_type == "multipart/form-data":
            return {part.name: part.text for part in self.parts if part.file_name is None}
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def parts(self) -> list[Part]:
        """The parts of a multipart body, in order."""
        head = f"Content-Type: {self.headers.get('Content-Type', '')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return [
            Part(
                str(part.get_param("name", "", header="content-disposition")),
                part.get_filename(),
                part.get_content_type(),
                part.get_payload(decode=True) or b"",  # type: ignore[arg-type]
            )
            for part in message.iter_parts()
        ]

    @property
    def bearer(self) -> str:
        """The token of the Authorization header; empty without one."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""
