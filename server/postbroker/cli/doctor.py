"""`doctor` says whether posts can go out, and if not, the one next step."""

import json
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.checking import Check, next_click, show_next
from postbroker.cli.ending import Exit, failure_of, run
from postbroker.cli.login import MEANS
from postbroker.cli.options import AsJson, Sandbox, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.cli.sites import SiteCheck
    from postbroker.client.places import Target
    from postbroker.contract.jobs import AccountStatus

BROWSER_PROGRAMS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "brave-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def doctor(
    context: typer.Context,
    browser: Annotated[
        bool,
        typer.Option(
            "--browser",
            help="Have each browser that is online look which controls it finds on each platform. "
            "It opens their pages in tabs of its own and presses nothing.",
        ),
    ] = False,
    platform: Annotated[
        list[str] | None, typer.Option(help="With --browser: look at this one only; repeatable.")
    ] = None,
    sandbox: Sandbox = False,
    as_json: AsJson = False,
) -> None:
    """Check everything that a post needs. Ends with the code of the first thing that is wrong."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import target_of
        from postbroker.cli.sites import as_document, show_locators
        from postbroker.resources import extension_folder

        target = target_of(place_of(context))
        version = _extension_version(extension_folder()) if target.is_own else None
        checks = [*await _ask_broker(target, version), *_look_here(target, version)]
        for check in checks:
            check.show(screen)
        sites = await _ask_browsers(target, platform, sandbox=sandbox) if browser else []
        for site in sites:
            check = _about_site(site)
            checks.append(check)
            check.show(screen)
            show_locators(screen, site)
        click = next_click(checks, target.url)
        show_next(screen, click)
        screen.answer(
            {
                "ok": all(check.is_well for check in checks),
                "checks": [check.as_document() for check in checks],
                "next": click,
                "sites": [as_document(site) for site in sites] if browser else None,
            }
        )
        return next((check.exit for check in checks if not check.is_well), Exit.DONE)

    run(body, as_json=as_json)


async def _ask_browsers(
    target: "Target", platforms: list[str] | None, *, sandbox: bool
) -> "list[SiteCheck]":
    """What they find; nothing where the broker does not say which there are."""
    from postbroker.cli.connection import client_of
    from postbroker.cli.sites import check_sites
    from postbroker.client import PostbrokerError

    async with client_of(target) as client:
        try:
            status = await client.status()
        except PostbrokerError:  # said above already
            return []
        return await check_sites(client, status, platforms or None, sandbox=sandbox)


def _about_site(site: "SiteCheck") -> Check:
    name = f"{site.platform} in {site.browser.name}"
    return Check(name, site.is_well, site.found, site.next_step, site.exit)


async def _ask_broker(target: "Target", version: str | None) -> list[Check]:
    from postbroker.cli import standing
    from postbroker.cli.connection import client_of
    from postbroker.client import PostbrokerError

    async with client_of(target) as client:
        try:
            health = await client.health()
        except PostbrokerError as error:
            return [Check("broker", False, error.message, error.suggested_action)]
        checks = [
            Check("broker", True, f"{target.url}, version {health.get('version', 'unknown')}")
        ]
        states = health.get("checks", {})
        is_well, has_room = bool(states.get("database")), bool(states.get("disk", True))
        step = "Look at the broker's log."
        checks.append(
            Check("database", is_well, "takes writes" if is_well else "takes no writes", step)
        )
        found = "has room" if has_room else "full: new jobs are refused, running ones finish"
        checks.append(Check("disk", has_room, found, "Free space on the broker's machine."))
        try:
            status = await client.status()
            accounts = (await client.connections_health()).accounts
            work = [
                check
                for source in (standing.at_work, standing.waiting, standing.unsettled)
                async for check in source(client)
            ]
            platforms = (await client.platforms()).platforms
        except PostbrokerError as error:
            failure = failure_of(error)
            return [*checks, Check("key", False, error.message, failure.next_step, failure.exit)]
    hosts = {each.id: each.hosts[0] for each in platforms if each.hosts}
    has_api = any(each.health in ("healthy", "ends_soon") for each in accounts)
    return [
        *checks,
        Check("key", True, f"opens {status.workspace}, {MEANS[target.means or 'key']}"),
        *_about(status, version, hosts, has_api=has_api),
        *standing.connected(accounts),
        *work,
    ]


def _about(
    status: "AccountStatus", version: str | None, hosts: Mapping[str, str], *, has_api: bool
) -> Iterator[Check]:
    """Workspace, browsers and platforms, as far as the broker knows them."""
    yield Check(
        "workspace",
        not status.paused,
        (status.paused_because or "paused") if status.paused else "goes on",
        "Resume it in the dashboard or with: postbroker resume",
        Exit.POLICY,
        "/dashboard",
    )
    if not status.browsers:
        step = "Load the extension, press Connect there and run: postbroker pair CODE"
        # Connected accounts need none.
        yield Check("browser", has_api, "none is paired", step, Exit.OFFLINE, "/dashboard/browsers")
        return
    others_online = status.online
    for browser in status.browsers:
        name, found = (
            f"browser {browser.name}",
            f"{browser.browser}, extension {browser.extension_version}",
        )
        if not browser.online:
            # One that can post is enough.
            yield Check(
                name, others_online or has_api, "offline", "Start that browser.", Exit.OFFLINE
            )
        elif browser.paused:
            step = "Press Resume in the extension's popup."
            yield Check(name, False, "paused", step, Exit.PERSON)
        else:
            is_current = version in (None, browser.extension_version)
            found = found if is_current else f"{found}, but {version} lies here"
            step = "Press reload on the extension in chrome://extensions."
            yield Check(name, is_current, found, step, Exit.PERSON)
    rows = [row for browser in status.browsers if browser.online for row in browser.platforms]
    for platform in sorted({str(row["platform"]) for row in rows}):
        accounts = [
            str(row.get("account") or "somebody")
            for row in rows
            if row["platform"] == platform and row.get("loggedIn")
        ]
        step = f"Log in to {platform} in the paired browser."
        found = "logged in: " + ", ".join(accounts) if accounts else "nobody is logged in"
        page = f"https://{hosts[platform]}/" if platform in hosts else None
        yield Check(f"platform {platform}", bool(accounts), found, step, Exit.PERSON, page)


def _look_here(target: "Target", version: str | None) -> Iterator[Check]:
    """What lies on this machine, when the broker is this machine's own."""
    from postbroker.resources import extension_folder

    if not target.is_own:
        return
    yield _check_folder(target.data_dir)
    folder = extension_folder()
    yield Check(
        "extension",
        version is not None,
        f"{folder}, version {version}" if version else f"not built: {folder}",
        "Build it with: make setup",
    )
    program = next(filter(None, map(shutil.which, BROWSER_PROGRAMS)), None)
    yield Check("browser program", True, program or "none found here; any other machine's will do")


def _check_folder(data_dir: Path) -> Check:
    for path in (data_dir / "secret.key", data_dir / "local.json", data_dir):
        if path.exists() and path.stat().st_mode & OTHERS:
            step = f"chmod go-rwx {path}"
            return Check("data folder", False, f"others may read {path}", step)
    return Check("data folder", True, f"{data_dir}, for this user only")


def _extension_version(folder: Path) -> str | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(manifest.get("version", "unknown"))
