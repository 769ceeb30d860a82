"""Media: files we hold for posts, and whether a platform takes them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from postbroker.contract.catalogue import FileLimits, MediaRules
from postbroker.contract.problems import FieldProblem
from postbroker.domain.filetypes import Kind, kind_of

MediaState = Literal["expected", "checking", "ready", "gone"]
"""`expected` until the bytes come, `checking` while they are looked through, `gone` while they are
removed."""

NAMES: dict[Kind, tuple[str, str]] = {
    "image": ("picture", "pictures"),
    "gif": ("GIF", "GIFs"),
    "video": ("video", "videos"),
}
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a look through a file found."""

    content_type: str
    size: int
    """Bytes."""
    sha256: str
    width: int
    height: int
    frames: int | None = None
    """None for videos."""
    seconds: float | None = None
    """None for still pictures."""


@dataclass(frozen=True, slots=True)
class Media:
    """One file of a workspace."""

    id: str
    workspace_id: str
    file_name: str
    content_type: str
    state: MediaState
    created_at: datetime
    usable_until: datetime
    """Until when its address is good for new jobs; longer while a job uses it."""
    alt: str | None = None
    """What it shows, for those who cannot see it."""
    size_max: int | None = None
    """How many bytes the caller said it would have; None when it said nothing."""
    facts: Facts | None = None
    """None until it is ready."""
    added_by: str | None = None
    """The id of the credential it came with."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in a post."""

    media: Media
    alt: str | None
    field: str
    """Where the request names it, such as `mediaPaths.0`."""


def media_problems(
    rules: MediaRules, platform: str, attached: Sequence[Attached]
) -> list[FieldProblem]:
    """What keeps these files, whose number is right, from being one post on that platform."""
    return [*_set_problems(rules, platform, attached), *_file_problems(rules, platform, attached)]


def problems_with_files(
    rules: MediaRules, platform: str, attached: Sequence[Attached]
) -> list[FieldProblem]:
    """What keeps these files from being one post on that platform: first of all their number."""
    if problem := count_problem(rules, platform, len(attached)):
        return [problem]
    return media_problems(rules, platform, attached)


def absence_problem(platform: str) -> FieldProblem:
    """Why a post without a file does not exist there."""
    return _wrong("mediaPaths", f"{platform} takes no post without a picture or video")


def count_problem(rules: MediaRules, platform: str, count: int) -> FieldProblem | None:
    """Why a post cannot have so many files; None when it can."""
    if count > rules.max:
        most = f"at most {rules.max}" if rules.max else "no"
        return _wrong("mediaPaths", f"{platform} takes {most} files in a post, not {count}")
    return None


def type_problem(rules: MediaRules, platform: str, content_type: str) -> str | None:
    """Why a platform does not take files of a type at all; None when it does."""
    limits = limits_of(rules, kind_of(content_type))
    taken = [each for known in _all_limits(rules) for each in known.types]
    if limits is not None and content_type in limits.types:
        return None
    return f"{platform} does not take {content_type}; it takes {', '.join(taken) or 'no files'}"


def _set_problems(
    rules: MediaRules, platform: str, attached: Sequence[Attached]
) -> Iterator[FieldProblem]:
    counts = Counter(_kind(each) for each in attached)
    if len(counts) > 1 and not rules.mixed:
        kinds = " and ".join(NAMES[kind][1] for kind in sorted(counts))
        message = f"{platform} does not take {kinds} in one post"
        yield FieldProblem(field="mediaPaths", code="MIXED_MEDIA_NOT_SUPPORTED", message=message)
    for kind, count in counts.items():
        limits = limits_of(rules, kind)
        if limits is not None and count > limits.max:
            noun = NAMES[kind][limits.max > 1]
            yield _wrong("mediaPaths", f"{platform} takes {limits.max} {noun} in a post at most")


def _file_problems(
    rules: MediaRules, platform: str, attached: Sequence[Attached]
) -> Iterator[FieldProblem]:
    for each in attached:
        content_type = each.media.content_type
        if problem := type_problem(rules, platform, content_type):
            code = "UNSUPPORTED_MEDIA_TYPE"
            yield FieldProblem(field=each.field, code=code, message=problem)
        elif (limits := limits_of(rules, _kind(each))) and each.media.facts:
            name = each.media.file_name
            yield from (
                _wrong(each.field, f"{name} {found} on {platform}")
                for found in _beyond(limits, each.media.facts)
            )
        if each.alt and len(each.alt) > rules.alt_max:
            room = f"at most {rules.alt_max} characters of" if rules.alt_max else "no"
            yield _wrong(each.field, f"{platform} takes {room} alt text, not {len(each.alt)}")


def _beyond(limits: FileLimits, facts: Facts) -> Iterator[str]:
    """Each limit that a file breaks, in words."""
    yield from _too_large(limits, facts)
    yield from _badly_shaped(limits, facts)
    yield from _badly_long(limits, facts.seconds)


def _too_large(limits: FileLimits, facts: Facts) -> Iterator[str]:
    frames = facts.frames or 1
    if facts.size > limits.bytes_max:
        megabytes = f"{facts.size / MEGABYTE:.1f} MB"
        yield f"has {megabytes}, and {limits.bytes_max / MEGABYTE:g} MB are the most"
    if limits.pixels_max and facts.width * facts.height * frames > limits.pixels_max:
        yield f"has more than {limits.pixels_max} pixels in all, which are the most"
    if limits.frames_max and frames > limits.frames_max:
        yield f"has {frames} frames, and {limits.frames_max} are the most"


def _badly_shaped(limits: FileLimits, facts: Facts) -> Iterator[str]:
    width, height = facts.width, facts.height
    shape, ratio = f"is {width} × {height}", width / max(height, 1)
    if limits.side_min and min(width, height) < limits.side_min:
        yield f"{shape}, and {limits.side_min} pixels a side are the least"
    if width > (limits.width_max or width) or height > (limits.height_max or height):
        most = f"{limits.width_max or 'any'} × {limits.height_max or 'any'}"
        yield f"{shape}, and {most} pixels are the most"
    if limits.ratio_min and ratio < limits.ratio_min:
        yield f"{shape}, too tall: width through height must be {limits.ratio_min:g} at least"
    if limits.ratio_max and ratio > limits.ratio_max:
        yield f"{shape}, too wide: width through height must be {limits.ratio_max:g} at most"


def _badly_long(limits: FileLimits, seconds: float | None) -> Iterator[str]:
    if seconds is not None and limits.seconds_min and seconds < limits.seconds_min:
        yield f"is {seconds:.1f} s long, and {limits.seconds_min:g} s are the least"
    if seconds is not None and limits.seconds_max and seconds > limits.seconds_max:
        yield f"is {seconds:.1f} s long, and {limits.seconds_max:g} s are the most"


def _kind(attached: Attached) -> Kind:
    return kind_of(attached.media.content_type)


def limits_of(rules: MediaRules, kind: Kind) -> FileLimits | None:
    """What files of a kind must be like; None when none are taken."""
    return {"image": rules.image, "gif": rules.gif, "video": rules.video}[kind]


def _all_limits(rules: MediaRules) -> list[FileLimits]:
    return [limits for limits in (rules.image, rules.gif, rules.video) if limits is not None]


def _wrong(field: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, code="UNSUPPORTED_MEDIA_CONFIG", message=message)
