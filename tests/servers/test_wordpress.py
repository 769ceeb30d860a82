"""WordPress on a real site: what it shows is the judge."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from postbroker.clock import SystemClock
from postbroker.domain.media import Attached
from postbroker.egress.calls import Answer
from postbroker.platforms.adapter import Draft, Identity
from postbroker.platforms.outcome import (
    Absent,
    AuthRevoked,
    Published,
    TroubleError,
    Unknown,
)
from postbroker.platforms.wordpress import ADAPTER
from server.doubles.clock import StillClock
from server.doubles.files import picture
from server.doubles.platforms.api import LoopbackApi, attached
from server.doubles.platforms.publication import KilledError, Publication
from servers.blog import Blog, running_blog

ALT = 'Half teal, half "gold"'


@pytest.fixture
async def api(blog: Blog) -> AsyncIterator[LoopbackApi]:
    """The user, connected by the application password."""
    api = of(blog)
    api.identity, api.credentials = await ADAPTER.connect(api)
    yield api
    await api.close()


class PatientApi(LoopbackApi):
    """PHP on WebAssembly takes a second for an answer."""

    async def send(self, method: str, url: str, *, seconds: float = 60, **what: Any) -> Answer:
        return await super().send(method, url, seconds=seconds, **what)


def of(blog: Blog, **typed: str) -> LoopbackApi:
    return PatientApi(
        blog.url,
        StillClock(SystemClock().now()),
        credentials={"username": blog.username, "app_password": blog.app_password, **typed},
        identity=Identity("", ""),
        app={},
    )


def a_draft(text: str, media: Sequence[Attached] = (), **options: Any) -> Draft:
    return Draft(text, media, options, "post")


async def publish(api: LoopbackApi, draft: Draft) -> Published:
    """Publish what the rules allow; anything but success fails the test."""
    assert ADAPTER.validate(draft, await ADAPTER.capabilities(api)) == []
    outcome = await Publication(ADAPTER, api, draft).publish()
    assert isinstance(outcome, Published), outcome
    return outcome


async def test_the_user_is_told_by_name_and_host(api: LoopbackApi, blog: Blog) -> None:
    assert api.identity.handle == f"admin@{blog.url.removeprefix('http://')}"
    assert api.identity.more == {"rest": "/wp-json"}


async def test_a_text_with_a_link_is_shown_as_it_is(api: LoopbackApi, blog: Blog) -> None:
    text = "Tea & <cake>\n\nAt four: https://example.com/ü?a=1&b=2\nby the pier.\n\n👋 Come!"
    post = await publish(api, a_draft(text))
    [shown] = blog.posts("Come!")
    assert shown["title"]["raw"] == "Tea &amp; &lt;cake&gt;"
    assert "<p>At four: https://example.com/ü?a=1&amp;b=2<br>" in shown["content"]["raw"]
    assert post.url == shown["link"] == f"{blog.url}/tea-cake/"
    assert await ADAPTER.metrics(api, [post]) == [{"comments": 0}]


async def test_a_picture_has_its_description_and_is_the_posts_own(
    api: LoopbackApi, blog: Blog
) -> None:
    content = picture()
    file = attached(content, "image/png", ALT)
    api.files = {file.media.id: content}
    await publish(api, a_draft("A picture\n\nof gold", [file], slug="gold"))
    [shown] = blog.posts("of gold")
    media = blog.ask(f"/wp-json/wp/v2/media/{shown['featured_media']}?context=edit")
    assert media["alt_text"] == ALT
    assert "Half teal, half &quot;gold&quot;" in shown["content"]["raw"]
    assert shown["slug"] == "gold"


async def test_publishing_again_changes_nothing(api: LoopbackApi, blog: Blog) -> None:
    publication = Publication(ADAPTER, api, a_draft("Said twice"))
    first = await publication.publish()
    assert await publication.commit() == first
    assert len(blog.posts("Said twice")) == 1


async def test_the_same_words_again_are_another_post(api: LoopbackApi, blog: Blog) -> None:
    first, second = [await publish(api, a_draft("Good morning")) for _ in range(2)]
    assert first.url != second.url
    assert len(blog.posts("Good morning")) == 2


async def test_a_draft_that_was_made_before_a_death_is_found(api: LoopbackApi, blog: Blog) -> None:
    publication = Publication(ADAPTER, api, a_draft("Found again"))
    with pytest.raises(KilledError):
        await publication.prepare(dies_at=2)
    publication.saved.pop()
    assert isinstance(await publication.publish(), Published)
    assert len(blog.posts("Found again")) == 1
    assert blog.posts("Found again", "draft") == []


async def test_a_draft_is_not_published(api: LoopbackApi) -> None:
    publication = Publication(ADAPTER, api, a_draft("Not yet"))
    await publication.prepare()
    assert isinstance(await publication.reconcile(), Absent)
    post = await publication.commit()
    assert await publication.reconcile() == post


async def test_removing_puts_it_into_the_bin(api: LoopbackApi, blog: Blog) -> None:
    post = await publish(api, a_draft("Thrown away"))
    await ADAPTER.delete(api, post)
    assert blog.posts("Thrown away") == []
    assert len(blog.posts("Thrown away", "trash")) == 1
    await ADAPTER.delete(api, post)


@pytest.mark.parametrize("typed", [{"app_password": "wrong"}, {"username": "nobody"}])
async def test_a_wrong_password_is_told_as_such(blog: Blog, typed: dict[str, str]) -> None:
    api = of(blog, **typed)
    with pytest.raises(TroubleError) as refused:
        await ADAPTER.connect(api)
    assert isinstance(refused.value.trouble, AuthRevoked)
    await api.close()


async def test_a_password_that_is_taken_back_ends_the_connection(
    api: LoopbackApi, blog: Blog
) -> None:
    api.credentials = {**api.credentials, "app_password": "taken back"}
    outcome = await Publication(ADAPTER, api, a_draft("Shut out")).publish()
    assert isinstance(outcome, AuthRevoked)


async def test_the_trap_of_the_first_request(tmp_path: Path) -> None:
    """A fresh site sends its first request elsewhere, and a client that follows a POST there is
    answered with a list of posts, which looks like success."""
    with running_blog(tmp_path, is_warm=False) as blog:
        api = of(blog)
        api.identity = Identity("1", "admin", base_url=blog.url)
        publication = Publication(ADAPTER, api, a_draft("First of all"))
        publication.saved = ['{"name": "draft-0011223344556677", "files": {}, "post": 1}']
        assert isinstance(await publication.commit(), Unknown)
        publication.saved = ["{}"]
        assert isinstance(await publication.publish(), Published)
        await api.close()
        assert len(blog.posts("First of all")) == 1
