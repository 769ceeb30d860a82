"""Finds the files that belong to the package: catalogue, locators, pages, the built extension."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def shared_file(name: str) -> Path:
    """A file of shared/: inside the installed wheel, or in place in a checkout."""
    carried = _PACKAGE / "_shared"
    return (carried if carried.is_dir() else _CHECKOUT / "shared") / name


def docs_folder() -> Path:
    """The pages that people and agents read."""
    carried = _PACKAGE / "_docs"
    return carried if carried.is_dir() else _CHECKOUT / "docs"


def extension_folder(browser: str = "chrome") -> Path:
    """The unpacked extension that a person loads into the browser."""
    carried = _PACKAGE / "_extension"
    return carried / browser if carried.is_dir() else _CHECKOUT / "extension" / "dist" / browser
