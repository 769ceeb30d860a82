"""`keys`: made, listed and revoked in the data folder itself, so it works with no key at hand."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from postbroker.cli.ending import Exit, run
from postbroker.cli.options import AsJson, DataDir, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.store.keys import Key

DEFAULT_LABEL = "command line"

app = typer.Typer(
    no_args_is_help=True, help="Make, list and revoke API keys of this machine's broker."
)


@app.command()
def create(
    context: typer.Context,
    label: Annotated[str, typer.Argument(help="Whose key it is.")] = DEFAULT_LABEL,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; all but posts.approve when absent.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown this once."""
    folder = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on
        from postbroker.domain.key import USUAL_SCOPES

        async with services_on(load_settings(data_dir=folder)) as services:
            workspace, _ = await services.workspaces.ensure_first()
            key, secret = await services.keys.create(workspace.id, label, scope or USUAL_SCOPES)
        screen.answer(
            {"id": key.id, "label": key.label, "key": secret, "scopes": sorted(key.scopes)}
        )
        screen.say((secret, "bold"))
        screen.say(
            f"“{key.label}”, shown this once. Agents send it as clawpost-api-key or bearer token."
        )
        return Exit.DONE

    run(body, as_json=as_json)


@app.command(name="list")
def list_(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List all keys, revoked ones too."""
    folder = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on

        async with services_on(load_settings(data_dir=folder)) as services:
            workspace, _ = await services.workspaces.ensure_first()
            keys = await services.keys.list(workspace.id)
        screen.answer({"keys": [_as_document(key) for key in keys]})
        for key in keys:
            style = "dim strike" if key.revoked_at else ""
            used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else used
            screen.say(
                (f"{key.id}  {key.shown}…  ", style), (key.label, style or "bold"), f"  {state}"
            )
        return Exit.DONE

    run(body, as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id that keys list shows.")],
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


def _as_document(key: "Key") -> dict[str, Any]:
    return {
        "id": key.id,
        "label": key.label,
        "shown": key.shown,
        "scopes": sorted(key.scopes),
        "createdAt": key.created_at.isoformat(),
        "lastUsedAt": key.last_used_at.isoformat() if key.last_used_at else None,
        "revokedAt": key.revoked_at.isoformat() if key.revoked_at else None,
    }
