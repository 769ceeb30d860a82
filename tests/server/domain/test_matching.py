"""Whether a live post belongs to a job: its address, its author and its text."""

from typing import Any

import pytest

from postbroker.domain.matching import doubt, find_permalink, same_handle, same_text
from server.samples import POST_URL, X, a_committing_job, evidence

TWO_KINDS = X.model_copy(
    update={"permalinks": ["^/p/(?<id>\\w+)/?$", "^/(?<handle>\\w+)/posts/(?<id>\\w+)/?$"]}
)
LINK = "https://example.com/a/very/long/path/to/a/page"


class TestText:
    @pytest.mark.parametrize(
        ("wanted", "shown"),
        [
            ("Hello world", "Hello world"),
            ("Hello  world\n", "Hello\nworld"),
            ("cafe\u0301", "café"),
            ("❤\ufe0f love", "❤ love"),
            ("a\u200bb\u2060c", "abc"),
            ("\u202eabc\u202c", "abc"),
            ("soft\u00adware", "software"),
            (f"see {LINK}", "see example.com/a/very/long/pa…"),
            (f"see {LINK}", f"see {LINK}"),
            (f"see ({LINK}).", "see (example.com/a/very/lo…)."),
            ("see https://www.example.com/", "see example.com"),
            (f"see ({LINK}).", "see (https://lnkd.in/eAb-1_2)."),
            ("see http://example.com/.", "see example.com."),
            ("see www.example.com", "see example.com"),
            ("wait…", "wait…"),
            ("👩\u200d👩\u200d👧 hi", "👩👩👧 hi"),
        ],
    )
    def test_what_a_platform_changes_does_not_count(self, wanted: str, shown: str) -> None:
        assert same_text(wanted, shown)

    @pytest.mark.parametrize(
        ("wanted", "shown"),
        [
            ("Hello world", "Hello there"),
            ("Hello world", "Hello world!"),
            ("Hello", "hello"),
            ("Hello world", "Hello"),
            ("Hello", "Hello world"),
            (f"see {LINK}", "see example.com/another/pa…"),
            (f"see {LINK}", "see example…"),
            (f"see ({LINK})", "see (example.com/a/very/lo…]"),
            ("supercalifragilisticexpialidocious", "supercalifragilistic…"),
            ("see this", "see https://lnkd.in/eAb12"),
            (f"see {LINK}", "see https://lnkd.in/eAb12/more"),
            ("see example.com/a/b/c", "see example.com/a/b/…/b/c"),
        ],
    )
    def test_everything_else_counts(self, wanted: str, shown: str) -> None:
        assert not same_text(wanted, shown)


class TestHandle:
    @pytest.mark.parametrize("other", ["ada", "@ada", "Ada", "@ADA"])
    def test_case_and_the_at_sign_do_not_count(self, other: str) -> None:
        assert same_handle("@Ada", other)

    @pytest.mark.parametrize(("one", "other"), [("ada", "adam"), (None, "ada"), ("ada", None)])
    def test_an_unknown_or_another_handle_is_not_the_same(
        self, one: str | None, other: str | None
    ) -> None:
        assert not same_handle(one, other)


