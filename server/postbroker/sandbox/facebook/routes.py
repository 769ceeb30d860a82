"""Every address of the simulated Facebook."""

from postbroker.sandbox.control import guarded
from postbroker.sandbox.door import Door
from postbroker.sandbox.facebook.api import Api
from postbroker.sandbox.facebook.pages import FacebookPages
from postbroker.sandbox.facebook.site import FacebookSite
from postbroker.sandbox.place import Place

NAME = r"{name:[A-Za-z0-9._-]{1,60}}"
GROUP = r"groups/{group:[A-Za-z0-9._-]{1,100}}"
POST_ID = r"{id:[0-9]{1,25}}"


def add_routes(place: Place, site: FacebookSite) -> None:
    """Serve the site."""
    door = Door(site, place.base)
    pages, api = FacebookPages(site, door, place.base, place.closing), Api(site, door)
    get, post = place.get, place.post

    get("/static/{name}", pages.asset)
    get("/media/{sha256}", pages.media)

    post("/_session", door.log_in)
    post("/api/graphql/", api.graphql)
    post("/ajax/react_composer/attachments/photo/upload", api.upload)
    get(f"/api/profile/{NAME}", api.profile)
    get(f"/api/{GROUP}", api.group_posts)
    get(f"/api/{GROUP}/{{which:posted|pending}}", api.own_content)
    get(f"/api/post/{POST_ID}", api.post)

    memberships = f"/_control/{site.id}/memberships"
    place.app.router.add_route("GET", memberships, guarded(api.read_join_state))
    place.app.router.add_route("PUT", memberships, guarded(api.put_join_state))

    get("/", pages.composer)
    get("/login", pages.public)
    get("/checkpoint/", pages.challenge)
    get("/search/groups/", pages.members)
    get(f"/{GROUP}/my_posted_content", pages.members)
    get(f"/{GROUP}/my_pending_content", pages.members)
    get(f"/{GROUP}/posts/{POST_ID}", pages.permalink)
    get(f"/{GROUP}/posts/{POST_ID}/", pages.permalink)
    get(f"/{GROUP}/", pages.composer)
    get(f"/{GROUP}", pages.composer)
    get(f"/{NAME}/posts/{POST_ID}", pages.permalink)
    get(f"/{NAME}", pages.profile)
