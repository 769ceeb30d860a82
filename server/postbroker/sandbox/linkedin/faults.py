"""The ways in which LinkedIn fails its users beside those that every site has.

Page:

| switch | what happens | a truthful poster |
|---|---|---|
| renamed_classes | other class names, same roles and labels | publishes all the same |

Page with a composer:

| switch | what happens | a truthful poster |
|---|---|---|
| composer_stays_closed | the address does not open the composer | opens it, and publishes |
| old_draft | the composer comes with an earlier text | clears it, and publishes |
| other_audience | the composer is set to connections only | publishes only if that was asked for |

Publishing:

| switch | what happens | a truthful poster |
|---|---|---|
| invalid_share | 200, with errors and an empty result | content_rejected, not posted |
"""

from collections.abc import Mapping

from postbroker.sandbox.faults import COMMON, Switch

SWITCHES: Mapping[str, Switch] = {
    **COMMON,
    "renamed_classes": Switch("page"),
    "composer_stays_closed": Switch("composer"),
    "old_draft": Switch("composer"),
    "other_audience": Switch("composer"),
    "invalid_share": Switch("create"),
}
