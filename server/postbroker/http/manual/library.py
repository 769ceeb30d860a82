"""The pages there are, as Markdown with the broker's own address in them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath

from postbroker.resources import docs_folder, shared_file

LOCAL = "http://127.0.0.1:8787"
"""The address that the pages name; readers of a broker see its own."""
PROTOCOL = "protocol"
SKILL = "skill"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
FOREIGN = re.compile(r"[a-z]+:|/|#")
FIRST = (
    "agents",
    "examples",
    "python",
    "clients",
    "mcp",
    "api",
    "errors",
    "keys",
    "oauth",
    "media",
    "accounts",
    "connections",
    "locators",
    "command-line",
)
"""The order in which the pages are listed; those not named here follow by name."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the manual."""

    name: str
    """As its address says it, e.g. `platforms/x`."""
    title: str
    text: str
    """Markdown; links to other pages lead to their Markdown."""

    @property
    def about(self) -> str:
        """Its first sentence, in plain words."""
        lines = (line for line in self.text.splitlines()[1:] if line and line[0] not in "|#`![-<")
        plain = re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", next(lines, ""))
        return re.split(r"(?<=[.:;])\s", plain, maxsplit=1)[0].rstrip(":;")


@cache
def page_names() -> tuple[str, ...]:
    """All pages, in the order in which they are listed."""
    folder = docs_folder()
    found = [path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.md")]
    pages = {*found, PROTOCOL} - {SKILL}
    rest = sorted(pages - {*FIRST}, key=lambda name: ("/" in name, name))
    return (*(name for name in FIRST if name in pages), *rest)


def read_page(name: str, base: str) -> Page | None:
    """A page as a broker at `base` serves it; None where there is no such page."""
    if name not in {*page_names(), SKILL}:
        return None
    text = _source(name).read_text(encoding="utf-8").replace(LOCAL, base)
    text = LINK.sub(lambda link: _link(link, name), text)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    return Page(name, title[1] if title else name, text)


def _source(name: str) -> Path:
    return shared_file("README.md") if name == PROTOCOL else docs_folder() / f"{name}.md"


def _link(link: re.Match[str], page: str) -> str:
    """A link from one page to another; what is not served keeps its words alone."""
    mark, words, target = link.groups()
    if FOREIGN.match(target):
        return link[0]
    path, _, part = target.partition("#")
    place = "shared" if page == PROTOCOL else f"docs/{PurePosixPath(page).parent}"
    name = _served(normpath(f"{place}/{path}"))
    if name is None or mark:
        return words
    return f"[{words}](/docs/{name}.md{'#' + part if part else ''})"


def _served(path: str) -> str | None:
    """The page that stands in a file of the project."""
    if path == "shared/README.md":
        return PROTOCOL
    name = path.removeprefix("docs/").removesuffix(".md")
    return name if path == f"docs/{name}.md" and name in page_names() else None
