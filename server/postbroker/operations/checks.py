"""Checks of what a browser's extension finds on a platform's page, and the locators it uses."""

from postbroker.contract.jobs import CheckControls, CreatedJob
from postbroker.contract.locators import AskCheck, LocatorPack, ReadLocators
from postbroker.domain.caller import Caller
from postbroker.domain.key import ALL_SCOPES
from postbroker.operations.jobs import ERRAND_REFUSALS, created_answer
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.browsers import Browsers
from postbroker.services.locators import LocatorPacks
from postbroker.services.posts import Posts

LOOKS_ONLY = (
    "The browser opens the platform's own page in a tab of its own, presses nothing, and says who "
    "is logged in and which candidate of each locator matched: `details.check` of the job."
)


def check_operations(posts: Posts, browsers: Browsers, packs: LocatorPacks) -> list[AnyOperation]:
    """What agents and browsers can ask, over the services given."""

    async def check(asked: Asked[CheckControls]) -> Reply:
        if asked.request.browser_id is not None:
            await browsers.get(asked.who.workspace_id, asked.request.browser_id)
        job, is_replay = await posts.check(asked.who, asked.request)
        return Reply(created_answer(job, ""), replayed=is_replay, location=f"/v1/jobs/{job.id}")

    async def ask_check(asked: Asked[AskCheck]) -> Reply:
        browser, request = asked.who, asked.request
        person = Caller("browser", browser.id, browser.name, browser.workspace_id, ALL_SCOPES)
        wanted = CheckControls(
            platform=request.platform, sandbox=request.sandbox, browser_id=browser.id
        )
        job, _ = await posts.check(person, wanted)
        return Reply(created_answer(job, ""))

    async def read(asked: Asked[ReadLocators]) -> Reply:
        return Reply(packs.get(asked.request.platform))

    return [
        Operation(
            "check_controls",
            "Check what a browser finds on a platform",
            "agent",
            CheckControls,
            CreatedJob,
            check,
            "posts.publish",
            (*ERRAND_REFUSALS, "NOT_FOUND"),
            description=LOOKS_ONLY,
        ),
        Operation(
            "ask_check",
            "Ask for a check of this browser itself",
            "browser",
            AskCheck,
            CreatedJob,
            ask_check,
            None,
            ("VALIDATION_FAILED", "UNSUPPORTED_PLATFORM", "QUOTA_EXCEEDED", "STORAGE_FULL"),
            description=LOOKS_ONLY,
        ),
        Operation(
            "read_locators",
            "Read a platform's signed locators",
            "browser",
            ReadLocators,
            LocatorPack,
            read,
            None,
            ("NOT_FOUND",),
            description="The extension takes them only if their signature, their form, their "
            "version and its own test of them hold.",
        ),
    ]
