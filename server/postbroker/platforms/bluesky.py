"""Bluesky, and every other server of the AT Protocol, with an app password.

Retry class A: the record's key is ours and is written down before the first try; `putRecord` with
`swapRecord: null` under the same key answers the same, and never makes a second post.

Sources: lexicons and behaviour of PDS 0.5.35, run on 2026-11-22 and 2026-11-24; docs.bsky.app of
2026-04-21 (rate limits, app passwords, facets, video).
"""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, assert_never
from urllib.parse import urlencode

from pydantic import Field, StringConstraints

from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem
from postbroker.contract.words import LiveUrl
from postbroker.domain.content import normalise, text_length
from postbroker.domain.filetypes import kind_of, type_of_bytes
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import (
    Api,
    Capabilities,
    Draft,
    Entry,
    Identity,
    Info,
    Save,
    Typed,
)
from postbroker.platforms.answers import concluded, no_word, refused, said
from postbroker.platforms.base import Adapter
from postbroker.platforms.cards import fetch, read_card
from postbroker.platforms.credentials import bearer
from postbroker.platforms.facets import Found, facet, find_facets
from postbroker.platforms.options import options_of
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    AuthRevoked,
    CannotTell,
    Finding,
    NotPermitted,
    Outcome,
    Published,
    RateLimited,
    Rejected,
    State,
    Transient,
    Trouble,
    TroubleError,
    Unknown,
)
from postbroker.platforms.rates import epoch_when_spent, retry_after, retry_at
from postbroker.platforms.uploads import seconds_for, size_of

POST = "app.bsky.feed.post"
FACET = "app.bsky.richtext.facet"
BYTES_MAX = 3000
THUMB_BYTES_MAX = 1_000_000
COUNTS = {
    "likes": "likeCount",
    "reposts": "repostCount",
    "replies": "replyCount",
    "quotes": "quoteCount",
}
METRICS_AT_ONCE = 25
NO_INDEX = {"InvalidRequest", "MethodNotImplemented"}
"""What a server says that has no index to ask."""
BLOB_MINUTES = 30
"""Files that no record names are kept for an hour at least (atproto.com on blobs); older ones are
uploaded anew, which gives the same reference."""

EXPIRED = {"ExpiredToken"}
REVOKED = {
    "AuthFactorTokenRequired", "AuthMissing", "AuthenticationRequired", "AccountDeactivated",
    "AccountNotFound", "InvalidToken",
}  # fmt: skip
RESTRICTED = {"AccountSuspended", "AccountTakedown"}
NOT_PERMITTED = {"Forbidden", "InsufficientScope", "ScopeMissing"}
REJECTED = {
    "BlobNotFound", "BlobTooLarge", "InvalidMimeType", "InvalidRecord", "InvalidRequest",
    "PayloadTooLarge",
}  # fmt: skip

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_CLOCK_BITS, _KEY_LENGTH = 10, 13

LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]


class Link(Message):
    """What the card of a link shows, when the page itself is not to be asked."""

    url: LiveUrl
    title: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    description: Annotated[str, StringConstraints(max_length=1000)] = ""


class Options(Message):
    """What a post on Bluesky may have beside text and files."""

    languages: Annotated[list[LanguageTag], Field(max_length=3)] = Field(default_factory=list)
    """Languages of the text, such as `en`."""
    labels: list[Literal["sexual", "nudity", "porn", "graphic-media"]] = Field(default_factory=list)
    """Warnings that the author gives, from the vendor's own list."""
    card: bool | Link = True
    """The card below a post with a link and no files: read from the page, `false` for none, or
    given here."""


