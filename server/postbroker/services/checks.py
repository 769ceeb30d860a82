"""What a request asks for, checked against its platform before anything is written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from postbroker.contract.catalogue import Platform
from postbroker.contract.jobs import CreateTweet
from postbroker.contract.problems import FieldProblem
from postbroker.contract.words import Kind
from postbroker.domain.content import WeightTable, is_blank, text_length
from postbroker.domain.media import absence_problem
from postbroker.domain.targets import TargetError, read_target
from postbroker.errors import ValidationFailedError

HANDLE = re.compile(r"@?[\w.-]{1,100}")
WITH_TEXT: frozenset[Kind] = frozenset({"post", "comment"})
IN_PAYLOAD = frozenset({"groupId", "groupUrl", "targetId", "targetUrl"})
"""Fields of a target that a post has in its `platformPayload`."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What every platform takes, and what this broker has."""

    platforms: Mapping[str, Platform]
    weights: Mapping[str, WeightTable]
    has_sandbox: bool
    own_host: str
    """Where the simulated platforms are reached."""

    def look_over(
        self, request: CreateTweet, kind: Kind
    ) -> tuple[dict[str, Any], list[FieldProblem]]:
        """The options of the job with its target in one spelling, and everything that is wrong."""
        platform = self.platforms.get(request.platform)
        if platform is None:
            return {}, [unknown_platform(request.platform, self.platforms)]
        found = list(self._about_content(platform, request, kind))
        if request.sandbox and not self.has_sandbox:
            message = "the simulated platforms are switched off on this broker"
            found.append(_problem("sandbox", "VALIDATION_FAILED", message))
        if request.account is not None and not HANDLE.fullmatch(request.account):
            found.append(_problem("account", "VALIDATION_FAILED", "give a handle such as @ada"))
        try:
            return self.options_of(platform, request, kind), found
        except TargetError as error:
            field = error.field
            if kind == "post" and field in IN_PAYLOAD and field in request.platform_payload:
                field = f"platformPayload.{field}"
            return {}, [*found, _problem(field, "VALIDATION_FAILED", error.message)]

    def _about_content(
        self, platform: Platform, request: CreateTweet, kind: Kind
    ) -> list[FieldProblem]:
        if kind == "group_search" and is_blank(request.text):
            return [_problem("query", "VALIDATION_FAILED", "say what to look for")]
        if kind == "check" and "tab" not in platform.routes:
            message = f"no browser posts to {platform.name}"
            return [_problem("platform", "UNSUPPORTED_PLATFORM", message)]
        if kind not in WITH_TEXT:
            return []
        found = [*self._about_text(platform, "text", request.text)]
        if "thread" in request.platform_payload:
            found += self._about_thread(platform, request.platform_payload["thread"])
        if (
            kind == "post"
            and platform.media.required
            and not (request.media_paths or request.media)
        ):
            found.append(absence_problem(platform.name))
        return found

    def _about_text(self, platform: Platform, field: str, text: str) -> Iterator[FieldProblem]:
        if is_blank(text):
            yield _problem(field, "VALIDATION_FAILED", "the text is empty")
        length = text_length(text, platform.text.unit, self.weights.get(platform.id))
        if length > platform.text.max:
            message = f"{length} of at most {platform.text.max} {platform.text.unit} characters"
            yield _problem(field, "CONTENT_TOO_LONG", message)

    def _about_thread(self, platform: Platform, thread: Any) -> Iterator[FieldProblem]:
        """The parts after the first, which is the post's own text."""
        field = "platformPayload.thread"
        if not platform.thread_max:
            yield _problem(field, "VALIDATION_FAILED", f"{platform.name} has no threads here")
        elif not isinstance(thread, list) or not all(isinstance(part, str) for part in thread):
            yield _problem(field, "VALIDATION_FAILED", "give a list of texts, one for each part")
        elif len(thread) >= platform.thread_max:
            message = f"{len(thread) + 1} of at most {platform.thread_max} parts"
            yield _problem(field, "VALIDATION_FAILED", message)
        else:
            for number, part in enumerate(thread):
                yield from self._about_text(platform, f"{field}.{number}", part)

    def options_of(self, platform: Platform, request: CreateTweet, kind: Kind) -> dict[str, Any]:
        """The options of the job, with its target in one spelling. Raises TargetError."""
        given = request.platform_payload
        if request.group_id is not None:
            inside = given.get("groupId", request.group_id)
            if str(inside) != request.group_id:
                raise TargetError("groupId", f"platformPayload.groupId names another: {inside}")
            given = {**given, "groupId": request.group_id}
        own_host = self.own_host if request.sandbox else None
        return read_target(platform, kind, given, own_host)


def refuse(problems: list[FieldProblem]) -> None:
    """Raise ValidationFailedError with all that is wrong; nothing is raised for no problem."""
    if not problems:
        return
    code = problems[0].code if len(problems) == 1 else "VALIDATION_FAILED"
    detail = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
    raise ValidationFailedError(code, detail, errors=tuple(problems))


def _problem(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=message)


def unknown_platform(wanted: str, platforms: Mapping[str, Platform]) -> FieldProblem:
    """That there is no such platform, with the likeliest one."""
    close = get_close_matches(wanted, platforms, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    known = ", ".join(sorted(platforms))
    return _problem("platform", "UNSUPPORTED_PLATFORM", f"{wanted} is none of: {known}{hint}")
