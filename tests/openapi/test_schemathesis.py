"""The API is attacked as its own document describes it: no 5xx, no answer not told there."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from openapi.conftest import Judged
from postbroker.settings import environment_without_settings

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).parent / "schemathesis"
START_SECONDS = 900
"""How long the phases may take that no budget cuts short; on two idle cores it is 40 seconds."""


def test_the_broker_does_what_its_document_says(
    judged: Judged, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    seconds = request.config.getoption("--attack-seconds")
    budget = ["--max-time", str(seconds), "--max-examples", "1000"] if seconds else []
    run = subprocess.run(
        [
            *(PROGRAM, "--config-file", HERE / "schemathesis.toml"),
            *("run", f"{judged.url}/openapi.json", "--checks", "all", *budget),
        ],
        cwd=tmp_path,
        env=environment_without_settings()
        | {
            "POSTBROKER_API_KEY": judged.key,
            "BROWSER_TOKEN": judged.browser_token,
            "POLL_TOKEN": judged.poll_token,
            "OWN_KEY_ID": key_id_of(judged),
            "ATTACK_HOOKS": str(HERE / "hooks.py"),
            "NO_COLOR": "1",
            "COLUMNS": "120",
        },
        capture_output=True,
        text=True,
        timeout=seconds + START_SECONDS,
        check=False,
    )
    summary = run.stdout.partition(" SUMMARY ")[2]
    print(summary, file=sys.stderr)  # shown with -s
    assert run.returncode == 0, f"{run.stdout[-20_000:]}\n{troubles_of(judged.log)}"
    found = re.search(r"(\d+) generated", summary)
    assert found is not None
    assert int(found[1]) > 3_000
    assert key_id_of(judged)


def troubles_of(log: Path) -> str:
    """What the broker could not answer for, with where it happened."""
    lines = log.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if "[info " not in line)[-20_000:]


def key_id_of(judged: Judged) -> str:
    """The id of the key of the attack, as long as it is good."""
    asked = urllib.request.Request(
        f"{judged.url}/v1/keys/validate", headers={"clawpost-api-key": judged.key}
    )
    with urllib.request.urlopen(asked) as response:
        return str(json.load(response)["id"])
