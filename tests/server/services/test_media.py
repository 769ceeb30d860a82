"""Files between upload and end: fetched, kept while needed, removed in time, never half there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud import storage

from postbroker.app import Services
from postbroker.catalogue import load_platforms
from postbroker.contract.jobs import CreateTweet
from postbroker.contract.media import UploadRequest
from postbroker.domain.caller import Caller
from postbroker.domain.media import Media
from postbroker.egress.files import Egress
from postbroker.errors import ConflictError, ForbiddenError, ValidationFailedError
from postbroker.media.gcs import GoogleStorage
from postbroker.services.intake import Intake, Room, plain_name
from postbroker.services.media import MediaFiles
from postbroker.services.secrets import Vault
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from server.doubles.bucket import BUCKET, running_storage, signer_of
from server.doubles.clock import StillClock
from server.doubles.files import picture, video
from server.samples import TEXT
from server.steps import enqueue

X = load_platforms()["x"]
ROOM = Room(file_bytes=10_000_000, workspace_bytes=0, keep=timedelta(days=7))


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100):
        yield content[start : start + 100]


async def take(files: MediaFiles, caller: Caller, name: str = "a.png") -> Media:
    return await files.receive(caller, name, chunks_of(picture()), lambda: None)


async def content_of(files: MediaFiles, media: Media) -> bytes:
    assert media.facts is not None
    return b"".join([chunk async for chunk in await files.open(media, 0, media.facts.size)])


def kept(settings: Settings) -> list[Path]:
    return [each for each in (settings.data_dir / "media").rglob("*") if each.is_file()]


@pytest.fixture(scope="module")
def client() -> Iterator[storage.Client]:
    with running_storage() as client:
        yield client


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A server that is not ours, on loopback."""

    async def show(request: web.Request) -> web.Response:
        contents = {"/boat.png": picture(), "/boat": picture(), "/film.png": video()}
        return web.Response(body=contents[request.path])

    app = web.Application()
    app.router.add_get("/{name}", show)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


class TestRemoteFiles:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"fetch_from": (ip_network("127.0.0.0/8"),)})

    async def test_they_become_files_of_ours(
        self, services: Services, caller: Caller, paired_browser: Browser, site: str
    ) -> None:
        job = await enqueue(services, caller, media_paths=[f"{site}/boat.png", f"{site}/boat"])
        assert job.media_paths == (f"{site}/boat.png", f"{site}/boat")
        attached = await services.media.of_job(job.id)
        assert [each.media.file_name for each in attached] == ["boat.png", "file.png"]
        assert await content_of(services.media, attached[0].media) == picture()

    async def test_what_they_hold_must_be_what_they_are_called(
        self, services: Services, caller: Caller, paired_browser: Browser, site: str
    ) -> None:
        with pytest.raises(ValidationFailedError) as refused:
            await enqueue(services, caller, media_paths=[f"{site}/film.png"])
        assert refused.value.code == "UNSUPPORTED_MEDIA_TYPE"
        assert await services.media.page(caller, None, 10) == ([], None)

    async def test_a_rehearsal_looks_at_files_and_leaves_none(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        site: str,
        settings: Settings,
    ) -> None:
        uploaded = await take(services.media, caller)
        before = kept(settings)
        paths = [f"{site}/boat.png", services.media.link(uploaded)]
        job = await services.posts.rehearse(caller, CreateTweet(text=TEXT, media_paths=paths))
        assert job.media_paths == tuple(paths)
        assert kept(settings) == before
        with pytest.raises(ValidationFailedError):
            await services.posts.rehearse(
                caller, CreateTweet(text=TEXT, media_paths=[paths[0], f"{site}/none.png"])
            )
        assert kept(settings) == before
        assert (await services.media.get(caller, uploaded.id)).state == "ready"


