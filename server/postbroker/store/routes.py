"""The connected accounts of a workspace, as far as the choice of a job's way needs them."""

from dataclasses import dataclass

from postbroker.contract.words import AskedRoute
from postbroker.store.database import Connection


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """An account that posts can go out by through an official API."""

    account_id: str
    connection_id: str
    platform: str
    handle: str
    prefers: AskedRoute


async def select_connected_accounts(
    connection: Connection, workspace_id: str
) -> list[ConnectedAccount]:
    """All of them, by platform and handle."""
    rows = await connection.fetch(
        "SELECT accounts.id, accounts.platform, accounts.handle, accounts.route, "
        "connections.id AS connection_id FROM connections "
        "JOIN accounts ON accounts.id = connections.account_id "
        "WHERE connections.workspace_id = :workspace_id AND connections.state = 'connected' "
        "ORDER BY accounts.platform, accounts.bare_handle",
        workspace_id=workspace_id,
    )
    return [
        ConnectedAccount(
            account_id=row["id"],
            connection_id=row["connection_id"],
            platform=row["platform"],
            handle=row["handle"],
            prefers=row["route"],
        )
        for row in rows
    ]
