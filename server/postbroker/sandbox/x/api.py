"""The requests of the simulated X's own pages: CreateTweet above all, lists, log-in, log-out."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from postbroker.catalogue import load_weights
from postbroker.domain.content import weighted_length
from postbroker.sandbox.x.door import Door, Visitor
from postbroker.sandbox.x.faults import FaultBoard
from postbroker.sandbox.x.rendering import pieces, shown_url
from postbroker.sandbox.x.site import Account, ListedPost, Session, Site

WEIGHT_MAX = 280
RATE_WINDOW_SECONDS = 900
INTERNAL_ERROR = 131


@dataclass(frozen=True, slots=True)
class Refusal:
    """A clear no of the platform."""

    code: int
    message: str
    status: int = 200


LOGGED_OUT = Refusal(32, "Could not authenticate you.", 401)
FORGED = Refusal(353, "This request requires a matching csrf cookie and header.", 403)
LOCKED = Refusal(326, "To protect our users, this account is temporarily locked.", 403)
EMPTY = Refusal(214, "BadRequest: the text is missing.", 400)
TOO_LONG = Refusal(186, "Authorization: the post needs to be a bit shorter. (186)")
DUPLICATE = Refusal(187, "Authorization: status is a duplicate. (187)")
REFUSALS = {
    "logout_before_compose_submit": LOGGED_OUT,
    "http_429": Refusal(88, "Rate limit exceeded.", 429),
    "error_226": Refusal(226, "Authorization: this request looks automated. (226)"),
    "error_187": DUPLICATE,
    "error_344": Refusal(344, "Authorization: daily limit for posts reached. (344)"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one CreateTweet request, and what its sender is told."""

    result: Literal["posted", "refused", "ignored"]
    status: int
    body: dict[str, Any]
    switch: str | None = None
    post_id: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_cut_off: bool = False


