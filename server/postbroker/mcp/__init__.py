"""Tools for agents over the Model Context Protocol: the same operations, through another door.

`mount.py` is all that the rest of the broker knows. The other modules import the SDK, which is
large, and are imported at the first request.
"""
