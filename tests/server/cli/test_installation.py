"""What is wrong with an installation is said in a sentence with a next step."""

from server.cli.conftest import Installation
from server.doubles.postgres import free_port


async def test_a_database_that_cannot_be_reached_is_named(installation: Installation) -> None:
    url = f"postgresql://postbroker@127.0.0.1:{free_port()}/postgres"
    ended = await installation.run("up", "--json", POSTBROKER_DATABASE_URL=url)
    assert ended.code == 1
    assert ended.document["code"] == "DATABASE_UNREACHABLE"
    assert "refused" in ended.document["message"].lower()
    assert "Traceback" not in ended.err
