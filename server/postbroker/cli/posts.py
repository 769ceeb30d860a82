"""`post` has a post published, `comment` a comment; both say how it ended."""

import json
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from postbroker.cli.ending import CommandError, run
from postbroker.cli.exits import Exit, exit_of
from postbroker.cli.options import (
    Account,
    AsJson,
    AskedRoute,
    Key,
    PlatformId,
    Queue,
    Repeat,
    Sandbox,
    Timeout,
    Wait,
    place_of,
)
from postbroker.cli.screen import Screen
from postbroker.cli.sending import PATIENCE_SECONDS, Manner, send

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.contract.agents import PostCheck
    from postbroker.contract.jobs import CreatedJob

Group = Annotated[
    str | None,
    typer.Option(help="Id or address of the group it is for.", show_default="the own feed"),
]
Thread = Annotated[
    list[str] | None,
    typer.Option(help="The next part of a thread; repeat it for more.", show_default=False),
]

More = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="What the platform takes besides, such as board=…; repeat it for more.",
    ),
]


def post(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to post.")],
    platform: PlatformId = None,
    group: Group = None,
    media: Annotated[
        list[Path] | None,
        typer.Option(
            help="A picture or video; repeat it for more.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    alt: Annotated[
        list[str] | None,
        typer.Option(
            help="What the picture shows; the first is the first file's.", show_default=False
        ),
    ] = None,
    thread: Thread = None,
    more: More = None,
    account: Account = None,
    sandbox: Sandbox = False,
    queue: Queue = False,
    route: AskedRoute = None,
    repeat: Repeat = False,
    idempotency_key: Key = None,
    wait: Wait = None,
    timeout: Timeout = PATIENCE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Publish a post. Ends well only when the post was seen live."""
    manner = Manner(account, sandbox, queue, route, idempotency_key, wait, timeout, as_json)
    where = platform_of(platform, group)

    async def ask(client: "AsyncPostbroker") -> "CreatedJob":
        uploads = [
            await client.upload(file, alt=described)
            for file, described in zip_longest(media or [], (alt or [])[: len(media or [])])
        ]
        return await client.post(
            text,
            media_paths=[target.url for target in uploads],
            platform=where,
            platform_payload=platform_payload(group, thread, more),
            allow_duplicate=repeat,
            **manner.options,
        )

    place = f"{where} in the sandbox" if sandbox else where
    opening = f"To {place}, as {account or 'whoever is logged in'}"
    send(context, manner, ask, opening)


def validate(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What would be posted.")],
    platform: PlatformId = None,
    group: Group = None,
    thread: Thread = None,
    more: More = None,
    account: Account = None,
    sandbox: Sandbox = False,
    route: AskedRoute = None,
    repeat: Repeat = False,
    as_json: AsJson = False,
) -> None:
    """Say what would become of a post, without sending it.

    Ends well for a post that would be accepted, also if it had to wait for somebody.
    """
    manner = Manner(account, sandbox, True, route, None, False, 0, as_json)

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            check = await client.validate(
                text,
                platform=platform_of(platform, group),
                platform_payload=platform_payload(group, thread, more),
                allow_duplicate=repeat,
                **manner.options,
            )
        screen.answer(check)
        return _tell_check(screen, check)

    run(body, as_json=as_json)


def _tell_check(screen: Screen, check: "PostCheck") -> Exit:
    if check.length is not None and check.unit is not None:
        unit = check.unit.replace("_", " ")
        screen.say((f"{check.length} of {check.length_max} {unit}", "dim"))
    if check.valid:
        screen.say(("It would be accepted", "bold green"), f" for {check.platform}.")
        if check.waiting_for is not None:
            screen.say(f"It would wait: {check.waiting_because or check.waiting_for}.")
            if check.suggested_action is not None:
                screen.say(check.suggested_action)
        return Exit.DONE
    for problem in check.problems:
        screen.complain(f"{problem.field}: {problem.message}", None)
    if check.code is None:
        return Exit.USAGE
    screen.complain(f"{check.code}: {check.detail}", check.suggested_action)
    return exit_of(check.code, "request", check.actor)


def comment(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Address of the post or comment to answer.")],
    text: Annotated[str, typer.Argument(help="What to answer.")],
    account: Account = None,
    sandbox: Sandbox = False,
    queue: Queue = False,
    route: AskedRoute = None,
    repeat: Repeat = False,
    idempotency_key: Key = None,
    wait: Wait = None,
    timeout: Timeout = PATIENCE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Answer a post or a comment on Reddit. Ends well only when the answer was seen live."""
    manner = Manner(account, sandbox, queue, route, idempotency_key, wait, timeout, as_json)

    async def ask(client: "AsyncPostbroker") -> "CreatedJob":
        return await client.comment(url, text, allow_duplicate=repeat, **manner.options)

    opening = f"Under {url}, as {account or 'whoever is logged in'}"
    send(context, manner, ask, opening)


def platform_of(platform: str | None, group: str | None) -> str:
    """Where a post goes; only Facebook has groups."""
    return platform or ("x" if group is None else "facebook")


def platform_payload(
    group: str | None, thread: list[str] | None, more: list[str] | None
) -> dict[str, Any]:
    """The options of one platform: a group by its address or else its id, the parts of a thread,
    and whatever else was given as NAME=VALUE. Raises CommandError for what is not of that form."""
    payload: dict[str, Any] = {"thread": thread} if thread else {}
    for given in more or []:
        name, sign, value = given.partition("=")
        if not name or not sign:
            raise CommandError(
                f"--set {given}: give NAME=VALUE", None, Exit.USAGE, "VALIDATION_FAILED"
            )
        payload[name] = _value_of(value)
    if group is not None:
        payload["groupUrl" if "/" in group else "groupId"] = group
    return payload


def _value_of(text: str) -> Any:
    """A list, an object or a yes or no where the text is one in JSON; else the text itself.

    A number stays text: many names of boards and channels are numbers.
    """
    if not text.startswith(("[", "{")) and text not in ("true", "false"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
