"""The Chrome DevTools Protocol over the browser's debugging pipe: commands out, answers in."""

import asyncio
import fcntl
import itertools
import json
import os
from collections.abc import Callable
from typing import Any

COMMAND_SECONDS = 30.0
# Chromium reads commands on descriptor 3 and writes answers on 4.
COMMANDS_FD, ANSWERS_FD = 3, 4
ABOVE_BOTH_FDS = 10
ANSWER_BYTES_MAX = 1 << 28

Result = dict[str, Any]


class CdpError(Exception):
    """The browser refused a command, or went away."""


class CdpPipe:
    """Both ends of the pipe: `hand_over` runs in the child, everything else here."""

    def __init__(self) -> None:
        self._commands_in, self._commands = os.pipe()
        self._answers, self._answers_out = os.pipe()
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Result]] = {}
        self._transport: asyncio.ReadTransport | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def hand_over(self) -> Callable[[], None]:
        """To be run in the child between fork and exec."""
        wanted = ((self._commands_in, COMMANDS_FD), (self._answers_out, ANSWERS_FD))

        def move() -> None:
            # Through high numbers first: one end may already sit where the other belongs.
            high = [fcntl.fcntl(own, fcntl.F_DUPFD, ABOVE_BOTH_FDS) for own, _ in wanted]
            for moved, (_, place) in zip(high, wanted, strict=True):
                os.dup2(moved, place)

        return move

    async def open(self) -> None:
        """Begin to listen, once the child has its ends."""
        os.close(self._commands_in)
        os.close(self._answers_out)
        os.set_blocking(self._commands, True)
        reader = asyncio.StreamReader(limit=ANSWER_BYTES_MAX)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._answers, "rb", 0)
        )
        self._reading = asyncio.create_task(self._read(reader))

    async def send(self, method: str, session: str | None = None, **params: Any) -> Result:
        """The browser's answer to one command. Raises CdpError."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        left = memoryview(json.dumps(message).encode() + b"\0")
        try:
            while left:
                left = left[os.write(self._commands, left) :]
            return await asyncio.wait_for(answer, COMMAND_SECONDS)
        except (BrokenPipeError, TimeoutError) as error:
            raise CdpError(f"{method}: the browser does not answer") from error
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Give the pipe up; a browser that still runs takes this as the word to end."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()
        os.close(self._commands)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                self._settle(json.loads((await reader.readuntil(b"\0"))[:-1]))
        except (asyncio.IncompleteReadError, ConnectionError):
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(CdpError("the browser went away"))

    def _settle(self, message: Result) -> None:
        answer = self._waiting.get(message.get("id", 0))
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(CdpError(message["error"]["message"]))
        else:
            answer.set_result(message["result"])
