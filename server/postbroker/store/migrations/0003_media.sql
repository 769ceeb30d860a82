CREATE TABLE media (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  file_name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  state TEXT NOT NULL,
  alt TEXT,
  size_max BIGINT,
  size BIGINT,
  sha256 TEXT,
  width INTEGER,
  height INTEGER,
  frames INTEGER,
  seconds DOUBLE PRECISION,
  created_at BIGINT NOT NULL,
  usable_until BIGINT NOT NULL
);

CREATE INDEX media_of_workspace ON media (workspace_id, created_at, id);

CREATE INDEX media_by_age ON media (created_at);

CREATE TABLE job_media (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  place INTEGER NOT NULL,
  media_id TEXT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
  alt TEXT
);

CREATE INDEX job_media_of_job ON job_media (job_id, place);

CREATE INDEX job_media_of_media ON job_media (media_id);
