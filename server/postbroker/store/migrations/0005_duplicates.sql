ALTER TABLE jobs ADD COLUMN content_key TEXT;

CREATE INDEX jobs_content ON jobs (content_key) WHERE content_key IS NOT NULL;
