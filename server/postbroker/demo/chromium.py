"""A Chromium driven by raw CDP: neither its timing nor its workers notice that somebody drives."""

import asyncio
import base64
import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from postbroker.clock import SystemClock
from postbroker.demo.cdp import CdpError, CdpPipe, Result

FLAGS = (
    "--remote-debugging-pipe",
    "--enable-unsafe-extension-debugging",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--password-store=basic",
    "--use-mock-keychain",
    "--hide-crash-restore-bubble",
)
# Without developer mode an unpacked extension is gone after a restart, and off after a reload.
PREFERENCES = {"extensions": {"ui": {"developer_mode": True}}}
START_PAGE = "about:blank"
CLOSE_SECONDS = 10.0
POLL_SECONDS = 0.05
DEFAULT_SECONDS = 15.0

clock = SystemClock()


class BrowserError(Exception):
    """A page is not as it should be."""


@dataclass(frozen=True, slots=True)
class Page:
    """One tab, attached to."""

    pipe: CdpPipe
    target_id: str
    session: str

    async def send(self, method: str, **params: Any) -> Result:
        """A command to this page alone."""
        return await self.pipe.send(method, self.session, **params)

    async def evaluate(self, script: str) -> Any:
        """What a script, or the promise it gives, comes to. Raises CdpError, BrowserError."""
        answer = await self.send(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            raise BrowserError(thrown.get("exception", {}).get("description") or thrown["text"])
        return answer["result"].get("value")

    async def until(self, script: str, seconds: float = DEFAULT_SECONDS) -> Any:
        """The first true value of a script. Raises BrowserError when there is none in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            # While a page is being replaced there is nothing to ask.
            with suppress(CdpError, BrowserError):
                if value := await self.evaluate(script):
                    return value
            if asyncio.get_running_loop().time() >= deadline:
                raise BrowserError(f"not in {seconds:g} s: {script}")
            await clock.sleep(POLL_SECONDS)

    async def text(self, selector: str) -> str:
        """The text of an element that is there and shown; waits for it."""
        return str(await self.until(f"{_shown(selector)}?.innerText"))

    async def click(self, selector: str) -> None:
        """Press the mouse on an element as a person would; waits for it."""
        await self.send("Page.bringToFront")
        x, y = await self.until(f"""(() => {{
            const found = {_shown(selector)};
            if (!found || found.disabled || document.readyState !== "complete") return null;
            found.scrollIntoView({{ block: "center" }});
            const box = found.getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            return found.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            await self.send(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def fill(self, selector: str, text: str) -> None:
        """Type over what a field holds."""
        await self.until(
            f"(() => {{ const e = {_shown(selector)}; e.focus(); e.select(); return true; }})()"
        )
        await self.send("Input.insertText", text=text)

    async def go(self, url: str) -> None:
        """Load another page; does not wait for it."""
        await self.send("Page.navigate", url=url)

    async def size(self, width: int, height: int) -> None:
        """Give the page a window of this size."""
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def screenshot(self) -> bytes:
        """What the page shows, as a PNG."""
        shot = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    async def close(self) -> None:
        """Close the tab."""
        with suppress(CdpError):
            await self.pipe.send("Target.closeTarget", targetId=self.target_id)


@dataclass(slots=True)
class Chromium:
    """A running browser. Ends with `close`, or with `kill` as in a crash; its profile stays."""

    executable: Path
    profile: Path
    headless: bool = True
    flags: Sequence[str] = ()
    pipe: CdpPipe = field(init=False)
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        """Launch on the profile, which is made when it is not there."""
        preferences = self.profile / "Default" / "Preferences"
        if not preferences.exists():
            preferences.parent.mkdir(parents=True, exist_ok=True)
            preferences.write_text(json.dumps(PREFERENCES), encoding="utf-8")
        self.pipe = CdpPipe()
        self.process = await asyncio.create_subprocess_exec(
            self.executable,
            *FLAGS,
            f"--user-data-dir={self.profile}",
            *(["--headless=new"] if self.headless else []),
            # The sandbox of Chromium does not work for root, and only there it is given up.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            *self.flags,
            START_PAGE,
            preexec_fn=self.pipe.hand_over,
            close_fds=False,
            start_new_session=True,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await self.pipe.open()
        await self.pipe.send("Browser.getVersion")

    async def load_extension(self, folder: Path) -> str:
        """Load an unpacked extension from an absolute folder; its id."""
        loaded = await self.pipe.send("Extensions.loadUnpacked", path=str(folder))
        return str(loaded["id"])

    async def targets(self, kind: str | None = None) -> list[Result]:
        """Everything that runs in the browser, or what is of one kind: `page`, `service_worker`."""
        found = (await self.pipe.send("Target.getTargets"))["targetInfos"]
        return [target for target in found if kind is None or target["type"] == kind]

    async def page(self, url: str) -> Page:
        """Open a tab and attach to it; does not wait for its load."""
        target = await self.pipe.send("Target.createTarget", url=url)
        return await self.attach(target["targetId"])

    async def attach(self, target_id: str) -> Page:
        """Attach to a tab that is there."""
        attached = await self.pipe.send("Target.attachToTarget", targetId=target_id, flatten=True)
        return Page(self.pipe, target_id, attached["sessionId"])

    async def stop_workers(self) -> None:
        """End all service workers as the browser itself does; no debugger ever touches one."""
        alive = {target["targetId"] for target in await self.targets("service_worker")}
        # The tab the browser began with: one opened and closed for this would wake them again.
        first = next(each for each in await self.targets("page") if each["url"] == START_PAGE)
        page = await self.attach(first["targetId"])
        await page.send("ServiceWorker.enable")
        await page.send("ServiceWorker.stopAllWorkers")
        while alive & {target["targetId"] for target in await self.targets("service_worker")}:
            await clock.sleep(POLL_SECONDS)
        await self.pipe.send("Target.detachFromTarget", sessionId=page.session)

    async def close(self) -> None:
        """End the browser in an orderly way, or by force when it does not."""
        if self.process is None:
            return
        with suppress(CdpError):
            await self.pipe.send("Browser.close")
        with suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), CLOSE_SECONDS)
        await self.kill()

    async def kill(self) -> None:
        """End the browser as a crash would: at once, with everything it started."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        self.process = None
        await self.pipe.close()


@asynccontextmanager
async def running_chromium(
    executable: Path, profile: Path, *, headless: bool = True, flags: Sequence[str] = ()
) -> AsyncIterator[Chromium]:
    """A browser that is gone at the end."""
    browser = Chromium(executable, profile, headless, flags)
    try:
        await browser.start()
        yield browser
    finally:
        await browser.close()


def _shown(selector: str) -> str:
    """A script for the first element of a selector that is laid out."""
    return (
        f"[...document.querySelectorAll({json.dumps(selector)})].find((e) => e.checkVisibility())"
    )
