"""What most adapters share: an adapter overrides what its platform does otherwise."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from postbroker.catalogue import load_platforms
from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.domain.content import is_blank, text_length
from postbroker.domain.media import absence_problem, problems_with_files
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Identity,
    Info,
    Save,
    Target,
)
from postbroker.platforms.options import option_problems, problem, schema_of
from postbroker.platforms.outcome import (
    CannotTell,
    Finding,
    NotPermitted,
    Outcome,
    Published,
    State,
    TroubleError,
    Unknown,
)


class Adapter:
    """An adapter of a platform whose limits stand in the catalogue and that has one step."""

    info: Info
    options: ClassVar[type[Message] | None] = None
    """What a post may have beside text and files, its `platformPayload`; None takes anything."""

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """Every platform says in its own way who one is."""
        raise NotImplementedError

    async def refresh(self, api: Api) -> dict[str, str] | None:  # noqa: ARG002
        """OAuth's way."""
        return None

    async def capabilities(self, api: Api) -> Capabilities:  # noqa: ARG002
        """What the catalogue says."""
        return self.usual()

    def usual(self) -> Capabilities:
        """What every account can post, as long as nobody asked the platform."""
        platform = load_platforms()[self.info.id]
        settings = schema_of(self.options) if self.options else {}
        return Capabilities(platform.text, platform.media, platform.thread_max, settings)

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """What is wrong with text and files, and with the options."""
        problems = self.content_problems(draft, capabilities)
        if self.options:
            problems += option_problems(self.options, draft.options)
        if capabilities.media.required and not draft.media:
            problems.append(absence_problem(load_platforms()[self.info.id].name))
        return problems

    def content_problems(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """Length of the text, number and kind of the files."""
        name, rules = load_platforms()[self.info.id].name, capabilities.media
        problems = [] if draft.media or rules.required else self._emptiness(draft)
        limit = capabilities.text
        length = self.text_length(draft, capabilities)
        if length > limit.max:
            message = f"{length} of at most {limit.max} {limit.unit} characters"
            problems.append(problem("text", "CONTENT_TOO_LONG", message))
        return [*problems, *problems_with_files(rules, name, draft.media)]

    def text_length(self, draft: Draft, capabilities: Capabilities) -> int:
        """How long the platform takes the text to be, in the unit of its limit."""
        return text_length(draft.text, capabilities.text.unit)

    def _emptiness(self, draft: Draft) -> list[FieldProblem]:
        if not is_blank(draft.text):
            return []
        return [problem("text", "VALIDATION_FAILED", "the text is empty")]

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:  # noqa: ARG002
        """Nothing to prepare."""
        return state

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:
        """Every platform has its own."""
        raise NotImplementedError

    async def poll(self, api: Api, state: State) -> Outcome:  # noqa: ARG002
        """Nothing is ever pending."""
        return Unknown("the platform does not tell")

    async def reconcile(
        self,
        api: Api,  # noqa: ARG002
        draft: Draft,  # noqa: ARG002
        state: State,  # noqa: ARG002
        key: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
    ) -> Finding:
        """Nothing can be read there."""
        return CannotTell("the platform lets nobody read what was posted")

    async def act(self, api: Api, action: str, given: Mapping[str, Any]) -> list[Target]:  # noqa: ARG002
        """There is nothing to list."""
        raise TroubleError(NotPermitted(f"{self.info.id} has no {action}"))

    async def delete(self, api: Api, post: Published) -> None:  # noqa: ARG002
        """Posts stay."""
        raise TroubleError(NotPermitted(f"posts on {self.info.id} are removed by hand"))

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:  # noqa: ARG002
        """Nothing is counted."""
        return [{} for _ in posts]
