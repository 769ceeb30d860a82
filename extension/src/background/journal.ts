/** What was done before a click: written before each thing that cannot be undone, read after every death. */

import type { Ack, LeasedJob, LeaseRef, PullAnswer } from "../contract/types.ts";
import type { Step } from "../messages.ts";
import type { Finding } from "../platforms/adapter.ts";
import { browserSession, read, write } from "./storage.ts";

export type Stage = Ack["stage"];

/** What the contract takes of an error's words. */
const ERROR_CHARACTERS = 2000;

/** The one lease this browser works on. */
export interface JournalRecord {
  lease: LeaseRef;
  purpose: PullAnswer["purpose"];
  previous: PullAnswer["previous"];
  job: LeasedJob;
  stage: Stage;
  step: Step | null;
  /** True from before the question is sent: the broker may have given leave. */
  permitAsked: boolean;
  permitId: string | null;
  browserSession: string;
  tabId: number | null;
  /** Where the platform says the new post is. */
  candidateUrl: string | null;
  /** What the page found, kept before anything follows from it. */
  finding: Finding | null;
}

/** How a lease ended, before it is told. */
export type Ending = Omit<Ack, keyof LeaseRef>;

export async function begin({ job, lease, purpose, previous }: PullAnswer): Promise<JournalRecord> {
  const record: JournalRecord = {
    lease: { jobId: job.id, leaseId: lease.id, epoch: lease.epoch },
    purpose,
    previous: previous ?? null,
    job,
    stage: "preparing",
    step: null,
    permitAsked: false,
    permitId: null,
    browserSession: await browserSession(),
    tabId: null,
    candidateUrl: null,
    finding: null,
  };
  await write({ journal: record });
  return record;
}

export const current = (): Promise<JournalRecord | null> => read("journal");

/** Changes run one after the other, so that none writes an older record over a newer one. */
let changes: Promise<unknown> = Promise.resolve();

/** Changes the record of this lease; null when it is not the current one any more. */
export function note(
  lease: LeaseRef,
  change: Partial<JournalRecord>,
): Promise<JournalRecord | null> {
  const changed = changes.then(async () => {
    const record = await current();
    if (record?.lease.leaseId !== lease.leaseId) return null;
    const next = { ...record, ...change };
    await write({ journal: next });
    return next;
  });
  changes = changed.catch(() => undefined);
  return changed;
}

/** Ends the record and puts its report into the outbox, in one write; without an ending there is no report. */
export function close(lease: LeaseRef, ending: Ending | null): Promise<void> {
  const closed = changes.then(async () => {
    const record = await current();
    if (record?.lease.leaseId !== lease.leaseId) return;
    if (ending !== null) {
      const outbox = (await read("outbox")) ?? [];
      const error = ending.error?.slice(0, ERROR_CHARACTERS);
      const report: Ack = { ...lease, ...ending, ...(error !== undefined && { error }) };
      // A death between the two writes leaves both: the report is then made again and is the same.
      await write({ outbox: [...outbox.filter((each) => each.leaseId !== lease.leaseId), report] });
    }
    await write({ journal: null });
  });
  changes = closed.catch(() => undefined);
  return closed;
}

/**
 * What the journal proves about a lease whose worker fell silent. `ask_page`: the button may have been
 * pressed, and the page that knows may still be there.
 *
 *     stage       same browser session          after a restart of browser or extension
 *     preparing   failed: no press was possible  failed, unless the permit question was sent: unknown
 *     permitted   ask the page, else unknown     unknown
 *     pressed     ask the page, else unknown     unknown
 */
export function afterSilence(record: JournalRecord, session: string): Ending | "ask_page" {
  const isSameSession = record.browserSession === session;
  if (record.purpose === "verify") {
    return {
      outcome: "unseen",
      stage: "preparing",
      error: "The browser fell silent while it looked.",
      evidence: { source: "journal" },
    };
  }
  if (record.stage !== "preparing") return isSameSession ? "ask_page" : unknownEnding(record);
  return isSameSession || !record.permitAsked
    ? failedEnding("browser_lost", "The browser fell silent before the press.")
    : unknownEnding({ ...record, stage: "permitted" });
}

/** Nothing was pressed, and the journal is the witness. */
export function failedEnding(
  errorCode: string,
  error: string,
  details: Record<string, unknown> = {},
): Ending {
  return {
    outcome: "failed",
    stage: "preparing",
    errorCode,
    error,
    details,
    evidence: { source: "journal" },
  };
}

/** Given back unharmed. */
export const releasedEnding: Ending = {
  outcome: "released",
  stage: "preparing",
  evidence: { source: "journal" },
};

/** The button may have been pressed, and nobody here knows how it went. */
export function unknownEnding(
  { stage, candidateUrl }: Pick<JournalRecord, "stage" | "candidateUrl">,
  error = "The browser fell silent after it had leave to press.",
): Ending {
  return {
    outcome: "unknown",
    stage,
    error,
    ...(candidateUrl !== null && { postUrl: candidateUrl }),
    evidence: { source: "journal" },
  };
}