class TestPermalink:
    @pytest.mark.parametrize(
        "url",
        [
            POST_URL,
            "https://x.com/ada/status/1001/",
            "https://www.x.com/ada/status/1001?s=20",
            "https://twitter.com/ada/status/1001#reply",
            "https://x.com:443/ada/status/1001",
            "https://somebody@x.com/ada/status/1001",
        ],
    )
    def test_one_post_has_one_spelling(self, url: str) -> None:
        found = find_permalink(X, url, None)
        assert found is not None
        assert (found.handle, found.post_id, found.url) == ("ada", "1001", POST_URL)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "http://x.com/ada/status/1001",
            "https://x.com.example.net/ada/status/1001",
            "https://example.net/ada/status/1001",
            "https://example.net/x.com/ada/status/1001",
            "https://x.com/ada",
            "https://x.com/ada/status/1001/photo/1",
            "https://x.com/ada/status/10o1",
            "https://[x.com/ada/status/1001",
            "javascript:alert(1)//x.com/ada/status/1001",
            "https://127.0.0.1:8787/sandbox/x/ada/status/1001",
        ],
    )
    def test_what_is_no_permalink_of_the_platform_is_none(self, url: str) -> None:
        assert find_permalink(X, url, None) is None

    def test_where_every_server_has_its_own_host_the_path_alone_tells(self) -> None:
        everywhere = X.model_copy(update={"hosts": []})
        found = find_permalink(everywhere, "https://you@social.example/ada/status/1001?x", None)
        assert found is not None
        assert found.url == "https://social.example/ada/status/1001"
        assert find_permalink(everywhere, "http://social.example/ada/status/1001", None) is None
        assert find_permalink(everywhere, "https://social.example/ada", None) is None

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:8787/sandbox/x/ada/status/1001",
            "http://you@127.0.0.1:8787/sandbox/x/ada/status/1001/?s=20",
        ],
    )
    def test_a_job_for_the_sandbox_has_its_post_below_the_sandbox(self, url: str) -> None:
        found = find_permalink(X, url, "broker.example")
        assert found is not None
        assert found.url == "http://127.0.0.1:8787/sandbox/x/ada/status/1001"

    @pytest.mark.parametrize("host", ["broker.example", "localhost:8787", "[::1]:8787"])
    def test_the_sandbox_is_at_the_broker_itself(self, host: str) -> None:
        url = f"http://{host}/sandbox/x/ada/status/1001"
        assert find_permalink(X, url, "broker.example") is not None

    @pytest.mark.parametrize(
        "url",
        [
            POST_URL,
            "http://127.0.0.1/sandbox/linkedin/ada/status/1001",
            "https://evil.example/sandbox/x/ada/status/1001",
            "http://broker.example@evil.example/sandbox/x/ada/status/1001",
        ],
    )
    def test_a_post_elsewhere_is_none_of_the_sandbox(self, url: str) -> None:
        assert find_permalink(X, url, "broker.example") is None

    @pytest.mark.parametrize(
        ("path", "handle", "post_id"),
        [
            ("/p/Ab1/", None, "Ab1"),
            ("/ada/posts/7", "ada", "7"),
            ("/ada/p/Ab1/", None, None),
        ],
    )
    def test_the_first_pattern_that_fits_counts(
        self, path: str, handle: str | None, post_id: str | None
    ) -> None:
        found = find_permalink(TWO_KINDS, f"https://x.com{path}", None)
        assert (found and found.handle, found and found.post_id) == (handle, post_id)


class TestDoubt:
    def test_the_right_post_seen_live_leaves_none(self) -> None:
        job = a_committing_job()
        seen = find_permalink(X, POST_URL, None)
        assert doubt(job, seen, evidence(job)) is None

    @pytest.mark.parametrize(
        ("url", "changes", "reason"),
        [
            ("https://x.com/home", {}, "no permalink"),
            ("https://x.com/bob/status/1001", {}, "author"),
            (POST_URL, {"account": "bob"}, "author"),
            (POST_URL, {"account": None}, "author"),
            (POST_URL, {"seen_live": False}, "not seen live"),
            (POST_URL, {"text": "Hello"}, "text differs"),
            (POST_URL, {"text": None}, "text differs"),
        ],
    )
    def test_anything_less_leaves_a_doubt(
        self, url: str, changes: dict[str, Any], reason: str
    ) -> None:
        job = a_committing_job()
        found = doubt(job, find_permalink(X, url, None), evidence(job, **changes))
        assert found is not None
        assert reason in found

    def test_the_post_of_whoever_else_is_logged_in_now_proves_nothing(self) -> None:
        job = a_committing_job()
        url = "https://x.com/bob/status/1001"
        seen = find_permalink(X, url, None)
        assert doubt(job, seen, evidence(job, account="bob")) is not None

    @pytest.mark.parametrize(("author", "is_proof"), [("ada", True), ("bob", False), (None, False)])
    def test_where_the_address_names_no_author_the_page_must(
        self, author: str | None, *, is_proof: bool
    ) -> None:
        job = a_committing_job()
        seen = find_permalink(TWO_KINDS, "https://x.com/p/Ab1", None)
        assert (doubt(job, seen, evidence(job, account=author)) is None) is is_proof

    def test_an_address_without_evidence_proves_nothing(self) -> None:
        seen = find_permalink(X, POST_URL, None)
        assert doubt(a_committing_job(), seen, None) == "there is no evidence"
