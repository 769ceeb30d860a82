"""`copy` moves an installation from one database to another."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.store.copying import TableCopy
    from postbroker.store.database import Database

SQLITE = "sqlite:"
POSTGRES = ("postgresql://", "postgres://")


def copy(
    source: Annotated[
        str, typer.Option("--from", help="Where it is, e.g. sqlite:/srv/postbroker/postbroker.db")
    ],
    target: Annotated[
        str, typer.Option("--to", help="Where it goes, e.g. postgresql://user@host/postbroker")
    ],
    as_json: AsJson = False,
) -> None:
    """Copy an installation to another database and check it by counts and hashes.

    Run it while the broker runs, stop the broker, and run it again: only what is new is copied
    then. One that was broken off is taken up in the same way. The target must be empty or an
    earlier copy.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.store.copying import OtherInstallationError, copy_all

        async with AsyncExitStack() as stack:
            is_still = _hold_still(stack, source)
            opened_source = await stack.enter_async_context(_opened(source))
            opened_target = await stack.enter_async_context(_opened(target))
            tables = []
            try:
                async for table in copy_all(opened_source, opened_target):
                    tables.append(table)
                    _show(screen, table)
            except OtherInstallationError as error:
                raise CommandError(
                    str(error),
                    "Copy to an empty database, or go on with the one that has gone on.",
                    code="OTHER_INSTALLATION",
                ) from error
        is_equal = all(table.is_equal for table in tables)
        screen.answer(
            {
                "complete": is_still and is_equal,
                "brokerRuns": not is_still,
                "tables": [_as_document(table) for table in tables],
            }
        )
        return _tell_end(screen, is_still=is_still, is_equal=is_equal)

    run(body, as_json=as_json)


def _tell_end(screen: Screen, *, is_still: bool, is_equal: bool) -> Exit:
    if not is_still:
        screen.complain(
            "a broker still works on the source and goes on writing",
            "Stop it and run the same command again: only what is new is copied then.",
        )
        return Exit.OTHER
    if not is_equal:
        screen.complain("the copy differs from the source", "Run the same command again.")
        return Exit.OTHER
    screen.say(("The copy is complete. ", "bold green"), "Start the broker on it with the same ")
    screen.say("data folder (its secret.key opens all keys), and never on the old one again.")
    return Exit.DONE


def _hold_still(stack: AsyncExitStack, source: str) -> bool:
    """Keep brokers off a source in a file; False when one works on it."""
    from postbroker.store.folder import DataDirInUseError, sole_use

    if not source.startswith(SQLITE):
        return True  # who moves away from a server stops what uses it
    if not _file(source).is_file():
        raise CommandError(
            f"there is no file {_file(source)}", "Mend --from.", Exit.USAGE, "NO_SUCH_FILE"
        )
    with suppress(DataDirInUseError):
        stack.enter_context(sole_use(_file(source).parent))
        return True
    return False


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator["Database"]:
    from postbroker.cli.installation import in_words
    from postbroker.clock import SystemClock
    from postbroker.settings import Settings
    from postbroker.store.instants import to_ms
    from postbroker.store.sqlite import open_sqlite

    now_ms = to_ms(SystemClock().now())
    database: Database
    if url.startswith(SQLITE):
        path = _file(url)
        with in_words(Settings(data_dir=path.parent)):
            database = await open_sqlite(path, now_ms)
    elif url.startswith(POSTGRES):
        from postbroker.store.postgres import open_postgres

        with in_words(Settings(database_url=url)):
            database = await open_postgres(url, now_ms)
    else:
        raise CommandError(
            f"{url} names no database",
            "Give sqlite:PATH or postgresql://user@host/name.",
            Exit.USAGE,
            "INVALID_SETTING",
        )
    try:
        yield database
    finally:
        await database.close()


def _file(url: str) -> Path:
    return Path(url.removeprefix(SQLITE)).expanduser()


def _show(screen: Screen, table: "TableCopy") -> None:
    mark = ("✓ ", "bold green") if table.is_equal else ("… ", "bold yellow")
    removed = f", {table.removed} removed" if table.removed else ""
    screen.say(mark, f"{table.name}: {table.rows} rows, {table.written} written{removed}")


def _as_document(table: "TableCopy") -> dict[str, Any]:
    return {
        "name": table.name,
        "rows": table.rows,
        "written": table.written,
        "removed": table.removed,
        "equal": table.is_equal,
    }
