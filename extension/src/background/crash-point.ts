/** Named places at which a test may stop the worker for good, as a crash would. Off unless storage names one. */

import { read, write } from "./storage.ts";

export type CrashPoint =
  | "lease_received"
  | "fetching_file"
  | "typing"
  | "before_permit"
  | "permit_received"
  | "journal_written"
  | "clicked"
  | "before_ack"
  | "after_ack";

let hasReached = false;
const never = (): Promise<never> => new Promise(() => undefined);

/** Goes on at once, except at the one place that storage names. */
export async function crashPoint(name: CrashPoint): Promise<void> {
  await alive();
  const wanted = await read("crashPoint");
  if ((typeof wanted === "string" ? wanted : wanted?.name) !== name) return;
  hasReached = true;
  await write({ crashPoint: null, crashReached: name });
  await never();
}

/** A worker that has reached its crash point does nothing more. */
export async function alive(): Promise<void> {
  if (hasReached) await never();
}
