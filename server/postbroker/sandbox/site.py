"""The state of a simulated site, rebuilt from its files on every start; platforms derive theirs."""

import asyncio
import hashlib
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import StringConstraints, ValidationError

from postbroker.clock import Clock
from postbroker.contract.message import Message
from postbroker.sandbox.faults import COMMON, FaultBoard, Switch
from postbroker.sandbox.json_lines import JsonLines, replace_file
from postbroker.sandbox.ledger import Draft, Ledger, LedgerEntry
from postbroker.sandbox.uploads import Uploads

DEFAULT_ACCOUNTS = {"ada_sandbox": "Ada", "grace_sandbox": "Grace", "linus_sandbox": "Linus"}
RECENT_POSTS = 20
"""How far back the rule against duplicates looks."""
LIST_LENGTH = 50
SESSIONS_MAX = 200
"""The oldest sessions end when more browsers than this came along."""

# Numbers of posts grow with time, as real ones do: milliseconds since some instant, then 22 bits.
ID_SEQUENCE_BITS = 22
MADE_UP_BIT = 1 << (ID_SEQUENCE_BITS - 1)


class SiteError(ValueError):
    """A wish of the control endpoints that the site cannot grant."""


class Account(Message):
    """Somebody who can be logged in."""

    handle: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    user_id: str
    layout: Literal["old", "new"] = "old"
    """Which of the site's designs the account is shown."""
    language: Literal["en", "es", "zh"] = "en"
    """Of the site's own words."""
    transport: Literal["fetch", "xhr"] = "xhr"
    """With what the pages send the request that publishes."""

    @classmethod
    def new(cls, handle: str, name: str | None = None) -> Self:
        """An account with nothing special about it."""
        digest = hashlib.sha256(handle.casefold().encode()).digest()
        return cls(handle=handle, name=name or handle, user_id=str(int.from_bytes(digest[:7])))


AnyAccount = TypeVar("AnyAccount", bound=Account)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in."""

    token: str
    csrf: str
    handle: str


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post as one place of a list shows it."""

    entry: LedgerEntry
    label: Literal["pinned", "reposted"] | None = None


