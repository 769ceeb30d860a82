"""A process that gets fresh credentials at each word: `renewing.py FOLDER URL CONNECTION`."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from postbroker.app import Services
from postbroker.services.apis import DisconnectedError
from postbroker.store.connections import ConnectionRecord
from servers.oidc_member import services_on


async def main(folder: Path, url: str, connection_id: str) -> None:
    """Say `ready`; for each line, which names the turn that the test knows, say how it ended."""
    async with services_on(folder, url) as services:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            ended = await renew(services, record_of(connection_id, int(line)))
            print(json.dumps(ended), flush=True)


async def renew(services: Services, record: ConnectionRecord) -> dict[str, object]:
    """Which turn the connection has afterwards, or why it has none."""
    try:
        fresh = await services.renewal.renew(record)
    except DisconnectedError as error:
        return {"disconnected": str(error)}
    return {"turn": fresh.turn if fresh else None}


def record_of(connection_id: str, turn: int) -> ConnectionRecord:
    """As much of a connection as is asked for: its id and its turn."""
    then = datetime.fromtimestamp(0, UTC)
    return ConnectionRecord(
        connection_id, "", "x", "connected", "oauth", "", "", then, then, turn=turn
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
