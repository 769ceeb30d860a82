"""Keys: what programs show the broker, and what each is good for."""

from typing import Unpack

from postbroker.client.calls.asking import Asking, HasId, id_of, message
from postbroker.client.options import KeyOptions
from postbroker.contract.keys import CreateKey, Credential, KeyList, NewKey, RotateKey


class KeyCalls(Asking):
    """What can be asked about keys."""

    async def credential(self) -> Credential:
        """What the key or the login of this client is good for."""
        return await self.ask("GET", "/v1/keys/validate", Credential)

    async def list_keys(self) -> KeyList:
        """All keys, revoked ones too."""
        return await self.ask("GET", "/v1/keys", KeyList)

    async def create_key(self, label: str, **options: Unpack[KeyOptions]) -> NewKey:
        """Make a key that may do no more than this one; its secret is told this once."""
        wanted = message(CreateKey, {"label": label, **options})
        return await self.ask("POST", "/v1/keys", NewKey, wanted)

    async def rotate_key(self, key: str | HasId, overlap_seconds: int = 86_400) -> NewKey:
        """A new secret for a key; the old one goes on for a while."""
        wanted = message(RotateKey, {"id": id_of(key), "overlap_seconds": overlap_seconds})
        return await self.ask("POST", f"/v1/keys/{wanted.id}/rotate", NewKey, wanted)

    async def revoke_key(self, key: str | HasId) -> None:
        """End a key at once."""
        await self._wire.patiently("DELETE", f"/v1/keys/{id_of(key)}")
