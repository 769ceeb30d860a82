"""What linters that others wrote recommend for an OpenAPI document."""

import subprocess
import urllib.request
from pathlib import Path

import pytest

from openapi.conftest import Judged
from postbroker.settings import environment_without_settings

HERE = Path(__file__).parent
PROGRAMS = HERE.parents[1] / ".make" / "openapi" / "node_modules" / ".bin"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.fixture(scope="module")
def document(judged: Judged, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document, as the broker serves it."""
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    with urllib.request.urlopen(f"{judged.url}/openapi.json") as response:
        path.write_bytes(response.read())
    return path


@pytest.mark.parametrize(
    "command",
    [
        ["spectral", "lint", "--ruleset", HERE / "spectral.yaml", "--fail-severity", "warn"],
        ["redocly", "lint", "--config", HERE / "redocly.yaml"],
    ],
    ids=["spectral", "redocly"],
)
def test_its_recommended_rules_hold(document: Path, command: list[str]) -> None:
    program, action, *options = command
    run = subprocess.run(
        [PROGRAMS / program, action, document, *options],
        env=environment_without_settings() | QUIET,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
