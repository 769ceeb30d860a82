"""The steps of a job's life, taken through the services."""

from typing import Any
from uuid import uuid4

from postbroker.app import Services
from postbroker.contract.extension import Ack, Hello, PermitRequest, PlatformPresence, Progress
from postbroker.contract.jobs import CreateTweet
from postbroker.contract.pairing import Register
from postbroker.contract.words import PROTOCOL_VERSION, Step
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import LeaseLostError
from postbroker.services.leases import Leased
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace, insert_user, insert_workspace
from server.doubles.clock import START, StillClock
from server.samples import TEXT, composed, lease_of, report

REGISTER = Register(
    name="Work laptop",
    extension_version="0.1.0",
    protocol_version=PROTOCOL_VERSION,
    browser="Chromium 156",
)


def hello(account: str | None = "ada", *, paused: bool = False) -> Hello:
    """What a browser says of itself."""
    presence = PlatformPresence(platform="x", logged_in=account is not None, account=account)
    return Hello(
        extension_version="0.1.0",
        protocol_version=PROTOCOL_VERSION,
        paused=paused,
        platforms=[presence],
    )


async def add_workspace(database: Database, name: str = "Another workspace") -> Workspace:
    """A second customer, with a person of its own."""
    workspace = Workspace(id=str(uuid4()), name=name, is_paused=False, created_at=START)

    async def add(tx: Any) -> None:
        await insert_workspace(tx, workspace)
        await insert_user(tx, str(uuid4()), name, workspace.id, START)

    await database.write(add)
    return workspace


async def pair(services: Services, caller: Caller, account: str | None = "ada") -> Browser:
    """A paired browser in which somebody is logged in to X."""
    _, code, poll_token = await services.browsers.register(REGISTER)
    await services.browsers.claim(caller, "127.0.0.1", code)
    answer = await services.browsers.confirm(poll_token, accept=True)
    assert answer is not None
    browser = await services.browsers.authenticate(answer[0])
    return await services.browsers.hello(browser, hello(account))


async def enqueue(services: Services, caller: Caller, text: str = TEXT, **fields: Any) -> Job:
    """An accepted job, however often there was one like it."""
    request = CreateTweet(text=text, **{"allow_duplicate": True} | fields)
    job, _ = await services.posts.create(caller, request)
    return job


async def pull(services: Services, browser: Browser, wait_seconds: float = 0) -> Leased | None:
    """What the browser gets to do now."""
    return await services.leases.pull(browser, wait_seconds, lambda: False)


async def take(services: Services, browser: Browser) -> Job:
    """The job the browser gets to do now."""
    leased = await pull(services, browser)
    assert leased is not None, "there is nothing to do for this browser"
    return leased.job


async def step(
    services: Services, browser: Browser, job: Job, name: Step, detail: str | None = None
) -> tuple[float, str | None]:
    """Report a step: seconds the lease goes on, and why to stop."""
    message = Progress(**lease_ref(job), step=name, detail=detail)
    return await services.leases.progress(browser, message)


async def get_permit(services: Services, browser: Browser, job: Job, **changes: Any) -> Job:
    """The job once its holder may press."""
    request = PermitRequest(**lease_ref(job), composed=composed(job, **changes))
    await services.leases.permit(browser, request)
    return await services.jobs.get(job.id, None)


async def tell(services: Services, browser: Browser, job: Job, outcome: str, **more: Any) -> Job:
    """The job after its holder's report."""
    return await services.leases.report(browser, report(job, outcome, **more))


async def is_lost(services: Services, browser: Browser, ack: Ack) -> bool:
    """True when the report is refused because the lease is lost."""
    try:
        await services.leases.report(browser, ack)
    except LeaseLostError:
        return True
    return False


async def fall_silent(services: Services, clock: StillClock, job: Job) -> Job:
    """The job after its holder said nothing until its lease was over."""
    clock.move((lease_of(job).expires_at - clock.now()).total_seconds())
    await services.leases.sweep()
    return await services.jobs.get(job.id, None)


def lease_ref(job: Job) -> dict[str, Any]:
    """The lease as its holder names it."""
    lease = lease_of(job)
    return {"job_id": job.id, "lease_id": lease.id, "epoch": lease.epoch}
