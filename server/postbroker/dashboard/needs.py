"""What needs a person before posts can go out, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass

from postbroker.contract.connections import AccountHealth, ConnectionHealth
from postbroker.dashboard.rendering import sentence
from postbroker.dashboard.words import title_of
from postbroker.domain.account import BY_A_PERSON, Account
from postbroker.domain.job import Job
from postbroker.services.approvals import Question
from postbroker.services.browsers import is_outdated
from postbroker.services.usage import Standing
from postbroker.store.browsers import Browser

SHOWN_TEXT = 80


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to do: what is wrong, what to do, and where. `quote` is text from outside."""

    title: str
    advice: str
    link: str | None = None
    link_text: str | None = None
    quote: str | None = None


def needs_of(
    standing: Standing,
    unsettled: Sequence[Job],
    questions: Sequence[Question] = (),
    accounts: Sequence[Account] = (),
    connections: Sequence[AccountHealth] = (),
) -> list[Need]:
    """All that needs a person in a workspace."""
    needs = [_unsettled(job) for job in unsettled]
    needs += [_question(question) for question in questions]
    needs += [
        _paused(account)
        for account in accounts
        if account.paused_because not in (None, BY_A_PERSON)
    ]
    if standing.workspace.is_paused:
        why = standing.workspace.paused_because or "No job goes out until you press Resume above."
        needs.append(Need("Everything is paused", why))
    needs += [_connection(each) for each in connections if each.health != "healthy"]
    if not standing.browsers and not connections:
        needs.append(
            Need(
                "No browser is paired",
                "Posts go out through a browser in which you are logged in.",
                "/dashboard/browsers",
                "Pair a browser",
            )
        )
    for browser, is_online in standing.browsers:
        needs += _browser_needs(browser, is_online=is_online)
    return needs


def _unsettled(job: Job) -> Need:
    return Need(
        "Is this post live?",
        "Nobody could tell. Look at the account, then say so.",
        f"/dashboard/jobs/{job.id}",
        "Settle it",
        job.text[:SHOWN_TEXT],
    )


def _question(question: Question) -> Need:
    who = question.handle or "whoever is logged in"
    return Need(
        "Shall this go out?",
        f"It waits for your yes, as {who} on {question.job.platform.upper()}.",
        f"/dashboard/jobs/{question.job.id}",
        "Look at it",
        question.job.text[:SHOWN_TEXT],
    )


def _paused(account: Account) -> Need:
    title = title_of(account.paused_because) or account.paused_because
    return Need(
        f"{account.platform.upper()} wants to see you",
        f"{title}. Its posts wait. See to it in the browser, then resume the account.",
        "/dashboard/accounts",
        "Accounts",
        account.handle,
    )


def _connection(account: AccountHealth) -> Need:
    place = account.platform.upper()
    titles: dict[ConnectionHealth, str] = {
        "ends_soon": f"A connection with {place} ends soon",
        "failing": f"{place} cannot be asked",
        "disconnected": f"{place} is disconnected",
    }
    return Need(
        titles[account.health],
        sentence(account.next_step or ""),
        "/dashboard/connections",
        "Connections",
        account.handle,
    )


def _browser_needs(browser: Browser, *, is_online: bool) -> list[Need]:
    if not is_online:
        return [
            Need(
                "A browser is offline",
                "Start it, and jobs go on by themselves.",
                quote=browser.name,
            )
        ]
    if is_outdated(browser.protocol_version):
        return [
            Need(
                "The extension does not fit this broker",
                "Load the folder named under Browsers, then press its reload button.",
                "/dashboard/browsers",
                "Browsers",
                browser.name,
            )
        ]
    needs = []
    if browser.is_paused:
        needs.append(
            Need(
                "A browser is paused", "Press Resume in the extension's popup.", quote=browser.name
            )
        )
    needs += [
        Need(
            f"Nobody is logged in to {row['platform'].upper()}",
            "Open the platform in that browser and log in.",
            quote=browser.name,
        )
        for row in browser.platforms
        if not row["loggedIn"]
    ]
    return needs
