-- An account that somebody removed: its jobs and logins stay, its handle is free again.

ALTER TABLE accounts ADD COLUMN removed_at BIGINT;
