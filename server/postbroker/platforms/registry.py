"""Platform id → adapter, by file name: whatever the catalogue gives the route `api`."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from postbroker.catalogue import load_platforms
from postbroker.domain.job import Job
from postbroker.platforms.adapter import PlatformAdapter


def cost_of(job: Job) -> str | None:
    """What it costs at the platform to post a job the way it goes; None where nothing is paid."""
    adapter = load_adapters().get(job.platform) if job.route == "api" else None
    return adapter.info.cost_per_post if adapter else None


class Adapters(Mapping[str, PlatformAdapter]):
    """Every adapter, read when it is first needed: a broker for two platforms holds two."""

    def __init__(self) -> None:
        routes = {id_: platform.routes for id_, platform in load_platforms().items()}
        self._ids = tuple(id_ for id_ in routes if "api" in routes[id_])

    def __getitem__(self, platform: str) -> PlatformAdapter:
        if platform not in self._ids:
            raise KeyError(platform)
        adapter: PlatformAdapter = import_module(f"postbroker.platforms.{platform}").ADAPTER
        return adapter

    def __contains__(self, platform: object) -> bool:
        return platform in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


@cache
def load_adapters() -> Adapters:
    """Every adapter, by the id of its platform."""
    return Adapters()
