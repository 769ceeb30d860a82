"""Every address of the simulated X."""

from postbroker.sandbox.door import Door
from postbroker.sandbox.place import Place
from postbroker.sandbox.x.api import Api
from postbroker.sandbox.x.pages import XPages
from postbroker.sandbox.x.site import XSite
from postbroker.sandbox.x.uploads import Uploading

HANDLE = r"{handle:[A-Za-z0-9_]{1,15}}"
POST_ID = r"{id:[0-9]{1,25}}"


def add_routes(place: Place, site: XSite) -> None:
    """Serve the site."""
    door = Door(site, place.base)
    pages, uploading = XPages(site, door, place.base, place.closing), Uploading(site, door)
    api = Api(site, door, uploading)
    get, post = place.get, place.post

    get("/static/{name}", pages.asset)
    get("/media/{sha256}", pages.media)
    get("/emoji/{code_points}.svg", pages.emoji)

    post("/i/api/graphql/{query_id}/CreateTweet", api.create_tweet)
    post("/i/media/upload.json", uploading.command)
    post("/i/api/1.1/media/metadata/create.json", uploading.describe)
    get("/i/api/timeline", api.home)
    get(f"/i/api/timeline/{HANDLE}", api.profile)
    get(f"/i/api/post/{POST_ID}", api.post)
    post("/i/api/login", door.log_in)
    post("/i/api/logout", door.log_out)

    get("/", pages.front)
    get("/home", pages.composer)
    get("/compose/post", pages.composer)
    get("/login", pages.public)
    get("/i/flow/login", pages.public)
    get(f"/i/link/{POST_ID}/{{number:[0-9]{{1,3}}}}", pages.public)
    get("/account/access", pages.challenge)
    get("/logout", pages.members)
    get(f"/{HANDLE}/status/{POST_ID}", pages.permalink)
    get(f"/{HANDLE}", pages.members)
    get(f"/{HANDLE}/with_replies", pages.members)
