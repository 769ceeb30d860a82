"""Turns a template and values into a page with the headers that keep it safe."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from yarl import URL

from postbroker.dashboard import words
from postbroker.dashboard.assets import asset_url
from postbroker.dashboard.untrusted import visible

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

PICTURES = frozenset({".gif", ".jpeg", ".jpg", ".png", ".webp"})

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


def page(template: str, status: int = 200, *, form_to: str = "", **values: object) -> web.Response:
    """The page that a template makes of these values.

    The answer to its forms may lead to us alone, and where `form_to` says.
    """
    headers = PAGE_HEADERS
    if form_to:
        policy = POLICY.replace("form-action 'self'", f"form-action 'self' {form_to}")
        headers = headers | {"Content-Security-Policy": policy}
    return web.Response(
        status=status,
        text=_templates.get_template(template).render(values),
        content_type="text/html",
        headers=headers,
    )


def see_other(location: str) -> web.Response:
    """The answer to a form: the browser goes on to a page of ours."""
    return web.Response(status=303, headers={**PAGE_HEADERS, "Location": location})


def ago(instant: datetime, now: datetime) -> str:
    """How long ago, in one unit."""
    return f"{length(now - instant)} ago" if now - instant >= timedelta(minutes=1) else "just now"


def length(span: timedelta) -> str:
    """A length of time in its largest unit, never less than a minute."""
    seconds = max(span.total_seconds(), 60)
    name, size = next((name, size) for name, size in _UNITS if seconds >= size)
    count = int(seconds // size)
    return f"{count} {name}{'s' if count != 1 else ''}"


def sentence(text: str) -> str:
    """A remark as a sentence: with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def time(instant: datetime) -> Markup:
    """An instant in UTC, which the page's script turns into the reader's own time."""
    shown = f"{instant.day} {instant:%b %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(), shown)


def clock(instant: datetime) -> Markup:
    """The time of day of an instant, to the second."""
    return Markup('<time datetime="{}" data-shown="clock">{}</time>').format(
        instant.isoformat(), f"{instant:%H:%M:%S}"
    )


@dataclass(frozen=True, slots=True)
class File:
    """A file of a post, as a page shows it."""

    name: str
    address: str
    """Where the reader's browser finds it: ours without our origin, all others whole."""
    is_picture: bool
    """True for what the page may show: a picture that the broker itself keeps."""


def file_of(path: str) -> File:
    """A file of a post, by the address that the post has of it."""
    url = URL(path)
    is_ours = url.path.startswith("/media/")
    return File(
        name=url.name or path,
        address=url.path if is_ours else path,
        is_picture=is_ours and url.suffix.lower() in PICTURES,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "visible": visible,
        "ago": ago,
        "sentence": sentence,
        "time": time,
        "clock": clock,
    }
    environment.globals |= {
        "asset_url": asset_url,
        "standing_of": words.standing_of,
        "event_words": words.event_words,
        "step_words": words.step_words,
        "subject_of": words.subject_of,
        "texts_of": words.texts_of,
        "title_of": words.title_of,
        "scope_words": words.scope_words,
        "account_words": words.account_words,
        "health_words": words.health_words,
        "mode_words": words.mode_words,
        "SCOPES": words.SCOPES,
    }
    environment.globals["parts"] = environment.get_template("parts.html").module
    return environment


_templates = _environment()
