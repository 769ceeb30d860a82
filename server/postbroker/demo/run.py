"""The demo: pair a browser, publish to a simulated platform, prove that it is there once."""

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from postbroker.client import AsyncPostbroker
from postbroker.contract.jobs import CreatedJob, JobEvent
from postbroker.contract.words import Step
from postbroker.demo.broker import running_broker
from postbroker.demo.cdp import CdpError
from postbroker.demo.chromium import BrowserError, Chromium, running_chromium
from postbroker.demo.find import NoChromiumError, find_chromium
from postbroker.demo.following import follow
from postbroker.demo.popup import Popup
from postbroker.demo.report import DemoError, Report, Teller
from postbroker.demo.scenes import SEEN, TEXT, Scene
from postbroker.demo.staging import staged
from postbroker.resources import extension_folder
from postbroker.sandbox.ledger import Ledger
from postbroker.settings import Settings, environment_without_settings

AUTHOR = "ada_sandbox"
"""Whom every simulated platform logs a new browser in as."""
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
            folder = stack.enter_context(staged(teller, report))
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
    except (BrowserError, CdpError) as error:
        raise DemoError(
            f"The browser did not do as it should: {error}. Try again; --headed shows it at work."
        ) from error


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
    job = await _ask(client, scene, teller)
    await follow(client, job.id, lambda event: _tell_event(teller, event), teller, report)


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
