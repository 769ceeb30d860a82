"""Every address of the simulated X."""

import asyncio

from aiohttp import web

from postbroker.sandbox.x.api import Api
from postbroker.sandbox.x.door import Door
from postbroker.sandbox.x.pages import Pages
from postbroker.sandbox.x.site import Site

HANDLE = r"{handle:[A-Za-z0-9_]{1,15}}"
POST_ID = r"{id:[0-9]{1,25}}"


def add_routes(app: web.Application, site: Site, *, prefix: str, base: str) -> None:
    """Serve the site in `app` under `prefix`; browsers see it under `base`."""
    closing = asyncio.Event()

    async def close(_: web.Application) -> None:
        closing.set()

    app.on_shutdown.append(close)
    door = Door(site, base)
    pages, api = Pages(site, door, base, closing), Api(site, door, base)
    get, post = app.router.add_get, app.router.add_post

    get(f"{prefix}/static/{{name}}", pages.asset)
    get(f"{prefix}/emoji/{{code_points}}.svg", pages.emoji)

    post(f"{prefix}/i/api/graphql/{{query_id}}/CreateTweet", api.create_tweet)
    get(f"{prefix}/i/api/timeline", api.home)
    get(f"{prefix}/i/api/timeline/{HANDLE}", api.profile)
    get(f"{prefix}/i/api/post/{POST_ID}", api.post)
    post(f"{prefix}/i/api/login", api.log_in)
    post(f"{prefix}/i/api/logout", api.log_out)

    get(f"{prefix}/", pages.front)
    if prefix:
        get(prefix, pages.front)
    get(f"{prefix}/home", pages.composer)
    get(f"{prefix}/compose/post", pages.composer)
    get(f"{prefix}/login", pages.public)
    get(f"{prefix}/i/flow/login", pages.public)
    get(f"{prefix}/i/link/{POST_ID}/{{number:[0-9]{{1,3}}}}", pages.public)
    get(f"{prefix}/account/access", pages.challenge)
    get(f"{prefix}/logout", pages.members)
    get(f"{prefix}/{HANDLE}/status/{POST_ID}", pages.permalink)
    get(f"{prefix}/{HANDLE}", pages.members)
