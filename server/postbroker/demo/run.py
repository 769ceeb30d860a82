"""The demo: pair a browser, publish to a simulated platform, prove that it is there once."""

import asyncio
import json
import tempfile
import time
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from postbroker.client import AsyncPostbroker, PostbrokerError
from postbroker.contract.jobs import CreatedJob, JobEvent
from postbroker.contract.words import Step
from postbroker.demo.broker import BrokerDiedError, running_broker
from postbroker.demo.cdp import CdpError
from postbroker.demo.chromium import BrowserError, Chromium, running_chromium
from postbroker.demo.find import NoChromiumError, find_chromium
from postbroker.demo.popup import Popup
from postbroker.demo.scenes import SEEN, TEXT, Scene
from postbroker.resources import extension_folder
from postbroker.sandbox.ledger import Ledger
from postbroker.settings import Settings, environment_without_settings

AUTHOR = "ada_sandbox"
"""Whom every simulated platform logs a new browser in as."""
JOB_SECONDS = 120.0
PICTURE_SIZE = (900, 640)

STEP_WORDS: dict[Step, str] = {
    "open_tab": "opened a tab of its own",
    "check_login": "checked the login",
    "check_account": "checked the account",
    "clean_start": "found an empty composer",
    "baseline": "noted the newest post",
    "attach_media": "attached the media",
    "insert_text": "wrote the text",
    "read_back": "read the text back",
    "ask_permit": "asked for the permit",
    "press": "pressed the button, once",
    "confirm": "looked at the live post",
    "look_for_post": "looked for the post",
}


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(slots=True)
class Report:
    """What is known in the end: the last line of the output."""

    job_id: str | None = None
    status: str = "failed"
    post_url: str | None = None
    seconds: float = 0.0
    screenshot: str | None = None
    ledger_entries: int | None = None
    error: str | None = None

    def as_json(self) -> str:
        """One line of JSON."""
        known: dict[str, Any] = {
            "jobId": self.job_id,
            "status": self.status,
            "postUrl": self.post_url,
            "seconds": round(self.seconds, 1),
            "screenshot": self.screenshot,
            "ledgerEntries": self.ledger_entries,
        }
        return json.dumps(known | ({} if self.error is None else {"error": self.error}))


@dataclass(slots=True)
class Teller:
    """Says in the terminal what has just been done, and when."""

    console: Console
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.began

    def say(self, done: str, what: str = "") -> None:
        """One line."""
        detail = f" [cyan]{escape(what)}[/]" if what else ""
        self.console.print(
            f"[dim]{self.seconds:5.1f} s[/]  [green]✓[/] {escape(done)}{detail}",
            highlight=False,
            soft_wrap=True,
        )


async def run_demo(
    settings: Settings,
    scene: Scene,
    screenshot: Path,
    teller: Teller,
    report: Report,
    *,
    headless: bool,
) -> None:
    """Do it all, and leave nothing running. Fills `report` as it goes. Raises DemoError."""
    try:
        async with AsyncExitStack() as stack:
            folder = Path(
                stack.enter_context(
                    tempfile.TemporaryDirectory(
                        prefix="postbroker-demo-", ignore_cleanup_errors=True
                    )
                )
            )
            broker = await stack.enter_async_context(
                running_broker(folder / "broker", environment_without_settings())
            )
            teller.say("the broker runs", broker.url)
            browser = await stack.enter_async_context(
                running_chromium(
                    find_chromium(settings.chromium), folder / "browser", headless=headless
                )
            )
            client = await stack.enter_async_context(AsyncPostbroker(broker.url, broker.api_key))
            await _pair(client, browser, teller)
            await _publish(client, scene, teller, report)
            await _prove(folder / "broker", scene, teller, report)
            await _take_picture(browser, screenshot, teller, report)
    except NoChromiumError as error:
        raise DemoError(str(error)) from error
    except BrokerDiedError as error:
        raise DemoError(f"The broker did not start. It said: {error}") from error
    except (BrowserError, CdpError) as error:
        raise DemoError(
            f"The browser did not do as it should: {error}. Try again; --headed shows it at work."
        ) from error
    except PostbrokerError as error:
        raise DemoError(f"{error.message}. {error.suggested_action or 'Try again.'}") from error
    except TimeoutError as error:
        raise DemoError(
            f"The job did not end within {JOB_SECONDS:g} seconds. Try again."
        ) from error
    finally:
        report.seconds = teller.seconds


