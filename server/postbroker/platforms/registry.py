"""Platform id → adapter, by file name: whatever the catalogue gives the route `api`."""

from functools import cache
from importlib import import_module

from postbroker.catalogue import load_platforms
from postbroker.platforms.adapter import PlatformAdapter


@cache
def load_adapters() -> dict[str, PlatformAdapter]:
    """Every adapter, by the id of its platform."""
    ids = [id_ for id_, platform in load_platforms().items() if "api" in platform.routes]
    return {id_: import_module(f"postbroker.platforms.{id_}").ADAPTER for id_ in ids}
