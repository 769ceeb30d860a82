"""Jobs as resources: `job://{id}` is what get_post_status answers."""

from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from postbroker.contract.jobs import JobAnswer, JobList
from postbroker.contract.requests import ListJobs
from postbroker.errors import BrokerError
from postbroker.mcp.asking import Parts, asking_of, run
from postbroker.mcp.tasks import own_job

Context = ServerRequestContext[Any, Any]

SCHEME = "job://"
TEMPLATE = "job://{id}"
JSON_TYPE = "application/json"
NOT_FOUND_BEFORE_2026 = -32002
TITLE_LENGTH = 60


class Resources:
    """The jobs of the caller's workspace."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def list(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        """The newest jobs, a page at a time. Raises MCPError."""
        wanted = ListJobs(cursor=params.cursor if params else None)
        try:
            reply = await run(self._parts, asking_of(context), "list_jobs", wanted)
        except BrokerError as error:
            raise MCPError(INVALID_PARAMS, error.detail) from error
        page = reply.message
        jobs = page.jobs if isinstance(page, JobList) else []
        return ListResourcesResult(
            resources=[_entry(job) for job in jobs],
            next_cursor=page.next_cursor if isinstance(page, JobList) else None,
        )

    async def list_templates(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """The one kind of resource."""
        template = ResourceTemplate(
            name="job",
            title="A job",
            uri_template=TEMPLATE,
            description="One post or errand: its status, its live address or why it failed, who "
            "must act and what to do. Subscribe to hear of every step.",
            mime_type=JSON_TYPE,
        )
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """A job as JSON. Raises MCPError."""
        uri = str(params.uri)
        job = await self.find(context, uri)
        if job is None:
            raise not_found(context, uri)
        text = job.model_dump_json(exclude_none=True)
        content = TextResourceContents(uri=uri, mime_type=JSON_TYPE, text=text)
        return ReadResourceResult(contents=[content])

    async def find(self, context: Context, uri: str) -> JobAnswer | None:
        """The job behind an address; None where the caller has none there."""
        if not uri.startswith(SCHEME):
            return None
        return await own_job(self._parts, context, uri.removeprefix(SCHEME))


def not_found(context: Context, uri: str) -> MCPError:
    """The refusal of an unknown resource, in the code of the client's revision."""
    is_modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS
    code = INVALID_PARAMS if is_modern else NOT_FOUND_BEFORE_2026
    return MCPError(code, f"there is no resource {uri} here", {"uri": uri})


def uri_of(job_id: str) -> str:
    """The address of a job."""
    return f"{SCHEME}{job_id}"


def _entry(job: JobAnswer) -> Resource:
    return Resource(
        uri=uri_of(job.id),
        name=job.id,
        title=(job.text or job.details.kind)[:TITLE_LENGTH],
        description=f"{job.details.kind} on {job.platform}: {job.status}",
        mime_type=JSON_TYPE,
    )
