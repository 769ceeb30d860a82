"""People who are new on a simulated site."""

from itertools import count
from typing import Any

from e2e.stage import Stage

_numbers = count(1)


async def newcomer(stage: Stage, name: str, **properties: Any) -> str:
    """The handle of somebody new, logged in in the browser."""
    handle = f"{name}{next(_numbers)}"
    await stage.site.add_account(handle, **properties)
    await stage.log_in(handle)
    return handle
