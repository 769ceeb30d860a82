"""Credentials at rest: locked, bound to their owner, under keys that change."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from postbroker.services.credentials import BadKeyError, Safe, UnreadableError

SECRET = {"credentials": {"access_token": "a planted secret"}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "credentials.key"


@pytest.fixture
def safe(file: Path) -> Safe:
    return Safe(file)


def test_what_is_locked_shows_nothing_and_opens_for_its_owner(safe: Safe) -> None:
    locked = safe.lock("one", SECRET)
    assert "planted" not in locked
    assert safe.unlock("one", locked) == SECRET


def test_it_opens_for_no_other_owner(safe: Safe) -> None:
    locked = safe.lock("one", SECRET)
    with pytest.raises(UnreadableError, match="another"):
        safe.unlock("two", locked)


def test_the_same_content_is_locked_otherwise_each_time(safe: Safe) -> None:
    assert safe.lock("one", SECRET) != safe.lock("one", SECRET)


@pytest.mark.parametrize("damaged", ["", "no token", "gAAAA"])
def test_what_was_not_locked_here_does_not_open(safe: Safe, damaged: str) -> None:
    safe.lock("one", SECRET)
    with pytest.raises(UnreadableError):
        safe.unlock("one", damaged)


def test_the_key_is_made_when_it_is_first_needed_for_its_owner_alone(
    safe: Safe, file: Path
) -> None:
    assert not file.exists()
    safe.lock("one", SECRET)
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_its_key_nothing_opens(safe: Safe, file: Path) -> None:
    locked = safe.lock("one", SECRET)
    file.unlink()
    with pytest.raises(UnreadableError):
        safe.unlock("one", locked)


def test_another_broker_finds_the_key_that_one_made(safe: Safe, file: Path) -> None:
    locked = safe.lock("one", SECRET)
    assert Safe(file).unlock("one", locked) == SECRET


class TestChangingTheKey:
    def test_a_broker_that_runs_goes_on_with_the_new_key(self, safe: Safe, file: Path) -> None:
        before = safe.lock("one", SECRET)
        Safe(file).change_key()
        assert safe.unlock("one", before) == SECRET
        assert Safe(file).unlock("one", safe.lock("one", SECRET)) == SECRET

    def test_what_was_locked_anew_survives_the_old_key(self, safe: Safe, file: Path) -> None:
        old = safe.lock("one", SECRET)
        safe.change_key()
        new = safe.relock("one", old)
        safe.change_key()
        assert safe.unlock("one", new) == SECRET
        with pytest.raises(UnreadableError):
            safe.unlock("one", old)

    def test_the_file_stays_for_its_owner_alone(self, safe: Safe, file: Path) -> None:
        safe.lock("one", SECRET)
        safe.change_key()
        assert file.stat().st_mode & 0o777 == 0o600
        assert len(file.read_text().split()) == 2


class TestKeysOfTheSettings:
    def test_the_first_locks_and_all_unlock(self, file: Path) -> None:
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        locked = Safe(file, old).lock("one", SECRET)
        both = Safe(file, f"{new}, {old}")
        assert both.unlock("one", locked) == SECRET
        assert Safe(file, new).unlock("one", both.relock("one", locked)) == SECRET
        assert not file.exists()

    def test_what_is_no_key_is_refused(self, file: Path) -> None:
        with pytest.raises(BadKeyError, match="44 characters"):
            Safe(file, "short").lock("one", SECRET)
