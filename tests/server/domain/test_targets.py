"""Where a job goes: a group's id or what a comment answers, from what the caller wrote."""

from typing import Any

import pytest

from postbroker.catalogue import load_platforms
from postbroker.contract.words import Kind
from postbroker.domain.targets import TargetError, read_target

FACEBOOK, REDDIT, X = (load_platforms()[id_] for id_ in ("facebook", "reddit", "x"))
POST = "https://www.reddit.com/r/bread/comments/1abcde"


class TestGroup:
    @pytest.mark.parametrize(
        ("given", "group_id"),
        [
            ({"groupId": "1577315533418837"}, "1577315533418837"),
            ({"groupId": 1577315533418837}, "1577315533418837"),
            ({"groupId": "sour.dough-bakers"}, "sour.dough-bakers"),
            ({"groupUrl": "https://www.facebook.com/groups/157/"}, "157"),
            ({"groupUrl": "https://m.facebook.com/groups/bakers?ref=share"}, "bakers"),
            ({"groupUrl": " https://facebook.com/groups/157/posts/9 "}, "157"),
            ({"groupId": "157", "groupUrl": "https://web.facebook.com/groups/157"}, "157"),
        ],
    )
    def test_a_group_has_one_spelling(self, given: dict[str, Any], group_id: str) -> None:
        assert read_target(FACEBOOK, "post", given, None) == {"groupId": group_id}

    def test_other_options_stay(self) -> None:
        given = {"groupUrl": "https://www.facebook.com/groups/157", "audience": "friends"}
        wanted = {"groupId": "157", "audience": "friends"}
        assert read_target(FACEBOOK, "post", given, None) == wanted

    @pytest.mark.parametrize(
        ("given", "field", "message"),
        [
            ({"groupId": "https://www.facebook.com/groups/1"}, "groupId", "send it as groupUrl"),
            ({"groupId": "feed"}, "groupId", "number or the name"),
            ({"groupId": ""}, "groupId", "number or the name"),
            ({"groupId": True}, "groupId", "number or the name"),
            ({"groupId": ["1"]}, "groupId", "number or the name"),
            ({"groupUrl": 7}, "groupUrl", "begins with https://www.facebook.com/"),
            ({"groupUrl": "javascript:alert(1)"}, "groupUrl", "begins with"),
            ({"groupUrl": "https://evil.example/groups/1"}, "groupUrl", "begins with"),
            ({"groupUrl": "https://notfacebook.com/groups/1"}, "groupUrl", "begins with"),
            ({"groupUrl": "https://www.facebook.com:8443/groups/1"}, "groupUrl", "begins with"),
            ({"groupUrl": "https://[facebook.com/groups/1"}, "groupUrl", "begins with"),
            ({"groupUrl": "https://me:pw@www.facebook.com/groups/1"}, "groupUrl", "user name"),
            ({"groupUrl": "https://www.facebook.com/groups/joins/"}, "groupUrl", "such as"),
            ({"groupUrl": "https://www.facebook.com/ada"}, "groupUrl", "such as"),
            (
                {"groupId": "1", "groupUrl": "https://www.facebook.com/groups/2"},
                "groupUrl",
                "it names 2, groupId names 1",
            ),
        ],
    )
    def test_what_is_no_group_is_refused_by_its_field(
        self, given: dict[str, Any], field: str, message: str
    ) -> None:
        with pytest.raises(TargetError, match=message) as refused:
            read_target(FACEBOOK, "post", given, None)
        assert refused.value.field == field

    @pytest.mark.parametrize("kind", ["group_join", "group_status"])
    def test_an_errand_to_a_group_needs_one(self, kind: Kind) -> None:
        with pytest.raises(TargetError, match="groupId: name the group"):
            read_target(FACEBOOK, kind, {}, None)

    @pytest.mark.parametrize(
        ("kind", "given", "field"),
        [
            ("post", {"groupId": "1"}, "groupId"),
            ("post", {"groupUrl": "https://x.com/groups/1"}, "groupUrl"),
            ("group_search", {"query": "bread"}, "platform"),
        ],
    )
    def test_where_there_are_no_groups_nothing_goes_to_one(
        self, kind: Kind, given: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(TargetError, match="X takes no groups here") as refused:
            read_target(X, kind, given, None)
        assert refused.value.field == field

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:8787/sandbox/facebook/groups/157/",
            "https://broker.example/sandbox/facebook/groups/157",
            "https://www.facebook.com/groups/157",
        ],
    )
    def test_a_sandbox_job_may_name_a_group_of_the_simulation(self, url: str) -> None:
        options = read_target(FACEBOOK, "post", {"groupUrl": url}, "broker.example")
        assert options == {"groupId": "157"}

    def test_any_other_job_may_not(self) -> None:
        url = "http://127.0.0.1:8787/sandbox/facebook/groups/157/"
        with pytest.raises(TargetError, match="begins with"):
            read_target(FACEBOOK, "post", {"groupUrl": url}, None)


class TestComment:
    @pytest.mark.parametrize(
        ("url", "target_id", "target_url"),
        [
            (POST, "1abcde", POST),
            (f"{POST}/my_first_loaf/?sort=new#x", "1abcde", POST),
            (f"{POST}/my_first_loaf/kx9/", "1abcde/kx9", f"{POST}/my_first_loaf/kx9"),
            (f"{POST}/comment/kx9/?context=3", "1abcde/kx9", f"{POST}/comment/kx9"),
            (POST.replace("www", "old"), "1abcde", POST),
            (
                "https://www.reddit.com/user/ada/comments/1abcde/loaf/",
                "1abcde",
                "https://www.reddit.com/user/ada/comments/1abcde",
            ),
        ],
    )
    def test_what_it_answers_has_one_spelling(
        self, url: str, target_id: str, target_url: str
    ) -> None:
        options = read_target(REDDIT, "comment", {"targetUrl": url}, None)
        assert options == {"targetUrl": target_url, "targetId": target_id}

    @pytest.mark.parametrize(
        "url",
        [
            "https://www.reddit.com/r/bread/",
            "https://redd.it/1abcde",
            "https://www.reddit.com/r/bread/s/AbCdEf",
            "https://x.com/ada/status/1",
            "not an address",
            None,
        ],
    )
    def test_what_cannot_be_answered_is_refused(self, url: str | None) -> None:
        with pytest.raises(TargetError) as refused:
            read_target(REDDIT, "comment", {"targetUrl": url}, None)
        assert refused.value.field == "targetUrl"

    def test_a_platform_without_comments_takes_none(self) -> None:
        with pytest.raises(TargetError, match="platform: X takes no comments here"):
            read_target(X, "comment", {"targetUrl": POST}, None)


def test_a_post_without_a_target_goes_to_the_feed() -> None:
    assert read_target(X, "post", {"thread": ["more"]}, None) == {"thread": ["more"]}


@pytest.mark.parametrize("field", ["targetId", "targetUrl"])
def test_a_post_answers_nothing(field: str) -> None:
    with pytest.raises(TargetError, match=f"{field}: only a comment answers"):
        read_target(X, "post", {field: "1001"}, None)


def test_where_there_is_no_feed_no_post_goes() -> None:
    groups_alone = FACEBOOK.model_copy(update={"places": {"group": FACEBOOK.places["group"]}})
    with pytest.raises(TargetError, match="platform: Facebook takes no posts here"):
        read_target(groups_alone, "post", {}, None)
