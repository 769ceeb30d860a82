"""Which parts of a text X takes for URLs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postbroker.domain.urls import UrlRules, find_urls

TABLE = Path(__file__).parents[3] / "shared" / "text" / "x.json"
LONG = 100_000

RULES = UrlRules.from_json(json.loads(TABLE.read_text(encoding="utf-8"))["url"])


def urls(text: str) -> list[str]:
    return [text[start:end] for start, end in find_urls(text, RULES)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing here", []),
        ("see https://example.com/a_(b), then", ["https://example.com/a_(b)"]),
        ("HTTP://EXAMPLE.COM/@user/x?y=1.", ["HTTP://EXAMPLE.COM/@user/x?y=1"]),
        ("one example.org two müller.de/x?y=1", ["example.org", "müller.de/x?y=1"]),
        ("example.com?q=1", ["example.com"]),
        ("example.com:80/q", ["example.com:80/q"]),
        ("https://sub_domain.example.co.uk", ["https://sub_domain.example.co.uk"]),
        ("https://例え.jp", ["https://例え.jp"]),
        ("例え.jp", []),
        ("https://xn--fiqs8s.xn--p1ai/x", ["https://xn--fiqs8s.xn--p1ai/x"]),
        ("éxample.com", ["xample.com"]),
        ("中文example.com", ["example.com"]),
        ("at example.com中.example.org中.한국", ["example.com", "example.org"]),
        ("@fooébar.com", ["bar.com"]),
        ("example.com.unknowntop", ["example.com"]),
        ("https://t.co/abc/def", ["https://t.co/abc"]),
    ],
)
def test_urls_are_found(text: str, found: list[str]) -> None:
    assert urls(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "foo_bar.com-",
        "-example.com",
        "example-.com",
        "a..example.com",
        "user@example.com",
        "example.com@user",
        "example.unknowntop",
        "xhttps://example.com",
        "https://foo_bar.com",
        "https://foo_中bar.com",
        "中_文.com",
        "https://t.co/" + "a" * 41,
        "https://" + "a" * 64 + ".com",
        "https://" + "很长的句子没有空格" * 3 + ".com",
        "https://" + "很长的句子没有空格" * 2 + "。" + "中文字" * 4 + ".com",
        "https://example.com/" + "a" * 4096,
    ],
    ids=lambda text: text[:20],
)
def test_what_x_does_not_link_is_no_url(text: str) -> None:
    assert urls(text) == []


def test_a_refused_match_takes_its_path_with_it() -> None:
    assert urls("foo_bar.com/https://example.com") == []


@given(st.text(alphabet="ab.-_/:@#é中😀 ?()1\u200d\ufe0f\u20e3", max_size=60))
def test_urls_lie_in_order_and_apart(text: str) -> None:
    position = 0
    for start, end in find_urls(text, RULES):
        assert position <= start < end <= len(text)
        position = end


@pytest.mark.parametrize(
    "text",
    [
        "a." * (LONG // 2),
        "中" * LONG + ".com",
        "中." * (LONG // 2),
        "中_" * (LONG // 2) + ".com",
        "a-" * (LONG // 2) + ".com",
        "example.com/" + "(a" * (LONG // 2),
        "example.com/" + "!" * LONG,
        "https://" * (LONG // 8) + "example.com",
        "example.com " * (LONG // 12),
        ". " + "中" * LONG,
    ],
    ids=lambda text: text[:13],
)
def test_time_grows_with_the_length_only(text: str) -> None:
    # A quadratic search would take minutes here.
    assert len(urls(text)) <= text.count(".")
