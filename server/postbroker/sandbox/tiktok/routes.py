"""Every address of the simulated TikTok."""

from postbroker.sandbox.door import Door
from postbroker.sandbox.place import HANDLE, Place
from postbroker.sandbox.tiktok.api import Api
from postbroker.sandbox.tiktok.pages import TikTokPages
from postbroker.sandbox.tiktok.site import TikTokSite

NUMBER = r"{id:[0-9]{1,25}}"


def add_routes(place: Place, site: TikTokSite) -> None:
    """Serve the site."""
    door = Door(site, place.base)
    pages, api = TikTokPages(site, door, place.base, place.closing), Api(site, door)
    get, post = place.get, place.post

    get("/static/{name}", pages.asset)
    get("/media/{sha256}", pages.media)
    post("/_session", door.log_in)

    get("/node-webapp/api/common-app-context", api.context)
    post("/video/upload", api.begin_upload)
    place.put(f"/video/upload/{NUMBER}", api.take_part)
    post(f"/video/upload/{NUMBER}", api.finish_upload)
    post("/tiktok/web/project/post/v1/", api.post_project)
    get("/tiktok/creator/manage/item_list/v1/", api.own_items)
    get(f"/api/item/detail/{NUMBER}", api.item)

    get("/", pages.front)
    get("/login", pages.public)
    get("/captcha", pages.challenge)
    get("/tiktokstudio/upload", pages.composer)
    get("/tiktokstudio/content", pages.members)
    get(f"/@{HANDLE}", pages.public)
    get(f"/@{HANDLE}/video/{NUMBER}", pages.permalink)
