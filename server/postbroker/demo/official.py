"""The demo without a browser: a post to a real Bluesky server through its official API."""

from contextlib import AsyncExitStack

from postbroker.client import AsyncPostbroker
from postbroker.contract.connections import ConnectionAnswer, StartConnection
from postbroker.contract.jobs import JobEvent
from postbroker.demo.broker import running_broker
from postbroker.demo.following import follow
from postbroker.demo.pds import Member, NoServerError, Pds, running_pds
from postbroker.demo.report import DemoError, Report, Teller
from postbroker.demo.scenes import FILES
from postbroker.demo.staging import staged
from postbroker.egress.calls import CallError
from postbroker.settings import environment_without_settings

PLATFORM = "bluesky"
TEXT = """One family 👩‍👩‍👧‍👦, one flag 🇪🇺, one thumb 👍🏽
日本語も、中文也一样。

Posted exactly once, through the official API: https://example.org/how?it=works&so=on
#postbroker"""
ALT = "A picture of the demo"
LET_IN = {"POSTBROKER_FETCH_FROM": "127.0.0.0/8", "POSTBROKER_CONFIRM_FIRST_POST": "false"}
"""The server is on this machine, where the broker calls nobody unless it is told to."""

STEP_WORDS = {
    "attach_media": "uploaded the picture",
    "ask_permit": "has all ready, and asked for the permit",
}


async def run_official(teller: Teller, report: Report) -> None:
    """Do it all, and leave nothing running. Fills `report` as it goes. Raises DemoError."""
    try:
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(staged(teller, report))
            server = await stack.enter_async_context(running_pds(folder / "bluesky"))
            teller.say("a real Bluesky server runs, alone on this machine", server.url)
            member = await server.join("ada")
            teller.say("it has an account with an app password", member.handle)
            broker = await stack.enter_async_context(
                running_broker(folder / "broker", environment_without_settings() | LET_IN)
            )
            teller.say("the broker runs", broker.url)
            client = await stack.enter_async_context(AsyncPostbroker(broker.url, broker.api_key))
            await _connect(client, server, member, teller)
            await _publish(client, member, teller, report)
            await _prove(server, member, teller, report)
    except NoServerError as error:
        raise DemoError(str(error)) from error
    except CallError as error:
        raise DemoError(f"The server does not answer: {error}. Try again.") from error


async def _connect(client: AsyncPostbroker, server: Pds, member: Member, teller: Teller) -> None:
    wish = StartConnection(
        platform=PLATFORM,
        server=server.url,
        fields={"handle": member.handle, "app_password": member.app_password},
    )
    made = await client.ask("POST", "/v1/connections/start", ConnectionAnswer, wish)
    if made.status != "connected":
        raise DemoError(f"The account was not connected: {made.error}")
    teller.say("the broker keeps a session, encrypted, and not the password", made.handle or "")


async def _publish(client: AsyncPostbroker, member: Member, teller: Teller, report: Report) -> None:
    upload = await client.upload(FILES / "picture.jpg", alt=ALT)
    teller.say("the broker keeps the file", "picture.jpg")
    job = await client.post(
        TEXT, platform=PLATFORM, account=member.handle, media_paths=[upload.url]
    )
    await follow(client, job.id, lambda event: _tell_event(teller, event), teller, report)
    teller.say("its address, were this server known to the network", report.post_url or "")


async def _prove(server: Pds, member: Member, teller: Teller, report: Report) -> None:
    posts = [record["value"] for record in await server.records(member)]
    report.ledger_entries = sum(post["text"] == TEXT for post in posts)
    alts = [image["alt"] for post in posts for image in post["embed"]["images"]]
    if (report.ledger_entries, alts) != (1, [ALT]):
        raise DemoError(f"The server holds {report.ledger_entries} such posts, not this one.")
    teller.say("the server itself has the post, once, to the letter, with its picture")


def _tell_event(teller: Teller, event: JobEvent) -> None:
    match event.name:
        case "queued":
            teller.say("the job waits for the broker's own publisher")
        case "leased":
            teller.say("the publisher took the job")
        case "committing":
            teller.say("the permit is written down: one request, within seconds")
        case "published":
            teller.say("published: the server named the record")
        case "step":
            step = event.step or ""
            detail = str(event.data.get("detail", ""))
            teller.say(f"the publisher {STEP_WORDS.get(step, step)}", detail)
        case other:
            reason = event.data.get("reason") or event.data.get("errorCode") or ""
            teller.say(other.replace("_", " "), str(reason))
