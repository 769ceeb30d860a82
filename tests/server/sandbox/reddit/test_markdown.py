"""What a reader sees of a text in Markdown."""

import pytest

from postbroker.sandbox.reddit.markdown import shown


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("plain words", "plain words"),
        ("soft\nbreak", "soft break"),
        ("hard  \nbreak", "hard\nbreak"),
        ("one\n\n\ntwo", "one\n\ntwo"),
        ("*some* **stars** and _lines_", "some stars and lines"),
        (r"\*no\* \_marks\_ and a \\", r"*no* _marks_ and a \ ".rstrip()),
        ("# heading", "heading"),
        (r"\# none", "# none"),
        ("1. list", "list"),
        (r"1\. none", "1. none"),
        ("> quotation", "quotation"),
        ("https://example.org/a_b_c*d*", "https://example.org/a_b_c*d*"),
        ("`ticks` ~~waves~~", "ticks waves"),
    ],
)
def test_marks_go_and_escaped_characters_stay(markdown: str, text: str) -> None:
    assert shown(markdown) == text
