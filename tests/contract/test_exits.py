"""The exit code of every error code: it follows from who must act, or stands here by name."""

import pytest

from postbroker.cli.exits import OWN_EXITS, Ended, Exit, exit_of
from postbroker.contract.problems import ErrorCode
from postbroker.errors import error_codes

CODES = error_codes()
OF_THE_CLIENT = {"INVALID_SETTING", "NO_KEY", "LOGIN_NEEDED"}
"""Codes that the command line itself ends with."""


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
class TestCode:
    def test_it_never_ends_as_done(self, code: ErrorCode) -> None:
        assert exit_of(code.code, code.kind) is not Exit.DONE

    def test_a_user_who_must_act_is_a_person_who_is_needed(self, code: ErrorCode) -> None:
        if code.actor == "user" and code.code not in OWN_EXITS:
            assert exit_of(code.code, code.kind) is Exit.PERSON

    def test_what_an_agent_can_mend_is_usage_or_policy_or_not_there(self, code: ErrorCode) -> None:
        if code.actor == "agent" and code.kind == "request" and code.status not in (404, 409):
            assert exit_of(code.code, code.kind) in (Exit.USAGE, Exit.POLICY)

    def test_a_job_that_failed_by_itself_is_the_platform_s(self, code: ErrorCode) -> None:
        if code.actor != "user" and code.kind == "job" and code.code not in OWN_EXITS:
            assert exit_of(code.code, code.kind) is Exit.PLATFORM


@pytest.mark.parametrize(
    ("code", "ended", "wanted"),
    [
        ("not_logged_in", "job", Exit.PERSON),
        ("challenge_required", "job", Exit.PERSON),
        ("QUOTA_EXCEEDED", "request", Exit.POLICY),
        ("UNAUTHORIZED", "request", Exit.POLICY),
        ("rejected", "job", Exit.POLICY),
        ("selector_not_found", "job", Exit.PLATFORM),
        ("duplicate_content", "job", Exit.PLATFORM),
        ("duplicate_content", "request", Exit.POLICY),
        ("outcome_unknown", "job", Exit.UNKNOWN),
        ("restored", "job", Exit.UNKNOWN),
        ("browser_lost", "job", Exit.OFFLINE),
        ("EXTENSION_NOT_PAIRED", "request", Exit.OFFLINE),
        ("CONTENT_TOO_LONG", "request", Exit.USAGE),
        ("JOB_NOT_FOUND", "request", Exit.OTHER),
        ("INTERNAL_ERROR", "request", Exit.OTHER),
        ("a_job_s_code_of_a_newer_broker", "job", Exit.PLATFORM),
        ("A_REFUSAL_OF_A_NEWER_BROKER", "request", Exit.OTHER),
    ],
)
def test_exit_says_who_can_do_something(code: str, ended: Ended, wanted: Exit) -> None:
    assert exit_of(code, ended) is wanted


def test_a_newer_broker_s_code_ends_as_it_says_of_itself() -> None:
    assert exit_of("NEW", "request", "agent", 400) is Exit.USAGE
    assert exit_of("NEW", "request", "user", 409) is Exit.PERSON
    assert exit_of("NEW", "request", "operator", 403) is Exit.POLICY


def test_no_exit_is_kept_for_a_code_that_is_gone() -> None:
    assert OWN_EXITS.keys() <= CODES.keys() | OF_THE_CLIENT
