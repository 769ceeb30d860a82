"""Discord channels, by a webhook of the channel's own.

Retry class D: webhooks take no nonce and list nothing; a message is sent at most once.

Sources: Discord's developer documentation of 2026-08-06 on webhooks, messages, rate limits and
codes. Never run on the live service here.
"""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.domain.content import normalise
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Entry,
    Identity,
    Info,
    Typed,
)
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
from postbroker.platforms.options import options_of
from postbroker.platforms.outcome import (
    AuthRevoked,
    LimitScope,
    NotPermitted,
    Outcome,
    Published,
    RateLimited,
    Rejected,
    State,
    Trouble,
    TroubleError,
)
from postbroker.platforms.rates import retry_after, retry_at, seconds_in, seconds_in_body
from postbroker.platforms.uploads import FilePart, multipart

WEBHOOK = re.compile(
    r"https://(?:[a-z]+\.)?(?:discord|discordapp)\.com/api(?:/v\d+)?/webhooks/"
    r"(?P<id>\d{15,22})/(?P<token>[\w-]{40,100})/?",
    re.ASCII,
)
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
"""Bits of `flags`."""

TOO_LARGE, INVALID_BODY, EMPTY = 40005, 50035, 50006
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK = 10003, 10008, 10015
INVALID_TOKEN, THREAD_NEEDED, OVERLOADED = 50027, 220001, 130000
REJECTED = frozenset({TOO_LARGE, INVALID_BODY, EMPTY, UNKNOWN_CHANNEL})
SCOPES: dict[str, LimitScope] = {"global": "address", "shared": "target", "user": "account"}
"""What `X-RateLimit-Scope` means for others that wait."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Options(Message):
    """What a message may have beside text and files."""

    username: Name | None = None
    """The name above the message, in place of the webhook's."""
    silent: bool = False
    """No sound at those who get it."""
    link_preview: bool = True
    """The cards of links."""
    thread_id: Annotated[str, Field(pattern=r"^\d{15,22}$")] | None = None
    """The thread of the channel to post in."""
    thread_name: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    """The title of a new post in a forum channel, which needs one."""


