"""Every message on a wire, as pydantic models: the source of schemas, OpenAPI and TypeScript types."""
