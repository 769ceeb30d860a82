"""Completions: platforms, accounts and jobs by the first letters."""

from typing import Any

from mcp.server.context import ServerRequestContext
from mcp_types import CompleteRequestParams, CompleteResult, Completion

from postbroker.contract.accounts import AccountList
from postbroker.contract.agents import PlatformList
from postbroker.contract.jobs import JobList
from postbroker.contract.requests import ListJobs, Nothing
from postbroker.mcp.asking import Asking, Parts, asking_of, run

Context = ServerRequestContext[Any, Any]

VALUES_MAX = 100


class Completions:
    """What could be meant."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def complete(self, context: Context, params: CompleteRequestParams) -> CompleteResult:
        """The values of an argument that begin as it was typed; none of what the key cannot see."""
        chosen = (params.context.arguments if params.context else None) or {}
        known = await self._known(asking_of(context), params.argument.name, chosen)
        typed = params.argument.value.casefold()
        values = [each for each in known if each.casefold().startswith(typed)]
        return CompleteResult(
            completion=Completion(
                values=values[:VALUES_MAX],
                total=len(values),
                has_more=len(values) > VALUES_MAX,
            )
        )

    async def _known(self, asking: Asking, name: str, chosen: dict[str, str]) -> list[str]:
        match name:
            case "platform":
                platforms = (await run(self._parts, asking, "list_platforms", Nothing())).message
                assert isinstance(platforms, PlatformList)  # noqa: S101  what it gives
                return [each.id for each in platforms.platforms]
            case "account" if asking.who.may("accounts.read"):
                accounts = (await run(self._parts, asking, "list_accounts", Nothing())).message
                assert isinstance(accounts, AccountList)  # noqa: S101  what it gives
                platform = chosen.get("platform")
                rows = [row for row in accounts.accounts if platform in (None, row.platform)]
                return sorted({row.handle for row in rows})
            case "id" if asking.who.may("posts.read"):
                jobs = (await run(self._parts, asking, "list_jobs", ListJobs(limit=100))).message
                assert isinstance(jobs, JobList)  # noqa: S101  what it gives
                return [job.id for job in jobs.jobs]
            case _:
                return []
