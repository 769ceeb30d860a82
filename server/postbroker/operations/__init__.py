"""Every operation once: name, what it takes and gives, scope, and the use case behind it.

HTTP endpoints are made from these; so can be tools for agents and an OpenAPI document.
"""
