"""Signed locator packs: handed out as they lie in the data folder, for extensions to judge.

The broker verifies nothing: whoever can write into its folder, or be the broker, still needs the
project's key to change what an extension looks for.
"""

from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from postbroker.contract.catalogue import Locators
from postbroker.contract.locators import PAYLOAD_MAX, LocatorPack
from postbroker.errors import NotFoundError

FILE_BYTES_MAX = 4 * PAYLOAD_MAX
REASON_MAX = 300

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Lying:
    """What was read of one file, and of which state of it."""

    changed: tuple[int, int]
    pack: LocatorPack | None
    version: str = ""


class LocatorPacks:
    """Use cases of the packs in one folder, a file a platform; the folder need not be there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = dict[str, _Lying]()

    def versions(self) -> dict[str, str]:
        """The version of each platform's pack; what is no pack is left out."""
        return {platform: lying.version for platform, lying in self._look().items() if lying.pack}

    def get(self, platform: str) -> LocatorPack:
        """The pack of a platform. Raises NotFoundError."""
        lying = self._look().get(platform)
        if lying is None or lying.pack is None:
            raise NotFoundError("NOT_FOUND", f"there is no pack of locators for {platform}")
        return lying.pack

    def _look(self) -> dict[str, _Lying]:
        """The folder as it is now; files that have not changed are not read again."""
        found = dict[str, _Lying]()
        for path in sorted(self._folder.glob("*.json")):
            try:
                status = path.stat()
                changed = (status.st_mtime_ns, status.st_size)
                known = self._known.get(path.stem)
                found[path.stem] = (
                    known if known and known.changed == changed else _read(path, changed)
                )
            except OSError:  # it went away, or is not for us
                continue
        self._known = found
        return found


def _read(path: Path, changed: tuple[int, int]) -> _Lying:
    pack, locators, reason = None, None, f"it has {changed[1]} bytes"
    if changed[1] <= FILE_BYTES_MAX:
        try:
            pack = LocatorPack.model_validate_json(path.read_bytes())
            locators = Locators.model_validate_json(pack.payload)
            reason = f"it is for {locators.platform}"
        except ValidationError as error:
            reason = str(error)[:REASON_MAX]
    if locators is None or locators.platform != path.stem:
        log.warning("locators_unreadable", file=path.name, reason=reason)
        return _Lying(changed, None)
    return _Lying(changed, pack, locators.version)
