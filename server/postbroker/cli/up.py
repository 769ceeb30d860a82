"""`up` runs the broker; `signin` lets its owner into the dashboard."""

import errno
import os
import resource
import shlex
import shutil
import sys
import webbrowser
from asyncio import AbstractEventLoop
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker import __version__
from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, DataDir, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.serving import Ready
    from postbroker.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")
OWNER_ONLY_UMASK = 0o077
"""Texts of posts lie in the data folder; other users of the machine have no business there."""


def up(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="The port to listen on; 0 takes a free one.", min=0, max=65535, show_default="8787"
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    workers: Annotated[
        int, typer.Option(help="Processes to serve by; more than one needs PostgreSQL.", min=1)
    ] = 1,
    as_worker: Annotated[bool, typer.Option("--as-worker", hidden=True)] = False,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the dashboard in the browser.")
    ] = False,
) -> None:
    """Run the broker until Ctrl-C. With --json one line says when it is ready."""
    place = place_of(context)

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import in_words, load_settings
        from postbroker.fleet import serve_fleet
        from postbroker.logs import set_up_logs
        from postbroker.serving import serve

        said = data_dir or place.data_dir
        settings = load_settings(host=host, port=port, data_dir=said)
        os.umask(OWNER_ONLY_UMASK)
        set_up_logs(settings.log_format)
        _allow_many_connections()
        if workers > 1 and settings.database_url is None:
            raise CommandError(
                "several processes need PostgreSQL: one SQLite file has one writer",
                "Set POSTBROKER_DATABASE_URL=postgresql://…, or leave --workers away.",
                Exit.USAGE,
                "WORKERS_NEED_POSTGRES",
            )

        async def ready(here: "Ready") -> None:
            screen.answer(
                {
                    "url": here.url,
                    "signInUrl": here.sign_in_url,
                    "apiKey": here.api_key,
                    "extensionDir": here.extension_dir,
                }
            )
            if as_worker:
                return
            _introduce(screen, here, settings, _command(said))
            if open_:
                webbrowser.open(here.sign_in_url)

        with in_words(settings):
            try:
                if workers > 1:
                    await serve_fleet(settings, workers, ready)
                else:
                    await serve(settings, ready, is_worker=as_worker)
            except OSError as error:
                if refusal := _cannot_listen(error, settings):
                    raise refusal from error
                raise
        return Exit.DONE

    run(body, as_json=as_json, loop_factory=_new_loop)


def signin(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Print a fresh link that signs the owner in, once, within ten minutes."""
    place = place_of(context)

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on
        from postbroker.local import read_local_access
        from postbroker.serving import local_url, sign_in_url

        settings = load_settings(data_dir=data_dir or place.data_dir)
        access = read_local_access(settings.data_dir)
        if settings.public_url:
            url = str(settings.public_url).rstrip("/")
        else:
            url = access.url if access else local_url(settings, settings.port)
        async with services_on(settings) as services:
            link = sign_in_url(url, services.workspaces.sign_in_token())
        screen.answer({"signInUrl": link})
        screen.say(link)
        return Exit.DONE

    run(body, as_json=as_json)


def resume(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Let jobs go out again after a pause or a restore; works on the data folder."""
    place = place_of(context)

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on

        async with services_on(load_settings(data_dir=data_dir or place.data_dir)) as services:
            workspace, _ = await services.workspaces.ensure_first()
            await services.workspaces.set_paused(workspace.id, is_paused=False)
        screen.answer({"workspace": workspace.name, "wasPaused": workspace.is_paused})
        screen.say(f"{workspace.name} goes on; a running broker knows within half a minute.")
        return Exit.DONE

    run(body, as_json=as_json)


def _introduce(screen: Screen, here: "Ready", settings: "Settings", command: str) -> None:
    """What runs where, and what a person does next."""
    label = "bold cyan"
    screen.say(("Postbroker ", "bold"), f"{__version__} runs at ", (here.url, "bold"))
    screen.say()
    screen.say(("  Sign in    ", label), here.sign_in_url)
    screen.say(f"             once, within ten minutes; a fresh link: {command} signin")
    if here.api_key is not None:
        screen.say(("  API key    ", label), (here.api_key, "bold"))
        screen.say(f"             shown this once; more: {command} keys create")
    screen.say(("  Extension  ", label), here.extension_dir)
    if not (Path(here.extension_dir) / "manifest.json").exists():
        screen.say(("             not built yet: make setup", "yellow"))
    screen.say("             1. open chrome://extensions   2. switch on Developer mode")
    screen.say("             3. Load unpacked: choose that folder")
    screen.say(("  Data       ", label), str(settings.data_dir))
    if settings.host not in LOOPBACK and settings.public_url is None:
        screen.say(
            ("  Warning    ", "bold yellow"),
            "other machines reach it without TLS; put a proxy before it (POSTBROKER_PUBLIC_URL)",
        )
    screen.say()
    screen.say("Then press Connect in the extension and run: ", (f"{command} pair CODE", "bold"))
    screen.say("Ctrl-C stops the broker; accepted jobs wait for the next start.")


def _command(data_dir: Path | None) -> str:
    """How this program is called from the same shell, for the same folder."""
    called, found = Path(sys.argv[0]), shutil.which("postbroker")
    is_script = called.name == "postbroker" and called.exists()
    is_on_path = found is not None and is_script and Path(found).samefile(called)
    program = str(called) if is_script and not is_on_path else "postbroker"
    words = [program, *(["--data-dir", str(data_dir)] if data_dir else [])]
    return shlex.join(words)


def _new_loop() -> AbstractEventLoop:
    from postbroker.serving import new_event_loop

    return new_event_loop()


def _allow_many_connections() -> None:
    """Every waiting browser and reader holds a connection; the soft limit may be as low as 256."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS refuses an unlimited soft limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _cannot_listen(error: OSError, settings: "Settings") -> CommandError | None:
    where = f"{settings.host}:{settings.port}"
    match error.errno:
        case errno.EADDRINUSE:
            return CommandError(
                f"port {settings.port} on {settings.host} is taken, "
                "perhaps by another postbroker up",
                f"Stop what listens there (lsof -i :{settings.port} names it), "
                "or choose another with --port; 0 takes a free one.",
                code="PORT_TAKEN",
            )
        case errno.EACCES if error.filename is None:
            return CommandError(
                f"this user may not listen on {where}",
                "Choose a port above 1023: --port 8787",
                code="PORT_REFUSED",
            )
        case errno.EADDRNOTAVAIL:
            return CommandError(
                f"this machine has no address {settings.host}",
                "Use --host 127.0.0.1, or 0.0.0.0 for all addresses.",
                Exit.USAGE,
                "NO_SUCH_ADDRESS",
            )
        case _:
            return None