async def _pair(client: AsyncPostbroker, browser: Chromium, teller: Teller) -> None:
    folder = extension_folder()
    if not (folder / "manifest.json").exists():
        raise DemoError("The extension is not built. Run: make build")
    popup = await Popup.open(browser, await browser.load_extension(folder))
    version = (await browser.pipe.send("Browser.getVersion"))["product"]
    teller.say("the extension is loaded", version)
    code = await popup.connect(client.url)
    teller.say("the popup shows a pairing code", code)
    await client.pair(code)
    teller.say("the code is claimed with the API key")
    asked = await popup.answer(accept=True)
    teller.say("the popup named server and workspace and asked: yes", asked)
    await popup.until_connected()
    teller.say("the browser is paired")


async def _ask(client: AsyncPostbroker, scene: Scene, teller: Teller) -> CreatedJob:
    wish: dict[str, Any] = {"text": TEXT, "platform": scene.platform, "sandbox": True, **scene.wish}
    if "target_url" in wish:
        return await client.comment(**wish)
    if scene.file is not None:
        upload = await client.upload(scene.file)
        wish["media_paths"] = [upload.url]
        teller.say("the broker keeps the file", scene.file.name)
    return await client.post(**wish)


async def _publish(client: AsyncPostbroker, scene: Scene, teller: Teller, report: Report) -> None:
    job_id = (await _ask(client, scene, teller)).id
    report.job_id = job_id
    teller.say("the post is accepted as job", job_id)
    async with asyncio.timeout(JOB_SECONDS), aclosing(client.events(job_id)) as events:
        async for event in events:
            _tell_event(teller, event)
    job = await client.get(job_id)
    report.status, report.post_url = job.status, job.post_url
    if job.status != "succeeded":
        advice = job.details.suggested_action or ""
        raise DemoError(f"The job ended as {job.error_code}: {job.error}. {advice}")


async def _prove(data_dir: Path, scene: Scene, teller: Teller, report: Report) -> None:
    entries = Ledger.of(data_dir / "sandbox", scene.platform).entries_with_text(TEXT)
    report.ledger_entries = len(entries)
    if [(entry.account, entry.url) for entry in entries] != [(AUTHOR, report.post_url)]:
        raise DemoError(
            f"The ledger of {scene.place} holds {len(entries)} such posts, not this one."
        )
    teller.say("the platform's own ledger has the post, once, to the letter")


async def _take_picture(
    browser: Chromium, screenshot: Path, teller: Teller, report: Report
) -> None:
    page = await browser.page(report.post_url or "")
    await page.size(*PICTURE_SIZE)
    is_shown = f"document.body.innerText.includes({json.dumps(SEEN)})"
    await page.until(f"{is_shown} && document.readyState === 'complete'")
    _save(screenshot, await page.screenshot())
    report.screenshot = str(screenshot)
    teller.say("a picture of the live post is in", report.screenshot)


def _tell_event(teller: Teller, event: JobEvent) -> None:
    match event.name:
        case "queued":
            teller.say("the job waits for a browser")
        case "leased":
            teller.say("the browser took the job")
        case "committing":
            teller.say("the permit is written down: one press, within seconds")
        case "published":
            teller.say("published: seen live, right account, right text")
        case "step":
            step = next((words for name, words in STEP_WORDS.items() if name == event.step), None)
            teller.say(f"the browser {step or event.step}", str(event.data.get("detail", "")))
        case other:
            teller.say(
                other.replace("_", " "),
                str(event.data.get("reason") or event.data.get("errorCode") or ""),
            )


def _save(path: Path, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
