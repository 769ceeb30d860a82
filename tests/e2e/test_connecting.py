"""A program connects by OAuth while a person looks at the question in a real browser."""

from e2e.dashboard import Dashboard
from e2e.stage import Stage
from server.doubles.connecting import Program

QUESTION = "!!document.querySelector('button[name=answer][value=yes]')"
BACK = "document.body.innerText.includes('You may close this.')"


async def test_the_answer_leads_back_to_the_program(stage: Stage) -> None:
    """No policy of the page stops the browser where the form leads elsewhere."""
    dashboard = await Dashboard.sign_in(stage)
    page = dashboard.page
    async with Program(stage.broker.url) as program:
        await program.register()
        for answer in ("no", "yes"):
            await page.go(stage.broker.url + program.address())
            await page.until(QUESTION)
            assert program.callback.split("/")[2] in await page.text("main")
            await page.click(f"button[name=answer][value={answer}]")
            await page.until(BACK)
            assert program.answer["state"] == program.state
        assert program.answers[0]["error"] == "access_denied"
        tokens = (await program.redeem()).body
        assert (await program.read("/v1/usage", tokens["access_token"])).status == 200
    await page.close()
