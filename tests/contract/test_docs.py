"""Every setting, error code, scope, platform and command stands on its page."""

import re
from pathlib import Path

import pytest

from postbroker.catalogue import load_platforms
from postbroker.domain.key import SCOPES
from postbroker.errors import error_codes
from postbroker.sandbox.app import SIMULATIONS
from postbroker.settings import AtPlatform, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - {"platforms"}))
def test_setting_is_documented(name: str) -> None:
    assert f"`POSTBROKER_{name.upper()}`" in (DOCS / "settings.md").read_text()


@pytest.mark.parametrize("name", AtPlatform.model_fields)
def test_setting_of_each_platform_is_documented(name: str) -> None:
    assert f"`POSTBROKER_<PLATFORM>_{name.upper()}`" in (DOCS / "settings.md").read_text()


@pytest.mark.parametrize("code", sorted(error_codes()))
def test_error_code_is_documented(code: str) -> None:
    assert f"| `{code}` |" in (DOCS / "errors.md").read_text()


@pytest.mark.parametrize("scope", SCOPES)
def test_scope_is_documented(scope: str) -> None:
    assert f"`{scope}`" in (DOCS / "api.md").read_text()


@pytest.mark.parametrize(
    "switch", sorted({name for each in SIMULATIONS for name in each.site.switches})
)
def test_fault_switch_is_documented(switch: str) -> None:
    assert f"`{switch}`" in (DOCS / "sandbox.md").read_text()


@pytest.mark.parametrize("platform", sorted(load_platforms()))
def test_platform_has_a_page(platform: str) -> None:
    assert (DOCS / "platforms" / f"{platform}.md").is_file()


def test_local_links_of_the_pages_lead_somewhere() -> None:
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *DOCS.rglob("*.md"),
        *(ROOT / "shared").glob("*.md"),
    ]:
        for target in re.findall(r"\]\(([^)#:/][^)#:]*)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
