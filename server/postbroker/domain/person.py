"""What a person must do, with the place named: which site, as whom, in which browser."""

from collections.abc import Sequence

from postbroker.contract.catalogue import Platform

AFTER_FAILURES = {
    "not_logged_in": "log in to {site}{as_account} in {browser}",
    "wrong_account": "log in to {site}{as_account} in {browser}: somebody else is logged in there",
    "no_x_tab": "open {site} in {browser}",
    "no_platform_tab": "open {site} in {browser}",
    "content_script_unavailable": "reload the tab of {site} or the extension in {browser}",
    "composer_dirty": "post or discard the draft in the composer of {site} in {browser}",
    "tab_closed": "leave the extension's tab of {site} open in {browser}",
    "browser_lost": "check that {browser} is running",
    "permission_missing": "allow {site} in the extension's popup in {browser}",
    "challenge_required": "open {site} in {browser} and pass the check that it asks for",
    "upload_stalled": "check the connection of {browser}",
    "not_joined": "open the group on {site} in {browser} and answer what it asks",
}
"""By code of a job, what makes the next try succeed."""


def site_of(platform: Platform) -> str:
    """What people know a platform by: its host name, where it has one of its own."""
    return platform.hosts[0].removeprefix("www.") if platform.hosts else platform.name


def login_step(site: str, account: str | None, browsers: Sequence[str]) -> str:
    """Where to log in, and as whom."""
    return f"The user must log in to {site}{_as(account)} in {in_words(browsers)}"


def step_after(code: str, site: str, account: str | None, browser: str) -> str | None:
    """What must be done after a job failed with this code; None where no place helps."""
    step = AFTER_FAILURES.get(code)
    if step is None:
        return None
    known = {"site": site, "as_account": _as(account), "browser": in_words([browser])}
    return f"The user must {step.format(**known)}; then retry the post."


def in_words(browsers: Sequence[str]) -> str:
    """Browsers by the names that people gave them."""
    names = ", ".join(f"«{name}»" for name in browsers)
    return f"the browser {names}" if len(browsers) == 1 else f"one of the browsers {names}"


def _as(account: str | None) -> str:
    return f" as {account}" if account else ""