class Discord(Adapter):
    """One webhook is one account."""

    info = Info(
        id="discord",
        retry_class="D",
        auth=(
            Typed(
                (
                    Entry(
                        "webhook_url",
                        "Webhook URL",
                        "channel settings → Integrations → Webhooks → Copy Webhook URL",
                        is_secret=True,
                    ),
                )
            ),
        ),
        base_url="https://discord.com/api/v10",
        deletes=True,
        metrics=("reactions",),
        setup="https://support.discord.com/hc/articles/228383668",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """What the webhook says of itself; its address is not kept whole."""
        found = WEBHOOK.fullmatch(api.credentials["webhook_url"].strip())
        if found is None:
            message = "that is no webhook URL: https://discord.com/api/webhooks/…/…"
            raise TroubleError(Rejected("content_rejected", message))
        kept = {"webhook_id": found["id"], "webhook_token": found["token"]}
        webhook = _fields(await api.send("GET", _path(kept)), api)
        channel = str(webhook.get("channel_id", ""))
        name = str(webhook.get("name") or "webhook")
        more = {"channel": channel, "guild": str(webhook.get("guild_id") or "")}
        identity = Identity(remote_id=found["id"], handle=f"{name}#{channel}", name=name, more=more)
        return identity, kept

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """A message is in a thread, or begins one."""
        problems = super().validate(draft, capabilities)
        if {"threadId", "threadName"} <= draft.options.keys():
            message = "give `threadId` of a thread, or `threadName` of a new one"
            field = "platformPayload.threadName"
            problems.append(FieldProblem(field=field, code="VALIDATION_FAILED", message=message))
        return problems

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """One message with all its files. Without `wait` there would be neither id nor error."""
        options = options_of(Options, draft.options)
        params = {"wait": "true"} | _thread(options.thread_id)
        message = _message(draft, options)
        path = _path(api.credentials)
        if draft.media:
            parts = [FilePart(f"files[{place}]", file) for place, file in enumerate(draft.media)]
            form = multipart(api, {"payload_json": json.dumps(message)}, parts)
            answer = await api.send_once("POST", path, params=params, **form)
        else:
            answer = await api.send_once("POST", path, params=params, json=message)
        posted = answer.fields
        if answer.is_ok and isinstance(posted.get("id"), str):
            return _published(api, posted, options.thread_id)
        return concluded(answer, _refusal(answer, api))

    async def delete(self, api: Api, post: Published) -> None:
        """A message that is gone is no error."""
        answer = await api.send(
            "DELETE",
            f"{_path(api.credentials)}/messages/{post.remote_id}",
            params=_thread(post.details.get("thread")),
        )
        if answer.fields.get("code") != UNKNOWN_MESSAGE:
            _fields(answer, api)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Reactions of all kinds together; a message that is gone has none."""
        counted = []
        for post in posts:
            answer = await api.send(
                "GET",
                f"{_path(api.credentials)}/messages/{post.remote_id}",
                params=_thread(post.details.get("thread")),
            )
            if answer.fields.get("code") == UNKNOWN_MESSAGE:
                counted.append({"reactions": 0})
                continue
            reactions = _fields(answer, api).get("reactions") or []
            counted.append({"reactions": sum(int(each.get("count", 0)) for each in reactions)})
        return counted


def _message(draft: Draft, options: Options) -> dict[str, Any]:
    message: dict[str, Any] = {"allowed_mentions": {"parse": []}}
    if text := normalise(draft.text):
        message["content"] = text
    if options.username:
        message["username"] = options.username
    if options.thread_name:
        message["thread_name"] = options.thread_name
    flags = SUPPRESS_NOTIFICATIONS * options.silent | SUPPRESS_EMBEDS * (not options.link_preview)
    if flags:
        message["flags"] = flags
    if draft.media:
        message["attachments"] = [
            {"id": str(place), "filename": file.media.file_name}
            | ({"description": file.alt} if file.alt else {})
            for place, file in enumerate(draft.media)
        ]
    return message


def _published(api: Api, posted: dict[str, Any], thread_id: str | None) -> Published:
    """A new post of a forum lies in a channel of its own, which the answer names."""
    channel = str(posted.get("channel_id") or api.identity.more.get("channel", ""))
    guild = api.identity.more.get("guild")
    url = f"https://discord.com/channels/{guild}/{channel}/{posted['id']}" if guild else None
    is_in_thread = thread_id is not None or channel != api.identity.more.get("channel")
    return Published(posted["id"], url, {"thread": channel} if is_in_thread else {})


def _thread(thread_id: Any) -> dict[str, str]:
    return {"thread_id": str(thread_id)} if thread_id else {}


def _fields(answer: Answer, api: Api) -> dict[str, Any]:
    """The object that an answer carries. Raises TroubleError for any that is not good."""
    if answer.is_ok:
        return answer.fields
    raise refused(answer, _refusal(answer, api))


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by Discord's own code; None for any other answer."""
    code = answer.fields.get("code")
    message = said(answer.fields.get("message"), answer)
    if answer.status == 429 or code == OVERLOADED:
        styles = (
            seconds_in_body("retry_after"),
            seconds_in("X-RateLimit-Reset-After"),
            retry_after,
        )
        scope = SCOPES.get(answer.headers.get("X-RateLimit-Scope", ""), "account")
        return RateLimited(retry_at(answer, api.now(), *styles), scope)
    if no_word(answer):
        return None
    if code in (UNKNOWN_WEBHOOK, INVALID_TOKEN) or answer.status in (401, 404):
        return AuthRevoked("the webhook was removed")
    if code == THREAD_NEEDED:
        needed = "a forum channel needs `threadName`, or `threadId` of a post there"
        return Rejected("content_rejected", needed, "platformPayload.threadName")
    if code in REJECTED or answer.status in (400, 413):
        return Rejected("content_rejected", _words(answer, message))
    return NotPermitted(message) if answer.status == 403 else None


def _words(answer: Answer, message: str) -> str:
    """Discord's message with the field that it is about, where the body names one."""
    errors = answer.fields.get("errors")
    path: list[str] = []
    while isinstance(errors, dict) and errors and "_errors" not in errors:
        name, errors = next(iter(errors.items()))
        path.append(name)
    inner = errors.get("_errors") if isinstance(errors, dict) else None
    if not (isinstance(inner, list) and inner and isinstance(inner[0], dict)):
        return message
    return said(f"{'.'.join(path)}: {inner[0].get('message', message)}", answer)


def _path(credentials: Any) -> str:
    return f"/webhooks/{credentials['webhook_id']}/{credentials['webhook_token']}"


ADAPTER = Discord()
