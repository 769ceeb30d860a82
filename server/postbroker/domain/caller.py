"""Who is asking, and what they may do."""

from dataclasses import dataclass
from typing import Literal

from postbroker.domain.job import Job
from postbroker.domain.key import Scope
from postbroker.domain.matching import bare_handle

CallerKind = Literal["key", "app", "session", "browser"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A key, a connected app, a signed-in person or a paired browser, inside one workspace."""

    kind: CallerKind
    id: str
    """The key's, the grant's, the user's or the browser's id."""
    name: str
    workspace_id: str
    scopes: frozenset[Scope]
    accounts: frozenset[tuple[str, str]] | None = None
    """Platform and bare handle of each account that it sees and posts as; None for all."""
    requests_per_minute: int = 0
    """How often it may ask; 0 is no limit."""

    def may(self, scope: Scope) -> bool:
        """True when the credential carries `scope`."""
        return scope in self.scopes

    def sees(self, platform: str, handle: str | None) -> bool:
        """True when what this account does is the caller's to see; None is nobody's account."""
        if self.accounts is None:
            return True
        return handle is not None and (platform, bare_handle(handle)) in self.accounts

    def sees_job(self, job: Job) -> bool:
        """True when the job's account is the caller's to see."""
        return self.sees(job.platform, job.account or job.composed_account)
