"""Follows a job to its end and says how it ended."""

import asyncio
from contextlib import aclosing, suppress

from postbroker.cli.exits import Exit, exit_of
from postbroker.cli.screen import Screen
from postbroker.cli.timeline import Timeline
from postbroker.client import AsyncPostbroker
from postbroker.contract.jobs import AccountStatus, JobAnswer, WaitsFor
from postbroker.contract.words import ButtonState

ACTORS = {
    "agent": "whoever wrote the post",
    "user": "the person at the browser",
    "operator": "whoever runs the broker",
    "nobody": "nobody",
}


BUTTONS: dict[ButtonState, str] = {
    "joined": "The account is in the group.",
    "requested": "The account has asked to be let in.",
    "not_member": "The account is not in the group.",
}
EXITS_OF_WAITING: dict[WaitsFor, Exit] = {
    "approval": Exit.PERSON,
    "login": Exit.PERSON,
    "connection": Exit.PERSON,
    "limit": Exit.POLICY,
    "account": Exit.POLICY,
    "workspace": Exit.POLICY,
    "browser": Exit.OFFLINE,
}
STANDINGS = {
    "awaiting_approval": "it waits for a person's yes",
    "queued": "it still waits for a browser",
    "leased": "a browser still prepares it; nothing is posted yet",
    "committing": "the button may have been pressed; it is not seen live yet",
    "outcome_unknown": "the button may have been pressed; a browser looks for the post",
    "retry_wait": "nothing is posted yet; it will be tried again",
}


async def follow(
    screen: Screen, client: AsyncPostbroker, job_id: str, timeout_seconds: float | None
) -> JobAnswer:
    """Show each event; the job after its end, or after the time. Raises PostbrokerError."""
    with Timeline(screen) as timeline, suppress(TimeoutError):
        async with asyncio.timeout(timeout_seconds), aclosing(client.events(job_id)) as events:
            async for event in events:
                timeline.add(event)
    return await client.get(job_id)


async def tell_end(screen: Screen, client: AsyncPostbroker, job: JobAnswer) -> Exit:
    """The live address, or why there is none, who must act and what comes next."""
    screen.answer(job)
    match job.status:
        case "succeeded":
            _tell_success(screen, job)
            return Exit.DONE
        case "failed":
            code = job.error_code or "unknown_error"
            screen.complain(f"{code}: {job.error or job.details.state}", next_step(job))
            return exit_of(code, "job", job.details.actor)
        case "queued" | "processing":
            status = await client.status()
            state = job.details.state
            how_long = STANDINGS.get(state, f"it is still {state.replace('_', ' ')}")
            follow_on = f"Follow it with: postbroker jobs {job.id} --watch"
            screen.complain(how_long, f"{status.next_step or 'The job goes on.'} {follow_on}")
            return exit_of_unfinished(job, status)


def _tell_success(screen: Screen, job: JobAnswer) -> None:
    details = job.details
    if details.group_search is not None:
        for group in details.group_search.results:
            members = "" if group.member_count is None else f", {group.member_count} members"
            screen.say((group.name, "bold"), f"  {group.privacy}{members}, {group.join_status}")
            screen.say((f"  {group.url}", "dim"))
        if not details.group_search.results:
            screen.say("No group fits.")
    elif details.button_state is not None:
        screen.say((BUTTONS[details.button_state], "bold green"))
    elif details.approval is not None:
        screen.say(("Sent. An admin of the group must let it in.", "bold green"))
    else:
        screen.say(("Live: ", "bold green"), (job.post_url or "", "bold"))


def next_step(job: JobAnswer) -> str | None:
    """Who must do what about a job that did not go out."""
    action, actor = job.details.suggested_action, job.details.actor
    if action is None or actor is None or actor == "nobody":
        return action
    return f"For {ACTORS[actor]}: {action}"


def exit_of_unfinished(job: JobAnswer, status: AccountStatus) -> Exit:
    """What keeps a job from ending."""
    if job.details.state in ("committing", "outcome_unknown"):
        return Exit.UNKNOWN
    if job.details.waiting_for is not None:
        return EXITS_OF_WAITING[job.details.waiting_for]
    if status.paused:
        return Exit.POLICY
    if not status.online:
        return Exit.OFFLINE
    return Exit.PERSON if status.next_step else Exit.OTHER
