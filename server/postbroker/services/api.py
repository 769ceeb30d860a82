"""The `Api` that adapters are given: one account's way to its platform, opened for one errand."""

import json as jsons
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from postbroker.clock import Clock
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer, Body, Calls
from postbroker.platforms.adapter import Identity, OAuth, PlatformAdapter
from postbroker.platforms.oauth import App, OAuthClient
from postbroker.platforms.outcome import NotPermitted, TroubleError
from postbroker.services.credentials import Safe
from postbroker.services.media import MediaFiles
from postbroker.settings import AtPlatform
from postbroker.store.connections import ConnectionRecord

FILE_FOR = timedelta(hours=6)
"""How long a platform may fetch a file from the address it is given."""
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is locked away for a connection."""

    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    app: Mapping[str, str] = field(default_factory=dict, repr=False)
    """An app that this broker has registered itself on the account's server."""
    verifier: str = field(default="", repr=False)
    """PKCE's, until the code is there."""


class ConnectedApi:
    """Requests as one account. It shows none of its credentials."""

    def __init__(
        self,
        record: ConnectionRecord,
        credentials: Mapping[str, str],
        app: Mapping[str, str],
        calls: Calls,
        clock: Clock,
        files: MediaFiles,
        *,
        shows_files: bool,
    ) -> None:
        self.record = record
        self.base_url = record.base_url
        self.credentials = credentials
        self.identity = identity_of(record)
        self.app = app
        self._calls = calls
        self._clock = clock
        self._files = files
        self._shows_files = shows_files
        self._has_sent_once = False

    def take_over(self, fresh: "ConnectedApi") -> None:
        """Go on with fresh credentials."""
        self.record, self.credentials = fresh.record, fresh.credentials

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self._clock.now()

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: Body = None,
        seconds: float = 30,
    ) -> Answer:
        """One request, to a path below `base_url` or to a whole address; no redirect is followed.

        Raises NotSentError, UnansweredError (egress.calls).
        """
        given = dict(headers or {})
        if json is not None:
            given.setdefault("Content-Type", JSON_TYPE)
            body = jsons.dumps(json).encode()
        elif form is not None:
            given.setdefault("Content-Type", FORM_TYPE)
            body = urlencode(form).encode()
        whole = url if "://" in url else f"{self.base_url}{url}"
        return await self._calls.send(
            method, whole, params=params, headers=given, body=body, seconds=seconds
        )

    async def send_once(self, method: str, url: str, **what: Any) -> Answer:
        """The one irreversible request of `commit`, as `send`. A second one raises RuntimeError."""
        if self._has_sent_once:
            raise RuntimeError("a second irreversible request of one commit")
        self._has_sent_once = True
        return await self.send(method, url, **what)

    async def read(
        self, file: Attached, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes of a file, or a part of it."""
        size = file.media.facts.size if file.media.facts else 0
        async for chunk in await self._files.open(file.media, start, size if end is None else end):
            yield chunk

    def public_url(self, file: Attached) -> str:
        """An address from which the platform can fetch the file for a few hours.

        Raises TroubleError where the broker has no public address.
        """
        if not self._shows_files:
            needs = "an address of this broker that the platform reaches: POSTBROKER_PUBLIC_URL"
            raise TroubleError(NotPermitted(needs))
        return self._files.link_until(file.media, self._clock.now() + FILE_FOR)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await self._clock.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Access:
    """Makes of a connection what requests are sent with."""

    safe: Safe
    calls: Calls
    clock: Clock
    files: MediaFiles
    adapters: Mapping[str, PlatformAdapter]
    at_platforms: Mapping[str, AtPlatform]
    public_url: str
    """Where the broker is reached, without a slash at the end."""
    shows_files: bool
    """True where platforms reach it there."""

    def at(self, platform: str) -> AtPlatform:
        """What the operator has there; all of it may be absent."""
        return self.at_platforms.get(platform, AtPlatform())

    def usual_server(self, platform: str) -> str:
        """Where accounts live unless it is said, without a slash at the end; empty for nowhere."""
        return self.at(platform).address or self.adapters[platform].info.base_url.rstrip("/")

    def unlock(self, record: ConnectionRecord) -> Kept:
        """What is locked away for a connection. Raises UnreadableError, BadKeyError."""
        return (
            Kept(**self.safe.unlock(record.id, record.credentials))
            if record.credentials
            else Kept()
        )

    def lock(self, record: ConnectionRecord, kept: Kept) -> ConnectionRecord:
        """The connection with this locked away. Raises BadKeyError."""
        content = {name: value for name, value in asdict(kept).items() if value}
        return replace(record, credentials=self.safe.lock(record.id, content))

    def api(self, record: ConnectionRecord, kept: Kept) -> ConnectedApi:
        """The account's way to its platform."""
        return ConnectedApi(
            record,
            kept.credentials,
            {**self.at(record.platform).app, **kept.app},
            self.calls,
            self.clock,
            self.files,
            shows_files=self.shows_files,
        )

    def oauth(self, record: ConnectionRecord) -> OAuthClient | None:
        """OAuth on the account's server; None where what is typed connects."""
        flow = flow_of(self.adapters[record.platform]) if record.way == "oauth" else None
        if flow is None:
            return None
        return OAuthClient(
            self.calls,
            flow,
            record.base_url,
            self.redirect_uri(record.platform),
            self.at(record.platform).address,
        )

    def app(self, record: ConnectionRecord, kept: Kept) -> App | None:
        """The app in whose name it is connected; None where none is registered."""
        known = {**self.at(record.platform).app, **kept.app}
        if "client_id" not in known:
            return None
        return App(known["client_id"], known.get("client_secret"))

    def redirect_uri(self, platform: str) -> str:
        """Where consent pages lead back to; the operator registers it with the app."""
        return f"{self.public_url}/oauth/{platform}/callback"


def flow_of(adapter: PlatformAdapter) -> OAuth | None:
    """The adapter's way through a consent page, where it has one."""
    return next((way for way in adapter.info.auth if isinstance(way, OAuth)), None)


def identity_of(record: ConnectionRecord) -> Identity:
    """Who the account is; nobody yet while it is being connected."""
    return Identity(**{"remote_id": "", "handle": "", **record.identity})


def without(text: str, *kept: Kept) -> str:
    """A remark of a platform's, with no credential in it that it may have repeated."""
    for each in kept:
        for secret in (*each.credentials.values(), *each.app.values(), each.verifier):
            if len(secret) > 5:
                text = text.replace(secret, "…")
    return text
