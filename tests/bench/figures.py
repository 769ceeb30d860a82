"""The figures, what each must reach, and how they are shown."""

import json
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from rich.console import Console
from rich.table import Table

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
Goal = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with a goal."""

    name: str
    meaning: str
    goal: Goal
    target: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What a figure came to; the median of its rounds."""

    figure: Figure
    rounds: tuple[float, ...]
    note: str = ""

    @property
    def value(self) -> float:
        """The median: one noisy round does not count."""
        return median(self.rounds)

    @property
    def is_met(self) -> bool:
        """True when the figure is where it must be."""
        reaches = operator.ge if self.figure.goal == "at least" else operator.le
        return bool(reaches(self.value, self.figure.target))


FIGURES = {
    figure.name: figure
    for figure in (
        Figure("enqueue_vs_noop", "durable post against a no-op, 64 connections", "at least", 0.60),
        Figure("enqueue_vs_memory", "durable post against one nobody keeps", "at least", 0.90),
        Figure(
            "enqueue_c1_vs_noop", "durable post against a no-op, 1 connection", "at least", 0.30
        ),
        Figure("cycle_vs_enqueue", "whole lives of posts against posts alone", "at least", 0.18),
        Figure("dispatch_p50_ms", "accepted → in a browser, 5,000 waiting, median", "at most", 1.5),
        Figure("dispatch_p99_ms", "the same, slowest of a hundred", "at most", 6),
        Figure("kib_per_idle_browser", "memory of a waiting browser, KiB", "at most", 20),
        Figure("growth_5m", "cost of enqueue, lease, read with 5 million jobs", "at most", 1.25),
        Figure("start_5m_seconds", "start with 5 million jobs to first answer", "at most", 3),
        Figure("pg_vs_noop", "durable post on PostgreSQL against a no-op", "at least", 0.50),
        Figure("pg_two_vs_one", "two processes on PostgreSQL against one", "at least", 1.25),
        Figure(
            "direct_vs_best_peer", "services called directly against the best peer", "at least", 1
        ),
        Figure("http_vs_best_python", "HTTP cycle against the best Python peer", "at least", 1),
    )
}


def show(measured: Iterable[Measured], skipped: dict[str, str], console: Console) -> None:
    """The table for people."""
    table = Table(title="How fast", title_justify="left")
    for column, justify in (("figure", "left"), ("measured", "right"), ("must be", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    table.add_column("met")
    table.add_column("what it is")
    for each in measured:
        mark = "[green]yes[/]" if each.is_met else "[red]no[/]"
        goal = f"{_sign(each.figure)} {each.figure.target:g}"
        about = f"{each.figure.meaning} {each.note}".strip()
        table.add_row(each.figure.name, f"{each.value:.3g}", goal, mark, about)
    for name, reason in skipped.items():
        table.add_row(name, "-", "", "[yellow]skipped[/]", reason)
    console.print(table)


def as_json(measured: Iterable[Measured], skipped: dict[str, str], **more: object) -> str:
    """One line for machines."""
    return json.dumps(
        {
            **more,
            "figures": {
                each.figure.name: {
                    "value": round(each.value, 4),
                    "target": each.figure.target,
                    "goal": each.figure.goal,
                    "met": each.is_met,
                    "rounds": [round(value, 4) for value in each.rounds],
                }
                for each in measured
            },
            "skipped": skipped,
        }
    )


def write_page(
    page: Path, measured: Iterable[Measured], about: str, peers: dict[str, float]
) -> None:
    """Put the table between the marks of the page."""
    lines = [
        BEGIN,
        "",
        about,
        "",
        "| figure | measured | must be | met | what it is |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{each.figure.name}` | {each.value:.3g} | {_sign(each.figure)} {each.figure.target:g} "
        f"| {'yes' if each.is_met else 'no'} | {each.figure.meaning} {each.note} |".replace(
            "  ", " "
        )
        for each in measured
    ]
    if peers:
        lines += ["", "| jobs put, taken and finished | per second |", "|---|---|"]
        lines += [
            f"| {name} | {value:,.0f} |"
            for name, value in sorted(peers.items(), key=lambda row: -row[1])
        ]
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{chr(10).join(lines)}\n\n{END}{after}", encoding="utf-8")


def _sign(figure: Figure) -> str:
    return "≥" if figure.goal == "at least" else "≤"
