"""Files over the wire: up in a form or by a PUT, down with ranges, into a post, to the browser."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, FormData, web

from postbroker.appkeys import MEDIA, SETTINGS
from server.doubles.clock import StillClock
from server.doubles.extension import FakeBrowser, RefusedError
from server.doubles.files import picture, video
from server.http.agent import Agent, Answer
from server.http.conftest import NewAgent

DAY = timedelta(days=1)


def path_of(url: str) -> str:
    """The part of an address that a client of the test's own server asks for."""
    return url.removeprefix("http://127.0.0.1")


def files_of(app: web.Application) -> list[Path]:
    """Whatever lies in the folder for files."""
    return [each for each in (app[SETTINGS].data_dir / "media").rglob("*") if each.is_file()]


def cut_short(files: list[Path]) -> None:
    for file in files:
        file.write_bytes(file.read_bytes()[:-10])


async def send_form(agent: Agent, *fields: tuple[str, Any, dict[str, str]]) -> Answer:
    form = FormData(default_to_multipart=True)
    for name, value, options in fields:
        form.add_field(name, value, **options)
    return await agent.post("/v1/media/upload", data=form)


async def prepare(agent: Agent, filename: str = "a.mp4", **fields: Any) -> dict[str, str]:
    answer = await agent.post("/v1/media/upload-url", {"filename": filename} | fields)
    assert answer.status == 200, answer.text
    body: dict[str, str] = answer.body
    return body


async def put(agent: Agent, target: dict[str, str], body: bytes, content_type: str) -> Answer:
    headers = {"Content-Type": content_type}
    place = path_of(target["uploadUrl"])
    return await Agent(agent.client).ask("PUT", place, data=body, headers=headers)


class TestForm:
    async def test_a_file_is_looked_through_and_answered_with_its_address(
        self, agent: Agent
    ) -> None:
        media = await agent.upload("Boot am See.png", picture(size=(64, 48)), alt="A boat.")
        assert {name: media[name] for name in ("fileName", "contentType", "kind", "state")} == {
            "fileName": "Boot am See.png",
            "contentType": "image/png",
            "kind": "image",
            "state": "ready",
        }
        assert (media["width"], media["height"], media["alt"]) == (64, 48, "A boat.")
        assert media["url"].startswith(f"http://127.0.0.1/media/{media['id']}/")
        assert (await agent.get(f"/v1/media/{media['id']}")).body == media
        assert (await agent.get("/v1/media")).body == {"media": [media]}

    @pytest.mark.parametrize("place", ["before", "after"])
    async def test_the_description_may_stand_before_or_after_the_file(
        self, agent: Agent, place: str
    ) -> None:
        file: Any = ("file", picture(), {"filename": "a.png"})
        alt: Any = ("alt", "A boat.", {})
        answer = await send_form(agent, *([alt, file] if place == "before" else [file, alt]))
        assert answer.body["alt"] == "A boat."

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.svg", b"<svg/>", "UNSUPPORTED_MEDIA_TYPE"),
            ("a.png", b"<svg/>", "UNSUPPORTED_MEDIA_TYPE"),
            ("a.png", picture("JPEG"), "UNSUPPORTED_MEDIA_TYPE"),
            ("a.png", picture()[:-20], "UNSUPPORTED_MEDIA_TYPE"),
            ("a", picture(), "UNSUPPORTED_MEDIA_TYPE"),
            ("a.mp4", video()[:200], "UNSUPPORTED_MEDIA_TYPE"),
            ("a.png", b"", "BAD_REQUEST"),
        ],
    )
    async def test_what_is_no_file_for_a_post_is_refused_and_forgotten(
        self, app: web.Application, agent: Agent, name: str, content: bytes, code: str
    ) -> None:
        answer = await send_form(agent, ("file", content, {"filename": name}))
        assert (answer.status, answer.code) == (400, code)
        assert (await agent.get("/v1/media")).body == {"media": []}
        assert files_of(app) == []

    async def test_more_than_thirty_megabytes_are_sent_to_the_other_door(
        self, agent: Agent
    ) -> None:
        answer = await send_form(agent, ("file", BytesIO(bytes(30_100_000)), {"filename": "a.png"}))
        assert (answer.status, answer.code) == (413, "PAYLOAD_TOO_LARGE")
        assert "upload-url" in answer.body["message"]

    async def test_almost_thirty_megabytes_are_taken(self, agent: Agent) -> None:
        filled = picture() + b"\0" * 29_000_000  # what follows the end of a PNG is not looked at
        media = await agent.upload("a.png", filled)
        assert media["size"] < 1000

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ([("alt", "A boat.", {})], "file"),
            ([("file", b"x", {"filename": "a.png"}), ("more", "x", {})], "more"),
            ([("alt", "x" * 2001, {}), ("file", b"x", {"filename": "a.png"})], "alt"),
        ],
    )
    async def test_a_form_without_its_field_or_with_another_is_refused(
        self, agent: Agent, fields: list[Any], field: str
    ) -> None:
        answer = await send_form(agent, *fields)
        assert (answer.status, answer.fields) == (400, [field])

    @pytest.mark.parametrize(
        "body", [b"", b"--x", b"--x\r\n\r\n", b"--x\r\nNone--x--\r\n", b"nonsense" * 100]
    )
    async def test_a_broken_form_is_a_bad_request(self, agent: Agent, body: bytes) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await agent.post("/v1/media/upload", data=body, headers=headers)
        assert answer.status == 400, answer.text

    async def test_json_is_told_what_to_send(self, agent: Agent) -> None:
        answer = await agent.post("/v1/media/upload", {"file": "a.png"})
        assert (answer.status, answer.code) == (415, "UNSUPPORTED_CONTENT_TYPE")

    async def test_a_key_needs_the_scope(self, new_agent: NewAgent) -> None:
        reader = await new_agent("posts.publish")
        answer = await send_form(reader, ("file", picture(), {"filename": "a.png"}))
        assert (answer.status, answer.code) == (403, "FORBIDDEN")


