"""A broker whose log goes back into the database every few dozen commits, not every thousand."""

from postbroker.__main__ import main
from postbroker.store import sqlite

SMALL_LOG_PAGES = 150

if __name__ == "__main__":
    sqlite.LOG_PAGES = SMALL_LOG_PAGES
    main()
