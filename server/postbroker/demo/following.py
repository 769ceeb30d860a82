"""A job of the demo, from its acceptance to its end."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from postbroker.client import AsyncPostbroker
from postbroker.contract.jobs import JobEvent
from postbroker.demo.report import DemoError, Report, Teller

JOB_SECONDS = 120.0


async def follow(
    client: AsyncPostbroker,
    job_id: str,
    tell: Callable[[JobEvent], None],
    teller: Teller,
    report: Report,
) -> None:
    """Tell each event until the job has ended; fills `report`. Raises DemoError, TimeoutError."""
    report.job_id = job_id
    teller.say("the post is accepted as job", job_id)
    async with asyncio.timeout(JOB_SECONDS), aclosing(client.events(job_id)) as events:
        async for event in events:
            tell(event)
    job = await client.get(job_id)
    report.status, report.post_url = job.status, job.post_url
    if job.status != "succeeded":
        advice = job.details.suggested_action or ""
        raise DemoError(f"The job ended as {job.error_code}: {job.error}. {advice}")
