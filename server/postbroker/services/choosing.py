"""What a request asks for, checked against each way it may go: the first that takes it is its."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from postbroker.contract.catalogue import PlaceName, Platform
from postbroker.contract.jobs import CreateTweet
from postbroker.contract.problems import FieldProblem
from postbroker.contract.words import Kind, Route
from postbroker.domain.caller import Caller
from postbroker.domain.media import Attached, problems_with_files
from postbroker.domain.targets import TargetError
from postbroker.egress.calls import CallError
from postbroker.errors import ConflictError, ValidationFailedError
from postbroker.platforms.adapter import Capabilities, Draft, PlatformAdapter
from postbroker.platforms.outcome import TroubleError
from postbroker.services.apis import DisconnectedError
from postbroker.services.checks import Checks, refuse
from postbroker.services.connected import ConnectedApis
from postbroker.services.media import MediaFiles
from postbroker.services.routing import TAB, Routes, Way
from postbroker.store.routes import ConnectedAccount

THREAD = "platformPayload.thread"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A request that was looked over, and the way that its job goes."""

    way: Way
    options: dict[str, Any] = field(default_factory=dict)
    media: list[Attached] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)
    """All that is wrong with it; empty for a request that can be taken."""


class Choosing:
    """Looks requests over."""

    def __init__(
        self,
        checks: Checks,
        routes: Routes,
        media: MediaFiles,
        apis: ConnectedApis,
        adapters: Mapping[str, PlatformAdapter],
    ) -> None:
        self._checks = checks
        self._routes = routes
        self._media = media
        self._apis = apis
        self._adapters = adapters

    async def choose(self, caller: Caller, request: CreateTweet, kind: Kind) -> Chosen:
        """The way of a job with its options and files, or all that is wrong.

        Raises ConflictError when no account is connected where nothing else would do.
        """
        platform = self._checks.platforms.get(request.platform)
        if platform is None:
            return Chosen(TAB, problems=self._checks.look_over(request, kind)[1])
        try:
            ways = await self._routes.ways(
                caller.workspace_id,
                platform,
                kind,
                request.account,
                request.route,
                sandbox=request.sandbox,
            )
        except ValidationFailedError as error:
            options, problems = self._checks.look_over(request, kind)
            return Chosen(TAB, options, [], [*error.errors, *problems])
        except ConflictError:
            refuse(self._checks.look_over(request, kind)[1])
            raise
        return await self._first_that_takes(ways, caller, platform, request, kind)

    async def _first_that_takes(
        self,
        ways: Sequence[Way],
        caller: Caller,
        platform: Platform,
        request: CreateTweet,
        kind: Kind,
    ) -> Chosen:
        chosen, files = list[Chosen](), list[Attached]()
        for way in ways:
            able, capabilities = platform, None
            if way.account is not None:
                capabilities = await self._capabilities(way.account, platform)
                able = _as_able(platform, capabilities)
            found = list[FieldProblem]()
            if files:  # they were looked at for another way
                found = problems_with_files(able.media, able.name, files)
            elif request.media_paths or request.media:
                files, found = await self._media.attach(caller.workspace_id, able, request)
            about_place = [*_about_place(able, way.route, request, kind)]
            if capabilities is None:
                options, problems = self._checks.look_over(request, kind)
            else:
                options, problems = self._look_over(able, capabilities, request, kind, files)
            problems = _each_once(about_place + problems + found)
            chosen.append(Chosen(way, options, files, problems))
            if not problems:
                return chosen[-1]
        return chosen[0]

    async def _capabilities(self, account: ConnectedAccount, platform: Platform) -> Capabilities:
        """What the account can post; what holds for all of them while nobody can tell."""
        try:
            return await self._apis.capabilities(account.connection_id)
        except (CallError, DisconnectedError, TroubleError):
            return Capabilities(platform.text, platform.media, platform.thread_max)

    def _look_over(
        self,
        able: Platform,
        capabilities: Capabilities,
        request: CreateTweet,
        kind: Kind,
        files: Sequence[Attached],
    ) -> tuple[dict[str, Any], list[FieldProblem]]:
        """The options of a job that an official API posts, and all that is wrong with it."""
        try:
            options = self._checks.options_of(able, request, kind)
        except TargetError as error:
            wrong = FieldProblem(field=error.field, code="VALIDATION_FAILED", message=error.message)
            return {}, [wrong]
        thread = request.platform_payload.get("thread", [])
        if "thread" in request.platform_payload and (about := _about_thread(able, thread)):
            return options, [about]
        adapter = self._adapters[able.id]
        plain = {name: value for name, value in options.items() if name != "thread"}
        problems = adapter.validate(Draft(request.text, files, plain, kind), capabilities)
        for number, part in enumerate(thread):
            for each in adapter.validate(Draft(part, (), plain, kind), capabilities):
                if each.field == "text":
                    at = {"field": f"{THREAD}.{number}"}
                    problems.append(each.model_copy(update=at))
        return options, problems


def _as_able(platform: Platform, able: Capabilities) -> Platform:
    """The platform as its API takes posts of one account."""
    limits = {"text": able.text, "media": able.media, "thread_max": able.thread_max}
    return platform.model_copy(update=limits)


def _about_place(
    platform: Platform, route: Route, request: CreateTweet, kind: Kind
) -> Iterator[FieldProblem]:
    """Where this way does not go."""
    names: dict[Kind, PlaceName] = {"post": "feed", "comment": "comment"}
    name = names.get(kind, "group")
    if kind == "post" and (
        request.group_id or {"groupId", "groupUrl"} & {*request.platform_payload}
    ):
        name = "group"
    place = platform.places.get(name)
    if place is not None and place.routes is not None and route not in place.routes:
        way = "a browser's tab" if route == "tab" else "its official API"
        message = f"{platform.name} takes no {name} posts through {way} here"
        yield FieldProblem(field="platform", code="VALIDATION_FAILED", message=message)


def _about_thread(platform: Platform, thread: Any) -> FieldProblem | None:
    if not platform.thread_max:
        message = f"{platform.name} has no threads here"
    elif not isinstance(thread, list) or not all(isinstance(part, str) for part in thread):
        message = "give a list of texts, one for each part"
    elif len(thread) >= platform.thread_max:
        message = f"{len(thread) + 1} of at most {platform.thread_max} parts"
    else:
        return None
    return FieldProblem(field=THREAD, code="VALIDATION_FAILED", message=message)


def _each_once(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Each once: two who look may see the same."""
    seen = {(each.field, each.code, each.message): each for each in problems}
    return [*seen.values()]
