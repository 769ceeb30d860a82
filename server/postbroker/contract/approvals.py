"""Posts that wait for a person's yes, as the extension shows them."""

from typing import Literal

from postbroker.contract.message import Message
from postbroker.contract.requests import JobRef
from postbroker.contract.words import Handle, Identifier, PlatformId


class QuestionAnswer(Message):
    """One post that goes out only after a yes."""

    id: Identifier
    kind: str
    platform: PlatformId
    account: Handle | None = None
    """Who would post it; absent where nobody knows yet."""
    texts: list[str]
    """What will be posted: one text, or the parts of a thread."""
    media_paths: list[str]
    target: str | None = None
    """The group or the post that it is for; absent for the account's own feed."""
    cost: str | None = None
    """What the platform takes for it, where it takes anything."""
    expires_at: str
    """ISO 8601 in UTC: until when it waits."""


class Questions(Message):
    """All posts of the workspace that wait for a yes, newest first."""

    questions: list[QuestionAnswer]


class AnswerQuestion(JobRef):
    """Yes, no, or yes to all of the same account from now on."""

    answer: Literal["yes", "no", "always"]
