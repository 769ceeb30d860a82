"""`numbers` says what the platform counts of a live post, `delete` takes one back."""

import sys
from typing import Annotated

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, JobId, place_of
from postbroker.cli.screen import Screen


def numbers(context: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
    """Say what the platform counts of a live post: likes, replies, views.

    Only for posts that went out by an official API.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            counted = await client.numbers(job_id)
        screen.answer(counted)
        screen.say((counted.post_url or counted.id, "bold"))
        for name, number in counted.numbers.items():
            screen.say((f"{name:<12}", "dim"), f"{number}")
        if not counted.numbers:
            screen.say(f"{counted.platform} counts nothing of it.")
        return Exit.DONE

    run(body, as_json=as_json)


def delete(
    context: typer.Context,
    job_id: JobId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a live post from its platform; of a thread, every part.

    Only for posts that went out by an official API that removes posts.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            job = await client.get(job_id)
            if not yes:
                _must_be_meant(job.post_url or job_id, as_json=as_json)
            removed = await client.delete(job_id)
        screen.answer(removed)
        screen.say(f"Removed: {job.post_url or job_id}")
        return Exit.DONE

    run(body, as_json=as_json)


def _must_be_meant(post: str, *, as_json: bool) -> None:
    """Ask the person. Raises CommandError for a no, and where nobody can be asked."""
    if as_json or not sys.stdin.isatty():
        raise CommandError(
            f"nobody said yes to removing {post}",
            "Add --yes once the user wants it removed.",
            Exit.USAGE,
            "WRONG_USAGE",
        )
    if not typer.confirm(f"Remove {post} for good?"):
        raise CommandError("nothing was removed", None, Exit.POLICY, "rejected")
