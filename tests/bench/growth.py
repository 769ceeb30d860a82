"""A database as it is after years: millions of jobs that ended, loaded by SQL."""

import sqlite3
from pathlib import Path

OLD_JOB = """
INSERT INTO jobs (id, workspace_id, platform, kind, text, text_sha256, media_paths, options,
  is_sandbox, key_id, idempotency_key, fingerprint, state, created_at, updated_at, expires_at,
  due_at, attempt, presses, epoch, stage, looks, absences, post_url, report, event_count)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :jobs)
SELECT printf('%08x-%04x-7000-8000-%012x', n >> 16, n & 65535, n), :workspace, 'x', 'post',
  'Ferry ' || n || ' leaves at nine, and the cafe is open.', printf('%064x', n), '[]', '{}',
  0, 'key', 'old-' || n, printf('%064x', n), 'published', :then + n, :then + n, :then + n,
  :then + n, 1, 1, 1, 'pressed', 0, 0, 'https://x.com/ada/status/' || n, '{}', 1
FROM n
"""
ITS_EVENT = """
INSERT INTO events (workspace_id, job_id, sequence, name, state, data, happened_at)
SELECT workspace_id, id, 1, 'published', 'published', '{}', updated_at FROM jobs
"""
THEN_MS = 1_600_000_000_000
SAMPLE = 20_000


def load_jobs(data_dir: Path, workspace_id: str, jobs: int) -> Path:
    """Put so many finished jobs into an installation; returns a file of ids to read."""
    raw = sqlite3.connect(data_dir / "postbroker.db", isolation_level=None)
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "cache_size=-1000000",
        "foreign_keys=OFF",
    ):
        raw.execute(f"PRAGMA {pragma}")
    indexes = raw.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        "AND tbl_name IN ('jobs', 'events')"
    ).fetchall()
    for name, _ in indexes:
        raw.execute(f"DROP INDEX {name}")
    raw.execute("BEGIN")
    raw.execute(OLD_JOB, {"jobs": jobs, "workspace": workspace_id, "then": THEN_MS})
    raw.execute(ITS_EVENT)
    for _, sql in indexes:
        raw.execute(sql)
    raw.execute("COMMIT")
    step = max(1, jobs // SAMPLE)
    ids = raw.execute("SELECT id FROM jobs WHERE number % ? = 0", (step,)).fetchall()
    raw.execute("PRAGMA journal_mode=WAL")
    raw.close()
    file = data_dir / "old-ids"
    file.write_text("".join(f"{job_id}\n" for (job_id,) in ids), encoding="utf-8")
    return file
