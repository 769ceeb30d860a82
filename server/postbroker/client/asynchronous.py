"""`AsyncPostbroker`: everything that can be asked of a broker, a method each."""

from types import TracebackType
from typing import Self

from postbroker.client import credentials
from postbroker.client.calls.accounts import AccountCalls
from postbroker.client.calls.broker import BrokerCalls
from postbroker.client.calls.connections import ConnectionCalls
from postbroker.client.calls.jobs import JobCalls
from postbroker.client.calls.keys import KeyCalls
from postbroker.client.calls.media import MediaCalls
from postbroker.client.wire import Wire
from postbroker.clock import Clock, SystemClock


class AsyncPostbroker(JobCalls, MediaCalls, AccountCalls, ConnectionCalls, KeyCalls, BrokerCalls):
    """One broker. Use it as `async with AsyncPostbroker() as broker:`, or end it with `close`.

    Without `url` and `key` it takes POSTBROKER_URL and POSTBROKER_API_KEY, else the broker of
    the last `postbroker login`, else the one that runs on this machine. Every method raises
    PostbrokerError; what the broker refuses is a RefusedError, with `code` and `suggested_action`.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        credential: credentials.Credential | None = None,
        clock: Clock | None = None,
    ) -> None:
        if url is None or (key is None and credential is None):
            from postbroker.client.places import find_broker

            found = find_broker(url, key)
            url, credential = found.url, credential or found.credential
        self.url = url.rstrip("/")
        clock = clock or SystemClock()
        super().__init__(Wire(self.url, credential or credentials.Key(key), clock), clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
