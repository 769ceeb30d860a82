"""Keys, as agents and people ask for them, and what the credential of a request is good for."""

from datetime import timedelta

from postbroker.contract.keys import (
    AccountName,
    CreateKey,
    Credential,
    KeyAnswer,
    KeyList,
    KeyRef,
    NewKey,
    RotateKey,
    Tenant,
)
from postbroker.contract.requests import Nothing
from postbroker.domain.caller import Caller
from postbroker.domain.key import SCOPES
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.keys import Keys
from postbroker.services.meters import Meters
from postbroker.services.workspaces import Workspaces
from postbroker.store.keys import Key


def key_operations(keys: Keys, meters: Meters, workspaces: Workspaces) -> list[AnyOperation]:
    """What can be asked about keys, over the services given."""

    async def list_(asked: Asked[Nothing]) -> Reply:
        found = await keys.list_by(asked.who)
        counts = await meters.counts([key.id for key in found])
        answers = [key_answer(key, keys.limit_of(key), counts[key.id]) for key in found]
        return Reply(KeyList(keys=answers))

    async def create(asked: Asked[CreateKey]) -> Reply:
        key, secret = await keys.create_by(asked.who, asked.request)
        return Reply(_with_secret(key_answer(key, keys.limit_of(key), 0), secret))

    async def rotate(asked: Asked[RotateKey]) -> Reply:
        overlap = timedelta(seconds=asked.request.overlap_seconds)
        key, secret = await keys.rotate(asked.who, asked.request.id, overlap)
        counts = await meters.counts([key.id])
        return Reply(_with_secret(key_answer(key, keys.limit_of(key), counts[key.id]), secret))

    async def revoke(asked: Asked[KeyRef]) -> Reply:
        await keys.revoke_by(asked.who, asked.request.id)
        return Reply(None)

    async def validate(asked: Asked[Nothing]) -> Reply:
        workspace = await workspaces.get(asked.who.workspace_id)
        return Reply(credential_answer(asked.who, Tenant(id=workspace.id, name=workspace.name)))

    missing, refused = "NOT_FOUND", "FORBIDDEN"
    return [
        Operation("list_keys", "List API keys", "agent", Nothing, KeyList, list_, "api_keys.write"),
        Operation(
            "create_key",
            "Make an API key",
            "agent",
            CreateKey,
            NewKey,
            create,
            "api_keys.write",
            ("VALIDATION_FAILED", refused),
            "The key is in this answer and nowhere else. It gets no scope, account, life or rate "
            "beyond those of the credential that makes it.",
        ),
        Operation(
            "rotate_key",
            "Give a key a new secret",
            "agent",
            RotateKey,
            NewKey,
            rotate,
            "api_keys.write",
            (missing, refused),
            "Both secrets are good for `overlapSeconds`, so that agents can be told one after "
            "another; then the old one ends. Id, scopes, limits and counts stay. A key may rotate "
            "itself.",
        ),
        Operation(
            "revoke_key",
            "End a key at once",
            "agent",
            KeyRef,
            None,
            revoke,
            "api_keys.write",
            (missing, refused),
            "A key does not revoke itself.",
            "The key is revoked.",
        ),
        Operation(
            "read_credential",
            "Say what the credential of this request is good for",
            "agent",
            Nothing,
            Credential,
            validate,
        ),
        Operation(
            "validate_key",
            "Say what the credential of this request is good for, as SocialClaw's clients ask",
            "agent",
            Nothing,
            Credential,
            validate,
        ),
    ]


def key_answer(key: Key, requests_per_minute: int, requests: int) -> KeyAnswer:
    """A key as its callers see it."""
    return KeyAnswer(
        id=key.id,
        label=key.label,
        prefix=key.shown,
        scopes=[scope for scope in SCOPES if scope in key.scopes],
        accounts=None if key.account_ids is None else sorted(key.account_ids),
        created_at=key.created_at.isoformat(),
        last_used_at=key.last_used_at.isoformat() if key.last_used_at else None,
        expires_at=key.expires_at.isoformat() if key.expires_at else None,
        revoked_at=key.revoked_at.isoformat() if key.revoked_at else None,
        old_secret_until=key.old_until.isoformat() if key.old_until else None,
        requests_per_minute=requests_per_minute,
        requests=requests,
    )


def credential_answer(caller: Caller, tenant: Tenant) -> Credential:
    """What a credential is good for."""
    accounts = None
    if caller.accounts is not None:
        accounts = [
            AccountName(platform=platform, handle=handle)
            for platform, handle in sorted(caller.accounts)
        ]
    return Credential(
        kind="session" if caller.kind == "browser" else caller.kind,
        id=caller.id,
        label=caller.name,
        tenant=tenant,
        scopes=[scope for scope in SCOPES if scope in caller.scopes],
        accounts=accounts,
        requests_per_minute=caller.requests_per_minute,
    )


def _with_secret(answer: KeyAnswer, secret: str) -> NewKey:
    return NewKey(**answer.model_dump(by_alias=False), key=secret)
