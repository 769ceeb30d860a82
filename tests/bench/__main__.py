"""Measures everything, shows it, and writes the table of docs/performance.md.

    cd tests && python -m bench [--quick]

The last line is one JSON object. Exit code 0 whether or not a figure is where it must be; anything
else means that something broke.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from rich.console import Console

from bench import direct_runs, dispatch, load, services
from bench.figures import FIGURES, Measured, as_json, show, write_page
from bench.growth import load_jobs
from bench.installation import Installation, make_installation
from bench.processes import allow_many_files, free_port, module, serving

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
PEERS_PYTHON = ROOT / ".make" / "bench" / "bin" / "python"
BROWSERS = 64
IDLE_BROWSERS = 5_000
JOBS_PER_SECOND = 100
SMALL = 10_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How long to measure."""

    seconds: int
    rounds: int
    dispatch_seconds: float
    large: int
    direct_jobs: int
    peer_jobs: int
    slow_peer_jobs: int


FULL = Extent(5, 3, 15, 5_000_000, 10_000, 5_000, 500)
QUICK = Extent(2, 3, 4, 300_000, 2_000, 600, 100)
SLOW_PEERS = ("rq_redis",)
PYTHON_PEERS = (
    "huey_sqlite",
    "rq_redis",
    "taskiq_redis_stream",
    "procrastinate_postgres",
    "pgqueuer_postgres",
)


@dataclass(slots=True)
class Bench:
    """One run."""

    extent: Extent
    folder: Path
    console: Console
    rounds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    peers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    absolute: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def measured(self) -> list[Measured]:
        """In the order of the table."""
        return [
            Measured(figure, tuple(self.rounds[name]), self.notes.get(name, ""))
            for name, figure in FIGURES.items()
            if self.rounds.get(name)
        ]

    def note(self, name: str, value: float) -> float:
        """Keep an absolute number beside the ratios."""
        self.absolute[name].append(value)
        return value


