"""`platforms`, `explain` and `validate`: what can be known before anything is sent."""

import pytest

from server.cli.conftest import Installation, Running


async def test_platforms_are_listed_and_one_is_shown(running: Running) -> None:
    listed = await running.run("platforms")
    assert "linkedin" in listed.out
    shown = await running.run("platforms", "x")
    assert "at most 280 weighted" in shown.out
    assert (await running.run("platforms", "x", "--json")).document["threadMax"] > 1
    unknown = await running.run("platforms", "myspace", "--json")
    assert (unknown.code, unknown.document["code"]) == (2, "UNSUPPORTED_PLATFORM")
    assert "linkedin" in unknown.document["suggestedAction"]


async def test_a_code_is_explained_without_a_broker(installation: Installation) -> None:
    ended = await installation.run("explain", "NOT_logged_IN".lower())
    assert ended.code == 0
    assert "the person at the browser" in ended.out
    document = (await installation.run("explain", "outcome_unknown", "--json")).document
    assert (document["safeToRetry"], document["exitCode"]) == (False, 6)


async def test_an_unknown_code_is_asked_of_the_broker(running: Running) -> None:
    ended = await running.run("explain", "not_logged_inn", "--json")
    assert (ended.code, ended.document["code"]) == (1, "NOT_FOUND")
    assert "did you mean not_logged_in" in ended.document["message"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("A short one",), 0, "It would be accepted"),
        (("x" * 281,), 2, "text: 281 of at most 280"),
        (("Hello", "--platform", "myspace"), 2, "platform"),
        (("Hello", "--platform", "facebook", "--group", "https://example.com/groups/1"), 2, "→"),
    ],
)
async def test_a_post_is_checked(
    running: Running, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended = await running.run("validate", *arguments)
    assert (ended.code, words in ended.out + ended.err or words == "→") == (code, True)


async def test_a_checked_post_says_what_it_would_wait_for(running: Running) -> None:
    document = (await running.run("validate", "For later", "--json")).document
    assert (document["valid"], document["waitingFor"]) == (True, "browser")
    jobs = (await running.run("jobs", "--json")).document["jobs"]
    assert "For later, checked" not in [job["text"] for job in jobs]


@pytest.mark.parametrize(
    "arguments",
    [
        ("post", "--json"),
        ("post", "Hello", "--wat", "--json"),
        ("jobs", "--status", "lost", "--json"),
        ("nonsense", "--json"),
    ],
)
async def test_wrong_usage_is_a_document_for_programs(
    installation: Installation, arguments: tuple[str, ...]
) -> None:
    ended = await installation.run(*arguments)
    assert (ended.code, ended.document["code"], ended.document["exitCode"]) == (2, "WRONG_USAGE", 2)


async def test_wrong_usage_is_a_sentence_for_people(installation: Installation) -> None:
    ended = await installation.run("post", "Hello", "--wat")
    assert (ended.code, ended.out) == (2, "")
    assert "No such option" in ended.err


async def complete(running: Running, words: str) -> str:
    """What bash offers for the last word of a line."""
    ended = await running.run(
        _POSTBROKER_COMPLETE="complete_bash",
        COMP_WORDS=f"postbroker {words}",
        COMP_CWORD=str(len(words.split(" "))),
    )
    return ended.out


async def test_the_shell_offers_what_there_is(running: Running) -> None:
    job = (await running.run("post", "To be offered", "--queue", "--json")).document
    assert "linkedin" in await complete(running, "post Hello --platform li")
    assert "outcome_unknown" in await complete(running, "explain outcome")
    assert job["id"] in await complete(running, "cancel ")
    assert "retry" in await complete(running, "ret")


async def test_the_shell_offers_nothing_when_nobody_answers(installation: Installation) -> None:
    ended = await installation.run(
        _POSTBROKER_COMPLETE="complete_bash", COMP_WORDS="postbroker cancel ", COMP_CWORD="2"
    )
    assert (ended.code, ended.out.strip(), ended.err) == (0, "", "")
