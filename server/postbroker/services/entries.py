"""What a person enters to connect an account, read the way the platform's adapter asks for it."""

from collections.abc import Mapping

from yarl import URL

from postbroker.contract.connections import StartConnection
from postbroker.domain.matching import LOOPBACK_HOSTS
from postbroker.errors import field_error
from postbroker.platforms.adapter import Entry, OAuth, PlatformAdapter, Typed
from postbroker.services.api import flow_of


def chosen_way(adapter: PlatformAdapter, wanted: StartConnection) -> OAuth | Typed:
    """How it is to be connected. Raises ValidationFailedError."""
    flow = flow_of(adapter)
    typed = next((way for way in adapter.info.auth if isinstance(way, Typed)), None)
    chosen: OAuth | Typed | None
    match wanted.way:
        case "oauth":
            chosen = flow
        case "typed":
            chosen = typed
        case None:
            chosen = typed if wanted.fields and typed else adapter.info.auth[0]
    if chosen is None:
        other = "typed" if wanted.way == "oauth" else "oauth"
        raise field_error("VALIDATION_FAILED", "way", f"{adapter.info.id} has only {other}")
    if wanted.fields and isinstance(chosen, OAuth):
        raise field_error("VALIDATION_FAILED", "fields", "its consent page asks; send no fields")
    return chosen


def entered(entries: tuple[Entry, ...], fields: Mapping[str, str]) -> dict[str, str]:
    """What was entered, without space around it. Raises ValidationFailedError."""
    names = {entry.name for entry in entries}
    if unknown := fields.keys() - names:
        message = f"there is no such field; there are {', '.join(sorted(names))}"
        raise field_error("VALIDATION_FAILED", f"fields.{min(unknown)}", message)
    found = {name: value.strip() for name, value in fields.items() if value.strip()}
    for entry in entries:
        if not entry.is_optional and entry.name not in found:
            message = f"{entry.title} is needed: {entry.hint}"
            raise field_error("VALIDATION_FAILED", f"fields.{entry.name}", message)
    return found


def server_address(given: str) -> str:
    """A server as somebody entered it: https unless it is on this machine, no slash at the end.

    Raises ValidationFailedError.
    """
    whole = given.strip() if "://" in given else f"https://{given.strip()}"
    try:
        url = URL(whole).with_query(None).with_fragment(None)
        is_fit = url.scheme == "https" or (url.scheme == "http" and url.host in LOOPBACK_HOSTS)
    except ValueError:
        url, is_fit = URL(), False
    if not is_fit or not url.host or url.user is not None:
        message = "give an address such as https://example.org"
        raise field_error("VALIDATION_FAILED", "server", message)
    return str(url).rstrip("/")


def missing_settings(platform: str, flow: OAuth, app: Mapping[str, str] | None = None) -> list[str]:
    """Which settings the operator must make before the consent page can be opened."""
    if flow.registers_itself:
        return []
    wanted = ["client_id", *(["client_secret"] if flow.client_auth != "none" else [])]
    return [
        f"POSTBROKER_{platform.upper()}_{name.upper()}"
        for name in wanted
        if name not in (app or {})
    ]