@contextmanager
def broker(
    folder: Path, here: Installation, *options: str
) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    """`postbroker up` on an installation."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "postbroker", "up", "--data-dir", str(here.data_dir),
        "--port", str(port), *options,
    ]  # fmt: skip
    log = folder / "broker.log"
    with serving(command, f"{url}/livez", log, environment=here.environment) as process:
        yield port, url, process


def measure_posts(bench: Bench) -> None:
    """Posts and whole lives of posts on SQLite, against the no-op and a store of nothing."""
    extent, folder = bench.extent, bench.folder
    here = make_installation(folder / "posts", BROWSERS * (extent.rounds + 1))
    ports = [free_port(), free_port()]
    noop, memory = (f"http://127.0.0.1:{port}" for port in ports)
    with ExitStack() as stack:
        enter = stack.enter_context
        enter(serving(module("noop", ports[0]), f"{noop}/livez", folder / "noop.log"))
        _, url, _ = enter(broker(folder, here))
        command = module("memory", here.data_dir, ports[1])
        enter(serving(command, f"{memory}/livez", folder / "memory.log"))

        def posts(name: str, where: str, connections: int) -> float:
            measured = load.enqueue(where, here.key, connections, extent.seconds)
            return bench.note(name, measured.per_second)

        for _ in range(extent.rounds):
            nothing = posts("noop_64_per_second", noop, 64)
            durable = posts("enqueue_64_per_second", url, 64)
            forgotten = posts("memory_64_per_second", memory, 64)
            bench.rounds["enqueue_vs_noop"].append(durable / nothing)
            bench.rounds["enqueue_vs_memory"].append(durable / forgotten)
            one = posts("enqueue_1_per_second", url, 1), posts("noop_1_per_second", noop, 1)
            bench.rounds["enqueue_c1_vs_noop"].append(one[0] / one[1])
    # In a broker of its own: what is queued above would be what browsers get.
    here = make_installation(folder / "cycles", BROWSERS * extent.rounds)
    with broker(folder, here) as (_, url, _):
        for number in range(extent.rounds):
            lives = load.cycles(
                url, here.key, here.tokens, BROWSERS, extent.seconds, number * BROWSERS
            )
            bench.note("cycle_per_second", lives.per_second)
            ratio = lives.per_second / bench.absolute["enqueue_64_per_second"][number]
            bench.rounds["cycle_vs_enqueue"].append(ratio)


def measure_dispatch(bench: Bench) -> None:
    """Jobs at an even pace while thousands of browsers wait."""
    here = make_installation(bench.folder / "idle", IDLE_BROWSERS)
    for _ in range(bench.extent.rounds):
        with broker(bench.folder, here) as (port, _, process):
            found = dispatch.measure(
                port, process.pid, here, JOBS_PER_SECOND, bench.extent.dispatch_seconds
            )
        bench.rounds["dispatch_p50_ms"].append(found.p50_ms)
        bench.rounds["dispatch_p99_ms"].append(found.p99_ms)
        bench.rounds["kib_per_idle_browser"].append(found.kib_per_browser)
        if bench.extent is QUICK:
            break


def measure_growth(bench: Bench) -> None:
    """The same work with few and with millions of jobs in the table."""
    extent = bench.extent
    homes = {}
    for jobs in (SMALL, extent.large):
        here = make_installation(bench.folder / f"jobs-{jobs}", BROWSERS)
        started = perf_counter()
        homes[jobs] = here.data_dir, load_jobs(here.data_dir, here.workspace_id, jobs)
        bench.note(f"load_{jobs}_seconds", perf_counter() - started)
    note = "" if extent.large == FULL.large else f"(here: {extent.large:,} jobs)"
    bench.notes["growth_5m"] = bench.notes["start_5m_seconds"] = note
    with_large = Installation(homes[extent.large][0], "", "", homes[extent.large][1])
    for _ in range(extent.rounds):
        started = perf_counter()
        with broker(bench.folder, with_large):
            bench.rounds["start_5m_seconds"].append(perf_counter() - started)
        small, large = (
            direct_runs.run(*homes[jobs], extent.direct_jobs) for jobs in (SMALL, extent.large)
        )
        worst = 0.0
        for step in ("put", "take_and_finish", "read"):
            worst = max(worst, bench.note(f"growth_of_{step}", large[step] / small[step]))
        bench.rounds["growth_5m"].append(worst)


def measure_postgres(bench: Bench, url: str | None) -> None:
    """One process and two on PostgreSQL, against the no-op."""
    if url is None:
        return
    extent, folder = bench.extent, bench.folder
    database = services.create_database(url, "posts")
    here = make_installation(folder / "postgres-posts", BROWSERS, database)
    noop_port = free_port()
    noop = f"http://127.0.0.1:{noop_port}"
    with ExitStack() as stack:
        enter = stack.enter_context
        enter(serving(module("noop", noop_port), f"{noop}/livez", folder / "noop.log"))
        for _ in range(extent.rounds):
            with broker(folder, here) as (_, one, _):
                nothing = load.enqueue(noop, here.key, 64, extent.seconds).per_second
                durable = load.enqueue(one, here.key, 64, extent.seconds).per_second
                alone = load.enqueue(one, here.key, 256, extent.seconds).per_second
            with broker(folder, here, "--workers", "2") as (_, two, _):
                both = load.enqueue(two, here.key, 256, extent.seconds).per_second
            bench.note("pg_enqueue_64_per_second", durable)
            bench.rounds["pg_vs_noop"].append(durable / nothing)
            bench.rounds["pg_two_vs_one"].append(both / alone)


def measure_peers(bench: Bench, postgres_url: str | None) -> None:
    """The same work by others, in turn with ours."""
    if not PEERS_PYTHON.exists():
        bench.skipped["peers"] = "their libraries are not installed: make bench"
        return
    extent, folder = bench.extent, bench.folder
    here = make_installation(folder / "direct", BROWSERS)
    with ExitStack() as stack:
        where: dict[str, Callable[[int], str]] = {
            "huey_sqlite": lambda n: _made(folder / f"huey-{n}")
        }
        if reason := services.missing("redis-server"):
            bench.skipped["rq, taskiq"] = reason
        else:
            socket = stack.enter_context(services.redis(folder / "redis"))
            where |= dict.fromkeys(("rq_redis", "taskiq_redis_stream"), lambda _: socket)
        if reason := services.missing("beanstalkd"):
            bench.skipped["beanstalkd"] = reason
        else:
            address = stack.enter_context(services.beanstalkd(folder / "beanstalkd"))
            where["beanstalkd"] = lambda _: address
        if postgres_url is None:
            bench.skipped["procrastinate, pgqueuer"] = "there is no PostgreSQL"
        else:
            for name in ("procrastinate_postgres", "pgqueuer_postgres"):
                where[name] = partial(_fresh_database, postgres_url, name)
        for number in range(1 if extent is QUICK else 3):
            ours = direct_runs.run(here.data_dir, None, extent.direct_jobs)
            rate = 1 / (ours["put"] + ours["take_and_finish"])
            http = bench.absolute["cycle_per_second"][number]
            bench.peers["**ours, services called directly**"].append(rate)
            bench.peers["**ours, whole HTTP cycle**"].append(http)
            for name, place in where.items():
                jobs = extent.slow_peer_jobs if name in SLOW_PEERS else extent.peer_jobs
                rates = services.ask_peer(PEERS_PYTHON, name, jobs, place(number))
                bench.peers[name].append(rates)
            best = max(bench.peers[name][-1] for name in where)
            python = max(bench.peers[name][-1] for name in where if name in PYTHON_PEERS)
            bench.rounds["direct_vs_best_peer"].append(rate / best)
            bench.rounds["http_vs_best_python"].append(http / python)


def _fresh_database(url: str, name: str, number: int) -> str:
    return services.create_database(url, f"{name}_{number}")


def _made(folder: Path) -> str:
    folder.mkdir(parents=True)
    return str(folder)


def _about(extent: Extent) -> str:
    model = platform.processor() or platform.machine()
    return (
        f"{os.cpu_count()} processors ({model}), Python {platform.python_version()}, "
        f"{platform.system()}; medians of {extent.rounds} interleaved rounds of "
        f"{extent.seconds:g} s."
    )


def main() -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under two minutes, and rougher")
    extent = QUICK if parser.parse_args().quick else FULL
    if reason := services.missing("wrk"):
        sys.exit(f"{reason}: it drives everything")
    allow_many_files()
    console, started = Console(), perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        bench = Bench(extent, folder, console)
        postgres_url = None
        if reason := services.missing("postgres"):
            bench.skipped["pg_vs_noop, pg_two_vs_one"] = reason
        else:
            postgres_url = stack.enter_context(services.postgres(folder / "postgres"))
        for title, step in (
            ("posts", measure_posts),
            ("dispatch", measure_dispatch),
            ("growth", measure_growth),
            ("PostgreSQL", partial(measure_postgres, url=postgres_url)),
            ("peers", partial(measure_peers, postgres_url=postgres_url)),
        ):
            console.print(f"[dim]{perf_counter() - started:4.0f} s  {title}[/]")
            step(bench)
    measured, peers = bench.measured(), {name: median(r) for name, r in bench.peers.items()}
    show(measured, bench.skipped, console)
    if extent is FULL:
        write_page(PAGE, measured, _about(extent), peers)
    absolute = {name: round(median(values), 4) for name, values in bench.absolute.items()}
    seconds = round(perf_counter() - started)
    rates = {name.strip("*"): round(value) for name, value in peers.items()}
    print(as_json(measured, bench.skipped, quick=extent is QUICK, seconds=seconds,
                  peers=rates, absolute=absolute))  # fmt: skip


if __name__ == "__main__":
    main()
