"""The occasions on which the pages' own requests spend switches, and are as late as those say."""

from postbroker.sandbox.site import Account, AnyAccount, ListedPost, Site


async def spend_on_list(site: Site[AnyAccount], account: Account) -> int:
    """Before an account's list is read; the age in milliseconds at which posts show up in it."""
    faults = site.faults(account.handle)
    delay_ms = faults.take_milliseconds("slow_profile")
    min_age_ms = faults.take_milliseconds("hidden_from_profile")
    site.save()
    if delay_ms:
        await site.clock.sleep(delay_ms / 1000)
    return min_age_ms


async def read_profile(site: Site[AnyAccount], account: AnyAccount) -> list[ListedPost]:
    """An account's posts as one request gets them."""
    return site.profile(account, await spend_on_list(site, account))


async def spend_on_upload(site: Site[AnyAccount], handle: str) -> bool:
    """Before the bytes of a file are taken; true when the file is to be refused."""
    faults = site.faults(handle)
    delay_ms, fails = faults.take_milliseconds("slow_upload"), faults.take("upload_fails")
    site.save()
    if delay_ms:
        await site.clock.sleep(delay_ms / 1000)
    return fails is not None
