"""A PostgreSQL cluster of the tests' own: on a free port of loopback, gone when they are over."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import asyncpg

USER = "postbroker"
STARTED_WITHIN_SECONDS = 60


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


@contextmanager
def running_cluster() -> Iterator[str]:
    """The address of a fresh cluster (`postgresql://…`), stopped and removed at the end."""
    programs, folder = server_programs(), Path(tempfile.mkdtemp(prefix="postbroker-pg-"))
    owner = _owner()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, port = folder / "data", _free_port()

    def run(*command: str) -> None:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            timeout=STARTED_WITHIN_SECONDS,
            cwd=folder,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    try:
        run(f"{programs}/initdb", "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8")
        run(
            f"{programs}/pg_ctl",
            "-D",
            str(data),
            "-o",
            options,
            "-l",
            f"{folder}/log",
            "-w",
            "start",
        )
        try:
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            with suppress(subprocess.CalledProcessError):
                run(f"{programs}/pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _version(initdb: Path) -> int:
    return int(initdb.parent.parent.name.split(".")[0])
