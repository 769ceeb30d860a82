"""Reading requests: path, query, body and headers as one message, or a refusal."""

import asyncio
from io import BytesIO
from typing import Any

import pytest

from server.doubles.extension import FakeBrowser
from server.http.agent import Agent

DEEP = 10_000


class TestBody:
    @pytest.mark.parametrize(
        "data",
        [
            b"{",
            b"[]",
            b'"text"',
            b"null",
            b"7",
            b'{"text": NaN}',
            b'{"text": "a",}',
            b"{'text': 'a'}",
            b'{"text": "\xff"}',
            b'{"text": "\\ud800"}',
            b'{"\\ud800": 1}',
            b'{"platformPayload": {"a": "\\udfff"}}',
            b'{"text": "a"} {"text": "b"}',
            b"[" * DEEP + b"]" * DEEP,
            b'{"platformPayload": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
            b"text=hello",
        ],
        ids=lambda data: data[:30].decode("latin-1"),
    )
    async def test_what_is_no_json_object_is_refused(self, agent: Agent, data: bytes) -> None:
        answer = await agent.post("/v1/jobs/tweet", data=data)
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            (b'{"text": "a\\u0000b"}', "text"),
            (b'{"text": "a", "platformPayload": {"a": ["\\u0000"]}}', "platformPayload"),
            (b'{"text": "a", "platformPayload": {"\\u0000": 1}}', "platformPayload"),
        ],
    )
    async def test_a_nul_character_is_refused_and_its_field_named(
        self, agent: Agent, data: bytes, field: str
    ) -> None:
        answer = await agent.post("/v1/jobs/tweet", data=data)
        assert (answer.status, answer.fields) == (400, [field])

    async def test_the_spelling_of_a_nul_character_is_a_text_like_others(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.post("/v1/jobs/tweet", data=rb'{"text": "what \\u0000 means"}')
        assert answer.status == 201
        assert answer.body["text"] == r"what \u0000 means"

    async def test_a_body_that_is_not_packed_as_it_says_is_refused(self, agent: Agent) -> None:
        answer = await agent.post(
            "/v1/jobs/tweet", data=b"{}", headers={"Content-Encoding": "gzip"}
        )
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")

    @pytest.mark.parametrize("data", [b"", b"  \n"])
    async def test_an_empty_body_is_an_empty_object(self, agent: Agent, data: bytes) -> None:
        answer = await agent.post("/v1/jobs/tweet", data=data)
        assert (answer.status, answer.fields) == (400, ["text"])
        assert answer.body["errors"][0]["message"] == "this field is needed"

    async def test_a_body_of_ten_megabytes_is_not_read(self, agent: Agent) -> None:
        body = BytesIO(b'{"text": "' + b"x" * (10 << 20) + b'"}')
        answer = await agent.post("/v1/jobs/tweet", data=body)
        assert (answer.status, answer.code) == (413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
    async def test_json_is_taken_under_any_plain_name(
        self, agent: Agent, browser: FakeBrowser, kind: str
    ) -> None:
        answer = await agent.post(
            "/v1/jobs/tweet", data=b'{"text": "hi"}', headers={"Content-Type": kind}
        )
        assert answer.status == 201

    @pytest.mark.parametrize(("number", "status"), [(3600, 201), (3600.0, 201), (3600.5, 400)])
    async def test_a_whole_number_may_be_written_with_a_point(
        self, agent: Agent, browser: FakeBrowser, number: float, status: int
    ) -> None:
        assert (await agent.tweet(expiresInSeconds=number)).status == status

    @pytest.mark.parametrize(
        ("python_name", "value"),
        [
            ("idempotency_key", "one"),
            ("media_paths", []),
            ("platform_payload", {}),
            ("when_offline", "queue"),
            ("tenant_id", "any"),
            ("allow_duplicate", True),
        ],
    )
    async def test_names_with_underscores_are_understood(
        self, agent: Agent, browser: FakeBrowser, python_name: str, value: Any
    ) -> None:
        assert (await agent.tweet(**{python_name: value})).status == 201


class TestQuery:
    @pytest.mark.parametrize("query", ["%ff=1", "a%00=1", "%ed%a0%80=x", "limit=%ff"])
    async def test_bytes_that_are_no_text_are_refused(self, agent: Agent, query: str) -> None:
        answer = await agent.get(f"/v1/jobs?{query}")
        assert (answer.status, answer.code) == (400, "VALIDATION_FAILED")

    async def test_an_unknown_parameter_is_refused(self, agent: Agent) -> None:
        answer = await agent.get("/v1/usage?tenant=1")
        assert (answer.status, answer.fields) == (400, ["tenant"])
        assert "did you mean tenantId?" in answer.body["message"]


class TestHeaders:
    @pytest.mark.parametrize(
        ("path", "header"),
        [
            ("/v1/usage", b"Authorization: Bearer \xff\xfe"),
            ("/v1/usage", b"clawpost-api-key: claw_\xff"),
            ("/v1/extension/pull", b"Authorization: Bearer \xff\xfe"),
            ("/v1/connect/status", b"Authorization: Bearer \xe9"),
            ("/v1/usage", b"Cookie: postbroker_session=\xff"),
        ],
    )
    async def test_a_credential_that_is_no_text_is_one_of_nobody(
        self, agent: Agent, path: str, header: bytes
    ) -> None:
        host, port = agent.client.host, agent.client.port
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n" % (path.encode(), header))
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert status.startswith(b"HTTP/1.1 401")
