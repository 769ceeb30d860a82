"""Tools: listed from the table of tools, called through the operations behind them."""

from collections.abc import Mapping
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ToolEntry
from pydantic import ValidationError
from pydantic_core import to_json

from postbroker.contract.jobs import JobAnswer
from postbroker.contract.message import Message
from postbroker.contract.requests import ReadJob
from postbroker.errors import BrokerError, UnavailableError, field_error
from postbroker.mcp.asking import Asking, Parts, asking_of, run
from postbroker.mcp.results import answered
from postbroker.mcp.tasks import Tasks
from postbroker.operations.operation import Reply
from postbroker.operations.schemas import given, taken
from postbroker.operations.tools import TOOLS, Tool
from postbroker.store.database import DatabaseBusyError, StorageFullError
from postbroker.store.events import Event

Context = ServerRequestContext[Any, Any]

PROBLEM = "postbroker/problem"
"""Where a failed call carries the refusal as the REST API would say it."""
NAMES_OF_ID = ("jobId", "job_id", "postId", "post_id")
"""What clients call the id of a job; its own name is `id`."""
BUSY_SECONDS = 5
ERRANDS = frozenset({"search_groups"})
BROUGHT_BACK = ("groupSearch", "check")
"""Parts of a job that errands alone have: other tools leave them untold, for brevity."""


class Toolbox:
    """All tools of the table."""

    def __init__(self, parts: Parts, tasks: Tasks) -> None:
        self._parts = parts
        self._tasks = tasks
        self._tools = {tool.name: tool for tool in TOOLS}
        self._entries = [_entry(parts, tool) for tool in TOOLS]

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """What a tool takes; None for no tool of ours."""
        return next((each.input_schema for each in self._entries if each.name == name), None)

    async def list(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        """All tools, always in the same order."""
        return ListToolsResult(tools=self._entries)

    async def call(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | dict[str, Any]:
        """What a tool answers; a refusal is an answer too, so that the model can act on it.

        Raises MCPError for a tool that does not exist.
        """
        tool, asking = self._tools.get(params.name), asking_of(context)
        if tool is None:
            known = ", ".join(self._tools)
            raise MCPError(INVALID_PARAMS, f"there is no tool {params.name}; the tools: {known}")
        try:
            request = self._read(tool, params.arguments or {})
            reply = await self._answer(context, asking, tool, request)
        except BrokerError as error:
            return self._failed(error, asking)
        except DatabaseBusyError:
            busy = UnavailableError("DATABASE_BUSY", "the database is locked or away", BUSY_SECONDS)
            return self._failed(busy, asking)
        except StorageFullError:
            return self._failed(UnavailableError("STORAGE_FULL", "the disk is full"), asking)
        message = reply.message
        if isinstance(message, JobAnswer) and self._tasks.are_wanted(context, tool, request):
            return self._tasks.begun(message)
        return answered(message)

    def _read(self, tool: Tool, arguments: dict[str, Any]) -> Message:
        """The arguments as a message. Raises ValidationFailedError that says how to mend them."""
        model = tool.follows or self._parts.operations[tool.operation].takes
        if "id" in model.model_fields and "id" not in arguments:
            named = next((name for name in NAMES_OF_ID if name in arguments), None)
            if named is not None:
                arguments = {("id" if name == named else name): v for name, v in arguments.items()}
        if name := next((name for name in arguments if _holds_nul(arguments[name])), None):
            raise field_error("VALIDATION_FAILED", name, "a text cannot hold a NUL character")
        try:
            return model.model_validate(arguments)
        except ValidationError as error:
            raise self._parts.validation_error(error, model) from error

    async def _answer(
        self, context: Context, asking: Asking, tool: Tool, request: Message
    ) -> Reply:
        wait = getattr(request, "wait", 0)
        tell = Progress(context).tell if wait else None
        if tool.follows is None:
            return await run(
                self._parts, asking, tool.operation, request, scope=tool.scope, tell=tell
            )
        fields = request.model_dump(by_alias=False, exclude={"wait"}, exclude_unset=True)
        plain = self._parts.operations[tool.operation].takes.model_validate(fields)
        reply = await run(self._parts, asking, tool.operation, plain)
        job_id = getattr(reply.message, "id")  # noqa: B009  every tool that follows makes a job
        read = ReadJob(id=job_id, wait=wait)
        return await run(self._parts, asking, "read_job", read, tell=tell)

    def _failed(self, error: BrokerError, asking: Asking) -> CallToolResult:
        """A refusal in words for the model, and whole for programs."""
        problem = self._parts.problem_of(error, asking.trace_id)
        again = "yes" if problem.safe_to_retry else "no"
        lines = [
            f"{problem.code}: {problem.detail}",
            f"Who must act: {problem.actor}. Next step: {problem.suggested_action}",
            f"Safe to send again unchanged: {again}.",
        ]
        if problem.retry_after_seconds is not None:
            lines.append(f"Wait {problem.retry_after_seconds:g} seconds first.")
        if problem.details:
            lines.append(f"Details: {to_json(problem.details).decode()}")
        return CallToolResult(
            content=[TextContent(text="\n".join(lines))],
            is_error=True,
            _meta={PROBLEM: problem.model_dump(mode="json", exclude_none=True)},
        )


class Progress:
    """Tells a waiting client of every event of its job, where it asked to hear."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told = 0

    async def tell(self, event: Event) -> None:
        """One event, numbered from 1."""
        self._told += 1
        await self._context.session.report_progress(self._told, message=words_of(event))


def words_of(event: Event) -> str:
    """An event by its name or step, with what it says beside."""
    name = event.step if event.name == "step" and event.step else event.name
    said = (event.data.get(key) for key in ("detail", "browser", "reason", "account"))
    more = next((str(each) for each in said if each), None)
    return f"{name}: {more}" if more else name


def _entry(parts: Parts, tool: Tool) -> ToolEntry:
    operation = parts.operations[tool.operation]
    gives = JobAnswer if tool.follows else operation.gives
    return ToolEntry(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=taken(tool.follows or operation.takes),
        output_schema=given(gives, () if tool.name in ERRANDS else BROUGHT_BACK) if gives else None,
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent,
            open_world_hint=tool.open_world,
        ),
    )


def _holds_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_holds_nul(each) for pair in value.items() for each in pair)
        case list():
            return any(map(_holds_nul, value))
        case _:
            return False
