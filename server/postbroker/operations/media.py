"""Files for posts, as agents ask for them."""

from postbroker.contract.media import MediaAnswer, MediaList, UploadRequest, UploadTarget
from postbroker.contract.requests import ListMedia, MediaRef
from postbroker.domain.filetypes import kind_of
from postbroker.domain.media import Media
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.media import MediaFiles


def media_operations(files: MediaFiles) -> list[AnyOperation]:
    """What agents can ask, over the service given; the bytes go through http/media.py."""

    async def prepare(asked: Asked[UploadRequest]) -> Reply:
        media, upload_url = await files.prepare(asked.who, asked.request)
        answer = UploadTarget(
            upload_url=upload_url,
            url=files.link(media),
            resolved_content_type=media.content_type,
        )
        return Reply(answer)

    async def read(asked: Asked[MediaRef]) -> Reply:
        media = await files.get(asked.who, asked.request.id)
        return Reply(media_answer(media, files.link(media)))

    async def list_(asked: Asked[ListMedia]) -> Reply:
        request = asked.request
        page, cursor = await files.page(asked.who, request.cursor, request.limit)
        answers = [media_answer(media, files.link(media)) for media in page]
        return Reply(MediaList(media=answers, next_cursor=cursor))

    async def delete(asked: Asked[MediaRef]) -> Reply:
        await files.delete(asked.who, asked.request.id)
        return Reply(None)

    return [
        Operation(
            "prepare_upload",
            "Say where to put a file",
            "agent",
            UploadRequest,
            UploadTarget,
            prepare,
            "media.upload",
            (
                "UNSUPPORTED_MEDIA_TYPE",
                "UNSUPPORTED_MEDIA_CONFIG",
                "UNSUPPORTED_PLATFORM",
                "QUOTA_EXCEEDED",
                "MEDIA_UPLOAD_FAILED",
            ),
            description=(
                "For files of any size: PUT the raw bytes to `uploadUrl` within an hour, with "
                "exactly `resolvedContentType`, then put `url` into `mediaPaths` of a post."
            ),
        ),
        Operation(
            "list_media",
            "List files",
            "agent",
            ListMedia,
            MediaList,
            list_,
            "media.upload",
            description="Newest first, a page at a time.",
        ),
        Operation(
            "get_media",
            "Say what a file is",
            "agent",
            MediaRef,
            MediaAnswer,
            read,
            "media.upload",
            ("NOT_FOUND",),
            description="Type, bytes, measures, and until when its `url` is good.",
        ),
        Operation(
            "delete_media",
            "Remove a file",
            "agent",
            MediaRef,
            None,
            delete,
            "media.upload",
            ("NOT_FOUND", "MEDIA_IN_USE"),
            description="Not while a job that has not ended uses it: `409`.",
        ),
    ]


def media_answer(media: Media, url: str) -> MediaAnswer:
    """A file as agents see it."""
    facts = media.facts
    return MediaAnswer(
        id=media.id,
        url=url,
        file_name=media.file_name,
        content_type=media.content_type,
        kind=kind_of(media.content_type),
        state="checking" if media.state == "gone" else media.state,
        size=facts and facts.size,
        sha256=facts and facts.sha256,
        width=facts and facts.width,
        height=facts and facts.height,
        frames=facts and facts.frames,
        seconds=facts and facts.seconds,
        alt=media.alt,
        created_at=media.created_at.isoformat(),
        usable_until=media.usable_until.isoformat(),
    )
