"""`Postbroker`: every method of `AsyncPostbroker`, for programs that do not use asyncio.

A call runs the asynchronous method on an event loop in a thread of its own, so it works where a
loop runs already, such as in notebooks, and from several threads at once.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from postbroker.client.asynchronous import AsyncPostbroker
from postbroker.client.credentials import Credential

P = ParamSpec("P")
R = TypeVar("R")


class _Loop:
    """An event loop in a daemon thread, started when it is needed first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """What `work` comes to; Ctrl-C cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        """End the thread; the next `run` starts another."""
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._loop.close()
                self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="postbroker client", daemon=True
                )
                self._thread.start()
            return self._loop


def _blocking(
    method: Callable[Concatenate[AsyncPostbroker, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate["Postbroker", P], R]:
    @wraps(method)
    def call(self: "Postbroker", /, *given: P.args, **named: P.kwargs) -> R:
        return self._loop.run(method(self._broker, *given, **named))

    return call


def _iterating(
    method: Callable[Concatenate[AsyncPostbroker, P], AsyncGenerator[R, None]],
) -> Callable[Concatenate["Postbroker", P], Iterator[R]]:
    @wraps(method)
    def call(self: "Postbroker", /, *given: P.args, **named: P.kwargs) -> Iterator[R]:
        source = method(self._broker, *given, **named)
        over: list[R] = []

        async def following() -> list[R]:
            async for each in source:
                return [each]
            return over

        try:
            while (found := self._loop.run(following())) is not over:
                yield from found
        finally:
            self._loop.run(source.aclose())

    return call


class Postbroker:
    """One broker. Use it as `with Postbroker() as broker:`, or end it with `close`.

    Finds broker and key as `AsyncPostbroker` does, and raises what it raises.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        credential: Credential | None = None,
    ) -> None:
        self._broker = AsyncPostbroker(url, key, credential=credential)
        self._loop = _Loop()

    @property
    def url(self) -> str:
        """The broker's address."""
        return self._broker.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._loop.run(self._broker.close())
        self._loop.stop()

    post = _blocking(AsyncPostbroker.post)
    comment = _blocking(AsyncPostbroker.comment)
    search_groups = _blocking(AsyncPostbroker.search_groups)
    join_group = _blocking(AsyncPostbroker.join_group)
    group_status = _blocking(AsyncPostbroker.group_status)
    check_controls = _blocking(AsyncPostbroker.check_controls)
    wait = _blocking(AsyncPostbroker.wait)
    get = _blocking(AsyncPostbroker.get)
    jobs = _iterating(AsyncPostbroker.jobs)
    list_jobs = _blocking(AsyncPostbroker.list_jobs)
    cancel = _blocking(AsyncPostbroker.cancel)
    settle = _blocking(AsyncPostbroker.settle)
    numbers = _blocking(AsyncPostbroker.numbers)
    delete = _blocking(AsyncPostbroker.delete)
    retry = _blocking(AsyncPostbroker.retry)
    validate = _blocking(AsyncPostbroker.validate)
    look_again = _blocking(AsyncPostbroker.look_again)
    approve = _blocking(AsyncPostbroker.approve)
    reject = _blocking(AsyncPostbroker.reject)
    events = _iterating(AsyncPostbroker.events)
    history = _blocking(AsyncPostbroker.history)
    upload = _blocking(AsyncPostbroker.upload)
    list_media = _blocking(AsyncPostbroker.list_media)
    get_media = _blocking(AsyncPostbroker.get_media)
    delete_media = _blocking(AsyncPostbroker.delete_media)
    accounts = _blocking(AsyncPostbroker.accounts)
    get_account = _blocking(AsyncPostbroker.get_account)
    change_account = _blocking(AsyncPostbroker.change_account)
    remove_account = _blocking(AsyncPostbroker.remove_account)
    account_capabilities = _blocking(AsyncPostbroker.account_capabilities)
    account_settings = _blocking(AsyncPostbroker.account_settings)
    account_actions = _blocking(AsyncPostbroker.account_actions)
    act = _blocking(AsyncPostbroker.act)
    start_connection = _blocking(AsyncPostbroker.start_connection)
    connections = _blocking(AsyncPostbroker.connections)
    connectable_platforms = _blocking(AsyncPostbroker.connectable_platforms)
    connections_health = _blocking(AsyncPostbroker.connections_health)
    get_connection = _blocking(AsyncPostbroker.get_connection)
    remove_connection = _blocking(AsyncPostbroker.remove_connection)
    status = _blocking(AsyncPostbroker.status)
    usage = _blocking(AsyncPostbroker.usage)
    platforms = _blocking(AsyncPostbroker.platforms)
    explain = _blocking(AsyncPostbroker.explain)
    list_errors = _blocking(AsyncPostbroker.list_errors)
    credential = _blocking(AsyncPostbroker.credential)
    list_keys = _blocking(AsyncPostbroker.list_keys)
    create_key = _blocking(AsyncPostbroker.create_key)
    rotate_key = _blocking(AsyncPostbroker.rotate_key)
    revoke_key = _blocking(AsyncPostbroker.revoke_key)
    pair = _blocking(AsyncPostbroker.pair)
    health = _blocking(AsyncPostbroker.health)
