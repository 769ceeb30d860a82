"""News of jobs: on the one stream of 2026-07-28, and in the sessions of the revisions before it.

Both come from the durable event log, so what another process did is heard too.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import (
    SUBSCRIPTION_ID_META_KEY,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
)
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import event_to_notification
from mcp_types import (
    INVALID_REQUEST,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionFilter,
    SubscriptionsAcknowledgedNotification,
    SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from postbroker.mcp.asking import Parts, asking_of
from postbroker.mcp.resources import Resources, not_found, uri_of

Context = ServerRequestContext[Any, Any]

BEAT_SECONDS = 15
STREAMS_MAX = 1000
"""Streams and subscriptions at once, in this process."""
SESSION_HEADER = "mcp-session-id"


class Subscriptions:
    """Who wants to hear of which job."""

    def __init__(self, parts: Parts, resources: Resources) -> None:
        self._parts = parts
        self._resources = resources
        self._streams = 0
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def listen(
        self, context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Tells what was asked for until the client goes or the broker stops. Raises MCPError."""
        self._check_room()
        asked, workspace = params.notifications, asking_of(context).who.workspace_id
        uris = [
            str(uri)
            for uri in asked.resource_subscriptions or ()
            if await self._resources.find(context, str(uri))
        ]
        honored = SubscriptionFilter(
            resources_list_changed=asked.resources_list_changed or None,
            resource_subscriptions=uris or None,
        )
        meta: Any = {SUBSCRIPTION_ID_META_KEY: context.request_id}
        after_id = await self._parts.events.newest(workspace)  # before the client is answered
        self._streams += 1
        try:
            acknowledged = SubscriptionsAcknowledgedNotificationParams(
                notifications=honored, _meta=meta
            )
            await context.session.send_notification(
                SubscriptionsAcknowledgedNotification(params=acknowledged), context.request_id
            )
            async for news in self._news(workspace, after_id, honored):
                notification = event_to_notification(news, meta)
                await context.session.send_notification(notification, context.request_id)
        finally:
            self._streams -= 1
        return SubscriptionsListenResult(_meta=meta)

    async def subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        """Has the session hear of a job until it ends. Raises MCPError for no job of the caller."""
        self._check_room()
        uri, job = str(params.uri), await self._resources.find(context, str(params.uri))
        if job is None:
            raise not_found(context, uri)
        name = _name(context, uri)
        if name not in self._tasks:
            after_id = await self._parts.events.newest(asking_of(context).who.workspace_id)
            task = asyncio.create_task(self._tell(context, job.id, after_id), name=f"mcp {uri}")
            self._tasks[name] = task
            task.add_done_callback(lambda _: self._tasks.pop(name, None))
        return EmptyResult()

    async def unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """Has the session hear no more of a job."""
        task = self._tasks.pop(_name(context, str(params.uri)), None)
        if task is not None:
            task.cancel()
        return EmptyResult()

    async def _news(
        self, workspace: str, after_id: int, wanted: SubscriptionFilter
    ) -> AsyncIterator[ServerEvent]:
        uris = frozenset(wanted.resource_subscriptions or ())
        async for page in self._parts.events.follow(workspace, after_id, BEAT_SECONDS):
            if wanted.resources_list_changed and any(event.sequence == 1 for event in page):
                yield ResourcesListChanged()
            for uri in dict.fromkeys(uri_of(event.job_id) for event in page):
                if uri in uris:
                    yield ResourceUpdated(uri)

    async def _tell(self, context: Context, job_id: str, after_id: int) -> None:
        async for page in self._parts.events.follow_job(job_id, after_id, BEAT_SECONDS):
            if page:
                await context.session.send_resource_updated(uri_of(job_id))

    def _check_room(self) -> None:
        if self._streams + len(self._tasks) >= STREAMS_MAX:
            raise MCPError(INVALID_REQUEST, "too many subscriptions are open; try again later")


def _name(context: Context, uri: str) -> tuple[str, str]:
    session_id = context.request.headers.get(SESSION_HEADER, "") if context.request else ""
    return session_id, uri
