"""A real WordPress with its one user: what tests of several kinds need of it."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from servers.processes import running

PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Blog:
    """A site on loopback."""

    url: str
    username: str
    app_password: str

    def posts(self, containing: str, status: str = "publish") -> list[dict[str, Any]]:
        """Everything with these words that everybody sees: the judge of what was published."""
        rows = self.ask(f"/wp-json/wp/v2/posts?per_page=100&context=edit&status={status}")
        return [row for row in rows if containing in row["title"]["raw"] + row["content"]["raw"]]

    def ask(self, path: str) -> Any:
        """What the site answers to its user."""
        both = f"{self.username}:{self.app_password}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(both).decode()}"}
        with urlopen(Request(self.url + path, headers=headers), timeout=PATIENCE_SECONDS) as answer:
            return json.loads(answer.read())


@contextmanager
def running_blog(folder: Path, *, is_warm: bool = True) -> Iterator[Blog]:
    """A fresh site until the block ends. Skips the test where it is not installed."""
    with running("wordpress", {"folder": str(folder), "is_warm": is_warm}) as said:
        yield Blog(said["url"], said["username"], said["app_password"])
