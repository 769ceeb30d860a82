"""Pages of the dashboard."""

from aiohttp import web


def add_dashboard(app: web.Application) -> None:
    """Put the pages on the application."""
