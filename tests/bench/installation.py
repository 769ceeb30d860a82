"""A data folder as a busy installation has it: a workspace, a key, paired browsers."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from postbroker.app import build_services, open_database, secret_key
from postbroker.clock import SystemClock
from postbroker.contract.words import PROTOCOL_VERSION
from postbroker.services.secrets import Vault, new_token
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.browsers import Browser, insert_browser, update_browser_hello
from postbroker.store.database import Connection

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Installation:
    """What a load needs to know of it."""

    data_dir: Path
    workspace_id: str
    key: str
    tokens: Path
    """A file with a browser's token in each line."""
    database_url: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a broker here must be told: nobody says yes, none waits, a key asks at will."""
        told = {
            "POSTBROKER_PACING": "false",
            "POSTBROKER_CONFIRM_FIRST_POST": "false",
            "POSTBROKER_KEY_REQUESTS_PER_MINUTE": "0",
        }
        return told | ({"POSTBROKER_DATABASE_URL": self.database_url} if self.database_url else {})


def make_installation(
    data_dir: Path, browsers: int, database_url: str | None = None
) -> Installation:
    """Make the folder. Each browser is logged in under a name of its own."""
    return asyncio.run(_make(data_dir, browsers, database_url))


async def _make(data_dir: Path, browsers: int, database_url: str | None) -> Installation:
    settings, clock = (
        Settings(
            data_dir=data_dir, database_url=database_url, pacing=False, confirm_first_post=False
        ),
        SystemClock(),
    )
    tokens = [new_token() for _ in range(browsers)]
    async with open_database(settings, clock) as database:
        vault = Vault(secret_key(settings))
        services = build_services(settings, database, clock, Signals(), vault)
        workspace, _ = await services.workspaces.ensure_first()
        _, key = await services.keys.create(workspace.id, "bench")

        async def pair_all(tx: Connection) -> None:
            for number, token in enumerate(tokens):
                await _pair(tx, workspace.id, number, token, vault)

        async def _pair(
            tx: Connection, workspace_id: str, number: int, token: str, vault: Vault
        ) -> None:
            now = clock.now()
            browser = Browser(
                id=str(uuid4()),
                workspace_id=workspace_id,
                name=f"browser {number}",
                browser="wrk",
                extension_version=VERSION,
                protocol_version=PROTOCOL_VERSION,
                platforms=[],
                is_paused=False,
                paired_by="bench",
                paired_at=now,
            )
            await insert_browser(tx, browser, vault.hash(token, "browser"))
            await update_browser_hello(
                tx,
                browser.id,
                extension_version=VERSION,
                protocol_version=PROTOCOL_VERSION,
                is_paused=False,
                platforms=[{"platform": "x", "loggedIn": True, "account": token[:12]}],
                locators_text="[]",
                now=now,
            )

        await database.write(pair_all)
    (data_dir / "key").write_text(key, encoding="utf-8")
    file = data_dir / "tokens"
    file.write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
    return Installation(data_dir, workspace.id, key, file, database_url)
