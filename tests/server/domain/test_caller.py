"""Who asks, and what they may do."""

from postbroker.domain.caller import Caller


def test_a_caller_may_do_what_the_credential_carries_and_no_more() -> None:
    caller = Caller("key", "key-1", "agent", "workspace-1", frozenset({"posts.read"}))
    assert caller.may("posts.read")
    assert not caller.may("posts.publish")
