"""The one door to the outside network: fetches public files, and nothing from inside.

A name is resolved once, all its addresses are checked, and the connection goes to a checked one, so
that a name cannot point elsewhere a moment later. Each redirect passes the same door.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

CONNECT_SECONDS = 5
SILENCE_SECONDS = 20
REDIRECTS = 3
PORTS = (80, 443)
CHUNK_BYTES = 1 << 20
OK = 200
REDIRECTIONS = (301, 302, 303, 307, 308)
CARRIERS = tuple(
    ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
"""Addresses of version 6 that stand for one of version 4: NAT64, 6to4, Teredo."""


class FetchError(Exception):
    """The file did not come. What is refused and what does not answer sound the same, so that
    nobody can feel their way through the inside."""


class TooLargeError(FetchError):
    """The file is larger than it may be."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came."""

    file_name: str
    """The last part of the path that it came from; may be empty."""
    content_type: str


class Egress:
    """Fetches files. `inside` are networks that it may reach although they are not public."""

    def __init__(self, inside: Sequence[Network] = ()) -> None:
        self._inside = tuple(inside)

    async def fetch(self, url: str, to: Path, bytes_max: int, seconds: float) -> Fetched:
        """Write what lies at a public address to a file. Raises FetchError, TooLargeError."""
        connector = aiohttp.TCPConnector(resolver=_Guard(self._inside), use_dns_cache=False)
        timeout = aiohttp.ClientTimeout(
            total=seconds, connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS
        )
        try:
            async with aiohttp.ClientSession(
                connector=connector,
                timeout=timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "postbroker", "Accept-Encoding": "identity"},
            ) as session:
                return await self._follow(session, url, to, bytes_max)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise FetchError("no file can be fetched from there") from error

    async def _follow(
        self, session: aiohttp.ClientSession, url: str, to: Path, bytes_max: int
    ) -> Fetched:
        place = URL(url)
        for _ in range(REDIRECTS + 1):
            self._check(place)
            async with session.get(place, allow_redirects=False) as response:
                if response.status in REDIRECTIONS:
                    place = place.join(URL(response.headers.get("Location", "")))
                    continue
                if response.status != OK:
                    raise FetchError(f"its server answered {response.status}")
                if (response.content_length or 0) > bytes_max:
                    raise TooLargeError(f"it has {response.content_length} bytes")
                await _write(response, to, bytes_max)
                return Fetched(place.name, response.content_type)
        raise FetchError("it is redirected too often")

    def _check(self, place: URL) -> None:
        """Raise ValueError for an address that nobody needs to name a public file."""
        if place.scheme not in ("http", "https") or not place.host:
            raise ValueError(f"{place.scheme} is not fetched")
        if place.user is not None or place.password is not None:
            raise ValueError("an address with a user is not fetched")
        try:
            address = ip_address(place.host)
        except ValueError:  # a name, which the resolver looks at
            return
        _check_reach(address, place.port or 0, self._inside)


def is_public(address: Address) -> bool:
    """True for an address that everybody on the internet may reach, not hidden in another one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None or _is_within(address, CARRIERS):
            return False
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


class _Guard(AbstractResolver):
    """Resolves names to addresses that were checked, all of them."""

    def __init__(self, inside: Sequence[Network]) -> None:
        self._inside = inside

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises OSError when one of them is not public."""
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM
        )
        results = [_result(host, port, *each) for each in found]
        for each in results:
            _check_reach(ip_address(each["host"]), port, self._inside)
        return results

    async def close(self) -> None:
        """Nothing to let go of."""


def _result(
    host: str, port: int, family: int, _kind: int, protocol: int, _name: str, place: Any
) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=place[0],
        port=port,
        family=family,
        proto=protocol,
        flags=socket.AI_NUMERICHOST,
    )


async def _write(response: aiohttp.ClientResponse, to: Path, bytes_max: int) -> None:
    size = 0
    with await asyncio.to_thread(to.open, "wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > bytes_max:
                raise TooLargeError(f"it has more than {bytes_max} bytes")
            await asyncio.to_thread(file.write, chunk)


def _check_reach(address: Address, port: int, inside: Sequence[Network]) -> None:
    """Raise OSError unless this is a public address and a port of the web, or let in."""
    if not (_is_within(address, inside) or (is_public(address) and port in PORTS)):
        raise OSError("not a public address")


def _is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
