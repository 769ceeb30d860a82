"""Every address of the simulated Reddit."""

from postbroker.sandbox.door import Door
from postbroker.sandbox.place import HANDLE, Place
from postbroker.sandbox.reddit.api import Api
from postbroker.sandbox.reddit.pages import RedditPages
from postbroker.sandbox.reddit.site import RedditSite

THREAD = r"{thread:[a-z0-9]{1,13}}"
COMMENT = r"{comment:[a-z0-9]{1,13}}"
COMMUNITY = r"r/{community:[A-Za-z0-9_]{1,50}}"
THING = r"{thing:t[13]_[a-z0-9]{1,13}}"


def add_routes(place: Place, site: RedditSite) -> None:
    """Serve the site."""
    door = Door(site, place.base)
    pages, api = RedditPages(site, door, place.base, place.closing), Api(site, door)
    get, post = place.get, place.post

    get("/static/{name}", pages.asset)
    get("/media/{sha256}", pages.media)
    post("/_session", door.log_in)

    get("/api/me.json", api.me)
    post("/api/comment", api.comment)
    post(f"/svc/shreddit/{THING}/create-comment", api.create_comment)
    get(f"/comments/{THREAD}.json", api.thread)
    get(f"/user/{HANDLE}/comments.json", api.own_comments)

    get("/", pages.front)
    get("/login/", pages.public)
    get("/challenge", pages.challenge)
    get(f"/{COMMUNITY}/", pages.members)
    get(f"/comments/{THREAD}/", pages.short)
    get(f"/comments/{THREAD}/_/{COMMENT}/", pages.short)
    get(f"/{COMMUNITY}/comments/{THREAD}", pages.thread)
    get(f"/{COMMUNITY}/comments/{THREAD}/", pages.thread)
    get(f"/{COMMUNITY}/comments/{THREAD}/comment/{COMMENT}", pages.thread)
    get(f"/{COMMUNITY}/comments/{THREAD}/comment/{COMMENT}/", pages.thread)
    get(f"/user/{HANDLE}/comments/", pages.members)
