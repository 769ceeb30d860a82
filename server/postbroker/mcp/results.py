"""Messages of ours as results of calls."""

from mcp_types import CallToolResult, TextContent

from postbroker.contract.message import Message


def answered(message: Message | None) -> CallToolResult:
    """A message as a result: as data, and the same as text for clients that read no data."""
    if message is None:
        return CallToolResult(content=[TextContent(text="Done.")])
    data = message.model_dump(mode="json", exclude_none=True)
    text = message.model_dump_json(exclude_none=True)
    return CallToolResult(content=[TextContent(text=text)], structured_content=data)
