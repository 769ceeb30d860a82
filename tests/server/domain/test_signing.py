"""Signed packs: what is opened, and what is refused before or after its signature."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from postbroker.contract.catalogue import Locators
from postbroker.contract.locators import LocatorKey, LocatorPack
from postbroker.domain.signing import PackError, check_signature, open_pack, public_half, sign
from server.examples import read_example

EXAMPLES = read_example("packs")
BUNDLED = Locators.model_validate(EXAMPLES["bundled"])
KEYS = [LocatorKey.model_validate(row) for row in EXAMPLES["keys"]]
TAKEN = [each for each in EXAMPLES["packs"] if "refused" not in each]
REFUSED = [each for each in EXAMPLES["packs"] if "refused" in each]


def why(example: dict[str, Any]) -> str:
    return str(example["why"])


@pytest.mark.parametrize("example", TAKEN, ids=why)
def test_pack_is_opened(example: dict[str, Any]) -> None:
    pack = LocatorPack.model_validate(example["pack"])
    assert open_pack(pack, BUNDLED, KEYS).platform == "x"


@pytest.mark.parametrize("example", REFUSED, ids=why)
def test_pack_is_refused(example: dict[str, Any]) -> None:
    pack = LocatorPack.model_validate(example["pack"])
    with pytest.raises(PackError, match=example["refused"]):
        open_pack(pack, BUNDLED, KEYS)


def test_what_is_signed_here_is_opened_here_with_any_of_the_keys_that_are_trusted() -> None:
    private = Ed25519PrivateKey.generate()
    pack = sign(json.dumps(EXAMPLES["bundled"]), private)
    assert open_pack(pack, BUNDLED, [*KEYS, public_half(private)]) == BUNDLED


def test_key_under_the_name_of_another_is_not_used() -> None:
    private = Ed25519PrivateKey.generate()
    misnamed = public_half(private).model_copy(update={"id": KEYS[0].id})
    pack = sign("{}", private).model_copy(update={"key_id": KEYS[0].id})
    with pytest.raises(PackError, match="has the name of another"):
        check_signature(pack, [misnamed])
