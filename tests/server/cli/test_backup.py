"""`backup`, `restore`, `resume` and `approve`, as an operator uses them."""

import signal
import stat
from pathlib import Path

from postbroker.client import AsyncPostbroker
from server.cli.conftest import Broker, Installation


async def enqueue(broker: Broker, text: str = "Hello") -> str:
    """The id of a job that waits for a browser."""
    async with AsyncPostbroker(broker.url, broker.ready["apiKey"]) as client:
        return (await client.post(text, when_offline="queue")).id


async def test_backup_is_taken_while_the_broker_runs(
    installation: Installation, tmp_path: Path
) -> None:
    broker = installation.start()
    await enqueue(broker)
    ended = await installation.run("backup", str(tmp_path / "copy"), "--json")
    assert ended.code == 0, ended.err
    assert ended.document["counts"]["jobs"] == 1
    assert not ended.document["withSecret"]
    secret = (installation.data_dir / "secret.key").read_bytes()
    assert secret not in (tmp_path / "copy").read_bytes()

    verified = await installation.run("restore", str(tmp_path / "copy"), "--verify", "--json")
    assert verified.document == ended.document
    assert broker.stop() == 0


async def test_backup_writes_over_a_file_only_when_told(
    installation: Installation, tmp_path: Path
) -> None:
    installation.start().stop()
    (tmp_path / "copy").write_text("a letter")
    refused = await installation.run("backup", str(tmp_path / "copy"), "--json")
    assert (refused.code, refused.document["code"]) == (1, "FILE_EXISTS")
    assert (tmp_path / "copy").read_text() == "a letter"
    assert (await installation.run("backup", str(tmp_path / "copy"), "--force")).code == 0


async def test_backup_of_an_empty_folder_makes_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    ended = await installation.run("backup", str(tmp_path / "copy"), "--json")
    assert (ended.code, ended.document["code"]) == (2, "NO_SUCH_FILE")
    assert not (tmp_path / "copy").exists()
    assert not installation.data_dir.exists()


async def test_damaged_backup_is_not_restored(installation: Installation, tmp_path: Path) -> None:
    installation.start().stop()
    before = (installation.data_dir / "postbroker.db").read_bytes()
    (tmp_path / "copy").write_bytes(before[: len(before) // 2])
    for option in ((), ("--verify",)):
        ended = await installation.run("restore", str(tmp_path / "copy"), "--json", *option)
        assert (ended.code, ended.document["code"]) == (1, "BACKUP_DAMAGED")
    assert (installation.data_dir / "postbroker.db").read_bytes() == before


async def test_restore_waits_until_the_broker_has_stopped(
    installation: Installation, tmp_path: Path
) -> None:
    broker = installation.start()
    await installation.run("backup", str(tmp_path / "copy"))
    refused = await installation.run("restore", str(tmp_path / "copy"), "--json")
    assert (refused.code, refused.document["code"]) == (1, "DATA_DIR_IN_USE")
    job_id = await enqueue(broker, "still taken")
    broker.stop(signal.SIGKILL)

    ended = await installation.run("restore", str(tmp_path / "copy"), "--json")
    assert ended.code == 0, ended.err
    # What the killed broker had accepted after the backup is kept aside, whole.
    aside = await installation.run("restore", ended.document["keptAside"], "--verify", "--json")
    assert aside.document["counts"]["jobs"] == 1
    broker = installation.start()
    gone = await installation.run("jobs", job_id, "--json")
    assert gone.document["code"] == "JOB_NOT_FOUND"


async def test_restored_jobs_wait_for_a_person_and_then_go_on(
    installation: Installation, tmp_path: Path
) -> None:
    broker = installation.start()
    job_id = await enqueue(broker)
    await installation.run("backup", str(tmp_path / "copy"))
    broker.stop()
    ended = await installation.run("restore", str(tmp_path / "copy"), "--json")
    assert (ended.document["lookedFor"], ended.document["forPeople"]) == (0, 1)

    installation.start()
    checks = {c["name"]: c for c in (await installation.run("doctor", "--json")).document["checks"]}
    assert "Restored from a backup of " in checks["workspace"]["found"]
    assert "postbroker resume" in checks["workspace"]["nextStep"]
    job = (await installation.run("jobs", job_id, "--json")).document
    assert (job["status"], job["errorCode"]) == ("failed", "restored")

    approved = await installation.run("approve", "--all", "--json")
    assert approved.document == {"approved": [job_id]}
    assert (await installation.run("resume", "--json")).document["wasPaused"]
    job = (await installation.run("jobs", job_id, "--json")).document
    assert job["status"] == "queued"


async def test_approve_wants_to_know_which(installation: Installation) -> None:
    installation.start()
    for arguments in ((), ("--all", "11111111-1111-4111-8111-111111111111")):
        ended = await installation.run("approve", *arguments, "--json")
        assert ended.code == 2


class TestSecret:
    async def test_new_machine_takes_key_and_pairings_from_a_backup_with_the_secret(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        broker = installation.start()
        taken = await installation.run("backup", str(tmp_path / "copy"), "--with-secret", "--json")
        assert taken.document["withSecret"]
        broker.stop()

        other = Installation(tmp_path / "other")
        ended = await other.run("restore", str(tmp_path / "copy"), "--json")
        assert ended.document["secretKeyFits"]
        assert stat.S_IMODE((other.data_dir / "secret.key").stat().st_mode) == 0o600
        moved = other.start()
        async with AsyncPostbroker(moved.url, broker.ready["apiKey"]) as client:
            assert (await client.status()).paused
        moved.stop()

    async def test_wrong_key_is_said(self, installation: Installation, tmp_path: Path) -> None:
        installation.start().stop()
        await installation.run("backup", str(tmp_path / "copy"))
        other = Installation(tmp_path / "other")
        ended = await other.run("restore", str(tmp_path / "copy"), "--json")
        assert not ended.document["secretKeyFits"]

    async def test_key_that_was_there_is_kept_aside(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        installation.start().stop()
        await installation.run("backup", str(tmp_path / "copy"), "--with-secret")
        other = Installation(tmp_path / "other")
        other.start().stop()
        before = (other.data_dir / "secret.key").read_bytes()
        assert (await other.run("restore", str(tmp_path / "copy"))).code == 0
        [aside] = other.data_dir.glob("secret.key.before-restore-*")
        assert aside.read_bytes() == before


async def test_broker_that_was_killed_reads_its_database_through_at_the_next_start(
    installation: Installation,
) -> None:
    installation.start().stop()
    installation.start().stop(signal.SIGKILL)
    path = installation.data_dir / "postbroker.db"
    content = bytearray(path.read_bytes())
    for page in range(2 * 4096, len(content), 4096):
        content[page : page + 64] = bytes(64)
    for log in installation.data_dir.glob("postbroker.db-*"):
        log.unlink()
    path.write_bytes(content)
    ended = await installation.run("up", "--port", "0", "--json")
    assert (ended.code, ended.document["code"]) == (1, "DATABASE_DAMAGED")
    assert "postbroker restore" in ended.document["suggestedAction"]