class Bluesky(Adapter):
    """Posts as records in the account's own repository."""

    info = Info(
        id="bluesky",
        retry_class="A",
        auth=(
            Typed(
                (
                    Entry("handle", "Handle", "as on your profile, such as ada.bsky.social"),
                    Entry(
                        "app_password",
                        "App password",
                        "Settings → Privacy and security → App passwords; never the main password",
                        is_secret=True,
                    ),
                )
            ),
        ),
        base_url="https://bsky.social",
        asks_for_server=True,
        deletes=True,
        metrics=tuple(COUNTS),
        setup="https://bsky.app/settings/app-passwords",
    )
    options = Options

    async def connect(self, api: Api) -> tuple[Identity, dict[str, str]]:
        """A session in place of the app password, which is not kept."""
        given = {
            "identifier": api.credentials["handle"].strip().removeprefix("@"),
            "password": api.credentials["app_password"],
        }
        session = _fields(await api.send("POST", _path("server.createSession"), json=given), api)
        if not {"did", "handle", "accessJwt", "refreshJwt"} <= session.keys():
            raise TroubleError(Rejected("content_rejected", "this server speaks no AT Protocol"))
        identity = Identity(
            remote_id=session["did"],
            handle=session["handle"],
            base_url=_home(session.get("didDoc")) or api.base_url,
        )
        return identity, _session(session)

    async def refresh(self, api: Api) -> dict[str, str]:
        """A fresh pair for the refresh token; the old one is good for a short while longer."""
        headers = {"Authorization": f"Bearer {api.credentials['refresh_token']}"}
        answer = await api.send("POST", _path("server.refreshSession"), headers=headers)
        if answer.fields.get("error") in EXPIRED:
            raise TroubleError(AuthRevoked("the session is over"))
        return _session(_fields(answer, api))

    async def capabilities(self, api: Api) -> Capabilities:
        """The same limits for every account, for they stand in the schema of records; the server
        is asked whether the session still holds."""
        path = _path("server.getSession")
        session = _fields(await api.send("GET", path, headers=bearer(api)), api)
        details = {"emailConfirmed": session.get("emailConfirmed") is True}
        return replace(self.usual(), details=details)

    def validate(self, draft: Draft, capabilities: Capabilities) -> list[FieldProblem]:
        """Beside the usual, the length in bytes."""
        problems = super().validate(draft, capabilities)
        length = text_length(draft.text, "bytes")
        if length > BYTES_MAX and not any(each.code == "CONTENT_TOO_LONG" for each in problems):
            message = f"{length} of at most {BYTES_MAX} bytes"
            problems.append(FieldProblem(field="text", code="CONTENT_TOO_LONG", message=message))
        return problems

    async def prepare(self, api: Api, draft: Draft, state: State, save: Save) -> State:
        """The key, the files, and the whole record, which then never changes."""
        if "key" not in state:
            now = api.now()
            state = {**state, "key": _new_key(now), "at": _instant(now), "blobs": {}}
        for file in draft.media:
            if not _is_fresh(state["blobs"].get(file.media.id), api.now()):
                blob = await _upload(api, api.read(file), file.media.content_type, size_of(file))
                kept = {"blob": blob, "at": _instant(api.now())}
                state = {**state, "blobs": {**state["blobs"], file.media.id: kept}}
                await save(state)
        if "record" not in state:
            state = {**state, "record": await _record(api, draft, state)}
        return state

    async def commit(self, api: Api, draft: Draft, state: State, key: str) -> Outcome:  # noqa: ARG002
        """`putRecord` under our own key: the same call again makes nothing new."""
        put = {
            "repo": api.identity.remote_id,
            "collection": POST,
            "rkey": state["key"],
            "record": state["record"],
            "swapRecord": None,
        }
        answer = await api.send_once("POST", _path("repo.putRecord"), headers=bearer(api), json=put)
        if answer.is_ok:
            return _published(answer, api) or Unknown("the server named no record")
        if answer.fields.get("error") == "InvalidSwap":
            found = await self._find(api, state)
            return found if isinstance(found, Published) else Unknown("the key is taken")
        return concluded(answer, _refusal(answer, api.now()))

    async def reconcile(
        self,
        api: Api,
        draft: Draft,  # noqa: ARG002
        state: State,
        key: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
    ) -> Finding:
        """Whether the record is there."""
        if "key" not in state:
            return CannotTell("the key of the record is not known")
        return await self._find(api, state)

    async def _find(self, api: Api, state: State) -> Finding:
        where = {"repo": api.identity.remote_id, "collection": POST, "rkey": state["key"]}
        answer = await api.send("GET", _path("repo.getRecord"), params=where)
        if answer.fields.get("error") == "RecordNotFound":
            return Absent()
        found = _published(answer, api) if answer.is_ok else None
        return found or CannotTell(no_word(answer) or said(answer.fields.get("message"), answer))

    async def delete(self, api: Api, post: Published) -> None:
        """Deleting a record that is gone is no error there."""
        where = {
            "repo": api.identity.remote_id,
            "collection": POST,
            "rkey": post.remote_id.rpartition("/")[2],
        }
        answer = await api.send("POST", _path("repo.deleteRecord"), headers=bearer(api), json=where)
        _fields(answer, api)

    async def metrics(self, api: Api, posts: Sequence[Published]) -> list[dict[str, int]]:
        """Counted by the network's index, which a server of one's own may not ask."""
        counted: dict[str, dict[str, int]] = {}
        for start in range(0, len(posts), METRICS_AT_ONCE):
            uris = [("uris", post.remote_id) for post in posts[start : start + METRICS_AT_ONCE]]
            answer = await api.send(
                "GET", f"/xrpc/app.bsky.feed.getPosts?{urlencode(uris)}", headers=bearer(api)
            )
            if answer.fields.get("error") in NO_INDEX:
                raise TroubleError(NotPermitted("a server that asks the network's index"))
            for each in _fields(answer, api).get("posts", []):
                counted[each["uri"]] = {
                    name: int(each.get(count, 0)) for name, count in COUNTS.items()
                }
        return [counted.get(post.remote_id, {}) for post in posts]


