"""Every platform of the catalogue is complete: no list is edited, the id is the file name."""

import json
from pathlib import Path
from typing import Any

import pytest
import regex

from postbroker.catalogue import load_platforms, load_weights
from postbroker.contract.catalogue import Locators
from postbroker.domain.matching import find_permalink
from postbroker.platforms.registry import load_adapters

ROOT = Path(__file__).parents[2]
PLATFORMS = load_platforms()
ADAPTER_INTERFACE = "adapter"

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))


def read(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def names_in(folder: str, pattern: str) -> set[str]:
    return {file.name.split(".")[0] for file in (ROOT / folder).glob(pattern)}


def test_there_are_no_files_of_a_platform_that_is_not_in_the_catalogue() -> None:
    known = set(PLATFORMS)
    assert names_in("shared/locators", "*.json") <= known
    assert names_in("shared/text", "*.json") <= known
    assert names_in("extension/src/platforms", "*.ts") - {ADAPTER_INTERFACE} <= known


def test_locators_and_extension_know_the_same_platforms() -> None:
    in_extension = names_in("extension/src/platforms", "*.ts") - {ADAPTER_INTERFACE}
    assert in_extension == names_in("shared/locators", "*.json")


@every_platform
class TestPlatform:
    def test_its_file_has_its_name(self, platform: str) -> None:
        assert PLATFORMS[platform].id == platform

    def test_it_has_all_that_the_tab_route_needs(self, platform: str) -> None:
        if "tab" not in PLATFORMS[platform].routes:
            pytest.skip("it has no tab route")
        for path in (
            f"shared/locators/{platform}.json",
            f"extension/src/platforms/{platform}.ts",
            f"tests/extension/platforms/{platform}.test.ts",
            f"docs/platforms/{platform}.md",
        ):
            assert (ROOT / path).is_file(), path

    def test_it_has_all_that_the_api_route_needs(self, platform: str) -> None:
        if "api" not in PLATFORMS[platform].routes:
            pytest.skip("it has no api route")
        for path in (
            f"server/postbroker/platforms/{platform}.py",
            f"tests/server/platforms/test_{platform}.py",
            f"docs/platforms/{platform}.md",
        ):
            assert (ROOT / path).is_file(), path
        assert load_adapters()[platform].info.id == platform

    def test_where_it_has_no_hosts_no_tab_can_go(self, platform: str) -> None:
        found = PLATFORMS[platform]
        assert found.hosts or "tab" not in found.routes

    def test_its_locators_are_data_only_and_hang_together(self, platform: str) -> None:
        if "tab" not in PLATFORMS[platform].routes:
            pytest.skip("it has no tab route")
        locators = Locators.model_validate(read(f"shared/locators/{platform}.json"))
        assert locators.platform == platform
        for name, locator in locators.locators.items():
            assert locator.scope is None or locator.scope in locators.locators, name
        for pattern in (*locators.logged_out_paths, *locators.challenge_paths):
            regex.compile(pattern)
        for pattern in locators.network.values():
            regex.compile(pattern)

    def test_its_permalinks_name_the_post_and_perhaps_the_author(self, platform: str) -> None:
        for pattern in PLATFORMS[platform].permalinks:
            assert {"id"} <= regex.compile(pattern).groupindex.keys() <= {"handle", "id"}

    def test_a_weighted_limit_has_its_table_with_the_same_limit(self, platform: str) -> None:
        limit = PLATFORMS[platform].text
        if limit.unit == "weighted":
            assert load_weights()[platform].max == limit.max

    def test_what_it_says_of_itself_names_where_and_when_it_was_read(self, platform: str) -> None:
        found = PLATFORMS[platform]
        assert regex.search(r"read \d{4}-\d{2}-\d{2}", found.text.source)
        assert all(caveat.endswith(".") for caveat in found.caveats)
        assert found.hosts == [host.lower() for host in found.hosts]

    def test_its_simulation_has_the_same_permalinks(self, platform: str) -> None:
        locators = ROOT / f"shared/locators/{platform}.json"
        if not locators.exists():
            pytest.skip("it has no locators")
        path = read(f"shared/locators/{platform}.json")["paths"].get("permalink")
        if path is None:
            pytest.skip("author and id do not make its addresses")
        url = f"http://127.0.0.1:8787/sandbox/{platform}" + path.format(handle="ada", id="1001")
        found = find_permalink(PLATFORMS[platform], url, "127.0.0.1")
        assert found is not None
        assert found.post_id == "1001"
