"""Usage and account status, as agents ask for them."""

from collections.abc import Mapping

from postbroker.contract.catalogue import Platform
from postbroker.contract.jobs import AccountStatus, BrowserAnswer, ConnectedAs
from postbroker.contract.jobs import Usage as UsageAnswer
from postbroker.contract.locators import LocatorState
from postbroker.contract.requests import AccountStatusOf, UsageOf
from postbroker.domain.person import login_step, site_of
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.checks import refuse, unknown_platform
from postbroker.services.usage import Standing, Usage
from postbroker.store.browsers import Browser


def usage_operations(usage: Usage, platforms: Mapping[str, Platform]) -> list[AnyOperation]:
    """What agents can ask, over the service given."""

    async def count(asked: Asked[UsageOf]) -> Reply:
        counted = await usage.count(asked.who, asked.request.key_id)
        answer = UsageAnswer(
            tenant_id=asked.who.workspace_id,
            total=sum(counted.by_view.values()),
            today=counted.today,
            by_status=counted.by_view,
        )
        return Reply(answer)

    async def status(asked: Asked[AccountStatusOf]) -> Reply:
        wanted = asked.request.platform
        if wanted is not None and wanted not in platforms:
            refuse([unknown_platform(wanted, platforms)])
        platform = platforms[wanted] if wanted else None
        return Reply(status_answer(await usage.standing_by(asked.who), platform))

    return [
        Operation(
            "read_usage",
            "Count jobs",
            "agent",
            UsageOf,
            UsageAnswer,
            count,
            "usage.read",
            description="In all, since midnight UTC, and by status.",
        ),
        Operation(
            "read_account_status",
            "Say whether posts can go out now",
            "agent",
            AccountStatusOf,
            AccountStatus,
            status,
            "accounts.read",
            ("UNSUPPORTED_PLATFORM",),
            description=(
                "Which browsers are paired and online, how many jobs wait, and in `nextStep` "
                "what a person must do before posts go out; it is absent when nothing is "
                "missing."
            ),
        ),
    ]


def status_answer(standing: Standing, platform: Platform | None = None) -> AccountStatus:
    """Whether posts can go out now, on `platform` where it is given; if not, the next step."""
    workspace, browsers = standing.workspace, standing.browsers
    online = any(is_online for _, is_online in browsers)
    return AccountStatus(
        tenant_id=workspace.id,
        workspace=workspace.name,
        paired=bool(browsers),
        online=online,
        paused=workspace.is_paused,
        paused_because=workspace.paused_because,
        browsers=[browser_answer(browser, is_online=on) for browser, on in browsers],
        connected=[
            ConnectedAs(platform=each.platform, handle=each.handle) for each in standing.connected
        ],
        queued=standing.by_view.get("queued", 0),
        processing=standing.by_view.get("processing", 0),
        next_step=_next_step(standing, platform, online=online),
    )


def browser_answer(browser: Browser, *, is_online: bool) -> BrowserAnswer:
    """A paired browser as agents see it."""
    return BrowserAnswer(
        id=browser.id,
        name=browser.name,
        browser=browser.browser,
        extension_version=browser.extension_version,
        online=is_online,
        paused=browser.is_paused,
        paired_at=browser.paired_at.isoformat(),
        last_seen_at=browser.last_seen_at.isoformat() if browser.last_seen_at else None,
        platforms=browser.platforms,
        locators=[LocatorState.model_validate(row) for row in browser.locators],
    )


def _next_step(standing: Standing, platform: Platform | None, *, online: bool) -> str | None:
    if standing.workspace.is_paused and (standing.browsers or standing.connected):
        return "The user resumes the workspace in the dashboard or with: postbroker resume."
    if any(platform is None or each.platform == platform.id for each in standing.connected):
        return None
    if platform is not None and "tab" not in platform.routes:
        return (
            "The user connects an account in the dashboard or with: "
            f"postbroker connect {platform.id}"
        )
    if not standing.browsers:
        return "The user pairs a browser: install the extension, press Connect, enter the 6 digits."
    if not online:
        names = ", ".join(browser.name for browser, _ in standing.browsers)
        return f"The user starts the browser with the extension ({names})."
    if all(browser.is_paused for browser, is_online in standing.browsers if is_online):
        return "The user presses Resume in the extension's popup."
    if platform is not None:
        able = [browser for browser, is_on in standing.browsers if is_on and not browser.is_paused]
        if not any(_may_be_logged_in(browser, platform.id) for browser in able):
            return f"{login_step(site_of(platform), None, [each.name for each in able])}."
    return None


def _may_be_logged_in(browser: Browser, platform_id: str) -> bool:
    """False when the browser told that nobody is logged in there."""
    told = next((row for row in browser.platforms if row["platform"] == platform_id), None)
    return told is None or bool(told["loggedIn"])
