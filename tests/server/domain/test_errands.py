"""What an errand brought back: checked, cleaned, weighed."""

from typing import Any

import pytest

from postbroker.catalogue import load_platforms
from postbroker.domain.errands import answer_of
from postbroker.domain.job import Job
from server.samples import a_job

FACEBOOK = load_platforms()["facebook"]


def a_search(query: str = "sourdough bakers", **options: Any) -> Job:
    return a_job(text=query, platform="facebook", kind="group_search", options=options)


def found(name: str = "Sourdough bakers", group_id: str = "157", **more: Any) -> dict[str, Any]:
    return {"name": name, "url": f"https://www.facebook.com/groups/{group_id}", **more}


def results_of(job: Job, *groups: dict[str, Any], own_host: str | None = None) -> list[Any]:
    details = {"groupSearch": {"results": list(groups)}}
    answer = answer_of(job, details, FACEBOOK, own_host)
    return list(answer["groupSearch"]["results"])


class TestSearch:
    def test_a_group_is_told_with_its_score_and_the_reasons(self) -> None:
        group = found(privacy="public", memberCount=1000, activityPerDay=5, joinStatus="joined")
        assert results_of(a_search(), group) == [
            {
                **group,
                "score": 0.8,
                "reasons": [
                    "its name holds bakers",
                    "its name holds sourdough",
                    "1000 members",
                    "about 5 posts a day",
                ],
                "signals": {"keywordHit": True, "memberCount": 1000, "activityPerDay": 5.0},
            }
        ]

    def test_what_a_page_does_not_tell_is_unknown(self) -> None:
        [result] = results_of(a_search(), found("Bread"))
        assert (result["privacy"], result["joinStatus"]) == ("unknown", "unknown")
        assert (result["score"], result["signals"]) == (0, {"keywordHit": False})

    def test_the_best_come_first_and_no_more_than_were_asked_for(self) -> None:
        names = [
            result["name"]
            for result in results_of(
                a_search(limit=2),
                found("Bread", "1"),
                found("Sourdough", "2"),
                found("Sourdough bakers", "3"),
            )
        ]
        assert names == ["Sourdough bakers", "Sourdough"]

    def test_a_group_is_told_once_in_the_one_spelling_of_its_address(self) -> None:
        again = found() | {"url": "https://m.facebook.com/groups/157/?ref=search"}
        [result] = results_of(a_search(), again, found())
        assert result["url"] == "https://www.facebook.com/groups/157"

    @pytest.mark.parametrize(
        ("filters", "group", "is_kept"),
        [
            ({"minMembers": 100}, {"memberCount": 99}, False),
            ({"minMembers": 100}, {"memberCount": 100}, True),
            ({"minMembers": 100}, {}, True),
            ({"privacy": "public"}, {"privacy": "private"}, False),
            ({"privacy": "public"}, {"privacy": "public"}, True),
            ({"privacy": "public"}, {}, True),
            ({"privacy": "any"}, {"privacy": "private"}, True),
        ],
    )
    def test_filters_leave_out_what_says_to_be_otherwise(
        self, filters: dict[str, Any], group: dict[str, Any], *, is_kept: bool
    ) -> None:
        assert bool(results_of(a_search(filters=filters), found(**group))) is is_kept

    def test_addresses_of_no_group_are_left_out(self) -> None:
        groups = [
            found() | {"url": url}
            for url in ("https://evil.example/groups/1", "https://www.facebook.com/ada")
        ]
        assert results_of(a_search(), *groups) == []

    def test_a_search_in_the_sandbox_finds_groups_of_the_simulation(self) -> None:
        url = "http://127.0.0.1:8787/sandbox/facebook/groups/157"
        [result] = results_of(a_search(), found() | {"url": url}, own_host="127.0.0.1")
        assert result["url"] == url

    def test_no_group_is_an_answer(self) -> None:
        assert results_of(a_search()) == []

    @pytest.mark.parametrize(
        "details",
        [
            {},
            {"groupSearch": []},
            {"groupSearch": {"results": [{"name": "Bread"}]}},
            {"groupSearch": {"results": [found(memberCount=-1)]}},
            {"groupSearch": {"results": [found(html="<b>")]}},
            {"groupSearch": {"results": [found(joinStatus="perhaps")]}},
        ],
    )
    def test_what_is_no_list_of_groups_is_no_answer(self, details: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="validation error"):
            answer_of(a_search(), details, FACEBOOK, None)


class TestButton:
    @pytest.mark.parametrize("state", ["joined", "requested", "not_member"])
    def test_its_state_is_kept_beside_what_else_was_read(self, state: str) -> None:
        job = a_job(text="", platform="facebook", kind="group_status", options={"groupId": "157"})
        details = {"buttonState": state, "label": "Join group"}
        assert answer_of(job, details, FACEBOOK, None) == details

    @pytest.mark.parametrize("details", [{}, {"buttonState": "unknown"}, {"buttonState": None}])
    def test_another_state_is_no_answer(self, details: dict[str, Any]) -> None:
        job = a_job(text="", platform="facebook", kind="group_join", options={"groupId": "157"})
        with pytest.raises(ValueError, match="buttonState"):
            answer_of(job, details, FACEBOOK, None)
