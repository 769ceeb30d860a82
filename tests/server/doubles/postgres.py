"""A PostgreSQL cluster of the tests' own: on a free port of loopback, gone when they are over."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import asyncpg

USER = "postbroker"
STARTED_WITHIN_SECONDS = 60
LOOK_SECONDS = 0.01


class NoPostgresError(Exception):
    """The programs of a PostgreSQL server are not on this machine."""


def server_programs() -> Path:
    """The folder with initdb and pg_ctl, newest version first. Raises NoPostgresError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version, reverse=True)
    if found:
        return found[0].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise NoPostgresError("no PostgreSQL server is installed: make test-postgres installs it")


@dataclass
class Cluster:
    """A PostgreSQL server on a folder of its own."""

    programs: Path
    folder: Path
    port: int
    owner: pwd.struct_passwd | None
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers, `postgresql://…`."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make its folder."""
        initdb = self._begin("initdb", "-U", USER, "-A", "trust", "-E", "UTF8")
        if initdb.wait(STARTED_WITHIN_SECONDS):
            raise NoPostgresError(f"initdb failed:\n{self._log.read_text()}")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder}
        settings = [f"--{name}={value}" for name, value in options.items()]
        process = self.process = self._begin("postgres", "-p", str(self.port), *settings)
        deadline = monotonic() + STARTED_WITHIN_SECONDS
        while not self._is_ready(process):
            if process.poll() is not None or monotonic() > deadline:
                raise NoPostgresError(f"it did not start:\n{self._log.read_text()}")
            sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """End it as it is; what is under way is lost."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STARTED_WITHIN_SECONDS)

    def kill(self) -> None:
        """End all its processes, with no chance to clean up."""
        assert self.process is not None
        pid = self.process.pid
        self.process.send_signal(signal.SIGSTOP)  # it would have more children meanwhile
        children = [
            int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        while any(map(_is_running, children)):
            sleep(LOOK_SECONDS)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """True once its own file says so, as pg_ctl waits for it."""
        with suppress(FileNotFoundError):
            lines = (self._data / "postmaster.pid").read_text().split()
            return lines[:1] == [str(process.pid)] and lines[-1] == "ready"
        return False

    def _begin(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [self.programs / program, "-D", self._data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self.owner.pw_uid if self.owner else None,
                group=self.owner.pw_gid if self.owner else None,
                extra_groups=[] if self.owner else None,
            )


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A fresh cluster, stopped and removed at the end."""
    programs, folder = server_programs(), Path(tempfile.mkdtemp(prefix="postbroker-pg-"))
    cluster = Cluster(programs, folder, free_port(), _owner())
    try:
        if cluster.owner is not None:
            os.chown(folder, cluster.owner.pw_uid, cluster.owner.pw_gid)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def new_schema(url: str) -> str:
    """The address of a fresh, empty schema in the cluster."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE SCHEMA {name}")
    finally:
        await connection.close()
    return f"{url}?search_path={name}"


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _is_running(pid: int) -> bool:
    """False for a process that is gone, or that only waits for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def _version(initdb: Path) -> int:
    return int(initdb.parent.parent.name.split(".")[0])
