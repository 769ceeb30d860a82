"""Bluesky's own server, made by others, on this machine: started for the demo, gone at its end."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from postbroker.egress.calls import Calls

CHECKOUT = Path(__file__).parents[3]
SOURCE = CHECKOUT / "tests" / "servers" / "bluesky" / "start.mjs"
INSTALLED = CHECKOUT / ".make" / "servers" / "bluesky"
LOOPBACK = (ip_network("127.0.0.0/8"),)
READY_SECONDS = 90.0
STOP_SECONDS = 10.0
SAID_CHARACTERS = 500


class NoServerError(Exception):
    """The server is not installed here, or did not start."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account on the server, and a password for programs."""

    did: str
    handle: str
    app_password: str


@dataclass(frozen=True, slots=True)
class Pds:
    """A server that listens."""

    url: str
    calls: Calls

    async def join(self, name: str) -> Member:
        """Make an account and an app password, as a person does at the vendor's site."""
        handle = f"{name}.test"
        given = {
            "handle": handle,
            "email": f"{name}@example.com",
            "password": secrets.token_urlsafe(),
        }
        made = await self._tell("com.atproto.server.createAccount", given)
        token = made["accessJwt"]
        given = {"name": "postbroker"}
        for_programs = await self._tell("com.atproto.server.createAppPassword", given, token)
        return Member(made["did"], handle, for_programs["password"])

    async def records(self, member: Member) -> list[dict[str, Any]]:
        """All posts of an account, as the server gives them to anybody."""
        where = {"repo": member.did, "collection": "app.bsky.feed.post"}
        answer = await self.calls.send(
            "GET", f"{self.url}/xrpc/com.atproto.repo.listRecords", params=where
        )
        found: list[dict[str, Any]] = answer.fields["records"]
        return found

    async def _tell(
        self, name: str, given: Mapping[str, str], token: str | None = None
    ) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps(given).encode()
        answer = await self.calls.send(
            "POST", f"{self.url}/xrpc/{name}", headers=headers, body=body
        )
        if not answer.is_ok:
            raise NoServerError(f"The server refused {name}: {answer.body.decode()}")
        return answer.fields


@asynccontextmanager
async def running_pds(folder: Path) -> AsyncIterator[Pds]:
    """A fresh server that keeps everything in `folder`. Raises NoServerError."""
    program = _find_program()
    await asyncio.to_thread(folder.mkdir, parents=True)
    process = await asyncio.create_subprocess_exec(
        program,
        SOURCE,
        cwd=INSTALLED,
        start_new_session=True,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    calls = Calls(LOOPBACK)
    try:
        options = {"folder": str(folder), "jwt_secret": secrets.token_urlsafe()}
        said, errors = await _exchange(process, json.dumps(options))
        if not said:
            raise NoServerError(f"The server did not start. It said: {errors}")
        yield Pds(json.loads(said)["url"], calls)
    finally:
        await calls.close()
        await _end(process)


def _find_program() -> Path:
    """The Node.js that was installed with the server. Raises NoServerError."""
    program = next(INSTALLED.glob("node_modules/node-*-*64/bin/node"), None)
    if program is None or not (INSTALLED / "installed").exists():
        raise NoServerError(
            "The server is not installed. In a checkout, make test-servers installs it with npm and"
            f" a C++ compiler; {INSTALLED / 'install.log'} says what went wrong"
        )
    return program


async def _exchange(process: asyncio.subprocess.Process, line: str) -> tuple[str, str]:
    """The first line that it says in answer to this one, or none and what it complained of."""
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018  asked for
    process.stdin.write(f"{line}\n".encode())
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            said = await process.stdout.readline()
            errors = b"" if said else await process.stderr.read()
            return said.decode(), errors.decode()[-SAID_CHARACTERS:]
    return "", "nothing"


async def _end(process: asyncio.subprocess.Process) -> None:
    """It ends when its input does, and is killed if not."""
    assert process.stdin is not None  # noqa: S101  it was asked for
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
