"""Pairing a browser: register, poll, claim, confirm."""

from postbroker.contract.pairing import (
    Confirm,
    Confirmed,
    Pair,
    PairAnswer,
    PairingStatus,
    Register,
    Registered,
)
from postbroker.contract.requests import Nothing
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.browsers import POLL_SECONDS, Browsers
from postbroker.services.workspaces import Workspaces


def pairing_operations(browsers: Browsers, workspaces: Workspaces) -> list[AnyOperation]:
    """What extensions and people can ask until a browser is paired."""

    async def register(asked: Asked[Register]) -> Reply:
        registration, code, poll_token = await browsers.register(asked.request)
        life = registration.expires_at - registration.created_at
        answer = Registered(
            registration_id=registration.id,
            code=code,
            expires_in_seconds=int(life.total_seconds()),
            poll_token=poll_token,
            poll_interval_seconds=POLL_SECONDS,
        )
        return Reply(answer)

    async def status(asked: Asked[Nothing]) -> Reply:
        registration = await browsers.registration(asked.who)
        if browsers.is_expired(registration):
            return Reply(PairingStatus(status="expired"))
        if registration.status == "pending" or registration.workspace_id is None:
            return Reply(PairingStatus(status="pending"))
        workspace = await workspaces.get(registration.workspace_id)
        word = "paired" if registration.status == "paired" else "claimed"
        return Reply(
            PairingStatus(status=word, workspace=workspace.name, claimed_by=registration.claimed_by)
        )

    async def pair(asked: Asked[Pair]) -> Reply:
        claimed = await browsers.claim(asked.who, asked.address, asked.request.code)
        return Reply(PairAnswer(browser_id=claimed.browser_id))

    async def confirm(asked: Asked[Confirm]) -> Reply:
        paired = await browsers.confirm(asked.who, accept=asked.request.accept)
        token, browser_id = paired or (None, None)
        return Reply(Confirmed(token=token, browser_id=browser_id))

    return [
        Operation(
            "register_browser",
            "Ask for a pairing code",
            "anyone",
            Register,
            Registered,
            register,
            errors=("EXTENSION_OUTDATED",),
            description=(
                "The extension shows the six digits and polls with the token. A code is good "
                "for five minutes and one use."
            ),
        ),
        Operation(
            "read_pairing",
            "Poll a pairing",
            "poller",
            Nothing,
            PairingStatus,
            status,
            description="`pending`, `claimed`, `paired` or `expired`.",
        ),
        Operation(
            "pair_browser",
            "Claim the browser that shows a code",
            "agent",
            Pair,
            PairAnswer,
            pair,
            "browsers.pair",
            ("PAIRING_CODE_INVALID", "PAIRING_CLOSED"),
            description="Nothing runs in the browser before the person in front of it says yes.",
        ),
        Operation(
            "confirm_pairing",
            "Answer a claim in front of the browser",
            "poller",
            Confirm,
            Confirmed,
            confirm,
            errors=("PAIRING_CODE_INVALID",),
            description="A yes is answered with the browser's token, once.",
        ),
    ]
