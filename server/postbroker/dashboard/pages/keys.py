"""API keys: the list, making one, revoking."""

from aiohttp import web

from postbroker.appkeys import KEYS, SETTINGS
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.rendering import see_other
from postbroker.domain.key import USUAL_SCOPES
from postbroker.errors import ValidationFailedError, field_error


async def show(visit: Visit) -> web.Response:
    """All keys, and a form for a new one."""
    return await _show(visit)


async def create(visit: Visit) -> web.Response:
    """Make a key; its secret is on this answer and nowhere else."""
    label, scopes = visit.field("label"), visit.form.get("scope", [])
    try:
        if not scopes:
            raise field_error("VALIDATION_FAILED", "scope", "choose what the key may do")
        key, secret = await visit.request.app[KEYS].create(visit.workspace.id, label, scopes)
    except ValidationFailedError as error:
        return await _show(visit, error, label, frozenset(scopes))
    return visit.page(
        "key-created.html",
        201,
        key=key,
        secret=secret,
        origin=visit.request.url.origin(),
        has_sandbox=visit.request.app[SETTINGS].sandbox,
    )


async def revoke(visit: Visit) -> web.Response:
    """End a key at once."""
    await visit.request.app[KEYS].revoke(visit.workspace.id, visit.request.match_info["id"])
    return see_other("/dashboard/keys")


async def _show(
    visit: Visit,
    error: ValidationFailedError | None = None,
    label: str = "",
    chosen: frozenset[str] = USUAL_SCOPES,
) -> web.Response:
    keys = await visit.request.app[KEYS].list(visit.workspace.id)
    return visit.page(
        "keys.html",
        400 if error else 200,
        keys=[key for key in keys if key.revoked_at is None],
        revoked=[key for key in keys if key.revoked_at is not None],
        problems={row.field: row.message for row in error.errors} if error else {},
        label=label,
        chosen=chosen,
    )
