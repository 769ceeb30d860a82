"""What is known of a platform, as data: shared/platforms/<id>.json, shared/locators/<id>.json."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.words import PlatformId, Route

Css = Annotated[str, StringConstraints(min_length=1, max_length=300)]
UrlPattern = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class TextLimit(Message):
    """How much text fits. `weighted` counts as shared/text/<platform>.json says."""

    unit: Literal["weighted", "characters", "utf16", "graphemes", "bytes"]
    max: Annotated[int, Field(gt=0)]
    source: str
    """Which document the number is from, and when it was read."""


MediaType = Literal[
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "video/mp4",
    "video/quicktime",
    "video/webm",
]
"""What files the broker knows."""

Count = Annotated[int, Field(gt=0)]
Measure = Annotated[float, Field(gt=0)]


class FileLimits(Message):
    """What files of one kind must be like in a post; what is absent is not limited."""

    max: Count
    """How many of this kind fit one post."""
    types: Annotated[list[MediaType], Field(min_length=1)]
    bytes_max: Count
    side_min: Count | None = None
    """Pixels of the shorter side."""
    width_max: Count | None = None
    height_max: Count | None = None
    pixels_max: Count | None = None
    """Width times height, of all frames together where there are several."""
    frames_max: Count | None = None
    ratio_min: Measure | None = None
    """Width through height."""
    ratio_max: Measure | None = None
    seconds_min: Measure | None = None
    seconds_max: Measure | None = None


class MediaRules(Message):
    """Which files fit one post. A kind that is absent is not taken at all."""

    max: Annotated[int, Field(ge=0)]
    """How many files in all; 0 takes none."""
    required: bool = False
    """True where a post without a file does not exist."""
    mixed: bool = False
    """True where files of several kinds fit one post."""
    image: FileLimits | None = None
    """Still pictures."""
    gif: FileLimits | None = None
    """GIFs, which platforms show as short videos."""
    video: FileLimits | None = None
    alt_max: Annotated[int, Field(ge=0)] = 0
    """Characters of a description for those who cannot see; 0 where there is no place for one."""
    source: str
    """Which document the numbers are from, and when it was read."""


TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Pacing(Message):
    """How often an account posts at most. The numbers are ours, not the platform's."""

    gap_seconds: Annotated[int, Field(ge=0, le=7 * 86400)]
    """Between two posts."""
    jitter_seconds: Annotated[int, Field(ge=0, le=86400)] = 0
    """By up to so much a gap is longer or shorter, anew each time."""
    posts_per_day: Annotated[int, Field(ge=1, le=1000)]
    quiet_from: TimeOfDay | None = None
    """From here to `quietUntil` nothing goes out, over midnight too."""
    quiet_until: TimeOfDay | None = None
    zone: str = "UTC"
    """The time zone, as in the IANA database, in which days begin and hours are quiet."""


class Place(Message):
    """Where on a platform jobs may go, and how the address of a target there looks."""

    addresses: list[UrlPattern] = Field(default_factory=list)
    """Patterns for the path of a target's address; what their named groups match, joined by a
    slash, is the target's id."""
    reserved: list[str] = Field(default_factory=list)
    """Words that stand where an id would and are none."""
    example: str = ""
    """An address of such a target, to show to whoever sends another."""
    routes: list[Route] | None = None
    """The ways posts may go there; all of the platform's when absent."""


PlaceName = Literal["feed", "group", "comment"]


def _feed_alone() -> dict[PlaceName, Place]:
    return {"feed": Place()}


class Platform(Message):
    """One platform: where it lives, what it takes, how its permalinks look."""

    id: PlatformId
    name: str
    hosts: list[str]
    """Host names on which its pages live; the extension asks permission for these. Empty where
    every server has its own, which only the route `api` can go to."""
    routes: list[Route]
    """The ways a post may go: through a browser's tab, through the official API."""
    places: dict[PlaceName, Place] = Field(default_factory=_feed_alone)
    """What can be posted to: the account's own feed, groups, posts that take comments."""
    text: TextLimit
    thread_max: Annotated[int, Field(ge=0)] = 0
    """How many posts a thread may have; 0 where there are no threads."""
    media: MediaRules
    permalinks: Annotated[list[UrlPattern], Field(min_length=1, max_length=10)]
    """Patterns for the path of a live URL, each with the named group `id`, and with `handle` where
    the address names the author; the first that fits counts."""
    publish_seconds: Annotated[int, Field(gt=0)]
    """How long the holder may take between the permit and its report."""
    pacing: Pacing
    """For each account, unless the account has its own."""
    maturity: Literal["beta", "stable"]
    caveats: list[str] = []


Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Locator(Message):
    """Ways to find one control, best first. The first visible match inside the scope wins."""

    candidates: Annotated[list[Css], Field(min_length=1, max_length=20)]
    """Selectors; ` >>> ` between two parts goes on in the open shadow root of the first."""
    labels: (
        Annotated[
            dict[Language, Annotated[list[Label], Field(max_length=50)]], Field(max_length=60)
        ]
        | None
    ) = None
    """Names of the control, as seen on the live site in each language: an element counts only if
    its `aria-label` or else its text is one of them, in whatever language. `*` is any text."""
    scope: str | None = None
    """The name of another locator inside which this one must lie."""


LocatorsVersion = Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{2}\.\d{2}(\.\d{1,3})?$")]
"""The day, and a number where a day has several; compared number by number."""
PagePath = Annotated[str, StringConstraints(pattern=r"^/", max_length=300)]
WaitSeconds = Annotated[float, Field(gt=0, le=600)]
LocatorName = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class Locators(Message):
    """Locators and on-page words of one platform; data only, no steps."""

    platform: PlatformId
    version: LocatorsVersion
    paths: Annotated[dict[str, PagePath], Field(max_length=40)]
    """Paths the adapter opens, e.g. `compose`; `{handle}` stands for the account."""
    logged_out_paths: Annotated[list[UrlPattern], Field(max_length=20)] = []
    """Regular expressions on the path that mean: nobody is logged in."""
    challenge_paths: Annotated[list[UrlPattern], Field(max_length=20)] = []
    """Regular expressions on the path that mean: the platform wants to see a person."""
    locators: Annotated[dict[str, Locator], Field(max_length=200)]
    expected: Annotated[list[LocatorName], Field(max_length=200)] = []
    """Names of what the page at `check`, or else at `compose`, shows to each member."""
    dismiss: Annotated[list[Css], Field(max_length=50)] = []
    """Buttons that close pop-ups which may lie over the composer."""
    network: Annotated[dict[str, UrlPattern], Field(max_length=10)] = {}
    """Requests of the page's own whose answers tell how it went."""
    wait_seconds: Annotated[dict[str, WaitSeconds], Field(max_length=40)] = {}
