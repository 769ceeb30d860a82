"""The ways in which Facebook fails its users beside those that every site has.

Page:

| switch | what happens | a truthful poster |
|---|---|---|
| no_story_data | the page's data does not tell when posts were made | unknown, and a person looks |

Page with a composer:

| switch | what happens | a truthful poster |
|---|---|---|
| leftover_draft | the composer holds an older text | empties it and publishes |
| join_dialog | the press to join opens questions that nobody announced | not_joined |
| join_swallowed | the press to join does nothing | unknown, then not joined |

Publishing:

| switch | what happens | a truthful poster |
|---|---|---|
| error_368 | refused: the account is blocked for a time | rate_limited, not posted |
| error_1366051 | refused as a duplicate, whatever it is | duplicate_content, not posted |
"""

from collections.abc import Mapping

from postbroker.sandbox.faults import COMMON, Switch

SWITCHES: Mapping[str, Switch] = {
    **COMMON,
    "leftover_draft": Switch("composer"),
    "error_368": Switch("create"),
    "error_1366051": Switch("create"),
    "join_dialog": Switch("composer"),
    "join_swallowed": Switch("composer"),
    "no_story_data": Switch("page"),
}
