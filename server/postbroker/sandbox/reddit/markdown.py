"""What a reader sees of a text in Reddit's Markdown: as much of it as people write by accident."""

import regex

_LINK = regex.compile(r"https?://\S+")
_ESCAPED = regex.compile(r"\\([\\`*_{}\[\]()#+\-.!>~^|<&])")
_LINE_START = regex.compile(r"^(?:#{1,6} *|> ?|[*+-] +|\d+\. +)")
_MARKED = regex.compile(r"(\*\*|__|~~|\*|_|`|\^)(?=\S)(.+?)(?<=\S)\1|\^(?=\S)")
_SPOILER = regex.compile(r">!(.+?)!<")
_HARD_BREAK = regex.compile(r" {2,}$")
_HELD = regex.compile("\ue000(\\d+)\ue001")


def shown(markdown: str) -> str:
    """The text without its marks: paragraphs and hard breaks as line ends, soft ones as spaces."""
    paragraphs = regex.split(r"\n(?:[ \t]*\n)+", markdown.replace("\r\n", "\n"))
    return "\n\n".join(_paragraph(each) for each in paragraphs)


def _paragraph(markdown: str) -> str:
    lines = markdown.split("\n")
    text = ""
    for place, line in enumerate(lines):
        is_last = place == len(lines) - 1
        end = "" if is_last else "\n" if _HARD_BREAK.search(line) else " "
        text += _line(line if is_last else line.rstrip()) + end
    return text


def _line(markdown: str) -> str:
    """Links and escaped characters are what they are; marks around the rest go."""
    held: list[str] = []

    def hold(text: str) -> str:
        held.append(text)
        return f"\ue000{len(held) - 1}\ue001"

    line = _LINK.sub(lambda found: hold(found[0]), markdown)
    line = _ESCAPED.sub(lambda found: hold(found[1]), line)
    line = _SPOILER.sub(r"\1", _LINE_START.sub("", line))
    line = _MARKED.sub(lambda found: found[2] or "", line)
    return _HELD.sub(lambda found: held[int(found[1])], line)
