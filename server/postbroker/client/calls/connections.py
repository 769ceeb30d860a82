"""Connections: accounts that are reached by the official API of their platform."""

from typing import Unpack

from postbroker.client.calls.asking import Asking, HasId, id_of, message
from postbroker.client.options import ConnectionOptions
from postbroker.contract.connections import (
    ConnectablePlatforms,
    ConnectionAnswer,
    ConnectionList,
    HealthAnswer,
    StartConnection,
)


class ConnectionCalls(Asking):
    """What can be asked about connections."""

    async def start_connection(
        self, platform: str, **options: Unpack[ConnectionOptions]
    ) -> ConnectionAnswer:
        """Connect an account: at once with `fields`, else once a person has opened the answer's
        `authorize_url` and said yes there."""
        wanted = message(StartConnection, {"platform": platform, **options})
        return await self.ask("POST", "/v1/connections/start", ConnectionAnswer, wanted)

    async def connections(self) -> ConnectionList:
        """All connections, newest first; those that ended too."""
        return await self.ask("GET", "/v1/connections", ConnectionList)

    async def connectable_platforms(self) -> ConnectablePlatforms:
        """What can be connected, and what each platform needs for it."""
        return await self.ask("GET", "/v1/connections/platforms", ConnectablePlatforms)

    async def connections_health(
        self, platform: str | None = None, *, check: bool = False
    ) -> HealthAnswer:
        """How the connected accounts stand; with `check` their platforms are asked now."""
        params = {"platform": platform} if platform else {}
        if check:
            params["check"] = "true"
        return await self.ask("GET", "/v1/connections/health", HealthAnswer, params=params)

    async def get_connection(self, connection: str | HasId) -> ConnectionAnswer:
        """One connection."""
        return await self.ask("GET", f"/v1/connections/{id_of(connection)}", ConnectionAnswer)

    async def remove_connection(self, connection: str | HasId) -> ConnectionAnswer:
        """Let a connection go; the account and its history stay."""
        return await self.ask("DELETE", f"/v1/connections/{id_of(connection)}", ConnectionAnswer)
