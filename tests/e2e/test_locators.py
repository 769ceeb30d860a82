"""Locators: what a browser finds on a site, and what a signed pack mends when a site changes."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from e2e.newcomers import newcomer
from e2e.stage import Stage, until
from postbroker.catalogue import load_locators
from postbroker.contract.locators import LocatorPack
from postbroker.demo.popup import control
from postbroker.domain.signing import public_half, sign

PLATFORM = "x"
SIGNER, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TRUSTED = public_half(SIGNER)

BUNDLED = load_locators()["x"].model_dump(mode="json", exclude_none=True)
RENAMED = {"renamed_testids": ["tweetButton"]}
"""The button has another test id; in Spanish none of the other candidates finds it either."""
BUTTON = {
    "candidates": ["[data-testid='renamed-tweetButton']", "[role='button']"],
    "labels": {"es": ["Postear"]},
    "scope": "dialog",
}


def pack(version: str, key: Ed25519PrivateKey = SIGNER, **changes: Any) -> LocatorPack:
    """The bundled locators with a button that is found, signed."""
    locators = {**BUNDLED["locators"], "postButton": BUTTON}
    document = {**BUNDLED, "version": version, "locators": locators, **changes}
    return sign(json.dumps(document, ensure_ascii=False), key)


def tampered(good: LocatorPack) -> LocatorPack:
    """Somebody who has no key changes what the button is."""
    payload = good.payload.replace("renamed-tweetButton", "SideNav_AccountSwitcher_Button")
    assert payload != good.payload
    return good.model_copy(update={"payload": payload})


def without(name: str) -> dict[str, Any]:
    """The locators but for one."""
    return {key: value for key, value in BUNDLED["locators"].items() if key != name}


REFUSED = {
    "forged": (pack("2027.01.01", STRANGER), "is not trusted"),
    "forged under our name": (
        pack("2027.01.02", STRANGER).model_copy(update={"key_id": TRUSTED.id}),
        "signature does not fit",
    ),
    "tampered": (tampered(pack("2027.01.03")), "signature does not fit"),
    "older": (pack("2026.01.01"), "it is older than"),
    "no selector": (pack("2027.01.04", dismiss=["div[["]), "is no selector"),
    "not whole": (pack("2027.01.05", locators=without("toast")), '"toast" is missing'),
}


async def state_of(stage: Stage) -> dict[str, Any]:
    """Which locators of X the browser uses, as the broker knows it."""
    [browser] = (await stage.ask("GET", "/v1/account/status"))["browsers"]
    [state] = [each for each in browser["locators"] if each["platform"] == "x"]
    return dict(state)


async def offer(stage: Stage, offered: LocatorPack) -> None:
    """Lay a pack into the broker's folder, and let the browser hear of it."""
    folder = stage.data_dir / "locators"
    folder.mkdir(exist_ok=True)
    (folder / "x.json").write_text(offered.model_dump_json(by_alias=True), encoding="utf-8")
    await stage.forget_logins()


async def check(stage: Stage, platform: str = "x", **more: Any) -> dict[str, Any]:
    """What a browser finds on a platform."""
    asked = await stage.ask("POST", "/v1/checks", {"platform": platform, **more})
    job = await stage.ended(asked["id"])
    assert job["status"] == "succeeded", job
    return dict(job["details"]["check"])


def missing(report: dict[str, Any]) -> list[str]:
    """What should have been found and was not."""
    rows = report["locators"]
    return [row["name"] for row in rows if row["expected"] and "candidate" not in row]


async def renamed(stage: Stage) -> str:
    """Somebody whose X has a button of another name."""
    account = await newcomer(stage, "es_", language="es")
    await stage.site.set_faults(account, **RENAMED)
    return account


