"""Every message on a wire, as pydantic models: the source of schemas and TypeScript types."""
