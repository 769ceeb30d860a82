-- The official APIs: connected accounts, which way a job goes, what is under way there, and limits.

CREATE TABLE connections (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  platform TEXT NOT NULL,
  state TEXT NOT NULL,
  account_id TEXT REFERENCES accounts (id),
  way TEXT NOT NULL,
  base_url TEXT NOT NULL,
  started_by TEXT NOT NULL,
  state_hash TEXT UNIQUE,
  identity TEXT NOT NULL DEFAULT '{}',
  credentials TEXT,
  turn INTEGER NOT NULL DEFAULT 0,
  refresh_lease_id TEXT,
  refresh_lease_until BIGINT,
  expires_at BIGINT,
  refresh_at BIGINT,
  ends_at BIGINT,
  capabilities TEXT,
  capabilities_at BIGINT,
  error_code TEXT,
  error TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  connected_at BIGINT,
  checked_at BIGINT
);

CREATE INDEX connections_of_workspace ON connections (workspace_id, created_at);

CREATE UNIQUE INDEX connections_of_account ON connections (account_id) WHERE state = 'connected';

CREATE INDEX connections_to_refresh ON connections (refresh_at) WHERE state = 'connected' AND refresh_at IS NOT NULL;

ALTER TABLE accounts ADD COLUMN route TEXT NOT NULL DEFAULT 'auto';

ALTER TABLE jobs ADD COLUMN asked_route TEXT NOT NULL DEFAULT 'auto';

ALTER TABLE jobs ADD COLUMN route TEXT NOT NULL DEFAULT 'tab';

ALTER TABLE jobs ADD COLUMN account_id TEXT;

DROP INDEX jobs_queued;

CREATE INDEX jobs_queued ON jobs (workspace_id, due_at, number) WHERE state = 'queued' AND route = 'tab';

CREATE INDEX jobs_by_api ON jobs (workspace_id, due_at) WHERE route = 'api' AND deadline_at IS NOT NULL;

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  part INTEGER NOT NULL,
  connection_id TEXT NOT NULL REFERENCES connections (id),
  state TEXT NOT NULL,
  is_pending SMALLINT NOT NULL DEFAULT 0,
  remote_id TEXT,
  url TEXT,
  details TEXT NOT NULL DEFAULT '{}',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);

CREATE INDEX deliveries_of_job ON deliveries (job_id, part);

CREATE TABLE limits (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL,
  until_at BIGINT NOT NULL
);
