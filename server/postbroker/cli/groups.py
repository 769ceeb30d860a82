"""`groups` looks for groups, asks to be let into one, and says whether the account is in."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.options import Account, AsJson, Key, Queue, Sandbox, Timeout, Wait
from postbroker.cli.sending import PATIENCE_SECONDS, Manner, named_group, send

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.contract.jobs import CreatedJob

app = typer.Typer(no_args_is_help=True, help="Look for groups, join one, see whether you are in.")


class Privacy(StrEnum):
    """Who sees what is posted in a group."""

    PUBLIC = "public"
    PRIVATE = "private"
    ANY = "any"


Group = Annotated[str, typer.Argument(metavar="GROUP", help="Id or address of the group.")]


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    min_members: Annotated[
        int | None, typer.Option(help="Only groups of at least so many.", show_default=False)
    ] = None,
    privacy: Annotated[Privacy, typer.Option(help="Who sees what is in it.")] = Privacy.ANY,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=50)] = 20,
    account: Account = None,
    sandbox: Sandbox = False,
    queue: Queue = False,
    idempotency_key: Key = None,
    wait: Wait = None,
    timeout: Timeout = PATIENCE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Look for Facebook groups, best first."""
    manner = Manner(account, sandbox, queue, None, idempotency_key, wait, timeout, as_json)

    async def ask(client: "AsyncPostbroker") -> "CreatedJob":
        from postbroker.contract.groups import GroupFilters

        filters = GroupFilters(min_members=min_members, privacy=privacy.value)
        return await client.search_groups(query, filters=filters, limit=limit, **manner.options)

    opening = f"Groups about {query}"
    send(context, manner, ask, opening)


@app.command()
def join(
    context: typer.Context,
    group: Group,
    account: Account = None,
    sandbox: Sandbox = False,
    queue: Queue = False,
    idempotency_key: Key = None,
    wait: Wait = None,
    timeout: Timeout = PATIENCE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Ask to be let into a Facebook group, unless the account is in or has asked before."""
    manner = Manner(account, sandbox, queue, None, idempotency_key, wait, timeout, as_json)

    async def ask(client: "AsyncPostbroker") -> "CreatedJob":
        return await client.join_group(**named_group(group, manner))

    send(context, manner, ask, f"Into {group}")


@app.command()
def status(
    context: typer.Context,
    group: Group,
    account: Account = None,
    sandbox: Sandbox = False,
    queue: Queue = False,
    idempotency_key: Key = None,
    wait: Wait = None,
    timeout: Timeout = PATIENCE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Say whether the account is in a Facebook group. Presses nothing."""
    manner = Manner(account, sandbox, queue, None, idempotency_key, wait, timeout, as_json)

    async def ask(client: "AsyncPostbroker") -> "CreatedJob":
        return await client.group_status(**named_group(group, manner))

    send(context, manner, ask, f"In {group}?")
