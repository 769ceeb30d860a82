"""`up` and `signin`."""

import json
import resource
import signal
import sqlite3
import stat
import subprocess
import time
import urllib.request
from pathlib import Path

import aiohttp
import pytest

from postbroker.settings import environment_without_settings
from server.cli.conftest import SCRIPT, Installation, Running

FIRST_ANSWER_SECONDS = 3.0
RESIDENT_MEGABYTES = 90
STOP_SECONDS = 3.0
FEW_FILES = 128


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_ready_line_says_all_that_a_program_needs(running: Running) -> None:
    ready = running.broker.ready
    assert set(ready) == {"url", "signInUrl", "apiKey", "extensionDir"}
    assert ready["signInUrl"].startswith(f"{ready['url']}/dashboard/sign-in?token=")
    assert ready["apiKey"].startswith("claw_")


@pytest.mark.parametrize(
    ("folders", "called"), [(["/nowhere"], str(SCRIPT)), ([str(SCRIPT.parent)], "postbroker")]
)
def test_people_read_commands_that_their_shell_finds(
    tmp_path: Path, folders: list[str], called: str
) -> None:
    folder = tmp_path / "my data"
    process = subprocess.Popen(
        [SCRIPT, "up", "--port", "0", "--data-dir", folder],
        env=environment_without_settings() | {"PATH": ":".join(folders)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as said:
        words = next(line for line in said if "pair CODE" in line)
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0
    assert words.endswith(f" {called} --data-dir '{folder}' pair CODE\n")


def test_key_is_shown_on_the_first_start_only(installation: Installation) -> None:
    first = installation.start()
    assert "apiKey" in first.ready
    first.stop()
    second = installation.start()
    assert "apiKey" not in second.ready
    second.stop()


def test_secrets_on_disk_are_for_their_owner_only(running: Running) -> None:
    folder = running.installation.data_dir
    assert mode_of(folder) == 0o700
    for name in ("secret.key", "local.json", "postbroker.db"):
        assert mode_of(folder / name) == 0o600, name


def test_local_key_is_kept_over_a_restart(installation: Installation) -> None:
    kept = []
    for _ in range(2):
        broker = installation.start()
        kept.append(json.loads((installation.data_dir / "local.json").read_text()))
        assert kept[-1]["url"] == broker.url
        broker.stop()
    assert kept[0]["apiKey"] == kept[1]["apiKey"]


async def test_revoked_local_key_is_replaced_at_the_next_start(installation: Installation) -> None:
    installation.start().stop()
    keys = (await installation.run("keys", "list", "--json")).document["keys"]
    (local,) = [key["id"] for key in keys if key["label"] == "this machine's command line"]
    await installation.run("keys", "revoke", local)
    broker = installation.start()
    assert (await installation.run("jobs")).code == 0
    broker.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_well_and_soon(installation: Installation, how: signal.Signals) -> None:
    broker = installation.start()
    began = time.monotonic()
    assert broker.stop(how) == 0
    assert time.monotonic() - began < STOP_SECONDS


async def test_taken_port_is_named_with_a_way_out(running: Running, tmp_path: Path) -> None:
    port = running.broker.url.rpartition(":")[2]
    ended = await running.run("up", "--port", port, "--data-dir", str(tmp_path / "other"))
    assert ended.code == 1
    assert f"port {port} on 127.0.0.1 is taken" in ended.err
    assert "--port" in ended.err.partition("→")[2]


async def test_second_broker_on_a_folder_is_refused(running: Running) -> None:
    ended = await running.run("up", "--port", "0", "--json")
    assert ended.code == 1
    assert ended.document["code"] == "DATA_DIR_IN_USE"
    assert str(running.installation.data_dir) in ended.document["message"]


async def test_database_of_a_newer_version_is_left_alone(installation: Installation) -> None:
    installation.start().stop()
    with sqlite3.connect(installation.data_dir / "postbroker.db") as database:
        database.execute("INSERT INTO migrations VALUES (9999, 'from_tomorrow', 0)")
    database.close()
    ended = await installation.run("up", "--port", "0", "--json")
    assert (ended.code, ended.document["code"]) == (1, "SCHEMA_TOO_NEW")


async def test_file_that_is_no_database_is_left_alone(installation: Installation) -> None:
    installation.data_dir.mkdir()
    (installation.data_dir / "postbroker.db").write_text(
        "a letter to a friend, not a database\n" * 99
    )
    ended = await installation.run("up", "--port", "0", "--json")
    assert (ended.code, ended.document["code"]) == (1, "DATABASE_DAMAGED")


async def test_file_in_the_folder_s_place_is_said_so(installation: Installation) -> None:
    installation.data_dir.touch()
    for command in (("up", "--port", "0"), ("keys", "create")):
        ended = await installation.run(*command, "--json")
        assert (ended.code, ended.document["code"]) == (1, "DATA_DIR_UNUSABLE")


async def test_wrong_setting_is_named(installation: Installation) -> None:
    ended = await installation.run("up", "--json", POSTBROKER_LEASE_SECONDS="soon")
    assert ended.code == 2
    assert "POSTBROKER_LEASE_SECONDS" in ended.document["message"]


def test_option_wins_over_environment(installation: Installation, tmp_path: Path) -> None:
    other = tmp_path / "other"
    installation.start("--data-dir", str(other), POSTBROKER_PORT="1").stop()
    assert (other / "postbroker.db").exists()
    assert not installation.data_dir.exists()


async def test_sign_in_link_lets_in_beside_the_running_broker(running: Running) -> None:
    ended = await running.run("signin", "--json")
    link = ended.document["signInUrl"]
    assert link.startswith(f"{running.broker.url}/dashboard/sign-in?token=")
    assert link != running.broker.ready["signInUrl"]
    async with aiohttp.ClientSession() as session, session.get(link) as response:
        assert response.status == 200


def test_first_answer_comes_soon_on_an_empty_folder(installation: Installation) -> None:
    began = time.monotonic()
    broker = installation.start()
    with urllib.request.urlopen(f"{broker.url}/readyz") as answer:
        assert answer.status == 200
    seconds = time.monotonic() - began
    broker.stop()
    assert seconds < FIRST_ANSWER_SECONDS


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_idle_broker_is_small(installation: Installation) -> None:
    broker = installation.start()
    status = Path(f"/proc/{broker.process.pid}/status").read_text()
    broker.stop()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    assert int(line.split()[1]) / 1024 < RESIDENT_MEGABYTES


def test_it_may_open_as_many_files_as_the_system_allows(installation: Installation) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, hard))
    try:
        broker = installation.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE) == (hard, hard)


def test_log_holds_no_secret(running: Running) -> None:
    log = running.broker.log.read_text()
    token = running.broker.ready["signInUrl"].rpartition("=")[2]
    assert running.key not in log
    assert token not in log
