"""The OpenAPI 3.1 document, made from the table of endpoints, the operations and their messages."""
