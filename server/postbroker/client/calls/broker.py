"""What the broker knows and says of itself, and which browsers work for it."""

from typing import Any

from postbroker.client.calls.asking import Asking, HasId, id_of
from postbroker.contract.agents import ErrorList, PlatformList
from postbroker.contract.jobs import Usage
from postbroker.contract.pairing import Pair, PairAnswer
from postbroker.contract.problems import ErrorCode


class BrokerCalls(Asking):
    """What can be asked about the broker."""

    async def usage(self, key: str | HasId | None = None) -> Usage:
        """How many jobs there were, in all or of one key: in all, today and by status."""
        params = {} if key is None else {"keyId": id_of(key)}
        return await self.ask("GET", "/v1/usage", Usage, params=params)

    async def platforms(self) -> PlatformList:
        """What can be posted to, and what each platform takes."""
        return await self.ask("GET", "/v1/platforms", PlatformList)

    async def explain(self, code: str) -> ErrorCode:
        """What an error code means, who must act, and what comes next."""
        return await self.ask("GET", f"/v1/errors/{id_of(code)}", ErrorCode)

    async def list_errors(self) -> ErrorList:
        """Every error code there is."""
        return await self.ask("GET", "/v1/errors", ErrorList)

    async def pair(self, code: str) -> PairAnswer:
        """Claim the browser that shows this code."""
        return await self.ask("POST", "/v1/connect/pair", PairAnswer, Pair(code=code))

    async def health(self) -> dict[str, Any]:
        """What the broker says of itself, well or not."""
        return await self._wire.anything("/health")
