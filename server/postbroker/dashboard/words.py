"""What jobs, steps and events are called on the pages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from postbroker.contract.accounts import AccountState
from postbroker.contract.connections import ConnectionHealth
from postbroker.contract.locators import CheckReport, LocatorState, SessionWord
from postbroker.contract.words import ButtonState, JobView, Kind
from postbroker.domain.account import Account
from postbroker.domain.job import Job, JobState
from postbroker.domain.key import Scope
from postbroker.domain.outcome import RESTORED
from postbroker.errors import error_codes
from postbroker.store.events import Event

Tone = Literal["good", "busy", "waiting", "bad", "needs-you", "over"]
"""How a state looks; each has its own colour and sign."""

VIEWS: dict[JobView, str] = {
    "queued": "Waiting",
    "processing": "Under way",
    "succeeded": "Published",
    "failed": "Not published",
}

ACTORS = {
    "agent": "the agent that sent it",
    "user": "you",
    "operator": "whoever runs the broker",
    "nobody": "nobody",
}

STEPS: dict[str, str] = {
    "open_tab": "Opening the tab",
    "check_login": "Checking that somebody is logged in",
    "check_account": "Checking the account",
    "clean_start": "Making sure that the composer is empty",
    "baseline": "Noting the newest post",
    "attach_media": "Attaching the media",
    "insert_text": "Typing the text",
    "read_back": "Reading the text back",
    "ask_permit": "Asking for leave to press the button",
    "press": "Pressing the button",
    "confirm": "Looking for proof that the post is live",
    "look_for_post": "Looking for the post on the account",
}

SCOPES: dict[Scope, str] = {
    "posts.read": "read posts and jobs",
    "posts.draft": "write drafts",
    "posts.schedule": "schedule posts",
    "posts.publish": "publish, cancel and settle",
    "posts.approve": "say yes to posts, in place of a person",
    "media.upload": "upload media",
    "accounts.read": "see browsers and accounts",
    "accounts.write": "change accounts",
    "usage.read": "read usage",
    "logs.read": "read logs",
    "api_keys.write": "make and revoke keys",
    "browsers.pair": "pair browsers",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands: a word, how it looks, and a sentence."""

    word: str
    tone: Tone
    sentence: str


STANDINGS: dict[JobState, Standing] = {
    "draft": Standing("Draft", "waiting", "It goes nowhere until it is queued."),
    "awaiting_approval": Standing("Awaiting approval", "needs-you", "It waits for a person's yes."),
    "scheduled": Standing("Scheduled", "waiting", "It waits for its time."),
    "queued": Standing("Waiting", "waiting", "It waits for a browser to take it."),
    "leased": Standing("Preparing", "busy", "A browser prepares it. Nothing is posted yet."),
    "committing": Standing("Publishing", "busy", "The browser may press the button now, once."),
    "outcome_unknown": Standing(
        "Looking for it",
        "busy",
        "The button may have been pressed. A browser looks for the post; nothing is pressed again"
        " meanwhile.",
    ),
    "retry_wait": Standing("Trying again", "waiting", "Nothing was posted. It is tried again."),
    "published": Standing("Published", "good", "Live, on the right account, with the right text."),
    "failed": Standing("Failed", "bad", "It was not published."),
    "canceled": Standing("Canceled", "over", "Nothing was posted."),
    "expired": Standing("Expired", "over", "No browser took it in time. Nothing was posted."),
}

UNSETTLED = Standing(
    "Outcome unknown",
    "needs-you",
    "The button may have been pressed, and nobody could tell whether the post is live.",
)

LOOKING_AFTER_RESTORE = replace(
    STANDINGS["outcome_unknown"],
    sentence="It comes from a backup and may have gone out since. A browser looks for it.",
)
UNSETTLED_BACKUP = replace(
    UNSETTLED,
    sentence="It comes from a backup and may have gone out since; nobody could tell.",
)


BUTTONS: dict[ButtonState, str] = {
    "joined": "The account is in the group.",
    "requested": "The account has asked to be let in.",
    "not_member": "The account is not in the group.",
}
AWAITED = Standing("Sent", "good", "The platform has it. An admin of the group must let it in.")

_SUBJECTS: dict[Kind, str] = {
    "group_search": "Search for groups: {text}",
    "group_join": "Join the group {target}",
    "group_status": "See whether the account is in the group {target}",
    "check": "Look what is found on {platform}",
}


