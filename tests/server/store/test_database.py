"""What every database promises: its own work whole or not at all, and its neighbours' untouched."""

import asyncio
from typing import Any

import pytest

from postbroker.store.database import (
    Connection,
    Database,
    Failed,
    SchemaTooNewError,
    UniqueError,
    migrate,
)
from postbroker.store.workspaces import (
    Workspace,
    insert_used_link,
    insert_user,
    select_workspace,
    select_workspaces,
    update_workspace_paused,
)
from server.doubles.clock import START

MANY = 200


async def links(database: Database) -> set[str]:
    """What was written."""
    rows = await database.read(lambda tx: tx.fetch("SELECT nonce FROM used_links"))
    return {row["nonce"] for row in rows}


class TestWriting:
    async def test_what_is_written_can_be_read(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        assert (
            await database.read(lambda tx: select_workspace(tx, stored_workspace.id))
            == stored_workspace
        )

    async def test_the_result_of_the_work_is_returned(self, database: Database) -> None:
        async def work(tx: Connection) -> str:
            await insert_used_link(tx, "one", START)
            return "done"

        assert await database.write(work) == "done"

    async def test_an_error_that_is_returned_is_a_result(self, database: Database) -> None:
        async def work(tx: Connection) -> Exception:
            await insert_used_link(tx, "one", START)
            return KeyError("as a value")

        assert isinstance(await database.write(work), KeyError)
        assert await links(database) == {"one"}

    async def test_work_that_fails_is_undone_whole(self, database: Database) -> None:
        async def work(tx: Connection) -> None:
            await insert_used_link(tx, "one", START)
            await insert_used_link(tx, "two", START)
            raise KeyError("on purpose")

        with pytest.raises(KeyError):
            await database.write(work)
        assert await links(database) == set()

    async def test_work_that_fails_never_undoes_its_neighbours(self, database: Database) -> None:
        async def work(tx: Connection, number: int) -> None:
            await insert_used_link(tx, str(number), START)
            if number % 3 == 0:
                raise KeyError(number)

        def write(number: int) -> Any:
            return database.write(lambda tx: work(tx, number))

        results = await asyncio.gather(*map(write, range(MANY)), return_exceptions=True)
        failed = {n for n, result in enumerate(results) if isinstance(result, KeyError)}
        assert failed == set(range(0, MANY, 3))
        assert await links(database) == {str(n) for n in range(MANY)} - {str(n) for n in failed}

    async def test_many_at_once_are_each_answered_after_their_commit(
        self, database: Database
    ) -> None:
        async def write_and_look(number: int) -> bool:
            await database.write(lambda tx: insert_used_link(tx, str(number), START))
            return str(number) in await links(database)

        assert all(await asyncio.gather(*map(write_and_look, range(MANY))))

    async def test_what_one_transaction_read_no_other_changes_under_it(
        self, database: Database
    ) -> None:
        async def count_up(tx: Connection) -> None:
            await tx.lock("counter")
            row = await tx.fetch_one("SELECT COUNT(*) AS links FROM used_links")
            assert row is not None
            await insert_used_link(tx, str(row["links"]), START)

        await asyncio.gather(*(database.write(count_up) for _ in range(50)))
        assert await links(database) == {str(n) for n in range(50)}

    async def test_a_value_that_must_be_unique_is_refused_by_name(self, database: Database) -> None:
        await database.write(lambda tx: insert_used_link(tx, "one", START))
        with pytest.raises(UniqueError):
            await database.write(lambda tx: insert_used_link(tx, "one", START))

    async def test_of_fifty_who_want_the_same_one_gets_it(self, database: Database) -> None:
        results = await asyncio.gather(
            *(database.write(lambda tx: insert_used_link(tx, "one", START)) for _ in range(50)),
            return_exceptions=True,
        )
        assert sum(result is None for result in results) == 1
        assert all(isinstance(each, UniqueError) for each in results if each is not None)

    async def test_a_row_whose_owner_is_not_there_is_refused(self, database: Database) -> None:
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await database.write(lambda tx: insert_user(tx, "user", "Ada", "nowhere", START))

    async def test_a_statement_tells_how_many_rows_it_changed(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        async def work(tx: Connection, workspace_id: str) -> int:
            return await tx.execute(
                "UPDATE workspaces SET name = :name WHERE id = :id", name="New", id=workspace_id
            )

        assert await database.write(lambda tx: work(tx, stored_workspace.id)) == 1
        assert await database.write(lambda tx: work(tx, "nowhere")) == 0

    async def test_a_flag_goes_there_and_back(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        for is_paused in (True, False):
            await database.write(
                lambda tx, to=is_paused: update_workspace_paused(  # type: ignore[misc]
                    tx, stored_workspace.id, is_paused=to
                )
            )
            found = await database.read(lambda tx: select_workspace(tx, stored_workspace.id))
            assert found is not None
            assert found.is_paused is is_paused


class TestWritingEach:
    async def write_odd(self, tx: Connection, numbers: list[int]) -> list[str | Failed]:
        """Every odd number is written; even ones fail alone."""
        for number in numbers:
            if number % 2:
                await insert_used_link(tx, str(number), START)
        return [str(n) if n % 2 else Failed(KeyError(n)) for n in numbers]

    async def test_each_gets_its_own_result(self, database: Database) -> None:
        work = self.write_odd
        results = await asyncio.gather(
            *(database.write_each(work, number) for number in range(MANY)), return_exceptions=True
        )
        assert [result for result in results if isinstance(result, str)] == [
            str(n) for n in range(1, MANY, 2)
        ]
        assert await links(database) == {str(n) for n in range(1, MANY, 2)}

    async def test_nobody_fails_for_a_neighbour(self, database: Database) -> None:
        async def work(tx: Connection, names: list[str]) -> list[str | Failed]:
            for name in names:
                await insert_used_link(tx, name, START)
            return [*names]

        await database.write(lambda tx: insert_used_link(tx, "taken", START))
        results = await asyncio.gather(
            *(database.write_each(work, name) for name in ("one", "taken", "two", "three")),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [str, UniqueError, str, str]
        assert await links(database) == {"taken", "one", "two", "three"}


class TestMigrating:
    async def test_migrating_again_changes_nothing(
        self, database: Database, stored_workspace: Workspace
    ) -> None:
        assert await database.write(lambda tx: migrate(tx, database.dialect, 0)) == 0
        assert await database.read(select_workspaces) == [stored_workspace]

    async def test_a_database_of_a_newer_version_is_left_alone(self, database: Database) -> None:
        async def from_the_future(tx: Connection) -> None:
            await tx.execute(
                "INSERT INTO migrations (number, name, applied_at) VALUES (:number, :name, 0)",
                number=9999,
                name="9999_future",
            )

        await database.write(from_the_future)
        with pytest.raises(SchemaTooNewError, match="migration 9999"):
            await database.write(lambda tx: migrate(tx, database.dialect, 0))