class Api:
    """Handlers of the pages' own requests."""

    def __init__(self, site: Site, door: Door, base: str) -> None:
        self.site, self.door, self.base = site, door, base
        self.weights = load_weights()["x"]

    async def create_tweet(self, request: web.Request) -> web.StreamResponse:
        """Publish a post, unless a rule or a switch says otherwise."""
        began = self.site.clock.now()
        visitor = self.door.caller(request)
        text, nonce = await _wanted_post(request)
        verdict = await self._judge(request, visitor, text, nonce)
        delay_ms = 0
        if visitor:
            delay_ms = _milliseconds(self.site.faults(visitor.session.handle), "slow_network")
            self.site.faults_changed()
        await self.site.log_request(
            {
                "at": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "account": visitor.account.handle if visitor else None,
                "text": text,
                "clientNonce": nonce,
                "result": verdict.result,
                "status": verdict.status,
                "code": next((each["code"] for each in verdict.body.get("errors", [])), None),
                "postId": verdict.post_id,
                "switch": verdict.switch,
            }
        )
        if delay_ms:
            await self.site.clock.sleep(delay_ms / 1000)
        response = web.json_response(verdict.body, status=verdict.status, headers=verdict.headers)
        if verdict.switch == "logout_before_compose_submit":
            self.door.see_out(request, response)
        return await _cut_off(request, response) if verdict.is_cut_off else response

    async def _judge(
        self, request: web.Request, visitor: Visitor | None, text: str, nonce: str | None
    ) -> Verdict:
        if visitor is None:
            return _refused(LOGGED_OUT)
        if self.door.is_forged(request, visitor.session):
            return _refused(FORGED)
        faults = self.site.faults(visitor.session.handle)
        if faults.look("captcha"):
            return _refused(LOCKED, "captcha")
        if not text.strip():
            return _refused(EMPTY)
        if weighted_length(text, self.weights) > WEIGHT_MAX:
            return _refused(TOO_LONG)
        for switch, refusal in REFUSALS.items():
            if faults.take(switch):
                if switch == "logout_before_compose_submit":
                    self.site.log_out(visitor.session)
                return _refused(refusal, switch, self._rate_headers(refusal))
        if faults.look("duplicate_rule") and self.site.is_recent(visitor.account, text):
            faults.take("duplicate_rule")
            return _refused(DUPLICATE, "duplicate_rule")
        return await self._accept(visitor.account, faults, text, nonce)

    async def _accept(
        self, account: Account, faults: FaultBoard, text: str, nonce: str | None
    ) -> Verdict:
        if faults.take("empty_tweet_results"):
            return Verdict("ignored", 200, _answer({}), "empty_tweet_results")
        if faults.take("shows_success_but_posts_nothing"):
            made_up = self.site.made_up_id(self.site.clock.now())
            answer = _answer(self._result(account, made_up, text))
            return Verdict("ignored", 200, answer, "shows_success_but_posts_nothing")
        post_id = (await self.site.create_post(account, text, nonce)).post_id
        if faults.take("empty_but_posted"):
            return Verdict("posted", 200, _answer({}), "empty_but_posted", post_id)
        if how := faults.take("posts_but_shows_error"):
            error = {"errors": [{"code": INTERNAL_ERROR, "message": "Internal error"}]}
            return Verdict(
                "posted", 500, error, "posts_but_shows_error", post_id, is_cut_off=how == "network"
            )
        switch = "drop_answer" if faults.take("drop_answer") else None
        answer = _answer(self._result(account, post_id, text))
        return Verdict("posted", 200, answer, switch, post_id, is_cut_off=switch is not None)

    def _result(self, account: Account, post_id: str, text: str) -> dict[str, Any]:
        user = {
            "rest_id": account.user_id,
            "legacy": {"screen_name": account.handle, "name": account.name},
        }
        result = {
            "rest_id": post_id,
            "core": {"user_results": {"result": user}},
            "legacy": {"id_str": post_id, "full_text": text, "user_id_str": account.user_id},
        }
        if account.is_answer_wrapped:
            return {"result": {"__typename": "TweetWithVisibilityResults", "tweet": result}}
        return {"result": {"__typename": "Tweet", **result}}

    def _rate_headers(self, refusal: Refusal) -> dict[str, str]:
        if refusal.status != web.HTTPTooManyRequests.status_code:
            return {}
        reset = int(self.site.clock.now().timestamp()) + RATE_WINDOW_SECONDS
        return {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}

    async def home(self, request: web.Request) -> web.Response:
        """Everybody's posts."""
        self._member(request)
        return web.json_response({"posts": [self._shown(post) for post in self.site.home()]})

    async def profile(self, request: web.Request) -> web.Response:
        """An account and its posts."""
        self._member(request)
        account = self.site.account(request.match_info["handle"])
        if account is None:
            raise web.HTTPNotFound
        faults = self.site.faults(account.handle)
        delay_ms, min_age_ms = (
            _milliseconds(faults, name) for name in ("slow_profile", "hidden_from_profile")
        )
        self.site.faults_changed()
        if delay_ms:
            await self.site.clock.sleep(delay_ms / 1000)
        posts = [self._shown(post) for post in self.site.profile(account, min_age_ms)]
        return web.json_response({"handle": account.handle, "name": account.name, "posts": posts})

    async def post(self, request: web.Request) -> web.Response:
        """One post, for everybody."""
        post = self.site.post(request.match_info["id"])
        if post is None:
            raise web.HTTPNotFound
        return web.json_response(self._shown(ListedPost(post)))

    async def log_in(self, request: web.Request) -> web.Response:
        """Begin a session as one of the accounts; there are no passwords here."""
        _refuse_foreign(request)
        account = self.site.account(str((await _json_object(request)).get("handle", "")))
        if account is None:
            raise web.HTTPNotFound
        response = web.json_response({"handle": account.handle})
        self.door.let_in(request, response, self.site.log_in(account))
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        """End the session."""
        if session := self._own_session(request):
            self.site.log_out(session)
        response = web.json_response({})
        self.door.see_out(request, response)
        return response

    def _own_session(self, request: web.Request) -> Session | None:
        _refuse_foreign(request)
        visitor = self.door.caller(request)
        return visitor.session if visitor else None

    def _member(self, request: web.Request) -> Visitor:
        visitor = self.door.caller(request)
        if visitor is None:
            raise web.HTTPUnauthorized
        return visitor

    def _shown(self, listed: ListedPost) -> dict[str, Any]:
        entry = listed.entry
        author = self.site.account(entry.account)
        return {
            "id": entry.post_id,
            "handle": entry.account,
            "name": author.name if author else entry.account,
            "at": entry.as_json()["at"],
            "label": listed.label,
            "pieces": [
                piece | ({"shown": shown_url(piece["text"])} if piece["kind"] == "link" else {})
                for piece in pieces(entry.text, self.weights.url)
            ],
        }


def _answer(tweet_results: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"create_tweet": {"tweet_results": tweet_results}}}


def _refused(
    refusal: Refusal, switch: str | None = None, headers: dict[str, str] | None = None
) -> Verdict:
    error = {"code": refusal.code, "message": refusal.message, "extensions": {"code": refusal.code}}
    return Verdict(
        "refused", refusal.status, {"errors": [error], "data": {}}, switch, headers=headers or {}
    )


def _milliseconds(faults: FaultBoard, name: str) -> int:
    value = faults.take(name)
    return value if isinstance(value, int) else 0


async def _json_object(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


async def _wanted_post(request: web.Request) -> tuple[str, str | None]:
    variables = (await _json_object(request)).get("variables")
    if not isinstance(variables, dict):
        raise web.HTTPBadRequest
    nonce = variables.get("client_nonce")
    return str(variables.get("tweet_text", "")), None if nonce is None else str(nonce)


def _refuse_foreign(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        raise web.HTTPForbidden


async def _cut_off(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Break the connection inside the answer.

    Not before it: a browser by itself repeats a request whose kept-alive connection ends without
    a header, and the post would be made twice.
    """
    body = answer.body if isinstance(answer.body, bytes) else b"{}"
    response = web.StreamResponse(
        status=answer.status, headers={"Content-Type": "application/json"}
    )
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[:1])
    if request.transport:
        request.transport.close()
    return response
