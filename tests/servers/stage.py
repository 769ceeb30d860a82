"""A broker in a process of its own with one connected account, which a test may kill and start."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postbroker.client import AsyncPostbroker
from postbroker.contract.connections import ConnectionAnswer, StartConnection
from postbroker.contract.jobs import CreatedJob, JobAnswer
from server.cli.conftest import Broker, Installation
from server.doubles.postgres import free_port

JOB_SECONDS = 60
QUICK = {
    "POSTBROKER_FETCH_FROM": "127.0.0.0/8",
    "POSTBROKER_LEASE_SECONDS": "1",
    "POSTBROKER_PERMIT_SECONDS": "2",
    "POSTBROKER_SWEEP_SECONDS": "0.2",
    "POSTBROKER_RETRY_DELAYS": "0.1",
    "POSTBROKER_VERIFY_DELAYS": "0.2,0.4,0.8",
    "POSTBROKER_ATTEMPTS": "20",
    "POSTBROKER_SANDBOX": "false",
}
"""What is lost at a kill before the permit is taken up again within a second, and after it once the
time is over that the request may have taken."""


@dataclass
class Stage:
    """An installation whose broker runs."""

    installation: Installation
    port: str
    broker: Broker
    client: AsyncPostbroker
    account: ConnectionAnswer
    environment: dict[str, str]
    """The broker's."""

    async def restart(self, **environment: str) -> None:
        """Start the broker again, at the same address."""
        self.broker.close()
        self.broker = await asyncio.to_thread(
            self.installation.start, "--port", self.port, **self.environment, **environment
        )

    async def kill(self) -> None:
        """End the broker without a warning."""
        await asyncio.to_thread(self.broker.stop, signal.SIGKILL)

    async def died(self) -> None:
        """Wait until the broker has ended by itself."""
        await asyncio.wait_for(asyncio.to_thread(self.broker.process.wait), JOB_SECONDS)

    async def post(self, text: str, **options: Any) -> CreatedJob:
        """Have a post accepted for the connected account."""
        where = {"platform": self.account.platform, "account": self.account.handle}
        return await self.client.post(text, **{**where, **options})

    async def ended(self, job: CreatedJob) -> JobAnswer:
        """The job after its end, however it ended."""
        return await self.client.wait(job, JOB_SECONDS, check=False)


@asynccontextmanager
async def connected(
    data_dir: Path, wish: StartConnection, **environment: str
) -> AsyncIterator[Stage]:
    """A stage on which the wished account is connected by what is entered."""
    installation, port = Installation(data_dir), str(free_port())
    quick = QUICK | environment
    broker = await asyncio.to_thread(installation.start, "--port", port, **quick)
    try:
        async with AsyncPostbroker(broker.url, broker.ready["apiKey"]) as client:
            made = await client.ask("POST", "/v1/connections/start", ConnectionAnswer, wish)
            assert made.status == "connected", made.error
            yield Stage(installation, port, broker, client, made, quick)
    finally:
        for each in installation.brokers:
            each.close()
