"""Whether a platform takes files: each limit, and all that is wrong at once."""

from typing import Any

import pytest

from postbroker.contract.catalogue import FileLimits, MediaRules
from postbroker.domain.media import (
    Attached,
    Facts,
    Media,
    count_problem,
    media_problems,
    type_problem,
)
from server.doubles.clock import START

LIMITS: dict[str, Any] = {
    "max": 2,
    "bytes_max": 1000,
    "side_min": 10,
    "width_max": 100,
    "height_max": 80,
    "pixels_max": 9000,
    "frames_max": 5,
    "ratio_min": 0.5,
    "ratio_max": 2,
    "seconds_min": 1,
    "seconds_max": 60,
}
RULES = MediaRules(
    max=3,
    image=FileLimits(types=["image/png"], **LIMITS),
    gif=FileLimits(types=["image/gif"], **LIMITS),
    video=FileLimits(types=["video/mp4"], **LIMITS),
    alt_max=20,
    source="a page, read 2026-11-22",
)


def attached(content_type: str = "image/png", alt: str | None = None, **facts: Any) -> Attached:
    usual: dict[str, Any] = {"size": 500, "sha256": "0" * 64, "width": 60, "height": 60}
    found = Facts(content_type=content_type, **usual | facts)
    media = Media(
        id="media-00001",
        workspace_id="w",
        file_name="a.png",
        content_type=content_type,
        state="ready",
        created_at=START,
        usable_until=START,
        facts=found,
    )
    return Attached(media, alt, "mediaPaths.0")


def words(*files: Attached, rules: MediaRules = RULES) -> list[str]:
    return [f"{each.code} {each.message}" for each in media_problems(rules, "Site", files)]


def test_files_within_every_limit_are_taken() -> None:
    assert words(attached(), attached(alt="x" * 20)) == []
    assert words(attached("video/mp4", seconds=60.0)) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"size": 1001}, "0.0 MB, and 0.001 MB are the most"),
        ({"width": 9, "height": 10}, "10 pixels a side are the least"),
        ({"width": 101, "height": 80}, "100 × 80 pixels are the most"),
        ({"width": 80, "height": 81}, "100 × 80 pixels are the most"),
        ({"frames": 3}, "more than 9000 pixels in all"),
        ({"width": 10, "height": 10, "frames": 6}, "6 frames, and 5 are the most"),
        ({"width": 20, "height": 41}, "too tall"),
        ({"width": 41, "height": 20}, "too wide"),
        ({"seconds": 0.5}, "0.5 s long, and 1 s are the least"),
        ({"seconds": 60.5}, "60.5 s long, and 60 s are the most"),
    ],
)
def test_a_limit_that_is_broken_is_named_with_its_number(facts: dict[str, Any], said: str) -> None:
    [problem] = words(attached("image/gif", **facts))
    assert problem.startswith("UNSUPPORTED_MEDIA_CONFIG a.png ")
    assert said in problem


def test_all_that_is_wrong_with_a_file_is_said() -> None:
    assert len(words(attached(size=2000, width=200, height=20))) == 3


def test_a_limit_that_is_not_known_limits_nothing() -> None:
    free = FileLimits(max=1, types=["image/png"], bytes_max=10**9)
    rules = MediaRules(max=1, image=free, source="a page, read 2026-11-22")
    assert words(attached(width=10**5, height=1, frames=999, seconds=1e6), rules=rules) == []


def test_a_type_that_is_not_taken_is_answered_with_those_that_are() -> None:
    [problem] = words(attached("image/webp"))
    assert problem == (
        "UNSUPPORTED_MEDIA_TYPE Site does not take image/webp; "
        "it takes image/png, image/gif, video/mp4"
    )
    nothing = MediaRules(max=0, source="a page, read 2026-11-22")
    assert type_problem(nothing, "Site", "image/png") == (
        "Site does not take image/png; it takes no files"
    )


def test_kinds_are_mixed_only_where_the_platform_mixes_them() -> None:
    files = [attached(), attached("video/mp4", seconds=5.0)]
    [problem] = words(*files)
    assert problem.startswith("MIXED_MEDIA_NOT_SUPPORTED Site does not take pictures and videos")
    assert words(*files, rules=RULES.model_copy(update={"mixed": True})) == []


def test_each_kind_has_a_number_of_its_own() -> None:
    assert words(attached(), attached(), attached()) == [
        "UNSUPPORTED_MEDIA_CONFIG Site takes 2 pictures in a post at most"
    ]


def test_the_number_of_all_files_is_limited() -> None:
    assert count_problem(RULES, "Site", 3) is None
    four = count_problem(RULES, "Site", 4)
    assert four is not None
    assert four.message == "Site takes at most 3 files in a post, not 4"
    none = count_problem(RULES.model_copy(update={"max": 0}), "Site", 1)
    assert none is not None
    assert none.message == "Site takes no files in a post, not 1"


def test_a_description_fits_or_has_no_place() -> None:
    assert words(attached(alt="x" * 21)) == [
        "UNSUPPORTED_MEDIA_CONFIG Site takes at most 20 characters of alt text, not 21"
    ]
    assert words(attached(alt="x"), rules=RULES.model_copy(update={"alt_max": 0})) == [
        "UNSUPPORTED_MEDIA_CONFIG Site takes no alt text, not 1"
    ]
