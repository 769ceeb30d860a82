"""The databases and brokers beside us, each private: own folder, own port, gone afterwards."""

import json
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import free_port, running, wait_until

POSTGRES_USER = "postgres"
PEERS = Path(__file__).parent / "peers"


def missing(program: str) -> str | None:
    """Why a program cannot be used; None when it is there."""
    if program == "postgres":
        return None if _postgres_bin() else "PostgreSQL is not installed"
    return None if shutil.which(program) else f"{program} is not installed"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A cluster with fsync on, as another user; its URL without a database name."""
    bin_folder, port = _postgres_bin(), free_port()
    assert bin_folder is not None
    as_user: list[str] = []
    folder.mkdir(parents=True)
    if os.getuid() == 0:
        as_user = ["runuser", "-u", POSTGRES_USER, "--"]
        user = pwd.getpwnam(POSTGRES_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, log = folder / "data", folder / "log"
    log.touch()
    log.chmod(0o666)
    subprocess.run(
        [*as_user, str(bin_folder / "initdb"), "-D", str(data), "-A", "trust", "-U", "bench"],
        check=True, capture_output=True, cwd="/",
    )  # fmt: skip
    command = [
        *as_user, str(bin_folder / "postgres"), "-D", str(data), "-p", str(port), "-k", "",
        "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200",
        "-c", "shared_buffers=256MB",
    ]  # fmt: skip
    with running(command, log) as process:
        wait_until(lambda: _accepts(port), process, log)
        yield f"postgresql://bench@127.0.0.1:{port}"


def create_database(url: str, name: str) -> str:
    """A fresh database; its URL."""
    bin_folder = _postgres_bin()
    assert bin_folder is not None
    command = [str(bin_folder / "psql"), "-q", f"{url}/postgres", "-c", f"CREATE DATABASE {name}"]
    tries = 50  # it accepts connections a moment before it takes commands
    while subprocess.run(command, capture_output=True, check=tries == 0).returncode:
        tries -= 1
    return f"{url}/{name}"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Redis with its append-only file synced at every write; the path of its socket."""
    folder.mkdir(parents=True)
    path = folder / "socket"
    command = [
        "redis-server", "--port", "0", "--unixsocket", str(path), "--dir", str(folder),
        "--appendonly", "yes", "--appendfsync", "always", "--save", "",
    ]  # fmt: skip
    with running(command, folder / "log") as process:
        wait_until(path.exists, process, folder / "log")
        yield str(path)


@contextmanager
def beanstalkd(folder: Path) -> Iterator[str]:
    """beanstalkd with a log that is synced at every write; host and port."""
    folder.mkdir(parents=True)
    port = free_port()
    command = ["beanstalkd", "-l", "127.0.0.1", "-p", str(port), "-b", str(folder), "-f0"]
    with running(command, folder / "log") as process:
        wait_until(lambda: _accepts(port), process, folder / "log")
        yield f"127.0.0.1:{port}"


def ask_peer(python: Path, name: str, jobs: int, where: str) -> float:
    """Jobs a second that a peer puts, takes and finishes."""
    ended = subprocess.run(
        [str(python), str(PEERS / f"{name}.py"), str(jobs), where],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if ended.returncode:
        raise RuntimeError(f"{name}: {ended.stderr.strip()[-1500:]}")
    return float(json.loads(ended.stdout.splitlines()[-1])["jobs_per_second"])


def _postgres_bin() -> Path | None:
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    return folders[-1] if folders else None


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
