/** Who was logged in where when a page last looked; said at the next hello. */

import { CATALOGUE } from "../contract/catalogue.ts";
import type { LeasedJob, LeaseRef } from "../contract/types.ts";
import { activeLease } from "./active.ts";
import * as journal from "./journal.ts";
import { read, write } from "./storage.ts";

export async function rememberAccount(lease: LeaseRef, account: string): Promise<void> {
  const record = await journal.current();
  if (record?.lease.leaseId === lease.leaseId) await remember(record.job, account);
}

export const rememberLoggedOut = (job: LeasedJob): Promise<void> => remember(job, null);

async function remember({ platform, sandbox }: LeasedJob, account: string | null): Promise<void> {
  if (sandbox) return;
  const known = (await read("presence")) ?? {};
  const before = known[platform];
  const isLoggedIn = account !== null;
  await write({
    presence: { ...known, [platform]: { platform, loggedIn: isLoggedIn, account } },
    // What the broker does not know yet is told before the next job.
    ...((before?.loggedIn !== isLoggedIn || before.account !== account) && { hello: null }),
  });
}

/** Somebody has passed a platform's login page in a tab of their own: what was known counts no more. */
export async function tabUpdated(tabId: number, tab: { url?: string | undefined }): Promise<void> {
  const { url } = tab;
  if (url === undefined || activeLease()?.tabId === tabId) return;
  const platform = platformOfLogin(url);
  const known = await read("presence");
  if (platform === null || known?.[platform] === undefined) return;
  await write({
    presence: Object.fromEntries(Object.entries(known).filter(([id]) => id !== platform)),
    hello: null,
  });
}

/** The platform whose login page this is. */
function platformOfLogin(url: string): string | null {
  const { hostname, pathname } = new URL(url);
  const host = hostname.replace(/^www\./, "");
  for (const [id, entry] of Object.entries(CATALOGUE)) {
    if (!entry?.platform.hosts.includes(host)) continue;
    const paths = entry.locators.loggedOutPaths ?? [];
    if (paths.some((path) => new RegExp(path).test(pathname))) return id;
  }
  return null;
}
