"""One statement for many rows."""

import pytest

from postbroker.store.database import Connection, Database
from postbroker.store.many import MOST_ROWS, filled_statements, statements

INSERT = "INSERT INTO numbers (id, word) VALUES (:id, :word)"
UPDATE = (
    "UPDATE numbers SET word = new.column2 "
    "FROM (VALUES (CAST(:id AS BIGINT), CAST(:word AS TEXT))) AS new "
    "WHERE numbers.id = new.column1"
)


def a_row(number: int, word: str | None = "one") -> dict[str, object]:
    return {"id": number, "word": word}


async def test_all_rows_come_in_and_change_whatever_their_number(database: Database) -> None:
    numbers = range(2 * MOST_ROWS + 7)

    async def work(tx: Connection) -> tuple[int, int, int, int]:
        await tx.execute("CREATE TABLE numbers (id BIGINT PRIMARY KEY, word TEXT)")
        added = await tx.execute_many(INSERT, [a_row(number) for number in numbers])
        changed = await tx.execute_many(UPDATE, [a_row(number, None) for number in numbers])
        missed = await tx.execute_many(UPDATE, [a_row(1), a_row(-1)])
        left = await tx.fetch("SELECT id FROM numbers WHERE word IS NULL")
        await tx.execute("DROP TABLE numbers")
        return added, changed, missed, len(left)

    found = await database.write(work)
    assert found == (len(numbers), len(numbers), 1, len(numbers) - 1)


def test_sizes_are_powers_of_two() -> None:
    rows = [a_row(number) for number in range(MOST_ROWS + 5)]
    sizes = [len(values) // 2 for _, values in statements(INSERT, rows, lambda _: "?")]
    assert sizes == [MOST_ROWS, 4, 1]


def test_what_a_size_lacks_is_filled() -> None:
    rows = [a_row(number) for number in range(MOST_ROWS + 5)]
    whole, rest = filled_statements(INSERT, rows, lambda _: "?")
    assert (len(whole[1]) // 2, len(rest[1]) // 2) == (MOST_ROWS, 8)
    assert rest[1][-8:] == [MOST_ROWS + 4, "one", *[None] * 6]


def test_values_are_marked_in_their_order() -> None:
    made = statements(UPDATE, [a_row(1, "a"), a_row(2, "b")], lambda number: f"${number}")
    [(text, values)] = made
    assert "VALUES (CAST($1 AS BIGINT), CAST($2 AS TEXT)), (CAST($3 AS BIGINT)" in text
    assert values == [1, "a", 2, "b"]


def test_a_statement_without_values_is_refused() -> None:
    with pytest.raises(ValueError, match="no VALUES"):
        list(statements("DELETE FROM numbers", [{}], lambda _: "?"))
