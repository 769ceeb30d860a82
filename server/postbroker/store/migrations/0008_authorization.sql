-- Keys with limits; OAuth 2.1: clients, grants with their codes and tokens, logins of devices.

ALTER TABLE keys ADD COLUMN account_ids TEXT;

ALTER TABLE keys ADD COLUMN expires_at BIGINT;

ALTER TABLE keys ADD COLUMN requests_per_minute INTEGER;

ALTER TABLE keys ADD COLUMN old_key_hash TEXT;

ALTER TABLE keys ADD COLUMN old_until BIGINT;

CREATE INDEX keys_rotated ON keys (old_key_hash) WHERE old_key_hash IS NOT NULL;

ALTER TABLE media ADD COLUMN added_by TEXT;

CREATE TABLE meters (
  subject_id TEXT PRIMARY KEY,
  minute BIGINT NOT NULL,
  taken INTEGER NOT NULL,
  requests BIGINT NOT NULL
);

CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  redirect_uris TEXT NOT NULL,
  address TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE INDEX clients_unused ON clients (created_at) WHERE used_at IS NULL;

CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  client_id TEXT NOT NULL,
  client_name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  account_ids TEXT,
  audience TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  revoked_at BIGINT
);

CREATE INDEX grants_of_workspace ON grants (workspace_id, created_at);

CREATE TABLE grant_codes (
  code_hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL REFERENCES grants (id),
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE INDEX grant_codes_of_grant ON grant_codes (grant_id);

CREATE TABLE grant_tokens (
  token_hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL REFERENCES grants (id),
  kind TEXT NOT NULL,
  scopes TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE INDEX grant_tokens_of_grant ON grant_tokens (grant_id);

CREATE TABLE device_logins (
  device_hash TEXT PRIMARY KEY,
  code_hash TEXT NOT NULL UNIQUE,
  client_id TEXT NOT NULL,
  client_name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  audience TEXT NOT NULL,
  address TEXT NOT NULL,
  status TEXT NOT NULL,
  grant_id TEXT REFERENCES grants (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  asked_at BIGINT
);

CREATE INDEX device_logins_by_time ON device_logins (created_at);
