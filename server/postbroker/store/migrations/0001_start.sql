-- Instants are BIGINT milliseconds since 1970 in UTC; flags are 0 or 1; JSON is TEXT.

CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_paused SMALLINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  created_at BIGINT NOT NULL
);

CREATE TABLE used_links (
  nonce TEXT PRIMARY KEY,
  used_at BIGINT NOT NULL
);

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  csrf_token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  label TEXT NOT NULL,
  shown TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);

CREATE INDEX keys_of_workspace ON keys (workspace_id, created_at);

CREATE TABLE registrations (
  id TEXT PRIMARY KEY,
  code_hash TEXT NOT NULL,
  poll_token_hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  extension_version TEXT NOT NULL,
  protocol_version INTEGER NOT NULL,
  browser TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  browser_id TEXT NOT NULL,
  workspace_id TEXT REFERENCES workspaces (id),
  claimed_by TEXT
);

CREATE UNIQUE INDEX registrations_pending ON registrations (code_hash) WHERE status = 'pending';

CREATE TABLE guesses (
  id {identity},
  person TEXT NOT NULL,
  address TEXT NOT NULL,
  guessed_at BIGINT NOT NULL
);

CREATE INDEX guesses_by_time ON guesses (guessed_at);

CREATE TABLE browsers (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  browser TEXT NOT NULL,
  extension_version TEXT NOT NULL,
  protocol_version INTEGER NOT NULL,
  platforms TEXT NOT NULL DEFAULT '[]',
  is_paused SMALLINT NOT NULL DEFAULT 0,
  paired_by TEXT NOT NULL,
  paired_at BIGINT NOT NULL,
  last_seen_at BIGINT,
  revoked_at BIGINT
);

CREATE INDEX browsers_of_workspace ON browsers (workspace_id) WHERE revoked_at IS NULL;

CREATE TABLE jobs (
  number {identity},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  platform TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  text_sha256 TEXT NOT NULL,
  media_paths TEXT NOT NULL,
  options TEXT NOT NULL,
  account TEXT,
  is_sandbox SMALLINT NOT NULL,
  key_id TEXT,
  idempotency_key TEXT,
  fingerprint TEXT,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  deadline_at BIGINT,
  due_at BIGINT NOT NULL,
  attempt INTEGER NOT NULL,
  presses INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  lease_id TEXT,
  lease_browser_id TEXT,
  lease_purpose TEXT,
  lease_expires_at BIGINT,
  lease_limit_at BIGINT,
  stage TEXT NOT NULL,
  step TEXT,
  permit_id TEXT,
  permitted_at BIGINT,
  composed_account TEXT,
  poster_id TEXT,
  looks INTEGER NOT NULL,
  absences INTEGER NOT NULL,
  hint_url TEXT,
  post_url TEXT,
  error_code TEXT,
  error TEXT,
  evidence TEXT,
  report TEXT NOT NULL,
  event_count INTEGER NOT NULL
);

CREATE INDEX jobs_of_workspace ON jobs (workspace_id, number);

CREATE INDEX jobs_queued ON jobs (workspace_id, due_at, number) WHERE state = 'queued';

CREATE INDEX jobs_in_doubt ON jobs (workspace_id, due_at, number) WHERE state = 'outcome_unknown' AND deadline_at IS NOT NULL;

CREATE INDEX jobs_held ON jobs (workspace_id) WHERE lease_id IS NOT NULL;

CREATE INDEX jobs_deadline ON jobs (deadline_at) WHERE deadline_at IS NOT NULL;

CREATE INDEX jobs_lease_end ON jobs (lease_expires_at) WHERE lease_expires_at IS NOT NULL;

CREATE UNIQUE INDEX jobs_idempotency ON jobs (workspace_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE UNIQUE INDEX jobs_post_url ON jobs (workspace_id, post_url) WHERE post_url IS NOT NULL;

CREATE TABLE attempts (
  lease_id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  epoch INTEGER NOT NULL,
  number INTEGER NOT NULL,
  browser_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  permit_id TEXT,
  permitted_at BIGINT,
  ended_at BIGINT,
  outcome TEXT,
  stage TEXT,
  error_code TEXT,
  error TEXT,
  evidence TEXT,
  report_sha256 TEXT
);

CREATE UNIQUE INDEX attempts_of_job ON attempts (job_id, epoch);

CREATE TABLE events (
  id {identity},
  workspace_id TEXT NOT NULL,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  sequence INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  step TEXT,
  data TEXT NOT NULL,
  happened_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX events_of_job ON events (job_id, sequence);

CREATE INDEX events_of_workspace ON events (workspace_id, id);
