"""The state of the simulated X, rebuilt from its files on every start."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, ValidationError

from postbroker.clock import Clock
from postbroker.contract.message import Message
from postbroker.sandbox.json_lines import JsonLines, replace_file
from postbroker.sandbox.ledger import Ledger, LedgerEntry
from postbroker.sandbox.x.faults import FaultBoard

DEFAULT_ACCOUNTS = {"ada_sandbox": "Ada", "grace_sandbox": "Grace", "linus_sandbox": "Linus"}
RESERVED_HANDLES = {"account", "compose", "emoji", "home", "i", "login", "logout", "static"}
RECENT_POSTS = 20
"""How far back the rule against duplicates looks."""
LIST_LENGTH = 50
SESSIONS_MAX = 200
"""The oldest sessions end when more browsers than this came along."""

# Ids grow with time as the real ones do: milliseconds since this instant, then 22 more bits.
ID_EPOCH_MS = 1_288_834_974_657
ID_SEQUENCE_BITS = 22
MADE_UP_BIT = 1 << (ID_SEQUENCE_BITS - 1)


class SiteError(ValueError):
    """A wish of the control endpoints that the site cannot grant."""


class Account(Message):
    """Somebody who can be logged in."""

    handle: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,15}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    user_id: str
    transport: Literal["fetch", "xhr"] = "xhr"
    """With what the page sends CreateTweet."""
    is_answer_wrapped: bool = False
    """The answer holds the post one level deeper, as for posts of limited visibility."""
    pinned: str | None = None
    """Id of a post shown on top of the profile."""
    reposts: tuple[str, ...] = ()
    """Ids of posts, also of others, that the profile lists as reposted."""

    @classmethod
    def new(cls, handle: str, name: str | None = None) -> "Account":
        """An account with nothing special about it."""
        digest = hashlib.sha256(handle.casefold().encode()).digest()
        return cls(handle=handle, name=name or handle, user_id=str(int.from_bytes(digest[:7])))


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


@dataclass
class Site:
    """Only `create_post` publishes; whoever asks for a list sees what the ledger holds."""

    data_dir: Path
    clock: Clock
    url: str
    """Under which permalinks live, without a trailing slash."""
    auto_login: str | None = None
    """Who a browser without a session is logged in as."""
    accounts: dict[str, Account] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    posts: list[LedgerEntry] = field(default_factory=list)
    _faults: dict[str, FaultBoard] = field(default_factory=dict)
    _saved: str = ""
    _posting: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.data_dir / "ledger.jsonl")
        self.requests = JsonLines(self.data_dir / "requests.jsonl")
        self._state_file = self.data_dir / "state.json"
        self.ledger.lines.mend()
        self.requests.mend()
        self.posts = self.ledger.entries()
        self._load()

    # Accounts and sessions

    def account(self, handle: str | None) -> Account | None:
        """The account of that handle, in any case of letters."""
        return None if handle is None else self.accounts.get(handle.removeprefix("@").casefold())

    def put_account(self, wish: Mapping[str, Any]) -> Account:
        """Make an account, or change the named properties of one."""
        handle = str(wish.get("handle", "")).removeprefix("@")
        if handle.casefold() in RESERVED_HANDLES:
            raise SiteError(f"{handle} is the name of a page")
        try:
            known = self.account(handle) or Account.new(handle)
            changed = (
                known.model_dump() | dict(wish) | {"handle": known.handle, "userId": known.user_id}
            )
            account = Account.model_validate(changed)
        except ValidationError as error:
            first = error.errors()[0]
            raise SiteError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        self.accounts[account.handle.casefold()] = account
        self._save()
        return account

    def log_in(self, account: Account) -> Session:
        """Begin a session."""
        session = Session(secrets.token_hex(20), secrets.token_hex(16), account.handle)
        self.sessions[session.token] = session
        for token in list(self.sessions)[:-SESSIONS_MAX]:
            del self.sessions[token]
        self._save()
        return session

    def log_out(self, session: Session) -> None:
        """End a session."""
        if self.sessions.pop(session.token, None) is not None:
            self._save()

    # Switches

    def faults(self, handle: str) -> FaultBoard:
        """The switches of an account. Whoever takes from it calls `faults_changed`."""
        return self._faults.setdefault(handle.casefold(), FaultBoard())

    def put_faults(self, handle: str, board: FaultBoard) -> None:
        """Replace the switches of an account."""
        self._faults[handle.casefold()] = board
        self._save()

    def faults_changed(self) -> None:
        """Make the present switches durable."""
        self._save()

    # Posts

    async def create_post(
        self, account: Account, text: str, client_nonce: str | None = None
    ) -> LedgerEntry:
        """Publish; returns when the disk has the post."""
        async with self._posting:
            now = self.clock.now()
            post_id = self.next_id(now)
            entry = LedgerEntry(
                number=len(self.posts) + 1,
                at=now,
                account=account.handle,
                post_id=post_id,
                text=text,
                url=f"{self.url}/{account.handle}/status/{post_id}",
                client_nonce=client_nonce,
            )
            await asyncio.to_thread(self.ledger.append, entry)
            self.posts.append(entry)
            return entry

    def next_id(self, now: datetime) -> str:
        """An id above all ids given so far."""
        milliseconds = (now - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
        last = int(self.posts[-1].post_id) if self.posts else 0
        return str(max((milliseconds - ID_EPOCH_MS) << ID_SEQUENCE_BITS, last + 1))

    def made_up_id(self, now: datetime) -> str:
        """An id that looks like one given now and that no post ever gets."""
        return str(int(self.next_id(now)) | MADE_UP_BIT)

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

    def profile(self, account: Account, min_age_ms: int = 0) -> list[ListedPost]:
        """An account's pinned post, then its posts and reposts, newest first."""
        visible_before = self.clock.now() - timedelta(milliseconds=min_age_ms)
        own = [ListedPost(post) for post in self.posts if post.account == account.handle]
        reposted = [ListedPost(post, "reposted") for post in self._posts_with(account.reposts)]
        visible = [post for post in own + reposted if post.entry.at <= visible_before]
        visible.sort(key=lambda post: int(post.entry.post_id), reverse=True)
        pinned = [ListedPost(post, "pinned") for post in self._posts_with([account.pinned])]
        return pinned + visible[:LIST_LENGTH]

    def _posts_with(self, ids: Iterable[str | None]) -> list[LedgerEntry]:
        return [post for post_id in ids if post_id and (post := self.post(post_id))]

    # The judge's view

    async def log_request(self, row: Mapping[str, Any]) -> None:
        """Keep one attempt to publish, with how it went."""
        await asyncio.to_thread(self.requests.append, row)

    def reset(self) -> None:
        """Forget every post, session, switch and request; the default accounts stay."""
        self.ledger.lines.clear()
        self.requests.clear()
        self._state_file.unlink(missing_ok=True)
        self._saved = ""
        self.posts = []
        self._load()

    def _load(self) -> None:
        state = json.loads(self._state_file.read_text()) if self._state_file.exists() else {}
        default = [Account.new(*each).model_dump() for each in DEFAULT_ACCOUNTS.items()]
        accounts = map(Account.model_validate, state.get("accounts", default))
        self.accounts = {account.handle.casefold(): account for account in accounts}
        self.sessions = {row["token"]: Session(**row) for row in state.get("sessions", [])}
        boards = state.get("faults", {})
        self._faults = {handle: FaultBoard.from_json(board) for handle, board in boards.items()}

    def _save(self) -> None:
        state = {
            "accounts": [account.model_dump() for account in self.accounts.values()],
            "sessions": [asdict(session) for session in self.sessions.values()],
            "faults": {handle: board.as_json() for handle, board in self._faults.items() if board},
        }
        content = json.dumps(state, ensure_ascii=False, indent=1)
        if content != self._saved:
            replace_file(self._state_file, content)
            self._saved = content
