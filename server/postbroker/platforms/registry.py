"""Platform id → adapter, by file name: whatever the catalogue gives the route `api`."""

from functools import cache
from importlib import import_module

from postbroker.catalogue import load_platforms
from postbroker.domain.job import Job
from postbroker.platforms.adapter import PlatformAdapter


def cost_of(job: Job) -> str | None:
    """What it costs at the platform to post a job the way it goes; None where nothing is paid."""
    adapter = load_adapters().get(job.platform) if job.route == "api" else None
    return adapter.info.cost_per_post if adapter else None


@cache
def load_adapters() -> dict[str, PlatformAdapter]:
    """Every adapter, by the id of its platform."""
    ids = [id_ for id_, platform in load_platforms().items() if "api" in platform.routes]
    return {id_: import_module(f"postbroker.platforms.{id_}").ADAPTER for id_ in ids}