def subject_of(job: Job) -> str:
    """What a job is about in a line: a post's own text, or what an errand is for."""
    if job.kind in ("post", "comment"):
        return job.text
    return _SUBJECTS[job.kind].format(text=job.text, target=job.target, platform=job.platform)


def texts_of(job: Job) -> tuple[str, ...]:
    """All texts of a job, or what an errand is for."""
    return job.parts if job.kind in ("post", "comment") else (subject_of(job),)


BY_API: dict[JobState, Standing] = STANDINGS | {
    "queued": Standing("Waiting", "waiting", "The broker sends it through the official API."),
    "leased": Standing("Preparing", "busy", "The broker prepares it. Nothing is posted yet."),
    "committing": Standing("Publishing", "busy", "The one request that posts it may be out."),
    "outcome_unknown": Standing(
        "Looking for it",
        "busy",
        "The platform may have the post, or works on it still. The broker looks for it.",
    ),
    "expired": Standing("Expired", "over", "It could not go out in time. Nothing was posted."),
}
"""Standings of what goes by an official API."""


def standing_of(job: Job) -> Standing:
    """Where a job stands, for the person at the dashboard."""
    standing = (BY_API if job.route == "api" else STANDINGS)[job.state]
    if job.kind not in ("post", "comment") and job.state == "published":
        return Standing("Done", "good", _answer_words(job))
    if job.state == "published" and job.report.get("approval") == "pending":
        return AWAITED
    if job.state == "outcome_unknown" and job.error_code == RESTORED:
        return UNSETTLED_BACKUP if job.has_ended else LOOKING_AFTER_RESTORE
    if job.state == "outcome_unknown" and job.has_ended:
        return UNSETTLED
    if job.state == "published" and job.evidence is None:
        return replace(standing, sentence="Live: a person saw it there.")
    if job.state == "failed" and (title := title_of(job.error_code)):
        return replace(standing, sentence=f"{title}.")
    return standing


def _answer_words(job: Job) -> str:
    """What an errand brought back, in a sentence."""
    if job.pruned_at is not None:
        return "What it brought back was removed."
    if job.kind == "group_search":
        found = len(job.report["groupSearch"]["results"])
        return f"{found or 'No'} {'group fits' if found <= 1 else 'groups fit'}."
    if job.kind == "check":
        return _check_words(CheckReport.model_validate(job.report["check"]))
    return BUTTONS[job.report["buttonState"]]


SESSIONS: dict[SessionWord, str] = {
    "in": "somebody is logged in",
    "out": "nobody is logged in",
    "challenge": "it wants to see a person",
    "suspended": "the account is suspended",
    "unknown": "the page does not say who is logged in",
}


def _check_words(report: CheckReport) -> str:
    missing = [row.name for row in report.locators if row.expected and row.candidate is None]
    words = _found_words(report.session, report.account, missing)
    return f"{words[0].upper()}{words[1:]}."


def _found_words(session: SessionWord, account: str | None, missing: list[str]) -> str:
    """What a check found on a platform, as a remark."""
    if session != "in":
        return SESSIONS[session]
    found = f"not found: {', '.join(missing)}" if missing else "all controls found"
    return f"{found}, as {account}" if account else found


def site_words(state: LocatorState) -> list[str]:
    """Remarks on a browser's locators of a platform; none where all is as it came."""
    words = []
    if state.check is not None:
        words.append(_found_words(state.check.session, state.check.account, state.check.missing))
    if state.signed:
        words.append(f"signed locators {state.version}")
    if state.refused is not None:
        words.append(f"refused locators {state.refused.version}: {state.refused.reason}")
    return words


ACCOUNT_STATES: dict[AccountState, tuple[str, Tone]] = {
    "active": ("Ready", "good"),
    "logged_out": ("Not logged in", "bad"),
    "challenge": ("Needs you", "needs-you"),
    "paused": ("Paused", "needs-you"),
}


CONNECTION_HEALTH: dict[ConnectionHealth, tuple[str, Tone]] = {
    "healthy": ("Connected", "good"),
    "ends_soon": ("Ends soon", "needs-you"),
    "failing": ("In trouble", "needs-you"),
    "disconnected": ("Disconnected", "bad"),
}


def health_words(health: ConnectionHealth) -> tuple[str, Tone]:
    """How a connection stands, in a word, and how it looks."""
    return CONNECTION_HEALTH[health]


