CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  platform TEXT NOT NULL,
  bare_handle TEXT NOT NULL,
  handle TEXT NOT NULL,
  mode TEXT NOT NULL,
  pacing TEXT NOT NULL,
  paused_because TEXT,
  confirmed_at BIGINT,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  posted_at BIGINT,
  jitter DOUBLE PRECISION NOT NULL,
  day_posts INTEGER NOT NULL
);

CREATE UNIQUE INDEX accounts_of_workspace ON accounts (workspace_id, platform, bare_handle);

CREATE TABLE logins (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  browser_id TEXT NOT NULL REFERENCES browsers (id),
  platform TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  ended_at BIGINT
);

CREATE UNIQUE INDEX logins_now ON logins (browser_id, platform) WHERE ended_at IS NULL;

CREATE INDEX logins_of_account ON logins (account_id, began_at);

CREATE TABLE approvals (
  job_id TEXT PRIMARY KEY REFERENCES jobs (id),
  text_sha256 TEXT NOT NULL,
  media TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  approved_at BIGINT NOT NULL
);

CREATE INDEX jobs_awaiting ON jobs (workspace_id, number) WHERE state = 'awaiting_approval';