async def test_files_of_this_machine_are_not_fetched(
    services: Services, caller: Caller, paired_browser: Browser, site: str
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        await enqueue(services, caller, media_paths=[f"{site}/boat.png"])
    assert refused.value.code == "MEDIA_NOT_AVAILABLE"


class TestCleaning:
    async def test_a_file_goes_after_a_week(
        self, services: Services, caller: Caller, settings: Settings, still_clock: StillClock
    ) -> None:
        await take(services.media, caller)
        still_clock.move(hours=7 * 24)
        assert await services.media.clean() == 0
        still_clock.move(1)
        assert await services.media.clean() == 1
        assert kept(settings) == []

    async def test_a_file_stays_as_long_as_a_job_needs_it(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        settings: Settings,
        still_clock: StillClock,
    ) -> None:
        media = await take(services.media, caller)
        url = services.media.link(media)
        job = await enqueue(services, caller, media_paths=[url], expires_in_seconds=20 * 86400)
        still_clock.move(hours=10 * 24)
        assert await services.media.clean() == 0
        with pytest.raises(ConflictError):
            await services.media.delete(caller, media.id)
        await services.jobs.cancel(caller, job.id)
        assert await services.media.clean() == 1
        assert kept(settings) == []
        assert await services.media.of_job(job.id) == []

    async def test_an_upload_that_never_came_is_forgotten_after_a_day(
        self, services: Services, caller: Caller, still_clock: StillClock
    ) -> None:
        await services.media.prepare(caller, UploadRequest(filename="a.mp4"))
        still_clock.move(hours=24)
        assert await services.media.clean() == 0
        still_clock.move(1)
        assert await services.media.clean() == 1

    async def test_a_file_that_vanished_is_not_there(
        self, services: Services, caller: Caller, settings: Settings
    ) -> None:
        media = await take(services.media, caller)
        for file in kept(settings):
            file.unlink()
        with pytest.raises(Exception, match="NOT_FOUND"):
            await services.media.open(media, 0, 10)
        await services.media.delete(caller, media.id)


async def test_a_job_never_gets_a_file_that_is_being_removed(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    for number in range(10):
        media = await take(services.media, caller)
        accepted, removed = await asyncio.gather(
            enqueue(services, caller, f"{TEXT} {number}", media_paths=[services.media.link(media)]),
            services.media.delete(caller, media.id),
            return_exceptions=True,
        )
        assert isinstance(accepted, ValidationFailedError) != isinstance(removed, ConflictError)


async def test_a_workspace_has_so_much_room(
    services_with: Callable[..., Services], caller: Caller
) -> None:
    services = services_with(media_workspace_bytes=300)
    await take(services.media, caller)
    await take(services.media, caller)
    with pytest.raises(ForbiddenError, match="300 are the most"):
        await take(services.media, caller)
    with pytest.raises(ForbiddenError):
        await services.media.prepare(caller, UploadRequest(filename="a.mp4", bytes=200))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.png", "a.png"),
        ("../../etc/a.png", "a.png"),
        ("C:\\Users\\Ada\\a.png", "a.png"),
        ("a\r\nX: y\0.png", "aX: y.png"),
        ("x" * 300 + ".png", "x" * 251 + ".png"),
        ("", ""),
    ],
)
def test_a_name_is_only_a_name(given: str, name: str) -> None:
    assert plain_name(given) == name


class TestBucket:
    @pytest.fixture
    def files(
        self,
        client: storage.Client,
        database: Database,
        still_clock: StillClock,
        vault: Vault,
        tmp_path: Path,
    ) -> MediaFiles:
        """Files in a bucket, over the same database."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        bucket = GoogleStorage(client, BUCKET, signer_of(key))
        intake = Intake(database, still_clock, bucket, Egress(), ROOM, tmp_path / "incoming")
        platforms = load_platforms()
        return MediaFiles(
            database, still_clock, vault, bucket, intake, platforms, ROOM, "http://broker.example"
        )

    async def upload(self, url: str, content: bytes) -> None:
        async with aiohttp.ClientSession() as session:
            await session.put(url, data=BytesIO(content), headers={"Content-Type": "image/png"})

    async def test_what_a_client_put_there_is_looked_through_when_a_post_names_it(
        self, files: MediaFiles, caller: Caller
    ) -> None:
        media, upload_url = await files.prepare(caller, UploadRequest(filename="a.png"))
        post = CreateTweet(text=TEXT, media_paths=[files.link(media)])
        _, [problem] = await files.attach(caller.workspace_id, X, post)
        assert "not come yet" in problem.message
        await self.upload(upload_url, picture())
        [attached], problems = await files.attach(caller.workspace_id, X, post)
        assert problems == []
        assert attached.media.state == "ready"
        assert await content_of(files, attached.media) == picture()

    async def test_a_wrong_file_may_be_put_anew(self, files: MediaFiles, caller: Caller) -> None:
        media, upload_url = await files.prepare(caller, UploadRequest(filename="a.png"))
        await self.upload(upload_url, b"no picture")
        with pytest.raises(ValidationFailedError):
            await files.get(caller, media.id)
        await self.upload(upload_url, picture())
        assert (await files.get(caller, media.id)).state == "ready"

    async def test_what_comes_after_the_look_changes_nothing(
        self, files: MediaFiles, caller: Caller
    ) -> None:
        media, upload_url = await files.prepare(caller, UploadRequest(filename="a.png"))
        await self.upload(upload_url, picture())
        ready = await files.get(caller, media.id)
        await self.upload(upload_url, picture("PNG", (600, 600)))
        assert await content_of(files, ready) == picture()
        assert await files.get(caller, media.id) == ready