class TestUploadUrl:
    async def test_it_answers_the_three_fields_of_claw_post(self, agent: Agent) -> None:
        target = await prepare(agent, "video.mp4", platform="x", contentType="video/mp4", bytes=9)
        assert list(target) == ["uploadUrl", "url", "resolvedContentType"]
        assert target["resolvedContentType"] == "video/mp4"

    async def test_what_is_put_there_can_be_posted(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        target = await prepare(agent, "My film.MP4")
        answer = await put(agent, target, video(), target["resolvedContentType"])
        assert (answer.status, answer.text) == (200, "")
        job = await agent.create(mediaPaths=[target["url"]])
        assert job["mediaPaths"] == [target["url"]]
        pulled = await browser.pull()
        assert pulled is not None
        [file] = pulled.job.media
        assert (file.file_name, file.content_type, file.size) == (
            "My film.MP4",
            "video/mp4",
            len(video()),
        )

    @pytest.mark.parametrize(
        ("name", "content", "limit"),
        [("a.mp4", video(), timedelta(hours=1)), ("a.png", picture(), timedelta(minutes=15))],
    )
    async def test_a_browser_has_an_hour_for_a_job_with_a_video(
        self,
        agent: Agent,
        browser: FakeBrowser,
        still_clock: StillClock,
        name: str,
        content: bytes,
        limit: timedelta,
    ) -> None:
        media = await agent.upload(name, content)
        job = await agent.create(mediaPaths=[media["url"]])
        assert await browser.pull()
        details = (await agent.get(f"/v1/jobs/{job['id']}")).body["details"]
        assert details["deadlineAt"] == (still_clock.now() + limit).isoformat()

    @pytest.mark.parametrize(
        ("fields", "code", "field"),
        [
            ({"filename": "a.svg"}, "UNSUPPORTED_MEDIA_TYPE", "filename"),
            ({"filename": "mp4"}, "UNSUPPORTED_MEDIA_TYPE", "filename"),
            ({"contentType": "video/webm"}, "UNSUPPORTED_MEDIA_TYPE", "contentType"),
            ({"filename": "a.webm", "platform": "x"}, "UNSUPPORTED_MEDIA_TYPE", "filename"),
            ({"platform": "myspace"}, "UNSUPPORTED_PLATFORM", "platform"),
            ({"platform": "x", "bytes": 600_000_000}, "UNSUPPORTED_MEDIA_CONFIG", "bytes"),
            ({"bytes": 3_000_000_000}, "UNSUPPORTED_MEDIA_CONFIG", "bytes"),
            ({"bytes": 0}, "VALIDATION_FAILED", "bytes"),
            ({"filename": ""}, "VALIDATION_FAILED", "filename"),
        ],
    )
    async def test_what_would_be_refused_later_is_refused_before_any_byte(
        self, agent: Agent, fields: dict[str, Any], code: str, field: str
    ) -> None:
        answer = await agent.post("/v1/media/upload-url", {"filename": "a.mp4"} | fields)
        assert (answer.status, answer.code, answer.fields) == (400, code, [field])

    @pytest.mark.parametrize("content_type", ["video/webm", "application/octet-stream", ""])
    async def test_another_content_type_is_refused_with_403(
        self, agent: Agent, content_type: str
    ) -> None:
        target = await prepare(agent)
        answer = await put(agent, target, video(), content_type)
        assert (answer.status, answer.code) == (403, "UPLOAD_REFUSED")
        assert "video/mp4" in answer.body["message"]

    async def test_the_window_is_an_hour(self, agent: Agent, still_clock: StillClock) -> None:
        early, late = await prepare(agent), await prepare(agent)
        still_clock.move(3599)
        assert (await put(agent, early, video(), "video/mp4")).status == 200
        still_clock.move(1)
        assert (await put(agent, late, video(), "video/mp4")).status == 403

    async def test_a_file_comes_once(self, agent: Agent) -> None:
        target = await prepare(agent)
        assert (await put(agent, target, video(), "video/mp4")).status == 200
        again = await put(agent, target, video(seconds=2), "video/mp4")
        assert (again.status, again.code) == (403, "UPLOAD_REFUSED")

    async def test_after_a_broken_file_the_right_one_may_come(self, agent: Agent) -> None:
        target = await prepare(agent)
        broken = await put(agent, target, b"not a film", "video/mp4")
        assert (broken.status, broken.code) == (400, "UNSUPPORTED_MEDIA_TYPE")
        assert (await put(agent, target, video(), "video/mp4")).status == 200

    async def test_more_bytes_than_were_said_are_refused(self, agent: Agent) -> None:
        target = await prepare(agent, bytes=100)
        answer = await put(agent, target, video(), "video/mp4")
        assert (answer.status, answer.code) == (413, "PAYLOAD_TOO_LARGE")

    async def test_an_address_is_good_for_its_own_file_only(self, agent: Agent) -> None:
        one, other = await prepare(agent), await prepare(agent)
        mixed = other | {
            "uploadUrl": "/".join(
                [*other["uploadUrl"].split("/")[:-1], one["uploadUrl"].split("/")[-1]]
            )
        }
        assert (await put(agent, mixed, video(), "video/mp4")).status == 403


class TestDownload:
    async def test_a_file_comes_back_whole_and_in_parts(self, agent: Agent) -> None:
        media, anyone = await agent.upload("Boot – 1.png", picture()), Agent(agent.client)
        path = path_of(media["url"])
        async with anyone.client.get(path) as whole:
            content = await whole.read()
            assert (whole.status, len(content)) == (200, media["size"])
            assert whole.headers["Content-Type"] == "image/png"
            assert whole.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in whole.headers["Content-Security-Policy"]
        for asked, (start, end) in {
            "bytes=0-9": (0, 10),
            "bytes=10-": (10, media["size"]),
            "bytes=-5": (media["size"] - 5, media["size"]),
        }.items():
            async with anyone.client.get(path, headers={"Range": asked}) as part:
                assert (part.status, await part.read()) == (206, content[start:end])
                assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{media['size']}"

    async def test_a_range_beyond_the_end_is_not_satisfiable(self, agent: Agent) -> None:
        media = await agent.upload("a.png", picture())
        headers = {"Range": f"bytes={media['size']}-"}
        answer = await agent.get(path_of(media["url"]), headers=headers)
        assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{media['size']}")

    async def test_a_head_request_tells_the_size(self, agent: Agent) -> None:
        media = await agent.upload("a.png", picture())
        answer = await agent.ask("HEAD", path_of(media["url"]))
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(media["size"]))

    async def test_an_address_is_good_for_a_day(
        self, agent: Agent, still_clock: StillClock
    ) -> None:
        media = await agent.upload("a.png", picture())
        still_clock.move(DAY.total_seconds())
        assert (await agent.get(path_of(media["url"]))).status == 404
        refused = await agent.tweet(mediaPaths=[media["url"]], whenOffline="queue")
        assert (refused.status, refused.code) == (400, "MEDIA_NOT_AVAILABLE")

    async def test_an_address_is_good_until_the_job_that_uses_it_is_over(
        self, agent: Agent, still_clock: StillClock
    ) -> None:
        media = await agent.upload("a.png", picture())
        job = await agent.create(
            mediaPaths=[media["url"]], whenOffline="queue", expiresInSeconds=3 * 86400
        )
        still_clock.move(2 * DAY.total_seconds())
        async with agent.client.get(path_of(media["url"])) as response:
            assert response.status == 200
        await agent.post(f"/v1/jobs/{job['id']}/cancel")
        assert (await agent.get(path_of(media["url"]))).status == 404

    async def test_a_file_that_has_not_come_yet_is_not_there(self, agent: Agent) -> None:
        target = await prepare(agent)
        assert (await agent.get(path_of(target["url"]))).status == 404

    async def test_a_file_cut_short_on_the_disk_ends_in_an_error_not_in_a_wait(
        self, app: web.Application, agent: Agent
    ) -> None:
        media = await agent.upload("a.png", picture())
        cut_short(files_of(app))
        with pytest.raises(ClientError):
            async with agent.client.get(path_of(media["url"])) as response:
                await response.read()

    async def test_nobody_guesses_an_address(self, agent: Agent) -> None:
        media = await agent.upload("a.png", picture())
        path = path_of(media["url"]).split("/")
        for wrong in ("x", path[3][:-1], path[3] + "x"):
            assert (await agent.get("/".join([*path[:3], wrong, path[4]]))).status == 404


