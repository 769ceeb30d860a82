"""Errands on groups: searching them, asking to be let in, reading whether one is."""

from postbroker.contract.jobs import CreatedJob, CreatedSearch, NameGroup, SearchGroups
from postbroker.operations.jobs import ERRAND_REFUSALS, created_answer
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.posts import Posts


def group_operations(posts: Posts) -> list[AnyOperation]:
    """What agents can ask, over the service given."""

    async def search(asked: Asked[SearchGroups]) -> Reply:
        job, is_replay = await posts.search_groups(asked.who, asked.request)
        created = created_answer(job, asked.request.query)
        answer = CreatedSearch(**created.model_dump(by_alias=False), job_id=job.id)
        return Reply(answer, replayed=is_replay, location=f"/v1/jobs/{job.id}")

    async def join(asked: Asked[NameGroup]) -> Reply:
        job, is_replay = await posts.visit_group(asked.who, asked.request, "group_join")
        return Reply(created_answer(job, ""), replayed=is_replay, location=f"/v1/jobs/{job.id}")

    async def status(asked: Asked[NameGroup]) -> Reply:
        job, is_replay = await posts.visit_group(asked.who, asked.request, "group_status")
        return Reply(created_answer(job, ""), replayed=is_replay, location=f"/v1/jobs/{job.id}")

    return [
        Operation(
            "search_groups",
            "Search groups",
            "agent",
            SearchGroups,
            CreatedSearch,
            search,
            "posts.publish",
            ERRAND_REFUSALS,
            description=(
                "A job that looks for groups and presses nothing. At its end "
                "`details.groupSearch.results` has them, best first, each with a `score` from 0 "
                "to 1 and its `reasons`."
            ),
        ),
        Operation(
            "join_group",
            "Ask to be let into a group",
            "agent",
            NameGroup,
            CreatedJob,
            join,
            "posts.publish",
            ERRAND_REFUSALS,
            description=(
                "A job that presses the group's button once, and only when the account is "
                "neither in nor waiting. At its end `details.buttonState` is `joined` or "
                "`requested`; a group that asks questions ends it in `not_joined`. Give "
                "`groupId` or `groupUrl`."
            ),
        ),
        Operation(
            "read_group_status",
            "Read whether the account is in a group",
            "agent",
            NameGroup,
            CreatedJob,
            status,
            "posts.publish",
            ERRAND_REFUSALS,
            description=(
                "A job that looks and presses nothing. At its end `details.buttonState` is "
                "`joined`, `requested` or `not_member`. Give `groupId` or `groupUrl`."
            ),
        ),
    ]
