"""The pages of the simulated TikTok."""

from postbroker.sandbox.pages import Pages
from postbroker.sandbox.site import Account


class TikTokPages(Pages[Account]):
    """GET handlers of everything a person can open."""

    name = "TikTok"
    home_path = "/tiktokstudio/content"
    login_path = "/login"
    challenge_path = "/captcha"
