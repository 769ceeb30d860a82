"""The tools that agents are offered, in order: each is one operation, told for a model to choose.

The Model Context Protocol serves them (`mcp/`), and the dashboard offers them to agents in the
browser. What a tool takes and gives are the messages of its operation.
"""

from dataclasses import dataclass

from postbroker.contract.agents import FollowComment, FollowGroup, FollowGroups, FollowRetry
from postbroker.contract.message import Message
from postbroker.domain.key import Scope


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. Its four hints are what the protocol's annotations promise."""

    name: str
    operation: str
    title: str
    description: str
    read_only: bool = False
    """It changes nothing."""
    destructive: bool = False
    """What it does cannot be taken back."""
    idempotent: bool = False
    """Asked again with the same arguments it does nothing more."""
    open_world: bool = True
    """It reaches beyond the broker: a platform, a browser."""
    follows: type[Message] | None = None
    """What it takes where it can wait for the end of the job that its operation makes: the
    operation's own message with `wait`. The answer is the job then."""
    scope: Scope | None = None
    """What it needs where its operation needs nothing."""


TOOLS: tuple[Tool, ...] = (
    Tool(
        "list_platforms",
        "list_platforms",
        "List platforms",
        "Lists every platform that can be posted to, with what it takes: how long a text may be "
        "and how it is counted, which pictures and videos, threads, groups, and how often an "
        "account posts at most. Call it before you write for a platform you have not used yet.",
        read_only=True,
        idempotent=True,
        open_world=False,
    ),
    Tool(
        "list_accounts",
        "list_accounts",
        "List accounts",
        "Lists the user's accounts by platform and handle: which are logged in, paused or "
        "challenged, how many posts went out today, and when the next one may. Use it to choose "
        "`account` for a post, or to say why posts of an account do not go out.",
        read_only=True,
        idempotent=True,
        open_world=False,
    ),
    Tool(
        "get_account_status",
        "read_account_status",
        "Say whether posts can go out now",
        "Says whether the user's browsers are paired, online and logged in, and how many jobs "
        "wait. `nextStep` is what the user must do before posts go out; it is absent when nothing "
        "is missing. Give `platform` to have its login checked as well.",
        read_only=True,
        idempotent=True,
        open_world=False,
    ),
    Tool(
        "validate_post",
        "validate_post",
        "Check a post without sending it",
        "Goes through everything that create_post would go through and accepts nothing: text "
        "length, files, target, repetitions, limits, logins. `valid` is false when it would be "
        "refused; `problems` names every wrong field and `suggestedAction` the next step. Takes "
        "the arguments of create_post but for `wait`.",
        read_only=True,
        idempotent=True,
    ),
    Tool(
        "create_post",
        "create_post",
        "Publish a post",
        "Publishes a post on one platform in the user's name, through their own logged-in browser "
        "or their connected API account. It is public and cannot be taken back: call it only for "
        "a text that the user has seen and wants out. One call is one post for one platform. With "
        "`wait` (30 to 60 is usual) the answer says how it ended; without, read it with "
        "get_post_status. Always give `idempotencyKey`, a name of yours for this post: called "
        "again with the same key and arguments it never posts twice. Pictures and videos come "
        "from get_upload_url or any public address, in `mediaPaths`. `status` is queued, "
        "processing, succeeded (`postUrl` is the live post) or failed (`errorCode`, and in "
        "`details` who must act and what to do). Never send a post again whose errorCode is "
        "outcome_unknown.",
        destructive=True,
    ),
    Tool(
        "create_reddit_comment",
        "create_reddit_comment",
        "Answer on Reddit",
        "Writes a comment under a Reddit post or comment, whose address is `targetUrl` (with "
        "/comments/ in its path), in the user's name. Public, and as final as create_post: only "
        "for a text that the user has seen. `wait` and `idempotencyKey` are as there.",
        destructive=True,
        follows=FollowComment,
    ),
    Tool(
        "get_upload_url",
        "prepare_upload",
        "Get an address to upload a file to",
        "Says where to PUT the bytes of a picture or video for a post: PUT the raw file to "
        "`uploadUrl` within the hour, with Content-Type exactly `resolvedContentType`. Then name "
        "it by `url` in `mediaPaths` of create_post. `platform` and `bytes` have a file refused "
        "at once that the platform would not take.",
        open_world=False,
    ),
    Tool(
        "get_post_status",
        "read_job",
        "Read how a post is going",
        "Reads one job by the `id` that create_post answered: `status`, the live `postUrl`, or "
        "`errorCode` with who must act and what to do. With `wait` it answers at the job's end or "
        "after so many seconds; else ask again every 5 to 10 seconds.",
        read_only=True,
        idempotent=True,
        open_world=False,
        scope="posts.read",
    ),
    Tool(
        "list_posts",
        "list_jobs",
        "List posts",
        "Lists jobs, newest first, by status, platform or idempotency key. `nextCursor` goes into "
        "`cursor` for the next page. Use it when the answer of create_post was lost: look for its "
        "idempotency key before anything is sent again.",
        read_only=True,
        idempotent=True,
        open_world=False,
    ),
    Tool(
        "cancel_post",
        "cancel_job",
        "Cancel a post before it goes out",
        "Stops a job by its `id` before the platform's button is pressed. After that it is "
        "refused: the post may be live. A canceled job can be sent again with retry_post.",
        destructive=True,
        idempotent=True,
    ),
    Tool(
        "retry_post",
        "retry_post",
        "Send a failed post again",
        "Sends a job again that failed, expired or was canceled, as a new job with the same "
        "content; its `id` is in the answer. Do first what the failed job's "
        "details.suggestedAction says. Safe to call twice: the same job is sent again once. A job "
        "that may be live is refused. `wait` is as in create_post.",
        destructive=True,
        idempotent=True,
        follows=FollowRetry,
    ),
    Tool(
        "search_groups",
        "search_groups",
        "Search groups",
        "Looks for groups of a platform (Facebook) through the user's browser. The groups are in "
        "`details.groupSearch.results` once `status` is succeeded, best first, with a score and "
        "its reasons. Takes 10 to 60 seconds: give `wait`, or read it with get_post_status.",
        read_only=True,
        follows=FollowGroups,
    ),
    Tool(
        "join_group",
        "join_group",
        "Ask to join a group",
        "Asks in the user's name to be let into one group, by `groupId` or `groupUrl`. Others can "
        "see it: only when the user wants it. `details.buttonState` says joined, requested or "
        "not_member afterwards. Asking again does no harm.",
        destructive=True,
        idempotent=True,
        follows=FollowGroup,
    ),
    Tool(
        "explain_error",
        "explain_error",
        "Explain an error code",
        "Explains a `code` of a refusal or an `errorCode` of a job: what happened, who must act "
        "(agent, user, operator or nobody), whether it is safe to send again, and what to do.",
        read_only=True,
        idempotent=True,
        open_world=False,
    ),
)
