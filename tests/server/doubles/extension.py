"""A paired browser that does what a test says: the extension's wire over real HTTP, without a page.

`FakeBrowser.pair(url, key)` pairs one; `publish(leased)` goes through a job as the extension would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from postbroker.contract.approvals import Questions
from postbroker.contract.extension import (
    Ack,
    AckAnswer,
    Composed,
    Evidence,
    Hello,
    HelloAnswer,
    Permit,
    PermitRequest,
    PlatformPresence,
    Progress,
    ProgressAnswer,
    PullAnswer,
)
from postbroker.contract.jobs import CreatedJob
from postbroker.contract.locators import AskCheck, CheckReport, LocatorPack, LocatorState
from postbroker.contract.message import Message
from postbroker.contract.pairing import (
    Confirm,
    Confirmed,
    Pair,
    PairAnswer,
    PairingStatus,
    Register,
    Registered,
)
from postbroker.contract.words import PROTOCOL_VERSION, Outcome, Stage, Step
from postbroker.domain.job import target_of

VERSION = "0.1.0"
STEPS_BEFORE_PERMIT: tuple[Step, ...] = (
    "open_tab",
    "check_login",
    "check_account",
    "clean_start",
    "baseline",
    "insert_text",
    "read_back",
    "ask_permit",
)
OK, NO_CONTENT, REFUSED = 200, 204, 400

M = TypeVar("M", bound=Message)
_post_ids = count(1_900_000_000_000_000_000)


@dataclass(eq=False)
class RefusedError(Exception):
    """The broker said no, with a problem."""

    status: int
    problem: dict[str, Any]

    @property
    def code(self) -> str:
        """The code of shared/errors.json."""
        return str(self.problem.get("code"))


class FakeBrowser:
    """One browser with the extension; its account is logged in to X."""

    def __init__(self, url: str, *, name: str = "Test browser", account: str = "@ada") -> None:
        self.url = url.rstrip("/")
        self.name = name
        self.account = account
        self.poll_token = ""
        self.token = ""

    @classmethod
    async def pair(cls, url: str, key: str, **options: str) -> Self:
        """A browser that is paired by `key` and has said hello. Close it with `close`."""
        browser = cls(url, **options)
        await browser.__aenter__()
        registered = await browser.register()
        await browser.claim(registered.code, key)
        await browser.confirm()
        await browser.hello()
        return browser

    async def __aenter__(self) -> Self:
        # A connection a request, so that a broker may be started again in between.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Fall silent."""
        await self._session.close()

    async def register(self) -> Registered:
        """Ask for a code to show."""
        request = Register(
            name=self.name,
            extension_version=VERSION,
            protocol_version=PROTOCOL_VERSION,
            browser="Chromium 156",
        )
        answer = await self._post("/v1/connect/register", request, Registered)
        self.poll_token = answer.poll_token
        return answer

    async def claim(self, code: str, key: str) -> PairAnswer:
        """What the person with the key does, who reads the code."""
        return await self._post("/v1/connect/pair", Pair(code=code), PairAnswer, key)

    async def confirm(self, *, accept: bool = True) -> Confirmed:
        """The person in front of the browser says yes, or no."""
        answer = await self._post(
            "/v1/connect/confirm", Confirm(accept=accept), Confirmed, self.poll_token
        )
        self.token = answer.token or ""
        return answer

    async def pairing(self) -> PairingStatus:
        """How far the pairing is."""
        url = f"{self.url}/v1/connect/status"
        async with self._session.get(url, headers=_bearer(self.poll_token)) as response:
            return PairingStatus.model_validate(await _read(response))

    async def hello(
        self,
        *,
        paused: bool = False,
        logged_in: bool = True,
        locators: Sequence[LocatorState] = (),
    ) -> HelloAnswer:
        """Say who this browser is, and who is logged in to X."""
        presence = PlatformPresence(
            platform="x", logged_in=logged_in, account=self.account if logged_in else None
        )
        request = Hello(
            extension_version=VERSION,
            protocol_version=PROTOCOL_VERSION,
            paused=paused,
            platforms=[presence],
            locators=list(locators),
        )
        return await self._post("/v1/extension/hello", request, HelloAnswer)

    async def pull(self, wait: float = 0) -> PullAnswer | None:
        """Ask for a job."""
        url = f"{self.url}/v1/extension/pull"
        async with self._session.get(
            url, params={"wait": f"{wait:g}"}, headers=_bearer(self.token)
        ) as response:
            if response.status == NO_CONTENT:
                return None
            return PullAnswer.model_validate(await _read(response))

    async def media(self, media_id: str) -> bytes:
        """Fetch a file of a leased job."""
        url = f"{self.url}/v1/extension/media/{media_id}"
        async with self._session.get(url, headers=_bearer(self.token)) as response:
            if response.status != OK:
                await _read(response)
            return await response.read()

    async def progress(
        self, leased: PullAnswer, step: Step, detail: str | None = None
    ) -> ProgressAnswer:
        """Report a step, which renews the lease."""
        request = Progress(**_lease(leased), step=step, detail=detail)
        return await self._post("/v1/extension/progress", request, ProgressAnswer)

    async def permit(self, leased: PullAnswer, **differing: Any) -> Permit:
        """Ask leave to press for what the job wants, but for what is `differing`."""
        composed = {
            "account": leased.job.account or self.account,
            "text_sha256": leased.job.text_sha256,
            "media_count": len(leased.job.media),
            "target": target_of(leased.job.options),
        }
        request = PermitRequest(**_lease(leased), composed=Composed(**(composed | differing)))
        return await self._post("/v1/extension/permit", request, Permit)

    async def ack(
        self, leased: PullAnswer, outcome: Outcome, stage: Stage = "pressed", **more: Any
    ) -> AckAnswer:
        """Report how the lease ended."""
        request = Ack(**_lease(leased), outcome=outcome, stage=stage, **more)
        return await self._post("/v1/extension/ack", request, AckAnswer)

    async def questions(self) -> Questions:
        """The posts that wait for a yes."""
        url = f"{self.url}/v1/extension/questions"
        async with self._session.get(url, headers=_bearer(self.token)) as response:
            return Questions.model_validate(await _read(response))

    async def answer(self, job_id: str, answer: str) -> Questions:
        """Say yes, no, or always; what waits still."""
        url, body = f"{self.url}/v1/extension/questions/{job_id}", {"answer": answer}
        async with self._session.post(url, json=body, headers=_bearer(self.token)) as response:
            return Questions.model_validate(await _read(response))

    async def locators(self, platform: str) -> LocatorPack:
        """The signed locators of a platform that lie at the broker."""
        url = f"{self.url}/v1/extension/locators"
        async with self._session.get(
            url, params={"platform": platform}, headers=_bearer(self.token)
        ) as response:
            return LocatorPack.model_validate(await _read(response))

    async def ask_check(self, platform: str) -> CreatedJob:
        """The person in front of the browser presses Check."""
        request = AskCheck(platform=platform)
        return await self._post("/v1/extension/checks", request, CreatedJob)

    async def check(self, leased: PullAnswer, report: CheckReport) -> AckAnswer:
        """Report what a check has found."""
        found = report.model_dump(mode="json", exclude_none=True)
        return await self.ack(leased, "done", "preparing", details={"check": found})

    async def publish(self, leased: PullAnswer, post_url: str | None = None) -> AckAnswer:
        """Go through every step, press, and report the post as seen live."""
        for step in STEPS_BEFORE_PERMIT:
            await self.progress(leased, step)
        await self.permit(leased)
        await self.progress(leased, "press")
        await self.progress(leased, "confirm")
        return await self.ack(
            leased,
            "published",
            post_url=post_url or self.post_url(leased),
            evidence=self.seen_live(leased),
        )

    async def publish_next(self, wait: float = 10) -> AckAnswer:
        """Wait for a job and publish it."""
        leased = await self.pull(wait)
        assert leased is not None, f"no job came within {wait:g} seconds"
        return await self.publish(leased)

    def post_url(self, leased: PullAnswer) -> str:
        """A permalink that no other post has."""
        site = f"{self.url}/sandbox/x" if leased.job.sandbox else "https://x.com"
        handle = (leased.job.account or self.account).removeprefix("@")
        return f"{site}/{handle}/status/{next(_post_ids)}"

    def seen_live(self, leased: PullAnswer) -> Evidence:
        """What the page shows of a post that went out as it should."""
        return Evidence(
            source="permalink",
            account=leased.job.account or self.account,
            text=leased.job.text,
            seen_live=True,
        )

    async def _post(
        self, path: str, request: Message, answer: type[M], token: str | None = None
    ) -> M:
        body = request.model_dump(mode="json", exclude_none=True)
        headers = _bearer(self.token if token is None else token)
        async with self._session.post(self.url + path, json=body, headers=headers) as response:
            return answer.model_validate(await _read(response))


def _lease(leased: PullAnswer) -> dict[str, Any]:
    return {
        "job_id": leased.job.id,
        "lease_id": leased.lease.id,
        "epoch": leased.lease.epoch,
    }


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


async def _read(response: aiohttp.ClientResponse) -> dict[str, Any]:
    body: dict[str, Any] = await response.json(content_type=None)
    if response.status >= REFUSED:
        raise RefusedError(response.status, body)
    return body
