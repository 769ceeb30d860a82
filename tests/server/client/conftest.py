"""The client against a real broker in a process of its own."""

from server.cli.conftest import browser, installation, running, running_with_browser

__all__ = ["browser", "installation", "running", "running_with_browser"]
