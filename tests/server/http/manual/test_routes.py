"""The manual as it is served: pages, Markdown, one page for agents, the reference."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from postbroker.catalogue import load_platforms
from postbroker.errors import error_codes
from postbroker.http.manual.library import page_names
from postbroker.http.manual.routes import FILES
from server.http.agent import Agent

DOCS = Path(__file__).parents[4] / "docs"
BASE = "http://127.0.0.1"


@pytest.fixture
def reader(agent: Agent) -> Agent:
    """Somebody without a key."""
    return Agent(agent.client)


class TestPages:
    @pytest.mark.parametrize("name", page_names())
    async def test_every_page_is_served_in_both_forms(self, reader: Agent, name: str) -> None:
        page, markdown = await reader.get(f"/docs/{name}"), await reader.get(f"/docs/{name}.md")
        assert (page.status, markdown.status) == (200, 200)
        assert page.headers["Content-Type"].startswith("text/html")
        assert markdown.headers["Content-Type"].startswith("text/markdown")
        assert "<h1 " in page.text
        assert "127.0.0.1:8787" not in page.text + markdown.text

    async def test_links_between_pages_lead_somewhere(self, reader: Agent) -> None:
        targets: dict[str, str] = {}
        for page in [
            form for name in page_names() for form in (f"/docs/{name}", f"/docs/{name}.md")
        ]:
            text = (await reader.get(page)).text
            links = re.findall(r"\]\((/docs/[^)#]*)", text) + re.findall(r'href="(/[^"#]*)', text)
            targets |= dict.fromkeys(links, page)
        for target, page in targets.items():
            answer = await reader.get(target, allow_redirects=False)
            assert answer.status in (200, 303), f"{page} links to {target}"

    async def test_every_file_of_the_folder_is_a_page(self) -> None:
        files = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
        assert files - {*page_names()} == {"skill"}

    @pytest.mark.parametrize(
        "name", ["nothing", "../README", "%2e%2e/README", "platforms", "api.txt"]
    )
    async def test_nothing_else_is_served(self, reader: Agent, name: str) -> None:
        for path in (f"/docs/{name}", f"/docs/{name}.md"):
            assert (await reader.get(path)).status == 404

    async def test_a_part_of_a_page_can_be_linked(self, reader: Agent) -> None:
        text = (await reader.get("/docs/errors")).text
        assert '<h2 id="requests-that-are-refused">' in text

    async def test_a_page_runs_nothing_of_others(self, reader: Agent) -> None:
        for path in ("/docs", "/docs/api"):
            policy = (await reader.get(path)).headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy


class TestReference:
    @pytest.mark.parametrize("path", ["/docs", "/docs/"])
    async def test_what_it_needs_is_here(self, reader: Agent, path: str) -> None:
        page = await reader.get(path)
        needed = re.findall(r'(?:src|href)="(/docs/static/[^"]+)"', page.text)
        assert len(needed) == 4
        for file in needed:
            assert (await reader.get(file)).status == 200

    async def test_no_other_file_can_be_had(self, reader: Agent) -> None:
        assert "reference.js" in FILES
        for name in ("manual.py", "..%2frouting.py", "nothing.js"):
            assert (await reader.get(f"/docs/static/{name}")).status == 404


class TestForAgents:
    @pytest.mark.parametrize("path", ["/llms.txt", "/llm.txt"])
    async def test_one_page_holds_all(self, reader: Agent, path: str) -> None:
        text = (await reader.get(path)).text
        assert text.startswith("# Postbroker")
        assert f"POST {BASE}/v1/jobs/tweet" in text
        for platform in load_platforms():
            assert f"| `{platform}` |" in text
        for code in error_codes():
            assert f"| `{code}` |" in text
        for name in page_names():
            assert f"({BASE}/docs/{name}.md)" in text
        assert "`POST /v1/jobs/tweet`" in text
        assert "/v1/extension/pull" not in text

    async def test_the_skill_can_be_kept(self, reader: Agent) -> None:
        text = (await reader.get("/skill.md")).text
        head = text.split("---\n")[1]
        assert re.search(r"^name: postbroker$", head, re.MULTILINE)
        assert re.search(r"^description: .{50,1024}$", head, re.MULTILINE)
        assert f"{BASE}/mcp" in text

    async def test_configurations_of_clients_can_be_read(self, reader: Agent) -> None:
        text = (await reader.get("/docs/clients.md")).text
        for block in re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            [servers] = json.loads(block).values()
            [server] = servers.values()
            assert f"{BASE}/mcp" in server.values() or server["command"] == "postbroker"
        for block in re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            assert tomllib.loads(block)["mcp_servers"]["postbroker"]["url"] == f"{BASE}/mcp"
