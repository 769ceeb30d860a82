"""Who is asking, and what they may do."""

from dataclasses import dataclass
from typing import Literal

from postbroker.domain.key import Scope

CallerKind = Literal["key", "session", "browser"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A key, a signed-in person or a paired browser, inside one workspace."""

    kind: CallerKind
    id: str
    """The key's, the user's or the browser's id."""
    name: str
    workspace_id: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """True when the credential carries `scope`."""
        return scope in self.scopes
