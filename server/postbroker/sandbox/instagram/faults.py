"""The ways in which Instagram fails its users beside those that every site has.

Publishing:

| switch | what happens | a truthful poster |
|---|---|---|
| transcodes | the files are not ready, and the page asks again | waits, and publishes once |
| feedback_required | refused as too much activity | rate_limited, not posted |
"""

from collections.abc import Mapping

from postbroker.sandbox.faults import COMMON, Switch

SWITCHES: Mapping[str, Switch] = {
    **COMMON,
    "transcodes": Switch("create"),
    "feedback_required": Switch("create"),
}
