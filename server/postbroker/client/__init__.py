"""A client of the broker's HTTP API for programs in Python: typed, and safe to repeat.

    from postbroker.client import Postbroker

    with Postbroker() as broker:
        job = broker.wait(broker.post("Hello from Python!", platform="x"))
        print(job.post_url)

`AsyncPostbroker` is the same with `async with`, `await` and `async for`.
"""

from postbroker.client.asynchronous import AsyncPostbroker
from postbroker.client.errors import (
    JobFailedError,
    NotEndedError,
    OutcomeUnknownError,
    PostbrokerError,
    RefusedError,
    StrangeAnswerError,
    UnreachableError,
)
from postbroker.client.synchronous import Postbroker

__all__ = [
    "AsyncPostbroker",
    "JobFailedError",
    "NotEndedError",
    "OutcomeUnknownError",
    "Postbroker",
    "PostbrokerError",
    "RefusedError",
    "StrangeAnswerError",
    "UnreachableError",
]
