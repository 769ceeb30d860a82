"""The ways in which X fails its users beside those that every site has.

Page:

| switch | what happens | a truthful poster |
|---|---|---|
| renamed_testids (or a list) | other data-testid, same roles and labels | publishes all the same |

Publishing:

| switch | what happens | a truthful poster |
|---|---|---|
| error_226 | refused as automated | challenge_required, not posted |
| error_187 | refused as a duplicate, whatever it is | duplicate_content, not posted |
| error_344 | refused: daily limit | rate_limited, not posted |
"""

from collections.abc import Mapping

from postbroker.sandbox.faults import COMMON, Switch

SWITCHES: Mapping[str, Switch] = {
    **COMMON,
    "renamed_testids": Switch("page", "names"),
    "error_226": Switch("create"),
    "error_187": Switch("create"),
    "error_344": Switch("create"),
}
