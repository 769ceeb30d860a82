"""Jobs as tasks, for clients that declare the extension: the id of a job is the id of its task.

Everybody else gets the plain job. A task of ours asks for no input, and is never an error of the
protocol: a job that failed is a task that is completed, with the failed job as its result.
"""

from datetime import UTC, datetime
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    RequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from postbroker.contract.jobs import JobAnswer
from postbroker.contract.message import Message
from postbroker.contract.requests import JobRef, ReadJob
from postbroker.errors import BrokerError, ConflictError
from postbroker.mcp.asking import Parts, asking_of, run
from postbroker.mcp.results import answered
from postbroker.operations.tools import Tool

Context = ServerRequestContext[Any, Any]

TASKS = "io.modelcontextprotocol/tasks"
POLL_MS = 5000
NAME_HEADER = "mcp-name"
DONE: dict[str, Any] = {"resultType": "complete"}


class TaskId(RequestParams):
    """Names a task."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")

    task_id: str


class Tasks:
    """The extension's three methods, over jobs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def register(self, server: Server[Any]) -> None:
        """Have the server answer the extension's methods."""
        server.add_request_handler("tasks/get", TaskId, self.get)
        server.add_request_handler("tasks/update", TaskId, self.update)
        server.add_request_handler("tasks/cancel", TaskId, self.cancel)

    def are_wanted(self, context: Context, tool: Tool, request: Message) -> bool:
        """True for a call that makes a job, does not wait for it, and may be answered by a task."""
        makes_job = tool.follows is not None or tool.name == "create_post"
        return makes_job and not getattr(request, "wait", 0) and _knows_tasks(context)

    def begun(self, job: JobAnswer) -> dict[str, Any]:
        """The result of a call that goes on as a task."""
        return {"resultType": "task", **task_of(job)}

    async def get(self, context: Context, params: TaskId) -> dict[str, Any]:
        """A task as it is, with its result once it is over. Raises MCPError."""
        job = await self._job(context, params)
        task = DONE | task_of(job)
        if task["status"] == "completed":
            result = answered(job).model_dump(mode="json", by_alias=True, exclude_none=True)
            task["result"] = result
        return task

    async def update(self, context: Context, params: TaskId) -> dict[str, Any]:
        """Takes input that no task of ours asks for. Raises MCPError."""
        await self._job(context, params)
        return DONE

    async def cancel(self, context: Context, params: TaskId) -> dict[str, Any]:
        """Cancels the job while that can be done; what is too late goes on. Raises MCPError."""
        job = await self._job(context, params)
        try:
            await run(self._parts, asking_of(context), "cancel_job", JobRef(id=job.id))
        except ConflictError:
            return DONE
        except BrokerError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error
        return DONE

    async def _job(self, context: Context, params: TaskId) -> JobAnswer:
        """The job behind a task of the caller's own workspace. Raises MCPError."""
        if not _knows_tasks(context):
            needed: Any = {"requiredCapabilities": {"extensions": {TASKS: {}}}}
            raise MCPError(
                MISSING_REQUIRED_CLIENT_CAPABILITY, f"declare the extension {TASKS}", needed
            )
        named = context.request.headers.get(NAME_HEADER) if context.request else None
        if named != params.task_id:
            raise MCPError(HEADER_MISMATCH, "the Mcp-Name header must be the taskId of the body")
        job = await own_job(self._parts, context, params.task_id)
        if job is None:
            raise MCPError(INVALID_PARAMS, f"there is no task {params.task_id}")
        return job


async def own_job(parts: Parts, context: Context, job_id: str) -> JobAnswer | None:
    """A job that the caller may see whole; None for every other id."""
    try:
        request = ReadJob(id=job_id)
        reply = await run(parts, asking_of(context), "read_job", request, scope="posts.read")
    except (ValidationError, BrokerError):
        return None
    job = reply.message
    return job if isinstance(job, JobAnswer) and job.tenant_id is not None else None


def task_of(job: JobAnswer) -> dict[str, Any]:
    """A job in the words of the extension."""
    return {
        "taskId": job.id,
        "status": _status(job),
        "statusMessage": job.details.waiting_because or job.details.step or job.details.state,
        "createdAt": _instant(job.created_at),
        "lastUpdatedAt": _instant(job.updated_at),
        "ttlMs": None,
        "pollIntervalMs": POLL_MS,
    }


def _status(job: JobAnswer) -> str:
    if job.status in ("queued", "processing"):
        return "working"
    return "cancelled" if job.details.state == "canceled" else "completed"


def _knows_tasks(context: Context) -> bool:
    able = context.session.client_capabilities
    is_modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS
    return is_modern and able is not None and TASKS in (able.extensions or {})


def _instant(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat()
