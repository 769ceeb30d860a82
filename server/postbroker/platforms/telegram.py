"""Telegram channels and groups, by a bot of the operator's own.

Retry class D: there is no key, and a bot cannot read what it sent; a message is sent at most once.

Sources: Bot API 10.0 by the constants of python-telegram-bot 22.8, read 2026-11-22, and
core.telegram.org/bots/api as far as public clients of 2026 quote it. Never run on a live bot here.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.domain.content import normalise
from postbroker.domain.filetypes import Kind, kind_of
from postbroker.domain.media import Attached
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
    NotPermitted,
    Outcome,
    Published,
    RateLimited,
    Rejected,
    State,
    Trouble,
    TroubleError,
)
from postbroker.platforms.rates import retry_after, retry_at, seconds_in_body
from postbroker.platforms.uploads import FilePart, multipart

TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")
CHAT = re.compile(r"@[A-Za-z]\w{3,31}|-\d{5,20}", re.ASCII)
CAPTION_MAX = 1024
GROUP_OF_FILES = 2
METHODS: dict[Kind, tuple[str, str]] = {
    "image": ("sendPhoto", "photo"),
    "gif": ("sendAnimation", "animation"),
    "video": ("sendVideo", "video"),
}
"""For a single file: the method, and the field of the file."""
PRIVATE_PREFIX = "-100"
"""What the ids of channels and supergroups begin with, and their addresses do not."""


class Options(Message):
    """What a message may have beside text and files."""

    format: Literal["plain", "MarkdownV2", "HTML"] = "plain"
    """How signs in the text are read; `plain` reads none."""
    silent: bool = False
    """No sound at those who get it."""
    protected: bool = False
    """Nobody can forward or save it."""
    link_preview: bool = True
    """The card of the first link."""
    topic: int | None = None
    """The id of a forum's topic."""


