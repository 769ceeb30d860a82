"""The dashboard as the person in front of the same browser uses it."""

from dataclasses import dataclass

from e2e.stage import Stage
from postbroker.demo.chromium import Page


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A tab in which somebody is signed in."""

    page: Page
    url: str

    @classmethod
    async def sign_in(cls, stage: Stage) -> "Dashboard":
        """Open the one-time link that the broker gave at its start, and use it."""
        page = await stage.open_tab(stage.broker.sign_in_url)
        await page.click("form[action*='sign-in'] button")
        await page.until("location.pathname === '/dashboard'")
        return cls(page, stage.broker.url)

    async def go(self, path: str) -> None:
        """Show one of its pages."""
        await self.page.go(f"{self.url}{path}")
        await self.page.until(
            f"location.pathname === {path!r} && document.readyState === 'complete'"
        )

    async def revoke(self, browser_id: str) -> None:
        """End the pairing of one browser, as people do."""
        await self.go("/dashboard/browsers")
        row = f"#revoke-{browser_id}"
        await self.page.click(f"{row} summary")
        await self.page.click(f"{row} button")
        await self.page.until(f"!document.querySelector({row!r})")
