"""Limits of platforms that are spent: until when nothing goes there, shared by all who publish."""

from dataclasses import dataclass
from datetime import datetime

from postbroker.store.database import Connection
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Limit:
    """What is spent, and until when."""

    id: str
    """Whose it is: an account's, an app's, an address's, a target's."""
    code: str
    """A code of shared/errors.json."""
    until: datetime


async def select_limits(connection: Connection, now: datetime) -> dict[str, Limit]:
    """Every limit that is spent now, by its id."""
    rows = await connection.fetch("SELECT * FROM limits WHERE until_at > :now", now=to_ms(now))
    return {row["id"]: Limit(row["id"], row["code"], from_ms(row["until_at"])) for row in rows}


async def save_limit(connection: Connection, limit: Limit) -> None:
    """Write down that a limit is spent; of two words the later end counts."""
    await connection.execute(
        "INSERT INTO limits (id, code, until_at) VALUES (:id, :code, :until) "
        "ON CONFLICT (id) DO UPDATE SET code = excluded.code, until_at = excluded.until_at "
        "WHERE excluded.until_at > limits.until_at",
        id=limit.id,
        code=limit.code,
        until=to_ms(limit.until),
    )


async def delete_old_limits(connection: Connection, now: datetime) -> None:
    """Forget those that are over."""
    await connection.execute("DELETE FROM limits WHERE until_at <= :now", now=to_ms(now))
