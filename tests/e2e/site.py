"""A simulated site as a process of its own, in the place of the real one."""

import asyncio
import json
import signal
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from e2e.certificate import Certificate
from postbroker.sandbox.app import BY_ID
from postbroker.sandbox.json_lines import JsonLines
from postbroker.sandbox.ledger import Ledger, LedgerEntry

READY_SECONDS = 20
LOOKS = [(layout, language) for layout in ("old", "new") for language in ("en", "es", "zh")]
"""Every design of a site, in every language."""


@dataclass(slots=True)
class SimulatedSite:
    """Where posts land, and the judge of what was posted."""

    platform: str
    folder: Path
    certificate: Certificate
    port: int = 0
    _process: asyncio.subprocess.Process | None = None
    _http: aiohttp.ClientSession | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where browsers find it."""
        return f"https://{self.hosts[0]}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names under which it is found."""
        return BY_ID[self.platform].site.hosts

    @property
    def session_cookie(self) -> str:
        """The cookie that no script of a page may read."""
        return BY_ID[self.platform].site.session_cookie

    @property
    def browser_flags(self) -> tuple[str, ...]:
        """Make a browser take this process for the real site, a public host, and know no other."""
        rules = ",".join(f"MAP {host}:443 127.0.0.1:{self.port}" for host in self.hosts)
        return (
            f"--host-resolver-rules={rules},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={self.certificate.spki}",
            # Loopback counts as local: without this a page might reach what users' browsers forbid.
            f"--ip-address-space-overrides=127.0.0.1:{self.port}=public",
        )

    async def start(self) -> None:
        """Serve, on the same port as before if there was one."""
        tls = [
            "--tls-cert",
            str(self.certificate.certificate),
            "--tls-key",
            str(self.certificate.key),
        ]
        place = [
            "--port",
            str(self.port),
            "--data-dir",
            str(self.folder),
            "--site",
            self.platform,
            "--at-root",
        ]
        with (self.folder / "site.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "postbroker.sandbox", *place, *tls),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), READY_SECONDS)
        self.port = json.loads(line)["port"]
        trust = ssl.create_default_context(cafile=str(self.certificate.certificate))
        self._http = aiohttp.ClientSession(
            f"https://127.0.0.1:{self.port}", connector=aiohttp.TCPConnector(ssl=trust)
        )

    async def stop(self) -> None:
        """Serve no more; the ledger stays."""
        if self._http is not None:
            await self._http.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def freeze(self) -> None:
        """Take connections and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def add_account(self, handle: str, **properties: Any) -> None:
        """Somebody new who can be logged in."""
        await self._control("POST", "accounts", {"handle": handle, **properties})

    async def log_in(self, handle: str) -> dict[str, str]:
        """The cookies of a fresh session."""
        return await self._control("POST", "sessions", {"handle": handle})

    async def set_faults(self, handle: str, **faults: Any) -> None:
        """Replace the account's fault switches."""
        await self._control("PUT", f"faults/{handle}", faults)

    async def post_from_elsewhere(self, handle: str, text: str) -> str:
        """A post that the account makes from another device; its address."""
        return str((await self._control("POST", "posts", {"handle": handle, "text": text}))["url"])

    def ledger(self) -> list[LedgerEntry]:
        """Everything that was really posted."""
        return Ledger.of(self.folder, self.platform).entries()

    def ledger_of(self, handle: str) -> list[LedgerEntry]:
        """What one account really posted."""
        return [entry for entry in self.ledger() if entry.account == handle]

    def requests(self) -> list[dict[str, Any]]:
        """Every request to post, with how it went."""
        return list(JsonLines(self.folder / self.platform / "requests.jsonl"))

    def requests_of(self, handle: str) -> list[dict[str, Any]]:
        """Every request of one account to post."""
        return [request for request in self.requests() if request["account"] == handle]

    async def _control(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert self._http is not None
        async with self._http.request(
            method, f"/_control/{self.platform}/{path}", json=body
        ) as response:
            answer: dict[str, Any] = await response.json()
            assert response.ok, answer
            return answer