class TestList:
    async def test_pages_go_from_the_newest_to_the_oldest(
        self, agent: Agent, still_clock: StillClock
    ) -> None:
        ids = list[str]()
        for _ in range(3):
            ids.insert(0, (await agent.upload("a.png", picture()))["id"])
            still_clock.move(1)
        first = (await agent.get("/v1/media?limit=2")).body
        rest = (await agent.get(f"/v1/media?limit=2&cursor={first['nextCursor']}")).body
        assert [each["id"] for each in [*first["media"], *rest["media"]]] == ids
        assert "nextCursor" not in rest
        assert (await agent.get("/v1/media?cursor=x")).fields == ["cursor"]

    async def test_files_of_others_are_not_there(self, agent: Agent, stranger: Agent) -> None:
        media = await agent.upload("a.png", picture())
        path = f"/v1/media/{media['id']}"
        assert (await stranger.get("/v1/media")).body == {"media": []}
        assert (await stranger.get(path)).code == "NOT_FOUND"
        assert (await stranger.ask("DELETE", path)).code == "NOT_FOUND"
        refused = await stranger.tweet(mediaPaths=[media["url"]], whenOffline="queue")
        assert (refused.status, refused.code) == (400, "MEDIA_NOT_AVAILABLE")

    async def test_a_removed_file_is_gone(self, app: web.Application, agent: Agent) -> None:
        media = await agent.upload("a.png", picture())
        assert (await agent.ask("DELETE", f"/v1/media/{media['id']}")).status == 204
        assert (await agent.get(path_of(media["url"]))).status == 404
        assert (await agent.get(f"/v1/media/{media['id']}")).status == 404
        assert files_of(app) == []


