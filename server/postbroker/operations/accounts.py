"""Accounts, as agents and people ask for them."""

from postbroker.contract.accounts import (
    AccountAnswer,
    AccountList,
    AccountRef,
    ChangeAccount,
    Login,
)
from postbroker.contract.requests import Nothing
from postbroker.operations.operation import AnyOperation, Asked, Operation, Reply
from postbroker.services.accounts import Accounts, Known
from postbroker.store.accounts import LoginRecord
from postbroker.store.browsers import Browser


def account_operations(accounts: Accounts) -> list[AnyOperation]:
    """What can be asked about accounts."""

    async def list_(asked: Asked[Nothing]) -> Reply:
        known = await accounts.all_by(asked.who)
        return Reply(AccountList(accounts=[account_answer(each) for each in known]))

    async def read(asked: Asked[AccountRef]) -> Reply:
        known = await accounts.get_by(asked.who, asked.request.id)
        return Reply(account_answer(known, with_logins=True))

    async def change(asked: Asked[ChangeAccount]) -> Reply:
        return Reply(account_answer(await accounts.change(asked.who, asked.request)))

    missing = ("NOT_FOUND",)
    return [
        Operation(
            "list_accounts",
            "List accounts",
            "agent",
            Nothing,
            AccountList,
            list_,
            "accounts.read",
            description=(
                "Every account that a browser was logged in to or that is connected, with its "
                "pace, its state and when its next post may go out."
            ),
        ),
        Operation(
            "read_account",
            "Read an account and where it was logged in",
            "agent",
            AccountRef,
            AccountAnswer,
            read,
            "accounts.read",
            missing,
        ),
        Operation(
            "change_account",
            "Pause an account, ask about its posts, or pace it otherwise",
            "agent",
            ChangeAccount,
            AccountAnswer,
            change,
            "accounts.write",
            (*missing, "FORBIDDEN"),
            description=(
                "Pausing and `ask` need `accounts.write`; what lets more out needs "
                "`posts.approve` as well. What is left out stays as it is."
            ),
        ),
    ]


def account_answer(known: Known, *, with_logins: bool = False) -> AccountAnswer:
    """An account as its callers see it."""
    account = known.account
    return AccountAnswer(
        id=account.id,
        platform=account.platform,
        handle=account.handle,
        status=account.state(is_logged_in=bool(known.browser_ids)),
        mode=account.mode,
        confirmed=account.confirmed_at is not None,
        paused_because=account.paused_because,
        browser_ids=known.browser_ids,
        pacing=known.pacing,
        route=account.route,
        posts_today=known.posts_today,
        last_seen_at=account.last_seen_at.isoformat(),
        last_post_at=account.posted_at.isoformat() if account.posted_at else None,
        next_allowed_at=known.may_post_at.isoformat() if known.may_post_at else None,
        logins=[_login(*pair) for pair in known.logins] if with_logins else None,
    )


def _login(login: LoginRecord, browser: Browser) -> Login:
    ended_at = login.ended_at or browser.revoked_at
    return Login(
        browser_id=browser.id,
        browser=browser.name,
        began_at=login.began_at.isoformat(),
        last_seen_at=login.last_seen_at.isoformat(),
        ended_at=ended_at.isoformat() if ended_at else None,
    )
