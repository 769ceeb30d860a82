"""`mcp` gives an agent that starts its servers itself the tools of a running broker."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator

import typer

from postbroker.cli.ending import Exit, run
from postbroker.cli.options import place_of
from postbroker.cli.screen import Screen


def mcp(context: typer.Context) -> None:
    """Serve the broker's tools over standard input and output (Model Context Protocol).

    For agents that start their servers themselves; those that can speak HTTP need only the address
    of the broker with /mcp behind it.
    """

    async def body(_screen: Screen) -> Exit:
        from postbroker.cli.bridge import Bridge
        from postbroker.cli.connection import target_of
        from postbroker.clock import SystemClock

        bridge = Bridge(target_of(place_of(context)), SystemClock(), _write)
        await bridge.carry(_lines())
        return Exit.DONE

    run(body, as_json=False)


async def _lines() -> AsyncIterator[bytes]:
    """The lines of standard input; a thread reads them, because any kind of file may be there."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[bytes]()

    def read() -> None:
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(queue.put_nowait, line)
        loop.call_soon_threadsafe(queue.put_nowait, b"")

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while line := await queue.get():
        if line.strip():
            yield line


def _write(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
