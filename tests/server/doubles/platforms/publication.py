"""Takes one draft through an adapter, step by step, as the engine does."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from postbroker.egress.calls import UnansweredError
from postbroker.platforms.adapter import Draft, PlatformAdapter
from postbroker.platforms.outcome import (
    Finding,
    Outcome,
    Pending,
    Published,
    State,
    TroubleError,
    Unknown,
)
from server.doubles.platforms.api import LoopbackApi

POLLS_MAX = 20
NUMBERS = count(1)


class KilledError(Exception):
    """The broker died here."""


class Publication:
    """One post on its way. Its state survives between the steps as JSON, and nothing else does."""

    def __init__(self, adapter: PlatformAdapter, api: LoopbackApi, draft: Draft) -> None:
        self.adapter = adapter
        self.api = api
        self.draft = draft
        self.key = f"job-{next(NUMBERS)}-1"
        self.saved = ["{}"]
        """Every state that was saved, in order."""
        self.began_at: datetime = api.now()

    @property
    def state(self) -> State:
        """What was saved last."""
        state: State = json.loads(self.saved[-1])
        return state

    async def prepare(self, dies_at: int | None = None) -> None:
        """All that may be repeated; with `dies_at`, until the so-many-eth save and no further."""
        saves = 0

        async def save(state: State) -> None:
            nonlocal saves
            self.saved.append(json.dumps(state))
            saves += 1
            if saves == dies_at:
                raise KilledError

        self.saved.append(
            json.dumps(await self.adapter.prepare(self.api, self.draft, self.state, save))
        )

    async def commit(self) -> Outcome:
        """The irreversible request; no answer is `Unknown`."""
        self.api = self.api.renewed()
        try:
            outcome = await self.adapter.commit(self.api, self.draft, self.state, self.key)
        except UnansweredError as error:
            outcome = Unknown(str(error))
        assert self.api.sent_once == 1, "commit sends exactly one irreversible request"
        return outcome

    async def settle(self, outcome: Outcome | Finding) -> Outcome | Finding:
        """Poll for as long as the platform works on it."""
        for _ in range(POLLS_MAX):
            if not isinstance(outcome, Pending):
                return outcome
            self.saved.append(json.dumps(outcome.state))
            await self.api.wait(outcome.check_after_seconds)
            outcome = await self.adapter.poll(self.api, self.state)
        raise AssertionError("pending for ever")

    async def publish(self) -> Outcome | Finding:
        """From beginning to end, when nothing goes wrong; troubles come as outcomes."""
        try:
            await self.prepare()
            return await self.settle(await self.commit())
        except TroubleError as error:
            return error.trouble

    async def reconcile(self) -> Finding:
        """Look for a post of doubt."""
        since = self.began_at - timedelta(seconds=1)
        found = await self.adapter.reconcile(self.api, self.draft, self.state, self.key, since)
        settled = await self.settle(found)
        assert not isinstance(settled, Unknown)
        return settled  # type: ignore[return-value]


def next_draft(draft: Draft, text: str, previous: Sequence[Published]) -> Draft:
    """The next part of a thread."""
    return Draft(text, (), draft.options, draft.kind, tuple(previous))
