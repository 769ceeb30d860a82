/** The lease that this worker works on: who holds it, how it is kept, and how it is stopped. */

import type { LeaseRef } from "../contract/types.ts";
import { toPage, type Step } from "../messages.ts";
import type { Finding } from "../platforms/adapter.ts";
import * as api from "./api.ts";
import * as journal from "./journal.ts";
import { releasedEnding, type Ending, type JournalRecord } from "./journal.ts";
import type { Connection } from "./storage.ts";

/** How often the page is asked whether it is still there; its waits look at the clock each time. */
export const PULSE_SECONDS = 2;
export const RENEW_SECONDS = 15;

/** How an errand in a tab ended. */
export type Ended =
  | { kind: "found"; finding: Finding }
  /** `isReplaced`: the tab is there, with another page in it. */
  | { kind: "gone"; errorCode: string; error: string; isReplaced?: true }
  | { kind: "stopped" };

/** The lease being worked on in the life of this worker. What must outlive it is in the journal. */
export interface Active {
  readonly connection: Connection;
  readonly lease: LeaseRef;
  tabId: number | null;
  step: Step;
  renewedAt: number;
  /** Steps are told one after the other, in the order in which they were reached. */
  told: Promise<void>;
  /** From now on no leave is handed out. */
  isOver: boolean;
  /** What to report when the broker has stopped the work; null when it does not listen any more. */
  ending: Ending | null;
  end: (ended: Ended) => void;
}

let active: Active | null = null;

export const activeLease = (): Active | null => active;

export function activate(connection: Connection, { lease, tabId, step }: JournalRecord): Active {
  active = {
    connection,
    lease,
    tabId,
    step: step ?? "open_tab",
    renewedAt: performance.now(),
    told: Promise.resolve(),
    isOver: false,
    ending: null,
    end: () => undefined,
  };
  return active;
}

export function deactivate(run: Active): void {
  if (active === run) active = null;
}

export function activeFor(lease: LeaseRef, tabId: number): Active | null {
  return active?.lease.leaseId === lease.leaseId && active.tabId === tabId ? active : null;
}

export function nextEnd(run: Active): Promise<Ended> {
  return new Promise((resolve) => (run.end = resolve));
}

/** Keeps the lease while the work goes on, however long a step takes. */
export function keepRenewing(run: Active, renewSeconds: number): () => void {
  const renewAfter = (Math.min(renewSeconds, RENEW_SECONDS) - PULSE_SECONDS) * 1000;
  const timer = setInterval(() => {
    if (!run.isOver && performance.now() - run.renewedAt >= renewAfter) void renew(run, run.step);
  }, PULSE_SECONDS * 1000);
  return () => clearInterval(timer);
}

/** Tells the broker where we are. Its word to stop counts until leave to press was given. */
export function renew(run: Active, step: Step, detail?: string): Promise<void> {
  run.step = step;
  run.renewedAt = performance.now();
  run.told = run.told.then(() => tell(run, step, detail));
  return run.told;
}

async function tell(run: Active, step: Step, detail?: string): Promise<void> {
  await journal.note(run.lease, { step });
  try {
    const { stop: reason } = await api.progress(run.connection, {
      ...run.lease,
      step,
      ...(detail !== undefined && { detail }),
    });
    if (reason != null) await stop(run, releasedEnding);
  } catch (error) {
    if (error instanceof api.Refused && !error.isPassing) await stop(run, null);
    // Without an answer the lease may run out; the permit decides.
  }
}

export async function stop(run: Active, ending: Ending | null): Promise<void> {
  const record = await journal.current();
  if (record?.lease.leaseId === run.lease.leaseId && record.stage !== "preparing") return;
  run.isOver = true;
  run.ending = ending;
  run.end({ kind: "stopped" });
  // The tab is closed next; a page that hangs would answer never.
  if (run.tabId !== null) void toPage(run.tabId, "abort", { lease: run.lease }).catch(() => null);
}
