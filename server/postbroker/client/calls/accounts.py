"""Accounts: who posts, whether it may, and what it can."""

from collections.abc import Mapping
from typing import Any, Unpack

from postbroker.client.calls.asking import Asking, HasId, id_of, message
from postbroker.client.options import AccountChange
from postbroker.contract.accounts import AccountAnswer, AccountList, ChangeAccount
from postbroker.contract.connections import (
    AccountActions,
    AccountSettings,
    ActionAnswer,
    ActOnAccount,
    CapabilitiesAnswer,
)
from postbroker.contract.jobs import AccountStatus


class AccountCalls(Asking):
    """What can be asked about accounts."""

    async def accounts(self) -> AccountList:
        """All accounts."""
        return await self.ask("GET", "/v1/accounts", AccountList)

    async def get_account(self, account: str | HasId) -> AccountAnswer:
        """One account, with the browsers in which it was logged in."""
        return await self.ask("GET", f"/v1/accounts/{id_of(account)}", AccountAnswer)

    async def change_account(
        self, account: str | HasId, **change: Unpack[AccountChange]
    ) -> AccountAnswer:
        """Pause an account, have it asked about, or pace it otherwise."""
        wanted = message(ChangeAccount, {"id": id_of(account), **change})
        path = f"/v1/accounts/{wanted.id}"
        return await self.ask("PATCH", path, AccountAnswer, wanted, repeatable=True)

    async def status(self, platform: str | None = None) -> AccountStatus:
        """Whether posts can go out now, on `platform` where it is given; if not, the next step."""
        params = {"platform": platform} if platform else {}
        return await self.ask("GET", "/v1/account/status", AccountStatus, params=params)

    async def remove_account(self, account: str | HasId) -> None:
        """Remove an account and its connection; its jobs stay."""
        await self._wire.patiently("DELETE", f"/v1/accounts/{id_of(account)}")

    async def account_capabilities(
        self, account: str | HasId, *, refresh: bool = False
    ) -> CapabilitiesAnswer:
        """What a connected account can post; with `refresh` its platform is asked now."""
        path = f"/v1/accounts/{id_of(account)}/capabilities"
        params = {"refresh": "true"} if refresh else {}
        return await self.ask("GET", path, CapabilitiesAnswer, params=params)

    async def account_settings(self, account: str | HasId) -> AccountSettings:
        """What a post of a connected account may have beside text and files."""
        return await self.ask("GET", f"/v1/accounts/{id_of(account)}/settings", AccountSettings)

    async def account_actions(self, account: str | HasId) -> AccountActions:
        """What can be asked about a connected account."""
        return await self.ask("GET", f"/v1/accounts/{id_of(account)}/actions", AccountActions)

    async def act(
        self, account: str | HasId, action: str, given: Mapping[str, Any] | None = None
    ) -> ActionAnswer:
        """The pages, boards, channels or communities that an action lists; `given` narrows it."""
        wanted = message(
            ActOnAccount, {"id": id_of(account), "action": action, "given": dict(given or {})}
        )
        path = f"/v1/accounts/{wanted.id}/actions/{wanted.action}"
        return await self.ask("POST", path, ActionAnswer, wanted, repeatable=True)
