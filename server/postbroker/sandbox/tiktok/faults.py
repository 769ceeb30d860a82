"""The ways in which TikTok fails its users beside those that every site has.

Page with a composer:

| switch | what happens | a truthful poster |
|---|---|---|
| asks_to_continue | the press opens a dialog that asks once more | says yes there, and publishes |
| offers_checks | a dialog offers automatic content checks | closes it, and publishes |
| gives_a_tour | a tour lies over the page | closes it, and publishes |
| other_audience | only the author is to see the video | publishes only if that was asked for |
"""

from collections.abc import Mapping

from postbroker.sandbox.faults import COMMON, Switch

SWITCHES: Mapping[str, Switch] = {
    **COMMON,
    "asks_to_continue": Switch("composer"),
    "offers_checks": Switch("composer"),
    "gives_a_tour": Switch("composer"),
    "other_audience": Switch("composer"),
}
