"""The manual of one broker: each part is made when it is first asked for, and kept."""

import hashlib
import json
from functools import cached_property
from typing import Any

from postbroker.http.manual import generated
from postbroker.http.manual.library import SKILL, Page, page_names, read_page
from postbroker.http.openapi.document import document
from postbroker.operations.operation import AnyOperation

ENDPOINTS, ENDPOINTS_TITLE = "endpoints", "Every endpoint"
FOR_EXTENSIONS = ("Extension", "Pairing", "Files", "Health")
"""Chapters of the reference that agents do not need."""
HASH_LENGTH = 16


class Manual:
    """What a broker that is reached at `base` says of itself."""

    def __init__(self, operations: dict[str, AnyOperation], base: str) -> None:
        self._operations = operations
        self._base = base
        self._pages: dict[str, Page] = {}

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return document(self._operations, self._base)

    @cached_property
    def document_bytes(self) -> bytes:
        """The OpenAPI document as it is served."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def document_version(self) -> str:
        """A name of its content."""
        return hashlib.sha256(self.document_bytes).hexdigest()[:HASH_LENGTH]

    @cached_property
    def titles(self) -> list[tuple[str, str]]:
        """Name and title of every page, in order."""
        return [(page.name, page.title) for page in self._all]

    @cached_property
    def one_page(self) -> str:
        """The whole manual for agents on one page, as https://llmstxt.org describes it."""
        agents = self.page("agents")
        assert agents is not None  # noqa: S101  the page belongs to the package
        chapters = {
            "Platforms": generated.platforms(),
            "Endpoints": _lower(generated.endpoints(self.document, without=FOR_EXTENSIONS)),
            "Messages": generated.messages(self.document, ("JobAnswer", "CreatedJob", "Problem")),
            "Codes": generated.codes(),
            "Pages": "\n".join(
                f"- [{page.title}]({self._base}/docs/{page.name}.md): {page.about}"
                for page in self._all
            ),
        }
        rest = "\n\n".join(f"## {title}\n\n{text}" for title, text in chapters.items())
        return f"{agents.text}\n{rest}\n".replace("](/docs/", f"]({self._base}/docs/")

    @property
    def skill(self) -> str:
        """What an agent keeps as its skill."""
        page = read_page(SKILL, self._base)
        assert page is not None  # noqa: S101  the page belongs to the package
        return page.text.replace("](/docs/", f"]({self._base}/docs/")

    def page(self, name: str) -> Page | None:
        """A page by its name; None where there is no such page."""
        if name not in self._pages:
            page = self._endpoints() if name == ENDPOINTS else read_page(name, self._base)
            if page is None or name == SKILL:
                return None
            self._pages[name] = page
        return self._pages[name]

    @property
    def _all(self) -> list[Page]:
        first, *rest = page_names()
        pages = (self.page(name) for name in (first, ENDPOINTS, *rest))
        return [page for page in pages if page]

    def _endpoints(self) -> Page:
        parts = (
            f"# {ENDPOINTS_TITLE}\n\nWhat [openapi.json](/openapi.json) says, to be read.",
            generated.endpoints(self.document),
            "## Messages",
            generated.messages(self.document, self.document["components"]["schemas"]),
        )
        return Page(ENDPOINTS, ENDPOINTS_TITLE, "\n\n".join(parts) + "\n")


def _lower(text: str) -> str:
    """The same text with its headings a step lower."""
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in text.splitlines())
