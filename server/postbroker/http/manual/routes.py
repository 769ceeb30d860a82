"""The addresses of the manual."""

from pathlib import Path

from aiohttp import web

from postbroker.appkeys import OPERATIONS
from postbroker.http.manual.manual import Manual
from postbroker.http.manual.rendering import page_response, reference_response

STATIC = Path(__file__).parent / "static"
FILES = {
    path.name: path
    for path in STATIC.rglob("*")
    if path.suffix in (".css", ".js") and path.is_file()
}
MARKDOWN = "text/markdown"
READ_BY_ALL = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}


def add_manual(app: web.Application, base: str) -> None:
    """`/openapi.json`, `/docs`, `/llms.txt` and what belongs to them; `base` is our own address."""
    manual = Manual(app[OPERATIONS], base)

    async def openapi(request: web.Request) -> web.Response:
        headers = {**READ_BY_ALL, "ETag": f'"{manual.document_version}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(
            body=manual.document_bytes, content_type="application/json", headers=headers
        )

    async def one_page(_request: web.Request) -> web.Response:
        return web.Response(text=manual.one_page, content_type=MARKDOWN, headers=READ_BY_ALL)

    async def skill(_request: web.Request) -> web.Response:
        return web.Response(text=manual.skill, content_type=MARKDOWN, headers=READ_BY_ALL)

    async def reference(_request: web.Request) -> web.Response:
        return reference_response()

    async def markdown(request: web.Request) -> web.Response:
        page = manual.page(request.match_info["name"])
        if page is None:
            raise web.HTTPNotFound
        return web.Response(text=page.text, content_type=MARKDOWN, headers=READ_BY_ALL)

    async def page(request: web.Request) -> web.Response:
        found = manual.page(request.match_info["name"].rstrip("/"))
        if found is None:
            raise web.HTTPNotFound
        return page_response(found, manual.titles)

    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/llms.txt", one_page)
    app.router.add_get("/llm.txt", one_page)
    app.router.add_get("/skill.md", skill)
    app.router.add_get("/docs", reference)
    app.router.add_get("/docs/", reference)
    app.router.add_get("/docs/static/{name}", static)
    app.router.add_get("/docs/{name:.+}.md", markdown)
    app.router.add_get("/docs/{name:.+}", page)


async def static(request: web.Request) -> web.FileResponse:
    """A script or a style of the manual's pages."""
    path = FILES.get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