async def test_a_check_says_who_is_there_and_which_candidate_found_each_control(
    stage: Stage, account: str
) -> None:
    report = await check(stage)
    found = {row["name"]: row.get("selector") for row in report["locators"]}
    assert (report["session"], report["account"], report["path"]) == (
        "in",
        account,
        "/compose/post",
    )
    assert (report["version"], report["signed"], missing(report)) == (BUNDLED["version"], False, [])
    assert found["postButton"] == "[data-testid='tweetButton']"
    assert found["toast"] is None
    assert stage.site.requests_of(account) == []


async def test_a_check_finds_nobody_where_nobody_is(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, not_logged_in=True)
    report = await check(stage)
    assert report["session"] == "out"
    assert "account" not in report


@pytest.mark.parametrize("platform", ["linkedin", "facebook"])
async def test_simulated_sites_are_checked_as_well(stage: Stage, platform: str) -> None:
    report = await check(stage, platform, sandbox=True)
    assert (report["session"], missing(report)) == ("in", [])


async def test_a_person_checks_from_the_popup(stage: Stage, account: str) -> None:
    await stage.popup.page.click(f"{control('sites')} summary")
    await stage.popup.page.click(control("check"))
    shown = f"{control('sites')} [data-platform='x']"
    await stage.popup.page.until(
        f"document.querySelector(`{shown}`)?.innerText.includes('{account}: all found')"
    )

    async def is_known() -> bool:
        return (await state_of(stage)).get("check", {}).get("account") == account

    await until(is_known, "the broker knows what was found")
    for job in (await stage.ask("GET", "/v1/jobs?status=queued"))["jobs"]:
        await stage.ask("POST", f"/v1/jobs/{job['id']}/cancel")


@pytest.mark.parametrize("name", REFUSED)
async def test_what_the_project_has_not_signed_as_whole_and_newer_changes_nothing(
    stage: Stage, name: str
) -> None:
    await renamed(stage)
    offered, reason = REFUSED[name]
    await offer(stage, offered)
    version = json.loads(offered.payload)["version"]

    async def is_refused() -> dict[str, Any] | None:
        state = await state_of(stage)
        return state if state.get("refused", {}).get("version") == version else None

    state = await until(is_refused, "the refusal is told")
    assert reason in state["refused"]["reason"]
    assert (state["version"], state["signed"]) == (BUNDLED["version"], False)


async def test_a_renamed_button_is_pressed_after_a_signed_pack_and_not_before(
    stage: Stage, one_attempt: None
) -> None:
    account = await renamed(stage)
    before = await stage.publish(f"before the pack of {account}", account)
    assert (before["status"], before["errorCode"]) == ("failed", "selector_not_found")
    assert before["details"]["report"]["locator"] == "postButton"
    assert missing(await check(stage)) == ["postButton"]

    await offer(stage, pack("2027.02.01"))

    async def is_taken() -> bool:
        state = await state_of(stage)
        return bool(state["signed"]) and "refused" not in state

    await until(is_taken, "the pack is in use")
    report = await check(stage)
    assert (report["version"], report["signed"], missing(report)) == ("2027.02.01", True, [])
    after = await stage.publish(f"after the pack of {account}", account)
    assert after["status"] == "succeeded"
    assert [entry.text for entry in stage.site.ledger_of(account)] == [
        f"after the pack of {account}"
    ]


async def test_an_older_pack_of_the_project_does_not_come_back(stage: Stage) -> None:
    await renamed(stage)
    await offer(stage, pack("2027.01.31"))

    async def is_refused() -> bool:
        return (await state_of(stage)).get("refused", {}).get("version") == "2027.01.31"

    await until(is_refused, "the refusal is told")
    state = await state_of(stage)
    assert (state["version"], state["signed"]) == ("2027.02.01", True)
    assert "it is older than 2027.02.01" in state["refused"]["reason"]
    assert "Refused 2027.01.31" in await stage.popup.page.evaluate(
        f"document.querySelector(`{control('sites')} [data-platform='x']`).textContent"
    )
