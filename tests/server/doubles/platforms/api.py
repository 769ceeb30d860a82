"""An account's way to a stand-in: real requests, credentials and files in memory."""

import hashlib
import json as jsons
from collections.abc import AsyncIterator, Callable, Mapping
from copy import copy
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlencode

from postbroker.domain.media import Attached, Facts, Media
from postbroker.egress.calls import Answer, Body, Calls
from postbroker.platforms.adapter import Identity
from server.doubles.clock import START, StillClock
from server.doubles.platforms.stand_in import StandIn

LOOPBACK = (ip_network("127.0.0.0/8"),)
CHUNK_BYTES = 1 << 16


class LoopbackApi:
    """The `Api` of adapters. One may send once; `renewed` gives one for the next try."""

    def __init__(
        self,
        base_url: str,
        clock: StillClock,
        *,
        credentials: Mapping[str, str],
        identity: Identity,
        app: Mapping[str, str],
        files: Mapping[str, bytes] | None = None,
        public_address: Callable[[str], str] = str,
    ) -> None:
        self.base_url = base_url
        self.credentials = credentials
        self.identity = identity
        self.app = app
        self.files = dict(files or {})
        """Bytes by the id of the media."""
        self.sent_once = 0
        self.waited: list[float] = []
        self._clock = clock
        self._public_address = public_address
        self._calls = Calls(LOOPBACK)

    def now(self) -> datetime:
        return self._clock.now()

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: Body = None,
        seconds: float = 5,
    ) -> Answer:
        given = dict(headers or {})
        if json is not None:
            given.setdefault("Content-Type", "application/json")
            body = jsons.dumps(json).encode()
        elif form is not None:
            given.setdefault("Content-Type", "application/x-www-form-urlencoded")
            body = urlencode(form).encode()
        whole = url if "://" in url else f"{self.base_url}{url}"
        return await self._calls.send(
            method, whole, params=params, headers=given, body=body, seconds=seconds
        )

    async def send_once(self, method: str, url: str, **what: Any) -> Answer:
        self.sent_once += 1
        if self.sent_once > 1:
            raise RuntimeError("a second irreversible request")
        return await self.send(method, url, **what)

    async def read(
        self, file: Attached, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        content = self.files[file.media.id][start:end]
        for at in range(0, len(content), CHUNK_BYTES):
            yield content[at : at + CHUNK_BYTES]

    def public_url(self, file: Attached) -> str:
        return self._public_address(file.media.id)

    async def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self._clock.move(seconds)

    def renewed(self) -> "LoopbackApi":
        """The same account, with leave for one more irreversible request."""
        other = copy(self)
        other.sent_once = 0
        return other

    async def close(self) -> None:
        await self._calls.close()


def api_of(platform: StandIn, files: Mapping[str, bytes] | None = None) -> LoopbackApi:
    """A connected account of a stand-in."""
    for media_id, content in (files or {}).items():
        platform.files[platform.public_address(media_id)] = content
    return LoopbackApi(
        platform.url,
        platform.clock,
        credentials=dict(platform.credentials),
        identity=platform.identity(),
        app=dict(platform.app),
        files=files,
        public_address=platform.public_address,
    )


def attached(
    content: bytes,
    content_type: str,
    alt: str | None = None,
    *,
    size: tuple[int, int] = (64, 48),
    seconds: float | None = None,
) -> Attached:
    """A file of a post as the broker knows it; its id is the beginning of its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    facts = Facts(content_type, len(content), sha256, *size, seconds=seconds)
    name = f"{sha256[:8]}.{content_type.partition('/')[2]}"
    media = Media(
        sha256[:32], "workspace", name, content_type, "ready", START, START, alt=None, facts=facts
    )
    return Attached(media, alt, "mediaPaths.0")