class Site(ABC, Generic[AnyAccount]):
    """Only `create_post` publishes; whoever asks for a list sees what the ledger holds."""

    id: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    """The real host names, the first of which is that of permalinks."""
    switches: ClassVar[Mapping[str, Switch]] = COMMON
    account_type: type[AnyAccount]
    reserved_handles: ClassVar[frozenset[str]] = frozenset()
    """First parts of paths that are pages, and so nobody's name."""
    session_cookie: ClassVar[str]
    """Hidden from scripts; holds the token of the session."""
    csrf_cookie: ClassVar[str]
    """Readable by the site's own scripts, which send it back in `csrf_header`."""
    csrf_header: ClassVar[str]
    id_epoch_ms: ClassVar[int] = 1_288_834_974_657
    """The instant from which numbers of posts count, in milliseconds since 1970."""

    def __init__(
        self, data_dir: Path, clock: Clock, url: str, auto_login: str | None = None
    ) -> None:
        """`url`: under which permalinks live, without a trailing slash.

        `auto_login`: who a browser without a session is logged in as.
        """
        self.data_dir, self.clock, self.url, self.auto_login = data_dir, clock, url, auto_login
        self.ledger = Ledger(data_dir / "ledger.jsonl")
        self.requests = JsonLines(data_dir / "requests.jsonl")
        self.uploads = Uploads(data_dir / "uploads")
        self.more: dict[str, Any] = {}
        """What the platform keeps beside accounts and posts, as JSON; `save` makes it durable."""
        self._state_file = data_dir / "state.json"
        self._saved = ""
        self._posting = asyncio.Lock()
        self.ledger.lines.mend()
        self.requests.mend()
        self.posts = self.ledger.entries()
        self._load()

    # What platforms do in their own ways

    @abstractmethod
    def post_url(self, account: AnyAccount, post_id: str, draft: Draft) -> str:
        """Where a new post will live."""

    def cookies(self, session: Session) -> dict[str, str]:
        """What a logged-in browser holds; the session's own first."""
        return {self.session_cookie: session.token, self.csrf_cookie: session.csrf}

    def id_of(self, number: int) -> str:
        """How the platform writes the number of a post."""
        return str(number)

    def number_of(self, post_id: str) -> int:
        """The number behind an id."""
        return int(post_id)

    # Accounts and sessions

    def account(self, handle: str | None) -> AnyAccount | None:
        """The account of that handle, in any case of letters."""
        return None if handle is None else self.accounts.get(handle.removeprefix("@").casefold())

    def put_account(self, wish: Mapping[str, Any]) -> AnyAccount:
        """Make an account, or change the named properties of one."""
        handle = str(wish.get("handle", "")).removeprefix("@")
        if handle.casefold() in self.reserved_handles:
            raise SiteError(f"{handle} is the name of a page")
        try:
            known = self.account(handle) or self.account_type.new(handle)
            changed = (
                known.model_dump() | dict(wish) | {"handle": known.handle, "userId": known.user_id}
            )
            account = self.account_type.model_validate(changed)
        except ValidationError as error:
            raise SiteError(first_fault(error)) from error
        self.accounts[account.handle.casefold()] = account
        self.save()
        return account

    def log_in(self, account: Account) -> Session:
        """Begin a session."""
        session = Session(secrets.token_hex(20), secrets.token_hex(16), account.handle)
        self.sessions[session.token] = session
        for token in list(self.sessions)[:-SESSIONS_MAX]:
            del self.sessions[token]
        self.save()
        return session

    def log_out(self, session: Session) -> None:
        """End a session."""
        if self.sessions.pop(session.token, None) is not None:
            self.save()

    # Switches

    def faults(self, handle: str) -> FaultBoard:
        """The switches of an account. Whoever takes from it calls `save`."""
        return self._faults.setdefault(handle.casefold(), FaultBoard(self.switches))

    def put_faults(self, handle: str, board: FaultBoard) -> None:
        """Replace the switches of an account."""
        self._faults[handle.casefold()] = board
        self.save()

    # Posts

    async def create_post(self, account: AnyAccount, draft: Draft) -> LedgerEntry:
        """Publish; returns when the disk has the post."""
        async with self._posting:
            now = self.clock.now()
            post_id = self.next_id(now)
            entry = LedgerEntry(
                **dict(draft),
                number=len(self.posts) + 1,
                at=now,
                account=account.handle,
                post_id=post_id,
                url=self.post_url(account, post_id, draft),
            )
            await asyncio.to_thread(self.ledger.append, entry)
            self.posts.append(entry)
            return entry

    def next_id(self, now: datetime) -> str:
        """An id above all ids given so far."""
        return self.id_of(self._next_number(now))

    def made_up_id(self, now: datetime) -> str:
        """An id that looks like one given now and that no post ever gets."""
        return self.id_of(self._next_number(now) | MADE_UP_BIT)

    def _next_number(self, now: datetime) -> int:
        milliseconds = (now - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
        last = self.number_of(self.posts[-1].post_id) if self.posts else 0
        return max((milliseconds - self.id_epoch_ms) << ID_SEQUENCE_BITS, last + 1)

    def is_recent(self, account: Account, text: str) -> bool:
        """True when one of the account's last posts has this text."""
        recent = [post for post in self.posts if post.account == account.handle][-RECENT_POSTS:]
        return any(post.text.strip() == text.strip() for post in recent)

    def post(self, post_id: str) -> LedgerEntry | None:
        """The post of that id, if it lives."""
        return next((post for post in self.posts if post.post_id == post_id), None)

    def home(self) -> list[ListedPost]:
        """Everybody's posts, newest first."""
        return [ListedPost(post) for post in reversed(self.posts[-LIST_LENGTH:])]

    def profile(self, account: AnyAccount, min_age_ms: int = 0) -> list[ListedPost]:
        """An account's posts, newest first."""
        visible_before = self.instant(min_age_ms)
        own = (post for post in reversed(self.posts) if post.account == account.handle)
        visible = [ListedPost(post) for post in own if post.at <= visible_before]
        return visible[:LIST_LENGTH]

    def instant(self, ago_ms: int) -> datetime:
        """The time so many milliseconds ago."""
        return self.clock.now() - timedelta(milliseconds=ago_ms)

    # The judge's view

    async def log_request(self, row: Mapping[str, Any]) -> None:
        """Keep one attempt to publish, with how it went."""
        await asyncio.to_thread(self.requests.append, row)

    def reset(self) -> None:
        """Forget every post, session, switch and request; the default accounts stay."""
        self.ledger.lines.clear()
        self.requests.clear()
        self.uploads.clear()
        self._state_file.unlink(missing_ok=True)
        self._saved = ""
        self.posts = []
        self._load()

    def save(self) -> None:
        """Make accounts, sessions, switches and `more` durable."""
        state = {
            "accounts": [account.model_dump() for account in self.accounts.values()],
            "sessions": [asdict(session) for session in self.sessions.values()],
            "faults": {handle: board.as_json() for handle, board in self._faults.items() if board},
            "more": self.more,
        }
        content = json.dumps(state, ensure_ascii=False, indent=1)
        if content != self._saved:
            replace_file(self._state_file, content)
            self._saved = content

    def _load(self) -> None:
        state = json.loads(self._state_file.read_text()) if self._state_file.exists() else {}
        default = [self.account_type.new(*each).model_dump() for each in DEFAULT_ACCOUNTS.items()]
        accounts = map(self.account_type.model_validate, state.get("accounts", default))
        self.accounts = {account.handle.casefold(): account for account in accounts}
        self.sessions = {row["token"]: Session(**row) for row in state.get("sessions", [])}
        self._faults = {
            handle: FaultBoard.from_json(self.switches, board)
            for handle, board in state.get("faults", {}).items()
        }
        self.more = state.get("more", {})


def first_fault(error: ValidationError) -> str:
    """What is wrong with a wish, by the first field that is."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
