/** Who was logged in where when a page last looked; said at the next hello. */

import { CATALOGUE, type CatalogueEntry } from "../contract/catalogue.ts";
import type { LeasedJob, LeaseRef } from "../contract/types.ts";
import { activeLease } from "./active.ts";
import { locatorsInUse } from "./locators.ts";
import * as journal from "./journal.ts";
import { read, write } from "./storage.ts";

/** Somebody who uses a platform's pages this long after our last look may be another one by now. */
const SURE_MINUTES = 10;

export async function rememberAccount(lease: LeaseRef, account: string): Promise<void> {
  const record = await journal.current();
  if (record?.lease.leaseId === lease.leaseId) await remember(record.job, account);
}

export const rememberLoggedOut = (job: LeasedJob): Promise<void> => remember(job, null);

async function remember({ platform, sandbox }: LeasedJob, account: string | null): Promise<void> {
  if (sandbox) return;
  const known = (await read("presence")) ?? {};
  const isLoggedIn = account !== null;
  await write({
    presence: { ...known, [platform]: { platform, loggedIn: isLoggedIn, account } },
    presenceAt: { ...((await read("presenceAt")) ?? {}), [platform]: Date.now() },
  });
}

/**
 * The person has a page of a platform in a tab of their own. What was known of the login counts no more
 * when it is the login page, or when it was read long ago: accounts are switched without a login too.
 */
export async function tabUpdated(tabId: number, tab: { url?: string | undefined }): Promise<void> {
  const { url } = tab;
  if (url === undefined || activeLease()?.tabId === tabId) return;
  const { hostname, pathname } = new URL(url);
  const entry = platformAt(hostname.replace(/^www\./, ""));
  const known = await read("presence");
  if (entry === undefined || known?.[entry.platform.id] === undefined) return;
  const { id } = entry.platform;
  const { locators } = await locatorsInUse(id, entry.locators);
  const isLogin = (locators.loggedOutPaths ?? []).some((path) => new RegExp(path).test(pathname));
  const readAt = (await read("presenceAt"))?.[id] ?? 0;
  if (!isLogin && Date.now() - readAt < SURE_MINUTES * 60_000) return;
  await write({
    presence: Object.fromEntries(Object.entries(known).filter(([other]) => other !== id)),
  });
}

const platformAt = (host: string): CatalogueEntry | undefined =>
  Object.values(CATALOGUE).find((entry) =>
    entry?.platform.hosts.some((each) => each.replace(/^www\./, "") === host),
  );
