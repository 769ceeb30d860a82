"""What is known of a platform, as data: shared/platforms/<id>.json, shared/locators/<id>.json."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import PlatformId

Css = Annotated[str, StringConstraints(min_length=1, max_length=300)]
UrlPattern = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class TextLimit(Message):
    """How much text fits. `weighted` counts as shared/text/<platform>.json says."""

    unit: Literal["weighted", "characters", "utf16", "graphemes", "bytes"]
    max: Annotated[int, Field(gt=0)]
    source: str
    """Which document the number is from, and when it was read."""


class Platform(Message):
    """One platform: where it lives, what it takes, how its permalinks look."""

    id: PlatformId
    name: str
    hosts: list[str]
    """Host names on which its pages live; the extension asks permission for these."""
    routes: list[Literal["tab", "api"]]
    text: TextLimit
    text_only: bool
    media_max: Annotated[int, Field(ge=0)]
    permalink: UrlPattern
    """A pattern with the named groups `handle` and `id`, matched against the path of a live URL."""
    publish_seconds: Annotated[int, Field(gt=0)]
    """How long the holder may take between the permit and its report."""
    maturity: Literal["beta", "stable"]
    caveats: list[str] = []


class Locator(Message):
    """Ways to find one control, best first. The first visible match inside the scope wins."""

    candidates: Annotated[list[Css], Field(min_length=1, max_length=20)]
    scope: str | None = None
    """The name of another locator inside which this one must lie."""


class Locators(Message):
    """Locators and on-page words of one platform; data only, no steps."""

    platform: PlatformId
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{2}\.\d{2}$")]
    paths: dict[str, str]
    """Paths the adapter opens, e.g. `compose`; `{handle}` stands for the account."""
    logged_out_paths: list[UrlPattern] = []
    """Regular expressions on the path that mean: nobody is logged in."""
    challenge_paths: list[UrlPattern] = []
    """Regular expressions on the path that mean: the platform wants to see a person."""
    locators: dict[str, Locator]
    dismiss: list[Css] = []
    """Buttons that close pop-ups which may lie over the composer."""
    network: dict[str, UrlPattern] = {}
    """Requests of the page's own whose answers tell how it went."""
    wait_seconds: dict[str, float] = {}
