"""Prompts: how a person starts what agents do here most."""

from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    TextContent,
)

Context = ServerRequestContext[Any, Any]

PROMPTS = (
    Prompt(
        name="publish_post",
        title="Write a post and publish it",
        description="Writes a post that fits the platform, shows it to you, and publishes it once "
        "you have said yes.",
        arguments=[
            PromptArgument(
                name="platform", description="Where it goes, such as x or linkedin", required=True
            ),
            PromptArgument(name="topic", description="What it is about", required=True),
            PromptArgument(name="account", description="As whom, such as @ada; optional"),
        ],
    ),
    Prompt(
        name="mend_failed_post",
        title="Find out why a post failed",
        description="Explains why a job failed and who must act, and sends it again where that is "
        "safe.",
        arguments=[
            PromptArgument(name="id", description="The id of the job", required=True),
        ],
    ),
)
TEXTS = {
    "publish_post": (
        "Write a post for {platform}{as_account} about: {topic}\n\n"
        "Call list_platforms for its limits and get_account_status with platform {platform}, and "
        "tell me if I must do something first. Check your text with validate_post. Show me the "
        "exact text and wait for my yes. Then call create_post once, with an idempotencyKey and "
        "wait 60, and give me the live address."
    ),
    "mend_failed_post": (
        "Read the job {id} with get_post_status and explain its errorCode with explain_error. Tell "
        "me in a sentence what happened and what I must do, if anything. When it is safe and I "
        "have done it, call retry_post. Never send a post again whose outcome is unknown."
    ),
}


async def list_prompts(
    _context: Context, _params: PaginatedRequestParams | None
) -> ListPromptsResult:
    """All prompts."""
    return ListPromptsResult(prompts=list(PROMPTS))


async def get_prompt(_context: Context, params: GetPromptRequestParams) -> GetPromptResult:
    """A prompt with its arguments filled in. Raises MCPError for what is unknown or missing."""
    prompt = next((each for each in PROMPTS if each.name == params.name), None)
    if prompt is None:
        raise MCPError(INVALID_PARAMS, f"there is no prompt {params.name}")
    given = params.arguments or {}
    needed = [each.name for each in prompt.arguments or () if each.required]
    if missing := [name for name in needed if not given.get(name)]:
        raise MCPError(INVALID_PARAMS, f"give {', '.join(missing)}")
    account = given.get("account")
    known = given | {"as_account": f" as {account}" if account else ""}
    text = TEXTS[prompt.name].format(**known)
    message = PromptMessage(role="user", content=TextContent(text=text))
    return GetPromptResult(description=prompt.description, messages=[message])
