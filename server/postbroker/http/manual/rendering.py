"""Turns Markdown into a page for people."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from postbroker.http.manual.library import Page

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
MARKDOWN_LINK = re.compile(r'(<a href="/docs/[^"#]+)\.md')


def page_response(page: Page, titles: Sequence[tuple[str, str]]) -> web.Response:
    """A page of the manual, with the list of all beside it."""
    html = MARKDOWN_LINK.sub(r"\1", _markdown().render(page.text))
    return _response("page.html", page=page, html=Markup(html), titles=titles)  # noqa: S704  ours


def reference_response() -> web.Response:
    """The page that shows the OpenAPI document."""
    return _response("reference.html")


def _response(template: str, **values: object) -> web.Response:
    text = _templates().get_template(template).render(values)
    return web.Response(text=text, content_type="text/html", headers=PAGE_HEADERS)


@cache
def _markdown() -> "MarkdownIt":
    """CommonMark with tables; headings get the names that links to parts of a page use."""
    from markdown_it import MarkdownIt  # a hundredth of a second that starting does without

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.core.ruler.push("names", _name_headings)
    return markdown


def _name_headings(state: "StateCore") -> None:
    for opening, inline in pairwise(state.tokens):
        if opening.type == "heading_open":
            words = re.sub(r"[^\w\s-]", "", inline.content.lower())
            opening.attrSet("id", re.sub(r"\s+", "-", words.strip()))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
