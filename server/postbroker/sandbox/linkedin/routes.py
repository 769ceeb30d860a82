"""Every address of the simulated LinkedIn."""

from postbroker.sandbox.door import Door
from postbroker.sandbox.linkedin.api import Api
from postbroker.sandbox.linkedin.pages import LinkedInPages
from postbroker.sandbox.linkedin.site import LinkedInSite
from postbroker.sandbox.place import HANDLE, Place

URN = r"{urn:urn:li:(?:share|activity):[0-9]{1,25}}"


def add_routes(place: Place, site: LinkedInSite) -> None:
    """Serve the site."""
    door = Door(site, place.base)
    pages, api = LinkedInPages(site, door, place.base, place.closing), Api(site, door, place.base)
    get, post = place.get, place.post

    get("/static/{name}", pages.asset)
    get("/media/{sha256}", pages.media)
    post("/_session", door.log_in)

    get("/voyager/api/me", api.me)
    post("/voyager/api/contentcreation/normShares", api.create_share)
    post("/voyager/api/graphql", api.create_share)
    post("/voyager/api/voyagerVideoDashMediaUploadMetadata", api.announce_upload)
    place.put("/dms-uploads/{id}", api.upload)
    get("/voyager/api/feed", api.home)
    get(f"/voyager/api/feed/{HANDLE}", api.activity)
    get(f"/voyager/api/update/{URN}", api.update)

    get("/", pages.front)
    get("/feed/", pages.composer)
    get("/login", pages.public)
    get("/checkpoint/challenge", pages.challenge)
    get(f"/feed/update/{URN}", pages.permalink)
    get(f"/feed/update/{URN}/", pages.permalink)
    get(f"/in/{HANDLE}/", pages.members)
    get(f"/in/{HANDLE}/recent-activity/all/", pages.members)
