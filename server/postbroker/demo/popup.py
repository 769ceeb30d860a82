"""The extension's popup, opened as a tab and used as a person uses it."""

from dataclasses import dataclass
from typing import Any

from postbroker.demo.chromium import Chromium, Page

ANSWER_SECONDS = 20.0


def control(name: str) -> str:
    """The selector of one of the popup's controls."""
    return f"[data-testid='{name}']"


@dataclass(frozen=True, slots=True)
class Popup:
    """What a person can see and press there."""

    page: Page

    @classmethod
    async def open(cls, browser: Chromium, extension_id: str) -> "Popup":
        """The popup in a tab of its own."""
        page = await browser.page(f"chrome-extension://{extension_id}/popup.html")
        popup = cls(page)
        await popup.status()
        return popup

    async def status(self) -> str:
        """The sentence that says how things stand."""
        return await self.page.text(control("status"))

    async def connect(self, server: str) -> str:
        """Ask a server for a code; the six digits."""
        await self.page.fill(control("server-url"), server)
        await self.page.click(control("connect"))
        return (await self.page.text(control("pairing-code"))).replace(" ", "")

    async def answer(self, *, accept: bool) -> str:
        """Read who asks (server, workspace, person), then say yes or no. Returns what was read."""
        question = control("confirm-workspace")
        await self.page.text(question)
        asked = await self.page.evaluate(
            f"[...document.querySelectorAll(`{question} dd`)].map((e) => e.innerText).join(' · ')"
        )
        await self.page.click(control("confirm-yes" if accept else "confirm-no"))
        return str(asked)

    async def until_connected(self) -> None:
        """Wait until the browser belongs to a workspace."""
        await self.page.until(
            f"document.querySelector(`{control('disconnect')}`)?.checkVisibility()", ANSWER_SECONDS
        )

    async def stored(self, key: str) -> Any:
        """A value of the extension's own storage."""
        return await self.page.evaluate(
            f"chrome.storage.local.get({key!r}).then((found) => found[{key!r}] ?? null)"
        )
