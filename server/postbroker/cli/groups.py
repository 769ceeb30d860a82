"""`groups` looks for groups, asks to be let into one, and says whether the account is in."""

from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from postbroker.cli.options import Account, AsJson, Key, Queue, Sandbox, Timeout, Wait
from postbroker.cli.sending import PATIENCE_SECONDS, group_fields, send

if TYPE_CHECKING:
    from postbroker.client import Client
    from postbroker.contract.jobs import CreatedJob

app = typer.Typer(no_args_is_help=True, help="Look for groups, join one, see whether you are in.")

Group = Annotated[str, typer.Argument(metavar="GROUP", help="Id or address of the group.")]


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    min_members: Annotated[
        int | None, typer.Option(help="Only groups of at least so many.", show_default=False)
    ] = None,
    privacy: Annotated[str, typer.Option(help="public, private or any.")] = "any",
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
    key = idempotency_key or str(uuid4())

    async def ask(client: "Client") -> "CreatedJob":
        from postbroker.contract.jobs import SearchGroups

        wanted = SearchGroups.model_validate(
            {
                "query": query,
                "filters": {"min_members": min_members, "privacy": privacy},
                "limit": limit,
                "account": account,
                "sandbox": sandbox,
                "when_offline": "queue" if queue else "refuse",
                "idempotency_key": key,
            }
        )
        return await client.search_groups(wanted)

    waits = not queue if wait is None else wait
    opening = f"Groups about {query}"
    send(context, ask, opening, key=key, waits=waits, timeout=timeout, as_json=as_json)


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
    key = idempotency_key or str(uuid4())

    async def ask(client: "Client") -> "CreatedJob":
        from postbroker.contract.jobs import NameGroup

        wanted = NameGroup(
            **group_fields(group),
            account=account,
            sandbox=sandbox,
            when_offline="queue" if queue else "refuse",
            idempotency_key=key,
        )
        return await client.join_group(wanted)

    waits = not queue if wait is None else wait
    send(context, ask, f"Into {group}", key=key, waits=waits, timeout=timeout, as_json=as_json)


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
    key = idempotency_key or str(uuid4())

    async def ask(client: "Client") -> "CreatedJob":
        from postbroker.contract.jobs import NameGroup

        wanted = NameGroup(
            **group_fields(group),
            account=account,
            sandbox=sandbox,
            when_offline="queue" if queue else "refuse",
            idempotency_key=key,
        )
        return await client.group_status(wanted)

    waits = not queue if wait is None else wait
    send(context, ask, f"In {group}?", key=key, waits=waits, timeout=timeout, as_json=as_json)
