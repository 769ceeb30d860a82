"""The published conformance suite against a running broker.

It cannot send a key, so a proxy adds one. What does not apply stands in expected-failures.yml with
its reason; the suite fails on anything else, and on what stands there and passes.
"""

import json
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from server.cli.conftest import Broker
from server.dashboard.visitor import signed_in

from .conftest import HERE, Judges
from .person import approve
from .proxy import adding_key

APPLY = {
    "2025-11-25": {
        "server-initialize",
        "server-session-lifecycle",
        "ping",
        "completion-complete",
        "tools-list",
        "server-sse-multiple-streams",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
    },
    "2026-07-28": {
        "completion-complete",
        "tools-list",
        "server-sse-multiple-streams",
        "resources-list",
        "sep-2164-resource-not-found",
        "prompts-list",
        "dns-rebinding-protection",
        "caching",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "input-required-result-validate-input",
    },
}
"""What passes whole, by revision."""


@pytest.mark.parametrize("revision", sorted(APPLY))
async def test_the_server_passes_every_scenario_that_applies(
    judges: Judges, broker: Broker, tmp_path: Path, revision: str
) -> None:
    async with (
        adding_key(broker.url, broker.ready["apiKey"]) as url,
        judges.running(
            judges.suite,
            *("server", "--url", f"{url}/mcp", "--suite", "all", "--spec-version", revision),
            *("--expected-failures", str(HERE / "expected-failures.yml"), "-o", str(tmp_path)),
        ) as suite,
    ):
        said = (await suite.stdout.read()).decode()
        assert await suite.wait() == 0, said
    summary = said[said.index("=== SUMMARY ===") :]
    passed = {
        line.split(":")[0].removeprefix("✓ ")
        for line in summary.splitlines()
        if line.startswith("✓")
    }
    assert passed >= APPLY[revision], summary


async def test_the_authorization_server_passes(
    judges: Judges, broker: Broker, tmp_path: Path, unused_tcp_port: int
) -> None:
    client_id = await _register(broker, f"http://127.0.0.1:{unused_tcp_port}/callback")
    async with (
        signed_in(broker.url, broker.ready["signInUrl"]) as person,
        judges.running(
            judges.suite,
            *("authorization", "--url", broker.url, "--client-id", client_id),
            *("--resource", f"{broker.url}/mcp", "--port", str(unused_tcp_port)),
            *("-o", str(tmp_path)),
        ) as suite,
    ):
        said = list[str]()
        async for raw in suite.stdout:
            said.append(raw.decode())
            start = said[-1].find(f"{broker.url}/oauth/authorize?")
            if start >= 0:
                await approve(person, said[-1][start:].split()[0])
        assert await suite.wait() == 0, "".join(said)
    states = _states(tmp_path)
    assert "SUCCESS" in states
    assert "FAILURE" not in states, "".join(said)


def _states(folder: Path) -> list[str]:
    """How every check ended whose result lies there."""
    results = [json.loads(file.read_text()) for file in folder.rglob("checks.json")]
    return [check["status"] for result in results for check in result]


async def _register(broker: Broker, callback: str) -> str:
    body = {"client_name": "The published suite", "redirect_uris": [callback]}
    async with (
        aiohttp.ClientSession() as session,
        session.post(URL(broker.url) / "oauth/register", json=body) as response,
    ):
        return str((await response.json())["client_id"])
