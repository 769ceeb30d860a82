/** Who was logged in where when a page last looked; said at the next hello. */

import type { LeasedJob, LeaseRef } from "../contract/types.ts";
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
  await write({
    presence: { ...known, [platform]: { platform, loggedIn: account !== null, account } },
  });
}
