"""All that runs in an end-to-end test: a broker, a browser with the extension, a simulated site."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from e2e.invariants import violations
from e2e.site import SimulatedSite
from postbroker.catalogue import load_locator_keys
from postbroker.clock import SystemClock
from postbroker.contract.locators import LocatorKey
from postbroker.demo.broker import BrokerProcess, start_broker
from postbroker.demo.cdp import CdpError
from postbroker.demo.chromium import BrowserError, Chromium, Page
from postbroker.demo.popup import Popup
from postbroker.resources import extension_folder
from postbroker.settings import environment_without_settings

JOB_SECONDS = 90.0
DEFAULT_SECONDS = 20.0
POLL_SECONDS = 0.05
PICTURE_SECONDS = 5.0
COOKIES_UNTIL = 2_000_000_000
"""In seconds since 1970: a login outlives its browser."""

QUICK = {
    "lease_seconds": "5",
    "renew_seconds": "1",
    "retry_delays": "0.2",
    "verify_delays": "0.5,2.5",
    "verify_patience_seconds": "60",
    "sweep_seconds": "0.2",
    "pacing": "false",
    "confirm_first_post": "false",
    "key_requests_per_minute": "0",
}
"""The protocol's numbers, small enough for a test to see a deadline pass."""

IMPATIENT = {
    "platforms/{platform}.js": {
        "session: 15,": "session: 4,",
        "composer: 15,": "composer: 4,",
        "upload: 60,": "upload: 4,",
        "answer: 60,": "answer: 4,",
        "confirm: 20": "confirm: 3",
        "LIST_SETTLE_SECONDS = 3;": "LIST_SETTLE_SECONDS = 1;",
    },
    "background.js": {
        "LOAD_SECONDS = 20;": "LOAD_SECONDS = 4;",
        "ASK_SECONDS = 15;": "ASK_SECONDS = 5;",
    },
}
"""The built extension's waits, by file, likewise shortened. Nothing else of it is changed."""

T = TypeVar("T")
clock = SystemClock()


