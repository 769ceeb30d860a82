-- JSON: which locators a browser uses, which packs it refused, what its last checks found.
ALTER TABLE browsers ADD COLUMN locators TEXT NOT NULL DEFAULT '[]';
