"""Accounts that are connected to stand-ins, and a broker that publishes by itself."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from postbroker.app import Services
from postbroker.contract.words import AskedRoute
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.services.api import Kept
from postbroker.services.care import new_account
from postbroker.services.deliveries import Held
from postbroker.store.accounts import save_account, select_accounts
from postbroker.store.connections import ConnectionRecord, insert_connection
from postbroker.store.database import Connection, Database
from server.doubles.clock import StillClock
from server.doubles.platforms.stand_in import StandIn
from server.steps import enqueue

LOOPBACK = "127.0.0.0/8"
"""What a broker must be let fetch from to reach stand-ins."""


async def connect(
    services: Services,
    database: Database,
    workspace_id: str,
    platform_id: str,
    platform: StandIn,
    *,
    handle: str = "ada",
    prefers: AskedRoute = "auto",
) -> str:
    """Connect an account; the id of its connection."""
    now, identity = platform.clock.now(), platform.identity()
    kept = Kept(credentials=dict(platform.credentials), app=dict(platform.app))
    record = ConnectionRecord(
        str(uuid4()),
        workspace_id,
        platform_id,
        "connected",
        "typed",
        platform.url,
        "key:test",
        now,
        now,
        identity={"remote_id": identity.remote_id, "handle": handle, "more": {**identity.more}},
    )

    async def work(tx: Connection) -> None:
        known = [
            each
            for each in await select_accounts(tx, workspace_id)
            if (each.platform, each.handle) == (platform_id, handle)
        ]
        account = known[0] if known else new_account(workspace_id, platform_id, handle, now)
        await save_account(tx, replace(account, route=prefers))
        connected = replace(record, account_id=account.id)
        await insert_connection(tx, services.access.lock(connected, kept))

    await database.write(work)
    services.routes.forget()
    return record.id


async def take(services: Services, workspace_id: str) -> Held:
    """The one job that can be worked on now."""
    [held] = await services.deliveries.take(workspace_id, 5)
    return held


async def work_off(services: Services, most: int = 20) -> int:
    """Publish and look for whatever is due, as the broker's own loop does; how many leases."""
    leases = 0
    while leases < most:
        taken = [
            held
            for workspace_id in await services.deliveries.workspaces()
            for held in await services.deliveries.take(workspace_id, 5)
        ]
        if not taken:
            return leases
        for held in taken:
            await services.publishing.run(held)
            leases += 1
    raise AssertionError("there is no end of work")


async def until_over(
    services: Services, clock: StillClock, job: Job, seconds: float = 3600, step: float = 5
) -> Job:
    """The job once nothing more happens to it by itself, or after some time."""
    for _ in range(round(seconds / step)):
        await services.leases.sweep()
        await work_off(services)
        job = await services.jobs.get(job.id, None)
        if job.has_ended:
            break
        clock.move(step)
    return job


async def post(services: Services, caller: Caller, text: str = "Hello", **fields: Any) -> Job:
    """An accepted job for the connected account."""
    return await enqueue(services, caller, text, platform="bluesky", **fields)


async def names_of(services: Services, job: Job) -> list[str]:
    """What happened to a job."""
    return [event.name for event in (await services.jobs.history(job))[0]]


async def read(services: Services, job: Job) -> Job:
    """The job as it is now."""
    return await services.jobs.get(job.id, None)
