"""Finds the files that belong to the package: the catalogue, the locators, the built extension."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def shared_file(name: str) -> Path:
    """A file of shared/: inside the installed wheel, or in place in a checkout."""
    carried = _PACKAGE / "_shared"
    return (carried if carried.is_dir() else _CHECKOUT / "shared") / name


def extension_folder(browser: str = "chrome") -> Path:
    """The unpacked extension that a person loads into the browser."""
    carried = _PACKAGE / "_extension"
    return carried / browser if carried.is_dir() else _CHECKOUT / "extension" / "dist" / browser
