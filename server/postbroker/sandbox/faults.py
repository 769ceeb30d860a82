"""Fault switches: the ways in which a platform fails its users, on command and for one account.

A switch is spent on an occasion: the load of any page, of a page with a composer, the upload of a
file, a request that publishes, or the reading of the account's list. With `times: n` it serves the
next n occasions; without, it stays until it is taken away. An open page keeps the switches it was
loaded with. These are the switches that every site has; a site's own stand in its `faults.py`.
The value is true unless said otherwise. The last column is what a truthful poster must say.

Page:

| switch | what happens | a truthful poster |
|---|---|---|
| not_logged_in | the login page comes instead | not_logged_in, nothing typed |
| other_account (a handle) | the browser is logged in as that one | wrong_account, nothing typed |
| captcha | a page comes that asks for a person | challenge_required, nothing typed |
| never_loads (or "blank") | the answer never ends; "blank": empty shell | failed, no permit |
| no_landmarks | no test ids, roles or labels | selector_not_found, no permit |

Page with a composer:

| switch | what happens | a truthful poster |
|---|---|---|
| popup_over_composer | a sheet covers the composer until closed | closes it and publishes |
| button_enabled_late (ms) | the button stays grey after the text | publishes, or no permit |
| other_text | the editor loses the last character | composer_mismatch, no permit |
| click_swallowed | the button does nothing | unknown, then not posted |

Upload:

| switch | what happens | a truthful poster |
|---|---|---|
| slow_upload (ms) | each file takes so long | waits, and publishes whole |
| upload_fails | the file is refused | failed, no permit |

Publishing:

| switch | what happens | a truthful poster |
|---|---|---|
| logout_before_compose_submit | refused, then the login page | not_logged_in, not posted |
| http_429 | refused as too often | rate_limited, not posted |
| duplicate_rule | refused when a recent post has the same text | duplicate_content, not posted |
| empty_answer | 200, an empty result, no post | unknown, then not posted |
| empty_but_posted | 200, an empty result, but posted | unknown, then published |
| shows_success_but_posts_nothing | an id and a toast, but no post | never published |
| posts_but_shows_error (or "network") | posted; 500, or a cut answer | unknown, then published |
| drop_answer | posted; the connection ends in the answer | unknown, then published |
| slow_network (ms) | posted at once, answered late | waits, or unknown, then published |

List of the account:

| switch | what happens | a truthful poster |
|---|---|---|
| slow_profile (ms) | the list comes late | does not say absent before it is there |
| hidden_from_profile (ms) | posts show up in the list at that age | absent only after more looks |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Occasion = Literal["page", "composer", "upload", "create", "profile"]
FaultValue = bool | int | str | list[str]


class FaultError(ValueError):
    """A switch that does not exist, or a value it does not take."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One way to fail: when it is spent, and which values it takes."""

    occasion: Occasion
    takes: Literal["true", "milliseconds", "handle", "names"] = "true"
    """`names`: true for all, or a list."""
    words: frozenset[str] = frozenset()
    """Values that stand for a variant, beside true."""

    def check(self, name: str, value: object) -> FaultValue:
        """The value, if the switch takes it; raises FaultError."""
        if self.takes == "milliseconds":
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return value
            raise FaultError(f"{name} takes milliseconds")
        if self.takes == "handle":
            if isinstance(value, str) and value:
                return value
            raise FaultError(f"{name} takes a handle")
        if self.takes == "names" and isinstance(value, list):
            return [str(each) for each in value]
        if value is True or (isinstance(value, str) and value in self.words):
            return value
        raise FaultError(f"{name} takes {' or '.join(['true', *sorted(self.words)])}")


COMMON: Mapping[str, Switch] = {
    "not_logged_in": Switch("page"),
    "other_account": Switch("page", "handle"),
    "captcha": Switch("page"),
    "never_loads": Switch("page", words=frozenset({"blank"})),
    "no_landmarks": Switch("page"),
    "popup_over_composer": Switch("composer"),
    "button_enabled_late": Switch("composer", "milliseconds"),
    "other_text": Switch("composer"),
    "click_swallowed": Switch("composer"),
    "slow_upload": Switch("upload", "milliseconds"),
    "upload_fails": Switch("upload"),
    "logout_before_compose_submit": Switch("create"),
    "http_429": Switch("create"),
    "duplicate_rule": Switch("create"),
    "empty_answer": Switch("create"),
    "empty_but_posted": Switch("create"),
    "shows_success_but_posts_nothing": Switch("create"),
    "posts_but_shows_error": Switch("create", words=frozenset({"network"})),
    "drop_answer": Switch("create"),
    "slow_network": Switch("create", "milliseconds"),
    "slow_profile": Switch("profile", "milliseconds"),
    "hidden_from_profile": Switch("profile", "milliseconds"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch that is on."""

    value: FaultValue
    times: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The switch as the control endpoints and the state file say it."""
        return {"value": self.value} | ({} if self.times is None else {"times": self.times})


class FaultBoard:
    """The switches of one account, of those that its site has."""

    def __init__(
        self, switches: Mapping[str, Switch], faults: Mapping[str, Fault] | None = None
    ) -> None:
        self.switches = switches
        self._faults = dict(faults or {})

    @classmethod
    def from_json(cls, switches: Mapping[str, Switch], wanted: Mapping[str, Any]) -> "FaultBoard":
        """Read `{name: value or {value, times}, ..., times?}`; raises FaultError."""
        shared = wanted.get("times")
        named = {name: given for name, given in wanted.items() if name != "times"}
        return cls(
            switches, {name: _read(switches, name, given, shared) for name, given in named.items()}
        )

    def as_json(self) -> dict[str, Any]:
        """All switches that are on, by name."""
        return {name: fault.as_json() for name, fault in self._faults.items()}

    def __bool__(self) -> bool:
        return bool(self._faults)

    def __iter__(self) -> Iterator[str]:
        return iter(self._faults)

    def look(self, name: str) -> FaultValue | None:
        """The value of a switch that is on, without spending it."""
        fault = self._faults.get(name)
        return None if fault is None else fault.value

    def take(self, name: str) -> FaultValue | None:
        """The value of a switch that is on, for one occasion."""
        fault = self._faults.get(name)
        if fault is None:
            return None
        if fault.times is not None:
            if fault.times > 1:
                self._faults[name] = Fault(fault.value, fault.times - 1)
            else:
                del self._faults[name]
        return fault.value

    def take_milliseconds(self, name: str) -> int:
        """The value of a switch that delays, for one occasion; 0 when it is off."""
        value = self.take(name)
        return value if isinstance(value, int) else 0

    def take_all(self, occasion: Occasion) -> dict[str, FaultValue]:
        """Every switch of an occasion, spent at once: what a page is loaded with."""
        names = [name for name in self._faults if self.switches[name].occasion == occasion]
        return {name: value for name in names if (value := self.take(name)) is not None}


def _read(switches: Mapping[str, Switch], name: str, given: Any, shared_times: Any) -> Fault:
    switch = switches.get(name)
    if switch is None:
        raise FaultError(f"there is no switch {name}; there are {', '.join(switches)}")
    times = shared_times
    if isinstance(given, dict):
        given, times = given.get("value", True), given.get("times", shared_times)
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise FaultError(f"{name}: times is a count from 1")
    return Fault(switch.check(name, given), times)