async def until(
    look: Callable[[], Awaitable[T | None]], what: str, seconds: float = DEFAULT_SECONDS
) -> T:
    """The first value that is there; fails with `what` when there is none in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (value := await look()):
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds:g} s: {what}"
        await clock.sleep(POLL_SECONDS)
    return value


@dataclass(slots=True)
class Stage:
    """What a test can do and see. Built by `raise_stage`, taken down by `strike`."""

    folder: Path
    site: SimulatedSite
    browser: Chromium
    broker: BrokerProcess
    popup: Popup
    http: aiohttp.ClientSession
    extension_id: str
    settings: dict[str, str] = field(default_factory=dict)
    """The broker's, beyond the quick ones."""
    accepted: list[str] = field(default_factory=list)
    """Every job that the broker said it took, for the judge."""
    secrets: list[str] = field(default_factory=list)
    """What must stand in no log and no table."""

    @property
    def data_dir(self) -> Path:
        """The broker's folder."""
        return self.folder / "broker"

    # People

    async def pair(self) -> str:
        """Connect, claim with the API key, say yes. Returns what the popup asked."""
        code = await self.popup.connect(self.broker.url)
        self.secrets.append((await self.popup.stored("pairing"))["pollToken"])
        await self.ask("POST", "/v1/connect/pair", {"code": code})
        asked = await self.popup.answer(accept=True)
        await self.popup.until_connected()
        self.secrets.append((await self.popup.stored("connection"))["token"])
        return asked

    async def log_in(self, handle: str) -> None:
        """Make the browser that account's, as if the person had logged in."""
        cookies = await self.site.log_in(handle)
        self.secrets += list(cookies.values())[:2]
        await self.browser.pipe.send(
            "Storage.setCookies",
            cookies=[
                {
                    "name": name,
                    "value": value,
                    "url": f"{self.site.url}/",
                    "secure": True,
                    "httpOnly": name == self.site.session_cookie,
                    "expires": COOKIES_UNTIL,
                }
                for name, value in cookies.items()
            ],
        )
        await self.forget_logins()

    async def forget_logins(self) -> None:
        """Press Check logins, as a person does who has switched accounts."""
        said = "chrome.runtime.sendMessage({ name: 'checkLogins', payload: null }).then(() => true)"
        try:
            await self.popup.page.evaluate(said)
        except (BrowserError, CdpError):  # the popup is closed
            popup = await open_popup(self.browser, self.extension_id)
            await popup.page.evaluate(said)
            await popup.page.close()

    async def nudge(self) -> None:
        """Look at the popup as people do, which wakes a worker that has ended."""
        with suppress(Exception):
            await self.popup.page.evaluate(
                "chrome.runtime.sendMessage({ name: 'view', payload: null }).then(() => true)"
            )

    # The agent

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The broker's answer, which must be a good one."""
        async with self.http.request(method, self.broker.url + path, json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.ok, answer
            return answer

    async def post(self, text: str, account: str | None, **more: Any) -> str:
        """An accepted job's id."""
        body = {
            "text": text,
            "platform": self.site.platform,
            "account": account,
            "allowDuplicate": True,
            **more,
        }
        job_id = str((await self.ask("POST", "/v1/jobs/tweet", body))["id"])
        self.accepted.append(job_id)
        return job_id

    async def job(self, job_id: str) -> dict[str, Any]:
        """The job as an agent sees it."""
        return await self.ask("GET", f"/v1/jobs/{job_id}")

    async def ended(self, job_id: str, seconds: float = JOB_SECONDS) -> dict[str, Any]:
        """The job, once nothing more will happen to it by itself."""

        async def look() -> dict[str, Any] | None:
            with suppress(aiohttp.ClientError):
                job = await self.ask("GET", f"/v1/jobs/{job_id}?wait=5")
                return job if job["status"] in ("succeeded", "failed") else None
            return None

        return await until(look, f"the end of job {job_id}", seconds)

    async def publish(self, text: str, account: str | None, **more: Any) -> dict[str, Any]:
        """Post and wait for the end."""
        return await self.ended(await self.post(text, account, **more))

    async def events(self, job_id: str) -> list[dict[str, Any]]:
        """What happened to a job that has ended, in order."""
        events = []
        async with self.http.get(f"{self.broker.url}/v1/jobs/{job_id}/events") as response:
            async for line in response.content:
                if line.startswith(b"data:"):
                    events.append(json.loads(line.removeprefix(b"data:")))
        return events

    # The machine room

    async def restart_broker(self, **settings: str) -> None:
        """Start it again on the same port and folder, with other settings for once."""
        await self.broker.stop()
        port = int(self.broker.url.rpartition(":")[2])
        self.broker = await start_broker(self.data_dir, environment(self.settings | settings), port)

    async def restart_browser(self) -> None:
        """Start it again on the same profile, after `close` or `kill`."""
        await self.browser.start()
        await self.browser.load_extension(self.folder / "extension")
        self.popup = await open_popup(self.browser, self.extension_id)

    async def open_pages(self) -> list[tuple[str, str]]:
        """Id and address of every tab."""
        return [(each["targetId"], each["url"]) for each in await self.browser.targets("page")]

    async def open_tab(self, url: str) -> Page:
        """A tab of the person's own."""
        return await self.browser.page(url)

    def violations(self) -> list[str]:
        """Every promise that the history so far breaks."""
        logs = [self.data_dir / "broker.log", self.folder / "site.log"]
        return violations(
            self.data_dir / "postbroker.db",
            self.site.ledger(),
            self.site.requests(),
            accepted=self.accepted,
            secrets=self.secrets,
            logs=logs,
        )

    async def keep_evidence(self, folder: Path) -> None:
        """Copy logs, the database and pictures of a failed test."""
        database = self.data_dir.glob("postbroker.db*")
        _copy(folder, (self.data_dir / "broker.log", self.folder / "site.log", *database))
        for number, (target_id, _) in enumerate(await self.open_pages()):
            with suppress(Exception):
                page = await self.browser.attach(target_id)
                async with asyncio.timeout(PICTURE_SECONDS):
                    await page.send("Page.bringToFront")
                    _save(folder / f"page-{number}.png", await page.screenshot())

    async def strike(self) -> None:
        """Stop everything."""
        await self.http.close()
        await self.browser.close()
        await self.broker.stop()
        await self.site.stop()


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Where the broker's settings come from."""
    wanted = QUICK | settings
    return environment_without_settings() | {
        f"POSTBROKER_{name.upper()}": value for name, value in wanted.items()
    }


async def open_popup(browser: Chromium, extension_id: str) -> Popup:
    """The popup of an extension that may still be starting."""

    async def look() -> Popup | None:
        with suppress(Exception):
            return await Popup.open(browser, extension_id)
        return None

    return await until(look, "the popup opens")


async def raise_stage(
    folder: Path,
    site: SimulatedSite,
    executable: Path,
    settings: dict[str, str],
    without: Iterable[str] = (),
    trusted: LocatorKey | None = None,
) -> Stage:
    """Start everything; the site runs already. The manifest goes `without` these keys.

    With `trusted` the extension takes locator packs of this key in the place of the project's.
    """
    extension = _impatient_extension(folder / "extension", site.platform)
    if trusted is not None:
        _trust(extension / "background.js", trusted)
    manifest = json.loads((extension / "manifest.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in manifest.items() if key not in without}
    (extension / "manifest.json").write_text(json.dumps(kept), encoding="utf-8")
    broker = await start_broker(folder / "broker", environment(settings))
    browser = Chromium(executable, folder / "profile", flags=site.browser_flags)
    try:
        await browser.start()
        extension_id = await browser.load_extension(extension)
        popup = await open_popup(browser, extension_id)
    except BaseException:
        await browser.close()
        await broker.stop()
        raise
    assert broker.api_key is not None
    http = aiohttp.ClientSession(headers={"clawpost-api-key": broker.api_key})
    stage = Stage(folder, site, browser, broker, popup, http, extension_id, settings)
    stage.secrets += [broker.api_key, broker.sign_in_url.partition("token=")[2]]
    return stage


def steps(events: Iterable[dict[str, Any]]) -> list[str]:
    """The steps of a job in their order, each once."""
    return list(dict.fromkeys(event["step"] for event in events if event["step"] is not None))


def _impatient_extension(folder: Path, platform: str) -> Path:
    shutil.copytree(extension_folder(), folder)
    for pattern, waits in IMPATIENT.items():
        name = pattern.format(platform=platform)
        code = (folder / name).read_text(encoding="utf-8")
        for usual, short in waits.items():
            assert code.count(usual) == 1, f"{name} has no single {usual!r}"
            code = code.replace(usual, short)
        (folder / name).write_text(code, encoding="utf-8")
    return folder


def _trust(script: Path, key: LocatorKey) -> None:
    [project] = load_locator_keys()
    code = script.read_text(encoding="utf-8")
    for ours, other in ((project.id, key.id), (project.public_key, key.public_key)):
        assert code.count(ours) == 1, f"the key {ours} is not compiled in"
        code = code.replace(ours, other)
    script.write_text(code, encoding="utf-8")


def _copy(folder: Path, files: Iterable[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.exists():
            (folder / file.name).write_bytes(file.read_bytes())


def _save(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
