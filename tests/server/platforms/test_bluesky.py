"""Bluesky through every outcome, and what only Bluesky has."""

from postbroker.platforms.bluesky import ADAPTER
from server.doubles.platforms.bluesky import BlueskyStandIn
from server.platforms.suite import AdapterSuite


class TestBluesky(AdapterSuite):
    adapter = ADAPTER
    platform_type = BlueskyStandIn
