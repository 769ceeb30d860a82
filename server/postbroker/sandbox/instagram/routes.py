"""Every address of the simulated Instagram."""

from postbroker.sandbox.door import Door
from postbroker.sandbox.instagram.api import Api
from postbroker.sandbox.instagram.pages import InstagramPages
from postbroker.sandbox.instagram.site import InstagramSite
from postbroker.sandbox.place import HANDLE, Place

NUMBER = r"{number:[0-9]{1,25}}"
CODE = r"{id:[A-Za-z0-9_-]{1,40}}"


def add_routes(place: Place, site: InstagramSite) -> None:
    """Serve the site."""
    door = Door(site, place.base)
    pages, api = InstagramPages(site, door, place.base, place.closing), Api(site, door)
    get, post = place.get, place.post

    get("/static/{name}", pages.asset)
    get("/media/{sha256}", pages.media)
    post("/_session", door.log_in)

    get(f"/api/v1/users/{NUMBER}/info/", api.user)
    get(f"/api/v1/media/{NUMBER}/info/", api.medium)
    get(f"/api/v1/feed/user/{HANDLE}/username/", api.profile)
    post(f"/rupload_igphoto/{NUMBER}", api.upload)
    post(f"/rupload_igvideo/{NUMBER}", api.upload)
    for configure in ("configure", "configure_sidecar", "configure_to_clips"):
        post(f"/api/v1/media/{configure}/", api.configure)

    get("/", pages.composer)
    get("/accounts/login/", pages.public)
    get("/challenge/", pages.challenge)
    get(f"/p/{CODE}", pages.permalink)
    get(f"/p/{CODE}/", pages.permalink)
    get(f"/reel/{CODE}", pages.permalink)
    get(f"/reel/{CODE}/", pages.permalink)
    get(f"/{HANDLE}/", pages.members)
