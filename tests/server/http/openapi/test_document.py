"""The OpenAPI document: valid, whole, and the same as what the broker does."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from postbroker.appkeys import OPERATIONS
from postbroker.errors import error_codes
from postbroker.http.endpoints import AUTHORIZATION, ENDPOINTS, FILES, HEALTH, MCP, STREAMS
from postbroker.http.openapi.document import document, routes
from postbroker.http.openapi.tags import tag_of
from server.http.agent import Agent

URL = "https://broker.example"
PAGES = (
    "/dashboard",
    "/docs",
    "/sandbox",
    "/llm",
    "/skill.md",
    "/openapi.json",
    "/oauth/authorize",
    "/oauth/device",
    "/oauth/{platform}/callback",
)
"""What people read."""


@pytest.fixture
def made(app: web.Application) -> dict[str, Any]:
    return document(app[OPERATIONS], URL)


def operations(made: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every operation, with its address in front."""
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in made["paths"].items()
        for method, operation in item.items()
    ]


def test_it_is_a_valid_document(made: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(made).iter_errors()) == []


def test_every_route_that_is_no_page_stands_in_it(
    app: web.Application, made: dict[str, Any]
) -> None:
    told = {address for address, _ in operations(made)}
    found = {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource is not None and route.method not in ("HEAD", "OPTIONS")
    }
    missing = {
        address
        for address in found - told
        if address != "GET /" and not address.partition(" ")[2].startswith(PAGES)
    }
    assert missing == set()
    assert told - found == set()


def test_every_endpoint_of_the_tables_stands_in_it_once(made: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(made)]
    tables = (*ENDPOINTS, *FILES, *STREAMS, *MCP, *AUTHORIZATION, *HEALTH)
    assert len(names) == len({*names}) == len(tables)


def test_every_path_belongs_to_a_chapter(app: web.Application) -> None:
    for route in routes(app[OPERATIONS]):
        assert tag_of(route.path)


def test_an_operation_says_what_it_is(made: dict[str, Any]) -> None:
    for address, operation in operations(made):
        assert operation["summary"], address
        assert operation["summary"][0].isupper(), address
        assert not operation["summary"].endswith("."), address
        assert operation["description"], address
        assert any(status < "400" for status in operation["responses"]), address


def test_what_agents_send_says_what_it_is_for(made: dict[str, Any]) -> None:
    silent = []
    for address, operation in operations(made):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        fields = body.get("schema", {}).get("properties", {}).items()
        told = [
            *(
                (parameter["name"], parameter)
                for parameter in operation["parameters"]
                if "name" in parameter
            ),
            *((name, field) for name, field in fields if "$ref" not in field),
        ]
        if {"apiKey": []} in operation["security"] and operation["tags"] != ["Tools"]:
            silent += [f"{address} {name}" for name, each in told if not each.get("description")]
    assert silent == [], "say in a docstring what the field is for"


def test_every_code_that_an_operation_names_is_known(app: web.Application) -> None:
    for operation in app[OPERATIONS].values():
        for code in operation.errors:
            assert error_codes()[code].status is not None, f"{operation.name}: {code}"


def test_every_code_that_refuses_requests_refuses_one(made: dict[str, Any]) -> None:
    told = json.dumps(made["paths"])
    of_pages = {"METHOD_NOT_ALLOWED", "SESSION_REQUIRED", "AUTHORIZATION_REFUSED"}
    of_connections = {
        "CONSENT_MISMATCH", "CONSENT_REFUSED", "CONSENT_EXPIRED", "CONNECTION_ENDED",
        "CONNECTION_REMOVED", "CONNECTION_REPLACED", "CREDENTIALS_UNREADABLE",
    }  # fmt: skip
    for code in error_codes().values():
        if code.status is not None and code.code not in of_pages | of_connections:
            assert f'"{code.code}"' in told, code.code


def test_every_message_has_an_example(made: dict[str, Any]) -> None:
    without = []
    for address, operation in operations(made):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None and "examples" not in body:
            without.append(f"{address} takes")
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json", {})
            if "$ref" in content.get("schema", {}) and "examples" not in content:
                without.append(f"{address} gives {content['schema']['$ref']} as {status}")
    assert without == [], "put them into shared/examples/valid"


def test_the_examples_fit_their_schemas(made: dict[str, Any]) -> None:
    count = 0
    for address, operation in operations(made):
        answers = (answer.get("content", {}) for answer in operation["responses"].values())
        for content in (operation.get("requestBody", {}).get("content", {}), *answers):
            for media_type, part in content.items():
                if not media_type.endswith("json"):
                    continue
                schema = {**part["schema"], "components": made["components"]}
                for name, example in part.get("examples", {}).items():
                    shown = made["components"]["examples"][name] if "$ref" in example else example
                    jsonschema.validate(shown["value"], schema), address
                    count += 1
    assert count > 500


def test_a_key_is_asked_for_in_the_operation_itself(made: dict[str, Any]) -> None:
    assert "security" not in made
    asked = {name: part["security"] for name, part in operations(made)}
    assert {"oauth": ["posts.publish"]} in asked["POST /v1/jobs/tweet"]
    assert {"apiKey": []} in asked["POST /v1/jobs/tweet"]
    assert {} in asked["GET /v1/jobs/{id}"]
    assert asked["GET /v1/extension/pull"] == [{"browserToken": []}]
    assert asked["GET /livez"] == []


async def test_the_broker_answers_with_it_and_a_reader_may_keep_it(agent: Agent) -> None:
    first = await Agent(agent.client).get("/openapi.json")
    again = await agent.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status, first.body["openapi"]) == (200, "3.1.0")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert again.status == 304
