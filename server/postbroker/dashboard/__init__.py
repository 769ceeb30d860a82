"""The dashboard: server-rendered pages for the people behind the accounts."""
