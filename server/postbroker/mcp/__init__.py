"""Tools for agents over the Model Context Protocol: the same operations, through another door."""