class TestLease:
    async def test_only_the_browser_that_holds_the_job_gets_its_files(
        self, agent: Agent, browser: FakeBrowser, url: str
    ) -> None:
        media = await agent.upload("a.png", picture(), alt="A boat.")
        other = await agent.upload("b.png", picture())
        await agent.create(mediaPaths=[media["url"]])
        second = await FakeBrowser.pair(url, agent.key)
        with pytest.raises(RefusedError):
            await browser.media(media["id"])
        pulled = await browser.pull()
        assert pulled is not None
        [file] = pulled.job.media
        assert (file.id, file.alt) == (media["id"], "A boat.")
        assert len(await browser.media(file.id)) == media["size"] == file.size
        for asks, wrong in ((second, file.id), (browser, other["id"]), (browser, "x" * 36)):
            with pytest.raises(RefusedError) as refused:
                await asks.media(wrong)
            assert refused.value.status == 404
        await second.close()

    async def test_a_web_page_gets_none(self, agent: Agent) -> None:
        headers = {"Origin": "https://evil.example"}
        answer = await agent.get(f"/v1/extension/media/{'x' * 36}", headers=headers)
        assert (answer.status, answer.code) == (403, "FORBIDDEN")

    async def test_the_description_of_the_post_comes_before_that_of_the_file(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        first = await agent.upload("a.png", picture(), alt="Of the file.")
        second = await agent.upload("b.png", picture("PNG", (50, 50)), alt="Of the file.")
        job = await agent.create(
            mediaPaths=[first["url"]], media=[{"url": second["url"], "alt": "Of the post."}]
        )
        assert job["mediaPaths"] == [first["url"], second["url"]]
        pulled = await browser.pull()
        assert pulled is not None
        assert [each.alt for each in pulled.job.media] == ["Of the file.", "Of the post."]


class TestPosts:
    @pytest.mark.parametrize(
        "path", ["http://[", "media/a/b/c", "/media/x/y/z.png", "\x7f", "x" * 4096]
    )
    async def test_an_address_that_is_none_is_named(self, agent: Agent, path: str) -> None:
        answer = await agent.tweet(mediaPaths=[path])
        assert (answer.code, answer.fields) == ("MEDIA_NOT_AVAILABLE", ["mediaPaths.0"])

    async def test_the_same_file_may_stand_twice_in_a_post(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        media = await agent.upload("a.png", picture())
        await agent.create(mediaPaths=[media["url"]] * 2)
        pulled = await browser.pull()
        assert pulled is not None
        assert [each.id for each in pulled.job.media] == [media["id"]] * 2

    async def test_all_that_is_wrong_with_the_files_is_said_at_once(self, agent: Agent) -> None:
        tall = await agent.upload("tall.mp4", video(size=(32, 400)))
        webm = await agent.upload("a.webm", video("webm"))
        answer = await agent.tweet(
            text="x" * 281, mediaPaths=[tall["url"], webm["url"], "ftp://a/b.png"]
        )
        assert (answer.status, answer.code) == (400, "VALIDATION_FAILED")
        assert [(each["field"], each["code"]) for each in answer.body["errors"]] == [
            ("text", "CONTENT_TOO_LONG"),
            ("mediaPaths.2", "MEDIA_NOT_AVAILABLE"),
            ("mediaPaths.0", "UNSUPPORTED_MEDIA_CONFIG"),
            ("mediaPaths.1", "UNSUPPORTED_MEDIA_TYPE"),
        ]

    async def test_a_file_that_has_not_come_yet_cannot_be_posted(self, agent: Agent) -> None:
        target = await prepare(agent)
        answer = await agent.tweet(mediaPaths=[target["url"]])
        assert (answer.code, answer.fields) == ("MEDIA_NOT_AVAILABLE", ["mediaPaths.0"])

    async def test_a_repeated_request_needs_its_files_no_more(
        self, app: web.Application, agent: Agent, still_clock: StillClock
    ) -> None:
        media = await agent.upload("a.png", picture())
        wanted: dict[str, Any] = {
            "mediaPaths": [media["url"]],
            "idempotencyKey": "one",
            "whenOffline": "queue",
        }
        job = await agent.create(**wanted)
        await agent.post(f"/v1/jobs/{job['id']}/cancel")
        still_clock.move(8 * DAY.total_seconds())
        assert await app[MEDIA].clean() == 1
        again = await agent.tweet(**wanted)
        assert (again.status, again.body["id"]) == (201, job["id"])
        other = await agent.tweet(**wanted | {"mediaPaths": ["http://127.0.0.1/a.png"]})
        assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")
