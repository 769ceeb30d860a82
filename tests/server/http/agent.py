"""A program that asks the broker to post."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from aiohttp import FormData, web
from aiohttp.test_utils import TestClient

from server.samples import TEXT


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str
    body: Any
    """The parsed JSON, or None when it is none."""

    @property
    def code(self) -> str:
        """The code of a problem."""
        return str(self.body["code"])

    @property
    def fields(self) -> list[str]:
        """The fields that a problem names."""
        return [problem["field"] for problem in self.body["errors"]]


@dataclass(frozen=True)
class Agent:
    """One caller; without a key where it is empty."""

    client: TestClient[web.Request, web.Application]
    key: str = ""

    async def ask(self, method: str, path: str, **request: Any) -> Answer:
        """Send one request with the key in the Claw Post header."""
        own = {"clawpost-api-key": self.key} if self.key else {}
        headers = own | request.pop("headers", {})
        async with self.client.request(method, path, headers=headers, **request) as response:
            is_json = response.content_type.endswith("json")
            return Answer(
                status=response.status,
                headers=response.headers,
                text=await response.text(),
                body=await response.json(content_type=None) if is_json else None,
            )

    async def get(self, path: str, **request: Any) -> Answer:
        """Read."""
        return await self.ask("GET", path, **request)

    async def post(self, path: str, body: Any = None, **request: Any) -> Answer:
        """Send a JSON body, or `data` as it is."""
        return await self.ask("POST", path, **({} if body is None else {"json": body}) | request)

    async def delete(self, path: str, **request: Any) -> Answer:
        """Ask with DELETE."""
        return await self.ask("DELETE", path, **request)

    async def tweet(self, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
        """Ask for a post, however often there was one like it."""
        body = {"text": TEXT, "allowDuplicate": True} | fields
        return await self.post("/v1/jobs/tweet", body, headers=headers or {})

    async def create(self, **fields: Any) -> dict[str, Any]:
        """An accepted job."""
        answer = await self.tweet(**fields)
        assert answer.status == 201, answer.text
        job: dict[str, Any] = answer.body
        return job

    async def upload(self, name: str, content: bytes, **fields: str) -> dict[str, Any]:
        """A file that was taken."""
        form = FormData(quote_fields=False)
        form.add_field("file", BytesIO(content), filename=name)
        for field, value in fields.items():
            form.add_field(field, value)
        answer = await self.ask("POST", "/v1/media/upload", data=form)
        assert answer.status == 200, answer.text
        media: dict[str, Any] = answer.body
        return media

    async def read(self, job_id: str) -> dict[str, Any]:
        """A job as it is now."""
        job: dict[str, Any] = (await self.get(f"/v1/jobs/{job_id}")).body
        return job
