"""What the broker knows by itself: the platforms, and what its codes mean."""

from collections.abc import Mapping
from difflib import get_close_matches

from postbroker.contract.agents import ErrorList, ErrorRef, PlatformAnswer, PlatformList
from postbroker.contract.catalogue import Platform
from postbroker.contract.problems import ErrorCode
from postbroker.contract.requests import Nothing
from postbroker.errors import NotFoundError, error_codes
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply


def knowledge_operations(platforms: Mapping[str, Platform]) -> list[AnyOperation]:
    """What anybody can ask."""

    async def list_platforms(_asked: Asked[Nothing]) -> Reply:
        known = [platforms[platform_id] for platform_id in sorted(platforms)]
        return Reply(PlatformList(platforms=[platform_answer(each) for each in known]))

    async def explain(asked: Asked[ErrorRef]) -> Reply:
        return Reply(_code(asked.request.code))

    async def list_errors(_asked: Asked[Nothing]) -> Reply:
        codes = sorted(error_codes().values(), key=lambda code: code.kind, reverse=True)
        return Reply(ErrorList(errors=codes))

    return [
        Operation(
            "list_platforms",
            "List platforms",
            "anyone",
            Nothing,
            PlatformList,
            list_platforms,
            description=(
                "What each takes: texts and how they are counted, files, threads, places, and "
                "how often an account posts at most."
            ),
        ),
        Operation(
            "explain_error",
            "Explain an error code",
            "anyone",
            ErrorRef,
            ErrorCode,
            explain,
            None,
            ("NOT_FOUND",),
            description=(
                "A code of a refusal, or an `errorCode` of a job: who must act, whether it may "
                "be sent again, what to do."
            ),
        ),
        Operation(
            "list_errors",
            "List error codes",
            "anyone",
            Nothing,
            ErrorList,
            list_errors,
            description="Those of requests and those of jobs.",
        ),
    ]


def platform_answer(platform: Platform) -> PlatformAnswer:
    """A platform as agents see it."""
    alike = {
        name: getattr(platform, name) for name in PlatformAnswer.model_fields if name != "places"
    }
    return PlatformAnswer(places=list(platform.places), **alike)


def _code(wanted: str) -> ErrorCode:
    """The code of that name, however it is written. Raises NotFoundError with the likeliest."""
    by_name = {name.casefold(): code for name, code in error_codes().items()}
    found = by_name.get(wanted.strip().casefold())
    if found is not None:
        return found
    close = get_close_matches(wanted.casefold(), by_name, n=1)
    hint = f"; did you mean {by_name[close[0]].code}?" if close else ""
    raise NotFoundError("NOT_FOUND", f"{wanted} is no error code{hint}")
