"""A person's yes and no, asked for in the extension."""

from typing import Any

from postbroker.contract.approvals import AnswerQuestion, QuestionAnswer, Questions
from postbroker.contract.requests import Nothing
from postbroker.domain.caller import Caller
from postbroker.domain.key import ALL_SCOPES
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.platforms.registry import cost_of
from postbroker.services.approvals import Approvals, Question
from postbroker.store.browsers import Browser


def approval_operations(approvals: Approvals) -> list[AnyOperation]:
    """What the person in front of a paired browser is asked."""

    async def read(asked: Asked[Any]) -> Reply:
        questions = await approvals.questions(asked.who.workspace_id)
        return Reply(Questions(questions=[question_answer(each) for each in questions]))

    async def answer(asked: Asked[AnswerQuestion]) -> Reply:
        person, request = _person_at(asked.who), asked.request
        if request.answer == "no":
            await approvals.say_no(person, request.id)
        else:
            await approvals.say_yes(person, request.id, always=request.answer == "always")
        return await read(asked)

    return [
        Operation(
            "read_questions",
            "List the posts that wait for the person's yes",
            "browser",
            Nothing,
            Questions,
            read,
            description="Shown to the person in front of the browser, who alone answers.",
        ),
        Operation(
            "answer_question",
            "Say yes or no to a post",
            "browser",
            AnswerQuestion,
            Questions,
            answer,
            None,
            ("JOB_NOT_FOUND", "INVALID_STATUS_TRANSITION", "VALIDATION_FAILED"),
            description="`always` asks no more about the account. Answers what waits still.",
        ),
    ]


def question_answer(question: Question) -> QuestionAnswer:
    """A question as the extension shows it."""
    job = question.job
    return QuestionAnswer(
        id=job.id,
        kind=job.kind,
        platform=job.platform,
        account=question.handle,
        texts=list(job.parts),
        media_paths=list(job.media_paths),
        target=_target(job.options),
        cost=cost_of(job),
        expires_at=job.expires_at.isoformat(),
    )


def _target(options: dict[str, object]) -> str | None:
    """The group or the post that it is for."""
    named = (options.get(name) for name in ("groupUrl", "groupId", "targetUrl"))
    return next((str(value) for value in named if value), None)


def _person_at(browser: Browser) -> Caller:
    """Whoever sits in front of a paired browser may say yes there."""
    name = f"a person at {browser.name}"
    return Caller("browser", browser.id, name, browser.workspace_id, ALL_SCOPES)
