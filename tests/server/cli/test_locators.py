"""`locators`: keys, and packs that are signed and checked, without a broker."""

import json
from pathlib import Path
from typing import Any

import pytest

from postbroker.contract.locators import LocatorKey, LocatorPack
from postbroker.domain.signing import check_signature
from postbroker.resources import shared_file
from server.cli.conftest import Installation

X = json.loads((shared_file("locators") / "x.json").read_bytes())


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "project.pem"


def write(folder: Path, document: dict[str, Any], name: str = "x") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return file


def look_at(file: Path) -> tuple[str, int]:
    """What a file says, and who may read it."""
    return file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777


async def make_key(installation: Installation, file: Path) -> LocatorKey:
    ended = await installation.run("locators", "key", str(file), "--note", "ours", "--json")
    assert ended.code == 0, ended.err
    return LocatorKey.model_validate(ended.document)


async def test_the_private_half_is_for_its_owner_alone_and_never_shown(
    installation: Installation, key_file: Path
) -> None:
    key = await make_key(installation, key_file)
    secret, mode = look_at(key_file)
    assert "PRIVATE KEY" in secret
    assert mode == 0o600
    assert key.note == "ours"
    again = await installation.run("locators", "key", str(key_file))
    assert (again.code, look_at(key_file)) == (2, (secret, mode))


async def test_what_is_signed_lies_where_the_broker_looks(
    installation: Installation, key_file: Path, tmp_path: Path
) -> None:
    key = await make_key(installation, key_file)
    newer = X | {"version": "2027.01.01"}
    source = write(tmp_path / "source", newer)
    ended = await installation.run(
        "locators", "sign", str(source), "--key", str(key_file), "--json"
    )
    assert ended.code == 0, ended.err
    assert ended.document["packs"] == [{"platform": "x", "version": "2027.01.01", "keyId": key.id}]
    packed = installation.data_dir / "locators" / "x.json"
    pack = LocatorPack.model_validate_json(packed.read_bytes())
    check_signature(pack, [key])
    assert json.loads(pack.payload) == newer


async def test_a_folder_is_signed_whole_or_not_at_all(
    installation: Installation, key_file: Path, tmp_path: Path
) -> None:
    await make_key(installation, key_file)
    source, out = tmp_path / "source", tmp_path / "out"
    write(source, X | {"version": "2027.01.01"})
    broken = {name: each for name, each in X["locators"].items() if name != "toast"}
    write(source, X | {"locators": broken}, "y")
    sign = ["locators", "sign", str(source), "--key", str(key_file), "--out", str(out)]
    ended = await installation.run(*sign)
    assert ended.code == 2
    assert "y.json: the locator 'toast' is missing" in ended.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": []}, "steps"),
        ({"version": "newest"}, "version"),
        ({"dismiss": ["div["]}, "is no selector"),
        ({"platform": "myspace"}, "myspace"),
    ],
)
async def test_what_extensions_would_refuse_is_not_signed(
    installation: Installation,
    key_file: Path,
    tmp_path: Path,
    change: dict[str, Any],
    words: str,
) -> None:
    await make_key(installation, key_file)
    source = write(tmp_path / "source", X | change)
    ended = await installation.run("locators", "sign", str(source), "--key", str(key_file))
    assert ended.code == 2
    assert words in ended.err


async def test_a_key_that_is_none_is_said_so(installation: Installation, tmp_path: Path) -> None:
    no_key = tmp_path / "key.pem"
    no_key.write_text("secret", encoding="utf-8")
    source = write(tmp_path / "source", X)
    ended = await installation.run("locators", "sign", str(source), "--key", str(no_key))
    assert ended.code == 2
    assert "holds no Ed25519 key" in ended.err


async def test_a_pack_of_a_key_that_this_version_does_not_trust_is_told_apart(
    installation: Installation, key_file: Path, tmp_path: Path
) -> None:
    key = await make_key(installation, key_file)
    source = write(tmp_path / "source", X | {"version": "2027.01.01"})
    await installation.run("locators", "sign", str(source), "--key", str(key_file))
    packed = str(installation.data_dir / "locators")
    ended = await installation.run("locators", "check", packed, "--json")
    assert (ended.code, ended.document["ok"]) == (1, False)
    assert ended.document["packs"] == [
        {"file": "x.json", "problem": f"the key {key.id} is not trusted"}
    ]
    assert "✗ x.json" in (await installation.run("locators", "check", packed)).out


async def test_what_is_no_pack_is_said_so(installation: Installation, tmp_path: Path) -> None:
    source = write(tmp_path / "source", X)
    ended = await installation.run("locators", "check", str(source), "--json")
    assert ended.document["packs"] == [{"file": "x.json", "problem": "it is no signed pack"}]
