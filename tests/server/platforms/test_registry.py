"""Adapters by their platform's id, each read when it is first needed."""

import subprocess
import sys

import pytest

from postbroker.catalogue import load_platforms
from postbroker.platforms.registry import load_adapters

SCRIPT = """
import sys
from postbroker.platforms.registry import load_adapters
assert "bluesky" in load_adapters()
assert "postbroker.platforms.bluesky" not in sys.modules
assert load_adapters()["bluesky"].info.id == "bluesky"
assert "postbroker.platforms.mastodon" not in sys.modules
"""


def test_every_platform_with_an_api_has_one() -> None:
    ids = {id_ for id_, platform in load_platforms().items() if "api" in platform.routes}
    adapters = load_adapters()
    assert {*adapters} == ids
    assert len(adapters) == len(ids)
    assert {adapter.info.id for adapter in adapters.values()} == ids


def test_a_platform_without_an_api_has_none() -> None:
    assert "nowhere" not in load_adapters()
    with pytest.raises(KeyError):
        load_adapters()["nowhere"]


def test_what_is_not_needed_is_not_read() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