class Telegram(Adapter):
    """One chat of one bot is one account."""

    info = Info(
        id="telegram",
        retry_class="D",
        auth=(
            Typed(
                (
                    Entry(
                        "bot_token", "Bot token", "from @BotFather, after /newbot", is_secret=True
                    ),
                    Entry(
                        "chat",
                        "Channel or group",
                        "@name, or its number such as -1001234567890; the bot must be an admin",
                    ),
                )
            ),
        ),
        base_url="https://api.telegram.org",
        deletes=True,
        setup="https://t.me/BotFather",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """The chat, once it is certain that the bot may post there."""
        token, chat = api.credentials["bot_token"].strip(), api.credentials["chat"].strip()
        if not TOKEN.fullmatch(token):
            raise TroubleError(Rejected("content_rejected", "that is no bot token: 123456:ABC…"))
        if not CHAT.fullmatch(chat):
            raise TroubleError(Rejected("content_rejected", "name the chat: @name or -100…"))
        bot = await _ask(api, token, "getMe")
        found = await _ask(api, token, "getChat", chat_id=chat)
        member = await _ask(
            api, token, "getChatMember", chat_id=found.get("id"), user_id=bot.get("id")
        )
        if not _may_post(found, member):
            needs = f"make @{bot.get('username')} an admin there who may post messages"
            raise TroubleError(NotPermitted(needs))
        username = found.get("username")
        more = {"bot": str(bot.get("username", ""))} | ({"username": username} if username else {})
        identity = Identity(
            remote_id=str(found["id"]),
            handle=f"@{username}" if username else f"{found.get('title', 'chat')} ({found['id']})",
            name=str(found.get("title", "")),
            more=more,
        )
        return identity, {"bot_token": token}

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """A text below files is shorter, and an animation stands alone."""
        if draft.media:
            caption = capabilities.text.model_copy(update={"max": CAPTION_MAX})
            capabilities = replace(capabilities, text=caption)
        problems = super().validate(draft, capabilities)
        kinds = [kind_of(file.media.content_type) for file in draft.media]
        if "gif" in kinds and len(kinds) >= GROUP_OF_FILES:
            message = "Telegram shows a GIF in a message of its own"
            problems.append(
                FieldProblem(field="mediaPaths", code="MIXED_MEDIA_NOT_SUPPORTED", message=message)
            )
        return problems

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """One message with all its files; several files are an album, which is several messages."""
        options, token = options_of(Options, draft.options), api.credentials["bot_token"]
        usual, text = _usual_fields(api, options), normalise(draft.text)
        if not draft.media:
            preview = {"is_disabled": not options.link_preview}
            message = {"text": text, "link_preview_options": preview, **_format(options)}
            answer = await api.send_once("POST", _path(token, "sendMessage"), json=usual | message)
        else:
            method, fields, parts = _album(draft.media, text, options)
            form = {name: _as_field(value) for name, value in (usual | fields).items()}
            answer = await api.send_once(
                "POST", _path(token, method), **multipart(api, form, parts)
            )
        result = answer.fields.get("result") if answer.is_ok else None
        messages = result if isinstance(result, list) else [result]
        ids = [each["message_id"] for each in messages if isinstance(each, dict)]
        if ids:
            return _published(api, ids)
        return concluded(answer, _refusal(answer, api))

    async def delete(self, api: Api, post: Published) -> None:
        """`deleteMessages` passes over what is gone."""
        ids = [int(each) for each in post.remote_id.split(",")]
        token = api.credentials["bot_token"]
        await _ask(api, token, "deleteMessages", chat_id=api.identity.remote_id, message_ids=ids)


def _usual_fields(api: Api, options: Options) -> dict[str, Any]:
    fields: dict[str, Any] = {"chat_id": api.identity.remote_id}
    if options.silent:
        fields["disable_notification"] = True
    if options.protected:
        fields["protect_content"] = True
    if options.topic is not None:
        fields["message_thread_id"] = options.topic
    return fields


def _format(options: Options) -> dict[str, str]:
    return {} if options.format == "plain" else {"parse_mode": options.format}


def _album(
    media: Sequence[Attached], text: str, options: Options
) -> tuple[str, dict[str, Any], list[FilePart]]:
    """The method for these files, its fields, and the files themselves."""
    caption = {"caption": text, **_format(options)} if text else {}
    if len(media) < GROUP_OF_FILES:
        method, name = METHODS[kind_of(media[0].media.content_type)]
        return method, caption, [FilePart(name, media[0])]
    parts = [FilePart(f"file{place}", file) for place, file in enumerate(media)]
    items: list[dict[str, Any]] = [
        {
            "type": METHODS[kind_of(part.file.media.content_type)][1],
            "media": f"attach://{part.name}",
        }
        for part in parts
    ]
    if caption:
        items[0] |= caption
    return "sendMediaGroup", {"media": items}, parts


def _as_field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _published(api: Api, ids: Sequence[int]) -> Published:
    """The address of the first message; chats without a public or numbered one have none."""
    chat, username = api.identity.remote_id, api.identity.more.get("username")
    url = None
    if username:
        url = f"https://t.me/{username}/{ids[0]}"
    elif chat.startswith(PRIVATE_PREFIX):
        url = f"https://t.me/c/{chat.removeprefix(PRIVATE_PREFIX)}/{ids[0]}"
    return Published(",".join(map(str, ids)), url)


def _may_post(chat: dict[str, Any], member: dict[str, Any]) -> bool:
    status = member.get("status")
    if chat.get("type") == "channel":
        is_admin = status == "administrator" and bool(member.get("can_post_messages"))
        return status == "creator" or is_admin
    is_restricted = status == "restricted" and bool(member.get("can_send_messages"))
    return status in ("creator", "administrator", "member") or is_restricted


async def _ask(api: Api, token: str, method: str, **given: Any) -> dict[str, Any]:
    """What a method that posts nothing gives. Raises TroubleError."""
    answer = await api.send("POST", _path(token, method), json=given)
    if answer.is_ok and answer.fields.get("ok") is True:
        result = answer.fields.get("result")
        return result if isinstance(result, dict) else {}
    raise refused(answer, _refusal(answer, api))


def _refusal(answer: Answer, api: Api) -> Trouble | None:
    """A clear no, by `error_code` and `parameters`; None for any other answer."""
    code = answer.fields.get("error_code", answer.status)
    message = said(answer.fields.get("description"), answer)
    parameters = answer.fields.get("parameters")
    moved_to = parameters.get("migrate_to_chat_id") if isinstance(parameters, dict) else None
    if code == 429:
        style = seconds_in_body("parameters", "retry_after")
        return RateLimited(retry_at(answer, api.now(), style, retry_after), "target")
    if moved_to is not None:
        return NotPermitted(f"the group has become a supergroup: connect it anew as {moved_to}")
    if no_word(answer):
        return None
    match code:
        case 401 | 404:
            return AuthRevoked("the bot token is not valid any more")
        case 403:
            return NotPermitted(message)
        case 400 | 413:
            return Rejected("content_rejected", message)
        case _:
            return None


def _path(token: str, method: str) -> str:
    return f"/bot{token}/{method}"


ADAPTER = Telegram()
