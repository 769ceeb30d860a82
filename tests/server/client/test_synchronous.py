"""`Postbroker`: the same methods without asyncio."""

import asyncio
import inspect
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from postbroker.client import AsyncPostbroker, NotEndedError, Postbroker, RefusedError
from server.cli.conftest import Running

SERVER_PARTS = (
    "aiohttp.web",
    "aiosqlite",
    "cryptography",
    "jinja2",
    "mcp",
    "PIL",
    "pydantic_settings",
    "rich",
    "structlog",
    "typer",
    "uvloop",
    "postbroker.app",
    "postbroker.services",
    "postbroker.store",
)


@pytest.fixture
def broker(running: Running) -> Iterator[Postbroker]:
    with Postbroker(running.broker.url, running.key) as client:
        yield client


def public_methods(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, callable) if not name.startswith("_")}


def test_it_has_every_method_of_the_asynchronous_one() -> None:
    """But `ask`, which is given what belongs to one event loop."""
    assert public_methods(Postbroker) == public_methods(AsyncPostbroker) - {"ask"}


def test_a_method_keeps_signature_and_words() -> None:
    for name in public_methods(Postbroker) - {"close"}:
        ours, other = getattr(Postbroker, name), getattr(AsyncPostbroker, name)
        assert inspect.signature(ours) == inspect.signature(other)
        assert ours.__doc__ == other.__doc__


def test_posts_are_accepted_read_and_canceled(broker: Postbroker) -> None:
    created = broker.post("Without a loop", when_offline="queue")
    assert broker.get(created).text == "Without a loop"
    assert broker.cancel(created).details.state == "canceled"


def test_jobs_and_events_are_walked(broker: Postbroker) -> None:
    created = broker.post("To be walked", when_offline="queue")
    assert [job.id for job in islice(broker.jobs(limit=1), 1)] == [created.id]
    broker.cancel(created)
    assert [event.name for event in broker.events(created)] == ["queued", "canceled"]


def test_an_error_is_raised_where_it_was_asked(broker: Postbroker) -> None:
    with pytest.raises(RefusedError, match="CONTENT_TOO_LONG"):
        broker.post("x" * 281)
    created = broker.post("Not so soon", when_offline="queue")
    with pytest.raises(NotEndedError):
        broker.wait(created, timeout=0.1)


async def test_it_works_where_a_loop_runs_already(broker: Postbroker) -> None:
    assert asyncio.get_running_loop().is_running()
    assert broker.usage().total >= 0


def test_threads_may_share_it(broker: Postbroker) -> None:
    with ThreadPoolExecutor(8) as threads:
        texts = [f"Thread {number}" for number in range(16)]
        made = threads.map(lambda text: broker.post(text, when_offline="queue"), texts)
        assert {job.text for job in made} == set(texts)


def test_it_can_be_used_again_after_it_was_closed(running: Running) -> None:
    client = Postbroker(running.broker.url, running.key)
    client.usage()
    client.close()
    client.usage()
    client.close()


def test_importing_it_loads_no_part_of_the_server() -> None:
    program = "import sys, postbroker.client; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert not set(SERVER_PARTS) & set(loaded)


def test_types_come_with_the_package() -> None:
    import postbroker

    assert (Path(postbroker.__file__).parent / "py.typed").is_file()
