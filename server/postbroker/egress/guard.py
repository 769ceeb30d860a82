"""Which addresses may be reached: what everybody on the internet may reach, and what is let in."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

PORTS = (80, 443)
CARRIERS = tuple(
    ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
"""Addresses of version 6 that stand for one of version 4: NAT64, 6to4, Teredo."""


def connector_to(inside: Sequence[Network]) -> aiohttp.TCPConnector:
    """Connects to checked addresses only, anew for each request: what was sent over a connection
    that had gone stale might be sent twice."""
    return aiohttp.TCPConnector(resolver=_Guard(inside), use_dns_cache=False, force_close=True)


def check_place(place: URL, inside: Sequence[Network]) -> None:
    """Raise ValueError or OSError for an address that must not be asked."""
    if place.scheme not in ("http", "https") or not place.host:
        raise ValueError(f"{place.scheme} is not fetched")
    if place.user is not None or place.password is not None:
        raise ValueError("an address with a user is not fetched")
    try:
        address = ip_address(place.host)
    except ValueError:  # a name, which the resolver looks at
        return
    _check_reach(address, place.port or 0, inside)


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


def _check_reach(address: Address, port: int, inside: Sequence[Network]) -> None:
    """Raise OSError unless this is a public address and a port of the web, or let in."""
    if not (_is_within(address, inside) or (is_public(address) and port in PORTS)):
        raise OSError("not a public address")


def _is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
