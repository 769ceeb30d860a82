"""`jobs` lists and follows jobs; `cancel` stops one."""

from contextlib import aclosing
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.completion import offer_jobs
from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, JobId, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.client.options import JobFilters
    from postbroker.contract.jobs import JobAnswer

SHOWN_TEXT = 50
STYLES = {"queued": "yellow", "processing": "cyan", "succeeded": "green", "failed": "red"}


class Status(StrEnum):
    """The four words of a job's status."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


def jobs(
    context: typer.Context,
    job_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="One job, with all that happened to it.",
            autocompletion=offer_jobs,
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing what happens.")] = False,
    status: Annotated[Status | None, typer.Option(help="Only these.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=100)] = 20,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first, or show one.

    With --watch and --json but no ID each event is a JSON document on a line of its own.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker
        from postbroker.cli.following import follow, tell_end

        async with broker(place_of(context)) as client:
            if job_id is None:
                filters: JobFilters = {"limit": limit}
                if status:
                    filters["status"] = status.value
                page = await client.list_jobs(**filters)
                if not (watch and screen.as_json):
                    screen.answer(page)
                for job in page.jobs:
                    _show_line(screen, job)
                if not page.jobs:
                    screen.say("There are no jobs.")
                return await _watch_all(screen, client) if watch else Exit.DONE
            if watch:
                return await tell_end(screen, client, await follow(screen, client, job_id, None))
            await _show_whole(screen, client, await client.get(job_id))
            return Exit.DONE

    run(body, as_json=as_json)


def cancel(
    context: typer.Context,
    job_id: JobId,
    as_json: AsJson = False,
) -> None:
    """Stop a job, as long as its button was not pressed."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            job = await client.cancel(job_id)
        screen.answer(job)
        screen.say(f"{job.id} is canceled; nothing was posted.")
        return Exit.DONE

    run(body, as_json=as_json)


def settle(
    context: typer.Context,
    job_id: JobId,
    url: Annotated[
        str | None, typer.Option("--url", help="The post is there.", show_default=False)
    ] = None,
    absent: Annotated[
        bool, typer.Option("--absent", help="You looked on the account: the post is not there.")
    ] = False,
    look: Annotated[
        bool, typer.Option("--look", help="Have a browser look once more instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say where a post of unknown outcome is, or that it is not there.

    Until then it is never sent again. After --absent it can be: with postbroker retry.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        if [url is not None, absent, look].count(True) != 1:
            raise CommandError(
                "say one of --url, --absent and --look", None, Exit.USAGE, "VALIDATION_FAILED"
            )
        async with broker(place_of(context)) as client:
            job = await (client.look_again(job_id) if look else client.settle(job_id, url))
        screen.answer(job)
        _show_line(screen, job)
        return Exit.DONE

    run(body, as_json=as_json)


def approve(
    context: typer.Context,
    job_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Posts that wait for your yes.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All from a backup, because you looked for all.")
    ] = False,
    always: Annotated[
        bool, typer.Option("--always", help="Ask no more about posts of the same account.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say yes to posts: to new ones that wait for it, and to ones from a backup.

    Look for one from a backup on the account first: it may have gone out before.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        if every == bool(job_ids):
            raise CommandError("say which posts, or --all", None, Exit.USAGE, "VALIDATION_FAILED")
        async with broker(place_of(context)) as client:
            wanted = await _unsettled_of_backup(client) if every else job_ids or []
            approved = [await client.approve(job_id, always=always) for job_id in wanted]
        screen.answer({"approved": [job.id for job in approved]})
        for job in approved:
            _show_line(screen, job)
        screen.say(f"{len(approved)} approved; they go out unless everything is paused.")
        return Exit.DONE

    run(body, as_json=as_json)


def reject(
    context: typer.Context,
    job_id: JobId,
    as_json: AsJson = False,
) -> None:
    """Say no to a post that waits for your yes."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            job = await client.reject(job_id)
        screen.answer(job)
        screen.say(f"{job.id} does not go out.")
        return Exit.DONE

    run(body, as_json=as_json)


async def _unsettled_of_backup(client: "AsyncPostbroker") -> list[str]:
    """Posts from a backup that wait for a person, oldest first, as far as their time allows."""
    failed = client.jobs(status="failed", limit=100)
    return [job.id async for job in failed if job.error_code == "restored"][::-1]


def _show_line(screen: Screen, job: "JobAnswer") -> None:
    at = f"{datetime.fromtimestamp(job.created_at / 1000, UTC).astimezone():%m-%d %H:%M}"
    text = " ".join((job.text or "").split())
    shown = text if len(text) <= SHOWN_TEXT else text[: SHOWN_TEXT - 1] + "…"
    screen.say(
        f"{job.id}  ",
        (f"{at}  ", "dim"),
        (f"{job.details.state:<18}", STYLES[job.status]),
        f"{job.platform:<10}{job.post_url or job.error_code or shown}",
    )


async def _show_whole(screen: Screen, client: "AsyncPostbroker", job: "JobAnswer") -> None:
    from postbroker.cli.following import next_step
    from postbroker.cli.timeline import clock_of, words_of

    events = await client.history(job)
    document = job.model_dump(mode="json", exclude_none=True)
    document["events"] = [event.model_dump(mode="json", exclude_none=True) for event in events]
    screen.answer(document)
    _show_line(screen, job)
    screen.say(("\n" + (job.text or ""), "bold"), "\n")
    for event in events:
        screen.say((f"{clock_of(event.at)}  ", "dim"), words_of(event))
    if job.error:
        screen.say(("\n" + job.error, "red"))
        screen.say(next_step(job) or "")


async def _watch_all(screen: Screen, client: "AsyncPostbroker") -> Exit:
    from postbroker.cli.timeline import clock_of, words_of

    async with aclosing(client.events()) as events:
        async for event in events:
            screen.answer(event)
            screen.say((f"{clock_of(event.at)}  ", "dim"), f"{event.job_id}  {words_of(event)}")
    return Exit.DONE
