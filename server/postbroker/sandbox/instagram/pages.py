"""The pages of the simulated Instagram."""

from typing import Any

from postbroker.sandbox.pages import Pages
from postbroker.sandbox.site import Account


class InstagramPages(Pages[Account]):
    """GET handlers of everything a person can open."""

    name = "Instagram"
    home_path = "/"
    login_path = "/accounts/login/"
    challenge_path = "/challenge/"

    def own_shell(self, account: Account | None) -> dict[str, Any]:
        """The number of whoever is logged in."""
        return {"userId": account.user_id if account else None}
