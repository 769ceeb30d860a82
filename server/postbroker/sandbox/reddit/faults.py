"""The ways in which Reddit fails its users beside those that every site has.

Page:

| switch | what happens | a truthful poster |
|---|---|---|
| suspended | the account may look and not speak | account_restricted, nothing typed |

Page with a composer:

| switch | what happens | a truthful poster |
|---|---|---|
| markdown_editor | a plain field for Markdown | publishes to the letter |
| old_draft (or "stuck") | an earlier text is there; "stuck": it stays | clears it, or no permit |

Publishing:

| switch | what happens | a truthful poster |
|---|---|---|
| locked_meanwhile | refused: the thread has been locked | target_closed, not posted |
| not_allowed | refused: not in this community | group_not_approved, not posted |
| banned_domain | refused: no such link here | content_rejected, not posted |
"""

from collections.abc import Mapping

from postbroker.sandbox.faults import COMMON, Switch

SWITCHES: Mapping[str, Switch] = {
    **COMMON,
    "suspended": Switch("page"),
    "markdown_editor": Switch("composer"),
    "old_draft": Switch("composer", words=frozenset({"stuck"})),
    "locked_meanwhile": Switch("create"),
    "not_allowed": Switch("create"),
    "banned_domain": Switch("create"),
}
