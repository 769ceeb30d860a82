ALTER TABLE jobs ADD COLUMN part_urls TEXT;

CREATE INDEX jobs_with_parts ON jobs (workspace_id) WHERE part_urls IS NOT NULL;