async def _record(api: Api, draft: Draft, state: State) -> dict[str, Any]:
    """The whole post as its schema wants it."""
    text = normalise(draft.text)
    options = options_of(Options, draft.options)
    found = find_facets(text)
    record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": state["at"]}
    if facets := [made for each in found if (made := await _facet(api, text, each))]:
        record["facets"] = facets
    if options.languages:
        record["langs"] = options.languages
    if options.labels:
        record["labels"] = {
            "$type": "com.atproto.label.defs#selfLabels",
            "values": [{"val": label} for label in options.labels],
        }
    if draft.previous:
        record["reply"] = {
            "root": await _reference(api, draft.previous[0]),
            "parent": await _reference(api, draft.previous[-1]),
        }
    if draft.media:
        record["embed"] = _embedded(draft.media, state["blobs"])
    elif card := await _card(api, options, found):
        record["embed"] = card
    return record


async def _facet(api: Api, text: str, found: Found) -> dict[str, Any] | None:
    """None for the mention of nobody."""
    match found.kind:
        case "link":
            return facet(text, found, {"$type": f"{FACET}#link", "uri": found.value})
        case "tag":
            return facet(text, found, {"$type": f"{FACET}#tag", "tag": found.value})
        case "mention":
            did = await _did_of(api, found.value)
            return facet(text, found, {"$type": f"{FACET}#mention", "did": did}) if did else None
    assert_never(found.kind)


async def _did_of(api: Api, handle: str) -> str | None:
    answer = await api.send("GET", _path("identity.resolveHandle"), params={"handle": handle})
    if no_word(answer):
        raise refused(answer, None)
    did = answer.fields.get("did")
    return did if answer.is_ok and isinstance(did, str) else None


async def _reference(api: Api, post: Published) -> dict[str, str]:
    """Address and hash of a record; the hash is asked for where nobody kept it."""
    cid = post.details.get("cid")
    if not isinstance(cid, str):
        repo, collection, rkey = post.remote_id.removeprefix("at://").split("/")
        where = {"repo": repo, "collection": collection, "rkey": rkey}
        answer = await api.send("GET", _path("repo.getRecord"), params=where)
        if answer.fields.get("error") == "RecordNotFound":
            message = "the part that this one answers is gone"
            raise TroubleError(Rejected("target_closed", message))
        cid = _fields(answer, api)["cid"]
    return {"uri": post.remote_id, "cid": cid}


def _embedded(media: Sequence[Attached], blobs: Mapping[str, Any]) -> dict[str, Any]:
    files = [(file, blobs[file.media.id]["blob"]) for file in media]
    first, blob = files[0]
    if kind_of(first.media.content_type) == "video":
        video = {"$type": "app.bsky.embed.video", "video": blob, **_shape(first)}
        return {**video, "alt": first.alt} if first.alt else video
    return {
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": file.alt or "", **_shape(file)} for file, blob in files],
    }


def _shape(file: Attached) -> dict[str, Any]:
    facts = file.media.facts
    if facts is None or not (facts.width and facts.height):
        return {}
    return {"aspectRatio": {"width": facts.width, "height": facts.height}}


async def _card(api: Api, options: Options, found: Sequence[Found]) -> dict[str, Any] | None:
    """The card of what the options name, or of the first link whose page answers as one."""
    if isinstance(options.card, Link):
        external = {
            "uri": options.card.url,
            "title": options.card.title,
            "description": options.card.description,
        }
        return {"$type": "app.bsky.embed.external", "external": external}
    link = next((each.value for each in found if each.kind == "link"), None)
    card = await read_card(api, link) if options.card and link else None
    if link is None or card is None:
        return None
    external = {"uri": link, "title": card.title, "description": card.description}
    thumb = await _thumb(api, card.picture_url)
    if thumb is not None:
        external["thumb"] = thumb
    return {"$type": "app.bsky.embed.external", "external": external}


