"""What the paired browsers find on each platform's own page, for `doctor --browser`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postbroker.cli.ending import Exit
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.contract.jobs import AccountStatus, BrowserAnswer, JobAnswer
    from postbroker.contract.locators import CheckReport


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """What one browser found on one platform, or why it found nothing."""

    browser: "BrowserAnswer"
    platform: str
    job: "JobAnswer"

    @property
    def report(self) -> "CheckReport | None":
        """What the page showed; None where the browser could not look."""
        return self.job.details.check

    @property
    def missing(self) -> list[str]:
        """What every member is shown there, and this browser did not find."""
        rows = self.report.locators if self.report else []
        return [row.name for row in rows if row.expected and row.candidate is None]

    @property
    def is_well(self) -> bool:
        """True when a post could begin there."""
        return self.report is not None and self.report.session == "in" and not self.missing

    @property
    def found(self) -> str:
        """All of it in a line."""
        report = self.report
        if report is None:
            return self.job.error or self.job.error_code or "there is no answer"
        source = "signed" if report.signed else "bundled"
        used = f"locators {report.version}, {source}"
        if report.session != "in":
            return f"{SESSIONS[report.session]}; {used}"
        expected = sum(row.expected for row in report.locators)
        lacks = f", without {', '.join(self.missing)}" if self.missing else ""
        return f"{report.account}, {expected - len(self.missing)} of {expected}{lacks}; {used}"

    @property
    def next_step(self) -> str:
        """What somebody must do where it is not well."""
        report = self.report
        if report is None:
            return self.job.details.suggested_action or "Try again."
        if report.session in ("out", "challenge", "suspended"):
            return f"Open {self.platform} in that browser and see to it."
        return "The site has changed: report it, with --json, and look for newer locators."

    @property
    def exit(self) -> Exit:
        """How a command ends for which this is the first thing wrong."""
        report = self.report
        if report is None:
            return Exit.OFFLINE
        return Exit.PLATFORM if report.session in ("in", "unknown") else Exit.PERSON


CHECK_SECONDS = 120
"""How long a browser may let a check wait; one after the other takes a few seconds each."""

SESSIONS = {
    "out": "nobody is logged in",
    "challenge": "it wants to see a person",
    "suspended": "the account is suspended",
    "unknown": "the page does not say who is logged in",
}


async def check_sites(
    client: "AsyncPostbroker",
    status: "AccountStatus",
    platforms: Sequence[str] | None,
    *,
    sandbox: bool,
) -> list[SiteCheck]:
    """What each browser that is online finds on these platforms, or on all that it posts to."""
    if platforms is None:
        known = (await client.platforms()).platforms
        platforms = [each.id for each in known if "tab" in each.routes]
    asked = [
        (
            browser,
            platform,
            await client.check_controls(
                platform,
                browser_id=browser.id,
                sandbox=sandbox,
                expires_in_seconds=CHECK_SECONDS,
            ),
        )
        for browser in status.browsers
        if browser.online and not browser.paused
        for platform in platforms
    ]
    return [
        SiteCheck(browser, platform, await client.wait(job, check=False))
        for browser, platform, job in asked
    ]


def show_locators(screen: Screen, site: SiteCheck) -> None:
    """A line for each locator that found something, or should have."""
    for row in _telling(site):
        screen.say("    ", (f"{row[0]:<18}", "bold"), f"{row[1]:<5}{row[2]}")


def _telling(site: SiteCheck) -> Iterator[tuple[str, str, str]]:
    rows = site.report.locators if site.report else []
    for row in rows:
        if row.candidate is not None:
            yield row.name, str(row.candidate), row.selector or ""
        elif row.expected:
            yield row.name, "none", ""


def as_document(site: SiteCheck) -> dict[str, Any]:
    """The same for a program, with every locator."""
    document = {
        "browserId": site.browser.id,
        "browser": site.browser.name,
        "platform": site.platform,
        "ok": site.is_well,
        "found": site.found,
    }
    if site.report is not None:
        document["check"] = site.report.model_dump(mode="json", exclude_none=True)
    return document if site.is_well else {**document, "nextStep": site.next_step}
