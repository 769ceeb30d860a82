"""What a linked page says of itself, for platforms whose clients draw the card of a link."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

from postbroker.egress.calls import Answer, CallError
from postbroker.platforms.adapter import Api

SECONDS = 10
REDIRECTS = 3
TITLE_MAX = 300
DESCRIPTION_MAX = 1000


@dataclass(frozen=True, slots=True)
class Card:
    """Title, description and picture of a page."""

    title: str
    description: str = ""
    picture_url: str | None = None


async def read_card(api: Api, url: str) -> Card | None:
    """The card of a page; None when it does not answer as one, which fails no post."""
    found = await fetch(api, url)
    if found is None or "html" not in found.headers.get("Content-Type", ""):
        return None
    page = _Page()
    page.feed(found.body.decode(errors="replace"))
    title = page.meta.get("og:title") or page.meta.get("twitter:title") or page.title.strip()
    if not title:
        return None
    description = page.meta.get("og:description") or page.meta.get("description") or ""
    picture = page.meta.get("og:image") or page.meta.get("twitter:image")
    return Card(
        title[:TITLE_MAX],
        description[:DESCRIPTION_MAX],
        urljoin(url, picture) if picture else None,
    )


async def fetch(api: Api, url: str) -> Answer | None:
    """What lies at an address of the web, after a few redirects; None when nothing does."""
    try:
        for _ in range(REDIRECTS + 1):
            answer = await api.send("GET", url, seconds=SECONDS)
            if not 300 <= answer.status < 400:
                return answer if answer.is_ok else None
            url = urljoin(url, answer.headers.get("Location", ""))
    except (CallError, ValueError):
        return None
    return None


class _Page(HTMLParser):
    """Reads the head of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.title = ""
        self._is_in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep each named piece of the head; the first of a name counts."""
        given = dict(attrs)
        if tag == "title":
            self._is_in_title = not self.title
        if tag == "meta":
            name = (given.get("property") or given.get("name") or "").lower()
            self.meta.setdefault(name, (given.get("content") or "").strip())

    def handle_endtag(self, tag: str) -> None:
        """The title ends."""
        if tag == "title":
            self._is_in_title = False

    def handle_data(self, data: str) -> None:
        """Text inside the title."""
        if self._is_in_title:
            self.title += data
