"""What an answer means whoever gives it: that its server said neither yes nor no."""

from postbroker.egress.calls import Answer
from postbroker.platforms.outcome import Transient, Trouble, TroubleError, Unknown

REQUEST_TIMEOUT = 408
MESSAGE_MAX = 300


def no_word(answer: Answer) -> str | None:
    """Why an answer says neither yes nor no; None when it says one of them.

    Before the irreversible request that is Transient, on it Unknown: a redirect, a failure of the
    server, a server that ran out of time.
    """
    status = answer.status
    if status < 200 or 300 <= status < 400:
        return f"the server sent us elsewhere ({status})"
    if status >= 500 or status == REQUEST_TIMEOUT:
        return f"the server failed ({status})"
    return None


def said(value: object, answer: Answer) -> str:
    """What the platform said, cut to a readable length; its status where it said nothing."""
    text = value.strip() if isinstance(value, str) else ""
    return text[:MESSAGE_MAX] or f"it answered {answer.status}"


def refused(answer: Answer, trouble: Trouble | None, words: object = None) -> TroubleError:
    """What a request came to that publishes nothing: the platform's clear no, or a passing one."""
    return TroubleError(trouble or Transient(no_word(answer) or said(words, answer)))


def concluded(answer: Answer, trouble: Trouble | None, words: object = None) -> Trouble | Unknown:
    """What the irreversible request came to: the platform's clear no, or doubt."""
    return trouble or Unknown(no_word(answer) or said(words, answer))
