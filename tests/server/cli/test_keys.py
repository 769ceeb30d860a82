"""`keys`: made, listed and revoked beside a running broker, and with none."""

from server.cli.conftest import Installation, Running
from server.doubles.extension import FakeBrowser


async def test_made_key_opens_the_running_broker(running: Running) -> None:
    made = (await running.run("keys", "create", "my agent", "--json")).document
    assert {"id", "label", "key", "scopes", "prefix", "requestsPerMinute"} <= set(made)
    assert made["label"] == "my agent"
    ended = await running.run("--url", running.broker.url, "--key", made["key"], "jobs")
    assert ended.code == 0


async def test_revoked_key_is_refused_at_once(running: Running) -> None:
    made = (await running.run("keys", "create", "--json")).document
    assert made["label"] == "command line"
    assert (await running.run("keys", "revoke", made["id"])).code == 0
    ended = await running.run("--key", made["key"], "jobs", "--json")
    assert ended.document["code"] == "UNAUTHORIZED"
    assert ended.document["exitCode"] == ended.code == 4


async def test_key_may_only_do_what_its_scopes_say(running: Running) -> None:
    made = (await running.run("keys", "create", "--scope", "posts.read", "--json")).document
    assert made["scopes"] == ["posts.read"]
    assert (await running.run("--key", made["key"], "jobs")).code == 0
    ended = await running.run("--key", made["key"], "post", "Hello", "--json")
    assert (ended.code, ended.document["code"]) == (4, "FORBIDDEN")


async def test_unknown_scope_is_answered_with_the_known_ones(running: Running) -> None:
    ended = await running.run("keys", "create", "--scope", "everything")
    assert ended.code == 2
    assert "everything" in ended.err
    assert "posts.publish" in ended.err


async def test_list_shows_every_key_and_no_secret(running: Running) -> None:
    made = (await running.run("keys", "create", "to be listed", "--json")).document
    ended = await running.run("keys", "list", "--json")
    assert "to be listed" in [key["label"] for key in ended.document["keys"]]
    assert made["key"] not in ended.out
    assert running.key not in ended.out


async def test_unknown_key_cannot_be_revoked(running: Running) -> None:
    ended = await running.run("keys", "revoke", "nobody", "--json")
    assert (ended.code, ended.document["code"]) == (1, "NOT_FOUND")


async def test_keys_need_no_running_broker(installation: Installation) -> None:
    made = (await installation.run("keys", "create", "ahead of time", "--json")).document
    broker = installation.start()
    assert "apiKey" not in broker.ready, "the workspace was there before this start"
    assert (await installation.run("--key", made["key"], "jobs")).code == 0
    broker.stop()


async def test_key_has_the_limits_it_was_made_with(running: Running) -> None:
    made = (
        await running.run("keys", "create", "slow", "--days", "7", "--per-minute", "2", "--json")
    ).document
    assert made["requestsPerMinute"] == 2
    assert made["expiresAt"] > made["createdAt"]
    codes = [(await running.run("--key", made["key"], "jobs")).code for _ in range(3)]
    assert codes == [0, 0, 4]
    listed = await running.run("keys", "list")
    assert "good until" in listed.out


async def test_key_is_limited_to_accounts_that_are_there(running: Running) -> None:
    ended = await running.run("keys", "create", "--account", "@nobody", "--json")
    assert (ended.code, ended.document["code"]) == (2, "NO_ACCOUNT")


async def test_key_of_an_account_is_named_by_its_handle(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    made = (await running_with_browser.run("keys", "create", "--account", "ADA", "--json")).document
    assert len(made["accounts"]) == 1


async def test_rotated_key_is_good_under_both_secrets_for_a_while(running: Running) -> None:
    made = (await running.run("keys", "create", "rotated", "--json")).document
    new = (await running.run("keys", "rotate", made["id"], "--json")).document
    assert (new["id"], new["label"]) == (made["id"], "rotated")
    assert new["oldSecretUntil"] > new["createdAt"]
    for key in (made["key"], new["key"]):
        assert (await running.run("--key", key, "jobs")).code == 0
    last = (
        await running.run("keys", "rotate", made["id"], "--overlap-hours", "0", "--json")
    ).document
    assert (await running.run("--key", new["key"], "jobs")).code == 4
    assert (await running.run("--key", last["key"], "jobs")).code == 0
