"""A broker that dies while it publishes by an official API, and a platform that counts.

    broker = connected(start, platform, **typed)       an account of the platform is connected
    end = await through(crash, broker, start, text)    the job after the broker died and came back

The judge is what the platform has, not what the broker believes.
"""

import asyncio
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal, get_args

import aiohttp

from durability.conftest import Start
from postbroker.crash import CrashPoint
from server.cli.conftest import Broker

ApiPoint = Literal["api_prepared", "api_permitted", "api_committed", "api_concluded"]
"""Where a broker that publishes can be killed from within."""
POINTS: tuple[ApiPoint, ...] = get_args(ApiPoint)
QUICK = {
    "POSTBROKER_LEASE_SECONDS": "1",
    "POSTBROKER_PERMIT_SECONDS": "1",
    "POSTBROKER_VERIFY_DELAYS": "0.5,1,1.5,2",
    "POSTBROKER_FETCH_FROM": "127.0.0.0/8",
}
END_SECONDS = 40


@dataclass
class Connected:
    """A data folder with a broker on it that posts to one platform."""

    start: Start
    platform: str
    settings: Mapping[str, str]
    broker: Broker
    key: str
    """What agents send."""

    async def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """What the broker answers; refusals fail the test."""
        async with (
            aiohttp.ClientSession(headers={"clawpost-api-key": self.key}) as session,
            session.request(method, f"{self.broker.url}{path}", json=body) as answer,
        ):
            said: dict[str, Any] = await answer.json()
            assert answer.ok, said
            return said

    async def post(self, text: str, **fields: Any) -> str:
        """The id of an accepted job."""
        wanted = {"text": text, "platform": self.platform, "allowDuplicate": True, **fields}
        job = await self.ask("POST", "/v1/jobs/tweet", wanted)
        return str(job["id"])

    async def end_of(self, job_id: str) -> dict[str, Any]:
        """The job once nothing more comes of it."""
        deadline = monotonic() + END_SECONDS
        while True:
            job = await self.ask("GET", f"/v1/jobs/{job_id}?wait=5")
            if job["status"] in ("succeeded", "failed"):
                return job
            assert monotonic() < deadline, f"it never ends: {job}"

    async def restart(self, point: CrashPoint | None = None) -> None:
        """Stop the broker, whatever it does, and start it again, to die at a point."""
        await asyncio.to_thread(self.broker.stop, signal.SIGKILL)
        dying = {"POSTBROKER_CRASH_AT": point} if point else {}
        self.broker = await asyncio.to_thread(lambda: self.start(**self.settings, **dying))

    async def until_dead(self) -> None:
        """Return when the broker has died."""
        await asyncio.to_thread(self.broker.process.wait, END_SECONDS)

    def kill(self) -> None:
        """Kill the broker at once."""
        self.broker.stop(signal.SIGKILL)


async def connected(
    start: Start, platform: str, server: str | None, fields: Mapping[str, str], **settings: str
) -> Connected:
    """A broker with one connected account; `fields` are what a person types to connect it."""
    environment = {**QUICK, **settings}
    broker = await asyncio.to_thread(lambda: start(**environment))
    place = Connected(start, platform, environment, broker, broker.ready["apiKey"])
    wanted = {"platform": platform, "fields": dict(fields)} | ({"server": server} if server else {})
    connection = await place.ask("POST", "/v1/connections/start", wanted)
    assert connection["status"] == "connected", connection
    return place


async def die_at(place: Connected, point: ApiPoint, text: str, **fields: Any) -> dict[str, Any]:
    """The end of a job whose broker died at a point and was started again."""
    await place.restart(point)
    job_id = await place.post(text, **fields)
    await place.until_dead()
    await place.restart()
    return await place.end_of(job_id)


async def die_when(
    place: Connected, arm: Callable[[Callable[[], None]], None], text: str, **fields: Any
) -> dict[str, Any]:
    """The same for a broker that the platform itself kills: `arm` is given the way to do so."""
    arm(place.kill)
    job_id = await place.post(text, **fields)
    await place.until_dead()
    await place.restart()
    return await place.end_of(job_id)