async def _thumb(api: Api, url: str | None) -> Any:
    answer = await fetch(api, url) if url else None
    if answer is None or not 0 < len(answer.body) <= THUMB_BYTES_MAX:
        return None
    content_type = type_of_bytes(answer.body)
    if content_type is None or kind_of(content_type) != "image":
        return None
    return await _upload(api, answer.body, content_type, len(answer.body))


async def _upload(
    api: Api, body: bytes | AsyncIterator[bytes], content_type: str, size: int
) -> dict[str, Any]:
    """The reference of a file, the same for the same bytes."""
    headers = {
        **bearer(api),
        "Content-Type": content_type,
        "Content-Length": str(size),
    }
    answer = await api.send(
        "POST",
        _path("repo.uploadBlob"),
        headers=headers,
        body=body,
        seconds=seconds_for(size),
    )
    blob = _fields(answer, api).get("blob")
    if not isinstance(blob, dict):
        raise TroubleError(Transient("the server named no file"))
    return blob


def _is_fresh(kept: Mapping[str, Any] | None, now: datetime) -> bool:
    if kept is None:
        return False
    return now - datetime.fromisoformat(kept["at"]) < timedelta(minutes=BLOB_MINUTES)


def _fields(answer: Answer, api: Api) -> dict[str, Any]:
    """What a request that changes nothing public answered. Raises TroubleError."""
    if answer.is_ok:
        return answer.fields
    trouble = _refusal(answer, api.now())
    message = said(answer.fields.get("message"), answer)
    raise refused(answer, trouble, message)


def _refusal(answer: Answer, now: datetime) -> Trouble | None:
    """A clear no, by the name that the protocol gives it; None for any other answer."""
    name = answer.fields.get("error")
    message = said(answer.fields.get("message"), answer)
    if answer.status == 429 or name == "RateLimitExceeded":
        return RateLimited(retry_at(answer, now, retry_after, epoch_when_spent("RateLimit")))
    if no_word(answer):
        return None
    if name in EXPIRED:
        return AuthExpired()
    if name in REVOKED:
        return AuthRevoked(message)
    if name in RESTRICTED:
        return Rejected("account_restricted", message)
    if name in NOT_PERMITTED:
        return NotPermitted(message)
    return Rejected("content_rejected", message) if name in REJECTED else None


def _published(answer: Answer, api: Api) -> Published | None:
    """The post that a record is; None when the answer names none."""
    uri, cid = answer.fields.get("uri"), answer.fields.get("cid")
    if not (isinstance(uri, str) and isinstance(cid, str)):
        return None
    author = api.identity.handle or api.identity.remote_id
    url = f"https://bsky.app/profile/{author}/post/{uri.rpartition('/')[2]}"
    return Published(uri, url, {"cid": cid})


def _session(session: Mapping[str, Any]) -> dict[str, str]:
    access = str(session["accessJwt"])
    kept = {"access_token": access, "refresh_token": str(session["refreshJwt"])}
    expires_at = _expiry(access)
    return kept | ({"expires_at": _instant(expires_at)} if expires_at else {})


def _expiry(token: str) -> datetime | None:
    """When a token says that it ends; None where it does not say."""
    try:
        claims = token.split(".")[1]
        end = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return datetime.fromtimestamp(end, UTC)
    except (ValueError, IndexError, KeyError, TypeError):
        return None


def _home(document: Any) -> str | None:
    """Where the account's own server is, as the document of its identity says."""
    services = document.get("service") if isinstance(document, dict) else None
    for each in services if isinstance(services, list) else ():
        place = each.get("serviceEndpoint") if isinstance(each, dict) else None
        is_server = isinstance(each, dict) and str(each.get("id", "")).endswith("#atproto_pds")
        if is_server and isinstance(place, str) and place.startswith("https://"):
            return place.rstrip("/")
    return None


def _new_key(now: datetime) -> str:
    """A timestamp identifier: microseconds, then ten random bits, in the protocol's base 32."""
    number = int(now.timestamp() * 1_000_000) << _CLOCK_BITS | secrets.randbits(_CLOCK_BITS)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_KEY_LENGTH)))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _path(method: str) -> str:
    return f"/xrpc/com.atproto.{method}"


ADAPTER = Bluesky()