def account_words(state: AccountState) -> tuple[str, Tone]:
    """Whether posts of an account go out, in a word, and how it looks."""
    return ACCOUNT_STATES[state]


def mode_words(account: Account) -> str:
    """When a person is asked about posts of an account."""
    match account.mode:
        case "ask":
            return "asks you before each post"
        case "always":
            return "never asks"
        case "first" if account.confirmed_at is None:
            return "asks you before its first post"
        case "first":
            return "you said yes to its first post"


def actor_of(job: Job) -> str | None:
    """Who must act before something comes of the job; None while it goes on, or is done."""
    code = error_codes().get(job.error_code or "")
    return ACTORS[code.actor] if code and job.has_ended and job.state != "published" else None


def title_of(code: str | None) -> str | None:
    """What an error code means, in a sentence."""
    known = error_codes().get(code or "")
    return known.title if known else code


def event_words(event: Event) -> tuple[str, str | None]:
    """An event as a line of a timeline: what happened, and more if there is more."""
    data = event.data
    title = _EVENTS[event.name](event) if event.name in _EVENTS else _spelt(event.name)
    if "account" in data:
        return title, f"as {data['account']}"
    more = data.get("detail") or data.get("postUrl") or data.get("reason") or data.get("because")
    if more is None and event.name != "outcome_unknown":
        more = title_of(data.get("errorCode"))
    return title, more


def scope_words(scopes: frozenset[Scope]) -> str:
    """What a key may do, as a list in a sentence."""
    return ", ".join(meaning for scope, meaning in SCOPES.items() if scope in scopes)


def step_words(step: str | None) -> str:
    """A step of the holder of a lease."""
    return STEPS.get(step or "", _spelt(step or "a step"))


def _doubt_words(event: Event) -> str:
    if "by" in event.data:
        return f"{event.data['by']} asked for another look"
    match event.data.get("outcome"):
        case "absent":
            return "The post was not there"
        case "unseen":
            is_api = event.data.get("route") == "api"
            return "The broker could not look" if is_api else "The browser could not look"
        case _:
            return "Outcome unknown"


def _ended(word: str) -> Callable[[Event], str]:
    return lambda event: f"{word}, says {event.data['by']}" if "by" in event.data else word


def _published_words(event: Event) -> str:
    return "Done" if event.data.get("outcome") == "done" else _ended("Published")(event)


def _by_holder(template: str) -> Callable[[Event], str]:
    def words(event: Event) -> str:
        is_api = "connectionId" in event.data
        return template.format("the broker" if is_api else event.data.get("browser", "a browser"))

    return words


def _accepted_words(event: Event) -> str:
    ways = {"api": "Accepted, for the official API", "tab": "Accepted, for a browser"}
    if event.sequence == 1:
        return ways.get(event.data.get("route", ""), "Accepted")
    return "Back in the queue"


def _rerouted_words(event: Event) -> str:
    way = "a browser" if event.data.get("route") == "tab" else "the official API"
    return f"Not posted; it goes by {way} instead"


def _spelt(name: str) -> str:
    return name.replace("_", " ").capitalize()


_EVENTS: dict[str, Callable[[Event], str]] = {
    "queued": _accepted_words,
    "leased": _by_holder("Taken by {}"),
    "verifying": _by_holder("Being looked for by {}"),
    "rerouted": _rerouted_words,
    "removed": lambda event: f"Removed from the platform by {event.data.get('by', 'somebody')}",
    "put_off": lambda _: "Put off; nothing was posted",
    "pending": lambda _: "The platform works on it",
    "step": lambda event: step_words(event.step),
    "committing": lambda _: "Leave to press the button, once",
    "outcome_unknown": _doubt_words,
    "retry_wait": lambda _: "To be tried again",
    "published": _published_words,
    "failed": _ended("Failed"),
    "canceled": lambda event: f"Canceled by {event.data.get('by', 'somebody')}",
    "expired": lambda _: "Expired",
    "restored": lambda _: "Came from a backup; it may have gone out since",
    "approved": lambda event: f"Not there, says {event.data.get('by', 'somebody')}: to go out now",
    "allowed": lambda event: f"Yes, says {event.data.get('by', 'somebody')}",
    "awaiting_approval": lambda _: "Waits for a person's yes",
    "rejected": lambda event: f"No, says {event.data.get('by', 'somebody')}",
    "hint": lambda _: "A late report says where the post may be",
}
