"""What stands between a running broker and those who judge it: node and the packages of others."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from e2e.conftest import account, stage
from e2e.stage import Stage
from server.cli.conftest import Broker, Installation
from server.dashboard.visitor import Visitor, signed_in

__all__ = ["account", "stage"]

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".make" / "mcp"
HERE = Path(__file__).parent
LINE_BYTES = 1 << 22


@dataclass(frozen=True)
class Judges:
    """The packages of others, and the node they need."""

    folder: Path

    @property
    def node(self) -> Path:
        """Node 22: older ones cannot run the suite."""
        return self.folder / "node_modules" / "node" / "bin" / "node"

    @property
    def suite(self) -> Path:
        """The published conformance suite."""
        packages = self.folder / "node_modules" / "@modelcontextprotocol"
        return packages / "conformance" / "dist" / "index.js"

    @asynccontextmanager
    async def running(self, program: Path, *arguments: str) -> AsyncIterator[Any]:
        """A program in node, ended at the end."""
        process = await asyncio.create_subprocess_exec(
            self.node,
            program,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.folder,
            limit=LINE_BYTES,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture(scope="session")
def judges() -> Judges:
    judges = Judges(INSTALLED)
    if not judges.suite.exists() or not judges.node.exists():
        pytest.skip("the judges are not installed: make test-mcp installs them")
    found = subprocess.run([judges.node, "--version"], capture_output=True, text=True, check=True)
    assert int(found.stdout.removeprefix("v").split(".")[0]) >= 22
    return judges


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker in a process of its own."""
    installation = Installation(tmp_path_factory.mktemp("judged") / "data")
    broker = installation.start()
    yield broker
    broker.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def person(stage: Stage) -> AsyncIterator[Visitor]:
    """Whom programs ask, at the dashboard of the stage's broker."""
    async with signed_in(stage.broker.url, stage.broker.sign_in_url) as visitor:
        yield visitor


@pytest.fixture
def result_of(judges: Judges) -> Callable[..., Any]:
    """Runs an agent of TypeScript's clients; what it said, each address given to `approve`."""

    async def run(*arguments: str, approve: Any = None) -> dict[str, Any]:
        # A copy beside the packages: node looks for them from where a program lies.
        program = judges.folder / "call.mjs"
        program.write_text((HERE / "programs" / "call.mjs").read_text())
        heard: dict[str, Any] = {"progress": []}
        async with judges.running(program, *arguments) as process:
            said = []
            async for raw in process.stdout:
                said.append(raw.decode())
                if not raw.startswith(b"{"):
                    continue
                document = json.loads(raw)
                if "open" in document:
                    await approve(document["open"])
                elif "progress" in document:
                    heard["progress"].append(document["progress"])
                else:
                    heard |= document
            await process.wait()
            assert process.returncode == 0, "".join(said)
        return heard

    return run
