"""Who may act on a job, until when, and the one leave to press."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postbroker.domain.job import TransitionError
from postbroker.domain.lease import (
    Busy,
    Holding,
    Obstacle,
    PermitRefusal,
    grant_permit,
    is_held_by,
    may_verify,
    permit_refusal,
    renew,
    take_to_publish,
    take_to_verify,
)
from server.doubles.clock import START
from server.samples import (
    PUBLISH,
    RULES,
    a_committing_job,
    a_doubtful_job,
    a_job,
    a_job_being_looked_for,
    a_leased_job,
    composed,
    lease_of,
)

SECOND = timedelta(seconds=1)


class TestTaking:
    def test_a_lease_begins_an_attempt_with_a_new_epoch(self) -> None:
        before = a_job(
            attempt=1, epoch=4, error_code="browser_lost", error="silent", stage="pressed"
        )
        job = take_to_publish(before, "lease-00009", "browser-1", RULES, START)
        lease = lease_of(job)
        assert (job.state, job.attempt, job.epoch, lease.epoch) == ("leased", 2, 5, 5)
        assert (job.stage, job.error_code, job.error) == ("preparing", None, None)
        assert (lease.expires_at, lease.limit_at) == (
            START + RULES.lease,
            START + RULES.lease_limit,
        )
        assert job.deadline_at == lease.limit_at

    def test_a_job_with_a_video_has_more_time_in_all_and_no_more_between_two_words(self) -> None:
        job = take_to_publish(a_job(), "lease-00009", "browser-1", RULES, START, has_video=True)
        lease = lease_of(job)
        assert lease.expires_at == START + RULES.lease
        assert lease.limit_at == job.deadline_at == START + RULES.lease_limit_video

    def test_only_a_queued_job_is_leased(self) -> None:
        with pytest.raises(TransitionError):
            take_to_publish(a_job("published"), "lease-00009", "browser-1", RULES, START)

    def test_a_look_leaves_the_outcome_unknown_and_fences_the_publisher_off(self) -> None:
        doubtful = a_doubtful_job()
        publisher = lease_of(doubtful)
        job = take_to_verify(doubtful, "lease-00002", "browser-2", RULES, START)
        assert (job.state, job.attempt) == ("outcome_unknown", doubtful.attempt)
        assert not is_held_by(job, publisher.id, publisher.epoch, publisher.browser_id)
        assert is_held_by(job, "lease-00002", publisher.epoch + 1, "browser-2")


class TestHolding:
    @pytest.mark.parametrize(
        ("lease_id", "epoch", "browser_id"),
        [
            ("lease-00009", 1, "browser-1"),
            ("lease-00001", 2, "browser-1"),
            ("lease-00001", 1, "browser-2"),
        ],
    )
    def test_a_lease_is_held_by_id_epoch_and_browser_together(
        self, lease_id: str, epoch: int, browser_id: str
    ) -> None:
        job = a_leased_job()
        assert is_held_by(job, "lease-00001", 1, "browser-1")
        assert not is_held_by(job, lease_id, epoch, browser_id)

    def test_nobody_holds_a_job_without_a_lease(self) -> None:
        assert not is_held_by(a_job(), "lease-00001", 1, "browser-1")

    def test_each_step_gives_the_lease_its_full_length_again(self) -> None:
        later = START + 50 * SECOND
        job = renew(a_leased_job(), "insert_text", RULES, later)
        assert job.step == "insert_text"
        assert lease_of(job).expires_at == later + RULES.lease

    def test_renewing_never_reaches_beyond_the_limit(self) -> None:
        almost = START + RULES.lease_limit - SECOND
        job = renew(a_leased_job(), "insert_text", RULES, almost)
        assert lease_of(job).expires_at == START + RULES.lease_limit

    @pytest.mark.parametrize("job", [a_committing_job(), a_doubtful_job()])
    def test_a_step_after_the_permit_leaves_the_deadline_where_it_is(self, job: Any) -> None:
        assert lease_of(renew(job, "confirm", RULES, START)) == lease_of(job)

    def test_a_look_is_renewed_like_a_publish_lease(self) -> None:
        job = a_job_being_looked_for()
        later = START + 30 * SECOND
        assert lease_of(renew(job, "look_for_post", RULES, later)).expires_at == later + RULES.lease

    def test_a_job_without_a_lease_is_not_renewed(self) -> None:
        assert renew(a_job(), "confirm", RULES, START) == a_job()


class TestPermit:
    def test_there_is_leave_for_what_was_asked_for(self) -> None:
        job = a_leased_job(account="@Ada")
        assert permit_refusal(job, composed(job), is_paused=False, now=START) is None

    @pytest.mark.parametrize(
        ("changes", "held", "is_paused", "seconds", "reason"),
        [
            ({}, {}, False, 60, "not_leased"),
            ({}, {}, True, 0, "paused"),
            ({}, {"expires_at": START}, False, 0, "expired"),
            ({"account": "bob"}, {"account": "@ada"}, False, 0, "account_differs"),
            ({"text_sha256": "0" * 64}, {}, False, 0, "text_differs"),
            ({"media_count": 1}, {}, False, 0, "media_differs"),
            ({"target": "12345"}, {}, False, 0, "target_differs"),
            ({"target": "feed"}, {"options": {"groupId": 12345}}, False, 0, "target_differs"),
        ],
    )
    def test_there_is_no_leave_for_anything_else(
        self,
        changes: dict[str, Any],
        held: dict[str, Any],
        is_paused: bool,
        seconds: int,
        reason: PermitRefusal,
    ) -> None:
        job = a_leased_job(**held)
        now = START + seconds * SECOND
        refusal = permit_refusal(job, composed(job, **changes), is_paused=is_paused, now=now)
        assert refusal == reason

    @pytest.mark.parametrize("job", [a_committing_job(), a_job_being_looked_for(), a_job()])
    def test_there_is_no_second_leave_and_none_to_look(self, job: Any) -> None:
        assert permit_refusal(job, composed(job), is_paused=False, now=START) == "not_leased"

    def test_a_group_may_be_named_by_a_number(self) -> None:
        job = a_leased_job(options={"groupId": 12345})
        asked = composed(job, target="12345")
        assert permit_refusal(job, asked, is_paused=False, now=START) is None

    def test_a_permit_bounds_the_press_and_remembers_who_composed_what(self) -> None:
        job = a_committing_job(hint_url="https://x.com/ada/status/7", looks=3, absences=2)
        until = START + RULES.permit + PUBLISH
        assert (job.state, job.presses, job.permit_id) == ("committing", 1, "permit-0001")
        assert (job.deadline_at, lease_of(job).expires_at, lease_of(job).limit_at) == (until,) * 3
        assert (job.composed_account, job.poster_id) == ("ada", "browser-1")
        assert (job.looks, job.absences, job.hint_url) == (0, 0, None)

    def test_a_permit_lives_inside_a_lease(self) -> None:
        job = replace(a_leased_job(), lease=None)
        with pytest.raises(ValueError, match="inside a lease"):
            grant_permit(job, "permit-0001", composed(job), PUBLISH, RULES, START)


def held_by(browser_id: str, account: str | None = None, **changes: Any) -> Holding:
    return Holding(browser_id, **{"platform": "x", "sandbox": False, **changes}, account=account)


class TestFairness:
    def test_a_browser_holds_no_more_than_it_may(self) -> None:
        held = [held_by("browser-1", platform="linkedin")]
        assert Busy(held, 1).obstacle(a_job(), "browser-1", None) == "browser"
        assert Busy(held, 2).obstacle(a_job(), "browser-1", None) is None

    def test_a_browser_does_one_job_of_a_platform_at_a_time(self) -> None:
        busy = Busy([held_by("browser-1", "bob")], 2)
        assert busy.obstacle(a_job(account="ada"), "browser-1", None) == "browser"

    @pytest.mark.parametrize(
        ("job", "logged_in", "obstacle"),
        [
            ({"account": "@ada"}, None, "account"),
            ({"account": "@ada"}, "ada", "account"),
            ({}, "Ada", "browser"),
        ],
    )
    def test_two_browsers_never_work_on_one_account_at_once(
        self, job: dict[str, Any], logged_in: str | None, obstacle: Obstacle
    ) -> None:
        busy = Busy([held_by("browser-2", "ADA")], 1)
        assert busy.obstacle(a_job(**job), "browser-1", logged_in) == obstacle

    @pytest.mark.parametrize(
        ("job", "logged_in", "theirs"),
        [
            ({"account": "@ada"}, None, held_by("browser-2", "bob")),
            ({}, "ada", held_by("browser-2", "bob")),
            ({}, None, held_by("browser-2")),
            ({}, None, held_by("browser-2", "ada")),
            ({"account": "ada"}, None, held_by("browser-2", "ada", sandbox=True)),
            ({"account": "ada"}, None, held_by("browser-2", "ada", platform="linkedin")),
        ],
    )
    def test_two_browsers_work_on_two_accounts_at_once(
        self, job: dict[str, Any], logged_in: str | None, theirs: Holding
    ) -> None:
        assert Busy([theirs], 1).obstacle(a_job(**job), "browser-1", logged_in) is None

    def test_what_is_added_is_heeded(self) -> None:
        busy = Busy([], 1)
        busy.add(held_by("browser-1", "ada"))
        assert busy.obstacle(a_job(account="ada"), "browser-2", None) == "account"

    def test_who_pressed_looks_and_another_only_while_that_one_is_away(self) -> None:
        job = a_doubtful_job()
        assert may_verify(job, "browser-1", ["browser-1", "browser-2"])
        assert not may_verify(job, "browser-2", ["browser-1", "browser-2"])
        assert may_verify(job, "browser-2", ["browser-2"])
