"""`keys`: made, listed, rotated and revoked in the data folder, so it works with no key at hand."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, DataDir, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.app import Services
    from postbroker.contract.keys import NewKey
    from postbroker.store.keys import Key

DEFAULT_LABEL = "command line"

KeyId = Annotated[str, typer.Argument(metavar="ID", help="The id that keys list shows.")]

app = typer.Typer(
    no_args_is_help=True, help="Make, list, rotate and revoke API keys of this machine's broker."
)


@app.command()
def create(
    context: typer.Context,
    label: Annotated[str, typer.Argument(help="Whose key it is.")] = DEFAULT_LABEL,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; all but posts.approve when absent.")
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="An account that it sees and posts as, such as @ada; all when absent."),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(help="How long it is good.", show_default="until revoked", min=0.001),
    ] = None,
    per_minute: Annotated[
        int | None,
        typer.Option(
            help="How many requests it may make a minute; 0 is no limit.",
            show_default="the broker's setting",
            min=0,
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown this once."""
    folder = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on
        from postbroker.domain.key import USUAL_SCOPES
        from postbroker.services.keys import Limits

        async with services_on(load_settings(data_dir=folder)) as services:
            workspace, _ = await services.workspaces.ensure_first()
            limits = Limits(
                account_ids=await _account_ids(services, workspace.id, account),
                life=None if days is None else timedelta(days=days),
                requests_per_minute=per_minute,
            )
            key, secret = await services.keys.create(
                workspace.id, label, scope or USUAL_SCOPES, limits=limits
            )
            answer = _new_key(services, key, secret)
        _show_secret(screen, answer)
        return Exit.DONE

    run(body, as_json=as_json)


@app.command(name="list")
def list_(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List all keys, those that are over too."""
    folder = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on
        from postbroker.contract.keys import KeyList
        from postbroker.operations.keys import key_answer

        async with services_on(load_settings(data_dir=folder)) as services:
            workspace, _ = await services.workspaces.ensure_first()
            keys = await services.keys.list(workspace.id)
            counts = await services.meters.counts([key.id for key in keys])
            answers = [key_answer(key, services.keys.limit_of(key), counts[key.id]) for key in keys]
        screen.answer(KeyList(keys=answers).model_dump(mode="json", exclude_none=True))
        for key in keys:
            style = "dim strike" if key.revoked_at else ""
            screen.say(
                (f"{key.id}  {key.shown}…  ", style),
                (key.label, style or "bold"),
                f"  {_standing(key)}",
            )
        return Exit.DONE

    run(body, as_json=as_json)


@app.command()
def rotate(
    context: typer.Context,
    key_id: KeyId,
    overlap_hours: Annotated[
        float, typer.Option(help="How long the old secret is good beside the new one.", min=0)
    ] = 24,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give a key a new secret. It is shown this once."""
    folder = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        answer = await _rotate(folder, key_id, timedelta(hours=overlap_hours))
        _show_secret(screen, answer)
        return Exit.DONE

    run(body, as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    key_id: KeyId,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End a key at once."""
    folder = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on

        async with services_on(load_settings(data_dir=folder)) as services:
            workspace, _ = await services.workspaces.ensure_first()
            await services.keys.revoke(workspace.id, key_id)
        screen.answer({"id": key_id, "revoked": True})
        screen.say(f"{key_id} is revoked.")
        return Exit.DONE

    run(body, as_json=as_json)


async def _rotate(folder: Path | None, key_id: str, overlap: timedelta) -> "NewKey":
    from postbroker.cli.installation import load_settings, services_on
    from postbroker.domain.caller import Caller
    from postbroker.domain.key import ALL_SCOPES

    async with services_on(load_settings(data_dir=folder)) as services:
        workspace, _ = await services.workspaces.ensure_first()
        owner = Caller("session", "command line", DEFAULT_LABEL, workspace.id, ALL_SCOPES)
        key, secret = await services.keys.rotate(owner, key_id, overlap)
        return _new_key(services, key, secret)


async def _account_ids(
    services: "Services", workspace_id: str, named: Iterable[str] | None
) -> frozenset[str] | None:
    """The accounts of these handles or ids; None where none is named. Raises CommandError."""
    from postbroker.domain.matching import same_handle

    if not named:
        return None
    known = [each.account for each in await services.accounts.all(workspace_id)]
    ids = set[str]()
    for name in named:
        found = {each.id for each in known if name == each.id or same_handle(each.handle, name)}
        if not found:
            raise CommandError(
                f"there is no account {name} here",
                f"Name one of: {', '.join(each.handle for each in known) or 'none yet'}.",
                Exit.USAGE,
                "NO_ACCOUNT",
            )
        ids |= found
    return frozenset(ids)


def _new_key(services: "Services", key: "Key", secret: str) -> "NewKey":
    from postbroker.contract.keys import NewKey
    from postbroker.operations.keys import key_answer

    answer = key_answer(key, services.keys.limit_of(key), 0)
    return NewKey(**answer.model_dump(by_alias=False), key=secret)


def _show_secret(screen: Screen, answer: "NewKey") -> None:
    screen.answer(answer.model_dump(mode="json", exclude_none=True))
    screen.say((answer.key, "bold"))
    screen.say(
        f"“{answer.label}”, shown this once. Agents send it as clawpost-api-key or bearer token."
    )


def _standing(key: "Key") -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
    return f"{used}, good until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else used
