"""`copy`, as an operator uses it."""

from pathlib import Path

import pytest

from server.cli.conftest import Installation
from server.cli.test_backup import enqueue


async def test_running_installation_is_moved_in_two_runs(
    installation: Installation, tmp_path: Path
) -> None:
    broker = installation.start()
    await enqueue(broker)
    moved = Installation(tmp_path / "moved")
    moved.data_dir.mkdir()
    run = (
        "copy",
        "--from",
        f"sqlite:{installation.data_dir / 'postbroker.db'}",
        "--to",
        f"sqlite:{moved.data_dir / 'postbroker.db'}",
        "--json",
    )
    first = await installation.run(*run)
    assert (first.code, first.document["brokerRuns"], first.document["complete"]) == (
        1,
        True,
        False,
    )
    later = await enqueue(broker, "after the first run")
    broker.stop()
    second = await installation.run(*run)
    assert (second.code, second.document["complete"]) == (0, True), second.err
    written = {row["name"]: row["written"] for row in second.document["tables"] if row["written"]}
    assert written["jobs"] == 1

    (installation.data_dir / "secret.key").rename(moved.data_dir / "secret.key")
    broker = moved.start()
    assert (await moved.run("jobs", later, "--json")).document["text"] == "after the first run"
    broker.stop()


async def test_installation_is_moved_to_postgresql_and_goes_on_there(
    installation: Installation, postgres_url: str | None
) -> None:
    if postgres_url is None:
        pytest.skip("needs PostgreSQL: make test-postgres")
    broker = installation.start()
    job_id = await enqueue(broker, "on its way to a server")
    broker.stop()
    source = f"sqlite:{installation.data_dir / 'postbroker.db'}"
    run = ("copy", "--from", source, "--to", postgres_url, "--json")
    copied = await installation.run(*run)
    assert (copied.code, copied.document["complete"]) == (0, True), copied.err
    again = await installation.run(*run)
    assert (again.code, sum(row["written"] for row in again.document["tables"])) == (0, 0)

    moved = installation.start(POSTBROKER_DATABASE_URL=postgres_url)
    assert "apiKey" not in moved.ready, "an installation that was moved has its keys already"
    read = await installation.run("jobs", job_id, "--json")
    assert read.document["text"] == "on its way to a server"
    later = await installation.run("post", "after the move", "--queue", "--json")
    assert later.code == 0, later.err
    assert moved.stop() == 0


async def test_mistyped_source_is_named_and_made_nowhere(
    installation: Installation, tmp_path: Path
) -> None:
    source = tmp_path / "nowhere" / "postbroker.db"
    ended = await installation.run(
        "copy", "--from", f"sqlite:{source}", "--to", f"sqlite:{tmp_path / 'to.db'}", "--json"
    )
    assert (ended.code, ended.document["code"]) == (2, "NO_SUCH_FILE")
    assert not source.parent.exists()


async def test_unknown_kind_of_database_is_a_wrong_usage(
    installation: Installation, tmp_path: Path
) -> None:
    installation.start().stop()
    source = f"sqlite:{installation.data_dir / 'postbroker.db'}"
    ended = await installation.run("copy", "--from", source, "--to", "mysql://host/db", "--json")
    assert (ended.code, ended.document["code"]) == (2, "INVALID_SETTING")
