"""Files for posts."""

import asyncio
from os import PathLike, fspath
from pathlib import Path

from postbroker.client.calls.asking import Asking, HasId, id_of, message
from postbroker.contract.media import MediaAnswer, MediaList, UploadRequest, UploadTarget


class MediaCalls(Asking):
    """What can be asked about files."""

    async def upload(
        self,
        file: str | PathLike[str] | bytes,
        *,
        name: str | None = None,
        alt: str | None = None,
        platform: str | None = None,
    ) -> UploadTarget:
        """Put a file, or bytes under a `name`, where posts can name it by the answer's `url`.

        Raises OSError for a file that cannot be read.
        """
        content = file if isinstance(file, bytes) else Path(fspath(file))
        if isinstance(content, bytes):
            size = len(content)
        else:
            name, size = name or content.name, (await asyncio.to_thread(content.stat)).st_size
        fields = {"filename": name, "bytes": size or None, "alt": alt, "platform": platform}
        request = message(UploadRequest, fields)
        target = await self.ask(
            "POST", "/v1/media/upload-url", UploadTarget, request, repeatable=True
        )
        if isinstance(content, bytes):
            await self._wire.put(target.upload_url, content, target.resolved_content_type)
        else:
            await self._wire.put_file(target.upload_url, content, target.resolved_content_type)
        return target

    async def list_media(self, cursor: str | None = None, *, limit: int = 20) -> MediaList:
        """A page of files, newest first; `next_cursor` leads to the next."""
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return await self.ask("GET", "/v1/media", MediaList, params=params)

    async def get_media(self, media: str | HasId) -> MediaAnswer:
        """What one file is."""
        return await self.ask("GET", f"/v1/media/{id_of(media)}", MediaAnswer)

    async def delete_media(self, media: str | HasId) -> None:
        """Remove a file."""
        await self._wire.patiently("DELETE", f"/v1/media/{id_of(media)}")
