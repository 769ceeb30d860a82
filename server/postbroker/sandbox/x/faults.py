"""Fault switches: the ways in which a platform fails its users, on command and for one account.

A switch is spent on an occasion: the load of any page, of a page with a composer, a CreateTweet
request, or the reading of the account's list. With `times: n` it serves the next n occasions;
without, it stays until it is taken away. An open page keeps the switches it was loaded with.
The value is true unless said otherwise. The last column is what a truthful poster must say.

Page:

| switch | what happens | a truthful poster |
|---|---|---|
| not_logged_in | the login page comes instead | not_logged_in, nothing typed |
| other_account (a handle) | the browser is logged in as that one | wrong_account, nothing typed |
| captcha | /account/access asks for a person | challenge_required, nothing typed |
| never_loads (or "blank") | the answer never ends; "blank": empty shell | failed, no permit |
| renamed_testids (or a list) | other data-testid, same roles and labels | publishes all the same |
| no_landmarks | no test ids, roles or labels | selector_not_found, no permit |

Page with a composer:

| switch | what happens | a truthful poster |
|---|---|---|
| popup_over_composer | a sheet covers the composer until closed | closes it and publishes |
| button_enabled_late (ms) | the button stays grey after the text | publishes, or no permit |
| other_text | the editor loses the last character | composer_mismatch, no permit |
| click_swallowed | the button does nothing | unknown, then not posted |

CreateTweet:

| switch | what happens | a truthful poster |
|---|---|---|
| logout_before_compose_submit | 401, code 32, then the login page | not_logged_in, not posted |
| http_429 | 429 with x-rate-limit-reset | rate_limited, not posted |
| error_226 | refused as automated | challenge_required, not posted |
| error_187 | refused as a duplicate, whatever it is | duplicate_content, not posted |
| error_344 | refused: daily limit | rate_limited, not posted |
| duplicate_rule | 187 when a recent post has the same text | duplicate_content, not posted |
| empty_tweet_results | 200, an empty result, no post | unknown, then not posted |
| empty_but_posted | 200, an empty result, but posted | unknown, then published |
| shows_success_but_posts_nothing | an id and a toast, but no post | never published |
| posts_but_shows_error (or "network") | posted; 500, or a cut answer | unknown, then published |
| drop_answer | posted; the connection ends in the answer | unknown, then published |
| slow_network (ms) | posted at once, answered late | waits, or unknown, then published |

List of the profile:

| switch | what happens | a truthful poster |
|---|---|---|
| slow_profile (ms) | the list comes late | does not say absent before it is there |
| hidden_from_profile (ms) | posts show up in the list at that age | absent only after more looks |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Occasion = Literal["page", "composer", "create", "profile"]
FaultValue = bool | int | str | list[str]

OCCASIONS: Mapping[str, Occasion] = {
    "not_logged_in": "page",
    "other_account": "page",
    "captcha": "page",
    "never_loads": "page",
    "renamed_testids": "page",
    "no_landmarks": "page",
    "popup_over_composer": "composer",
    "button_enabled_late": "composer",
    "other_text": "composer",
    "click_swallowed": "composer",
    "logout_before_compose_submit": "create",
    "http_429": "create",
    "error_226": "create",
    "error_187": "create",
    "error_344": "create",
    "duplicate_rule": "create",
    "empty_tweet_results": "create",
    "empty_but_posted": "create",
    "shows_success_but_posts_nothing": "create",
    "posts_but_shows_error": "create",
    "drop_answer": "create",
    "slow_network": "create",
    "slow_profile": "profile",
    "hidden_from_profile": "profile",
}

_MILLISECONDS = {"button_enabled_late", "slow_network", "slow_profile", "hidden_from_profile"}
_WORDS = {"never_loads": {"blank"}, "posts_but_shows_error": {"network"}}


class FaultError(ValueError):
    """A switch that does not exist, or a value it does not take."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch that is on."""

    value: FaultValue
    times: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The switch as the control endpoints and the state file say it."""
        return {"value": self.value} | ({} if self.times is None else {"times": self.times})


class FaultBoard:
    """The switches of one account."""

    def __init__(self, faults: Mapping[str, Fault] | None = None) -> None:
        self._faults = dict(faults or {})

    @classmethod
    def from_json(cls, wanted: Mapping[str, Any]) -> "FaultBoard":
        """Read `{name: value or {value, times}, ..., times?}`; raises FaultError."""
        shared = wanted.get("times")
        named = {name: given for name, given in wanted.items() if name != "times"}
        return cls({name: _read(name, given, shared) for name, given in named.items()})

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

    def take_all(self, occasion: Occasion) -> dict[str, FaultValue]:
        """Every switch of an occasion, spent at once: what a page is loaded with."""
        names = [name for name in self._faults if OCCASIONS[name] == occasion]
        return {name: value for name in names if (value := self.take(name)) is not None}


def _read(name: str, given: Any, shared_times: Any) -> Fault:
    if name not in OCCASIONS:
        raise FaultError(f"there is no switch {name}; there are {', '.join(OCCASIONS)}")
    times = shared_times
    if isinstance(given, dict):
        given, times = given.get("value", True), given.get("times", shared_times)
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise FaultError(f"{name}: times is a count from 1")
    return Fault(_checked(name, given), times)


def _checked(name: str, value: object) -> FaultValue:
    if name in _MILLISECONDS:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise FaultError(f"{name} takes milliseconds")
    if name == "other_account":
        if isinstance(value, str) and value:
            return value
        raise FaultError("other_account takes a handle")
    if name == "renamed_testids" and isinstance(value, list):
        return [str(each) for each in value]
    if value is True or (isinstance(value, str) and value in _WORDS.get(name, set())):
        return value
    raise FaultError(f"{name} takes {' or '.join(['true', *sorted(_WORDS.get(name, set()))])}")
