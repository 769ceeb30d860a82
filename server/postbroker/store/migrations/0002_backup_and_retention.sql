ALTER TABLE workspaces ADD COLUMN paused_because TEXT;

ALTER TABLE jobs ADD COLUMN pruned_at BIGINT;
