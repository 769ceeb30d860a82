/** What the end of an errand means for the lease. */

import type { CheckReport, LeasedJob } from "../contract/types.ts";
import { listUrls, startUrl } from "../places.ts";
import type { Errand, Finding } from "../platforms/adapter.ts";
import { activeLease, type Ended } from "./active.ts";
import * as api from "./api.ts";
import { livePostUrl, placeOf } from "./job-place.ts";
import * as journal from "./journal.ts";
import { failedEnding, unknownEnding, type Ending, type JournalRecord } from "./journal.ts";
import { rememberCheck } from "./locators.ts";
import { rememberLoggedOut } from "./presence.ts";
import { inSameTab } from "./tab-errands.ts";
import * as tabs from "./tabs.ts";

/** What the end of an errand means for the lease; null when there is nothing to report. */
export async function conclude(ended: Ended): Promise<Ending | null> {
  const active = activeLease();
  if (active === null) return null;
  if (ended.kind === "stopped") return active.ending;
  // A page that is given up must not press any more before its stage is read.
  if (ended.kind === "gone") {
    active.isOver = true;
    await tabs.closeTab(active.tabId);
  }
  const record = await journal.current();
  if (record?.lease.leaseId !== active.lease.leaseId) return null;
  const isVerify = record.purpose === "verify";
  if (ended.kind === "gone") {
    if (isVerify) return unseen(ended.error);
    return record.stage === "preparing"
      ? failedEnding(ended.errorCode, ended.error)
      : unknownEnding(record, ended.error);
  }
  const { finding } = ended;
  switch (finding.kind) {
    case "failed":
      if (isVerify) return unseen(finding.error);
      if (record.stage === "pressed") return unknownEnding(record, finding.error);
      if (finding.errorCode === "not_logged_in") await rememberLoggedOut(record.job);
      return failedEnding(finding.errorCode, finding.error, finding.details);
    case "refused": {
      const { errorCode, error, evidence, retryAfterSeconds = null } = finding;
      const stage = "pressed";
      return { outcome: "failed", stage, errorCode, error, evidence, retryAfterSeconds };
    }
    case "doubtful":
      return {
        ...unknownEnding({ ...record, stage: "pressed" }, finding.error),
        ...(finding.evidence && { evidence: finding.evidence }),
      };
    case "created":
      return confirmLive(record, finding);
    case "seen": {
      const postUrl = await livePostUrl(record.job, finding);
      if (!finding.matches) {
        return isVerify
          ? unseen("The post there is another one.")
          : {
              ...unknownEnding(record, "The post there is another one."),
              evidence: finding.evidence,
            };
      }
      return {
        outcome: isVerify ? "found" : "published",
        stage: isVerify ? "preparing" : "pressed",
        ...(postUrl !== null && { postUrl }),
        evidence: finding.evidence,
      };
    }
    case "awaiting":
      return {
        outcome: isVerify ? "found" : "published",
        stage: isVerify ? "preparing" : "pressed",
        details: { approval: "pending" },
        evidence: finding.evidence,
      };
    case "done":
      return isVerify ? found(finding) : done(record, finding);
    case "absent":
      return {
        outcome: "absent",
        stage: "preparing",
        evidence: { source: "profile", lookedAt: finding.lookedAt },
      };
    case "unseen":
      return isVerify ? unseen(finding.error) : unknownEnding(record, finding.error);
  }
}

type Done = Finding & { kind: "done" };

/** The states of a group's button that say that the account has asked to be let in, or is in. */
const ASKED = ["joined", "requested"];

/** Without a press the answer stands; after one, only what a fresh page shows counts. */
async function done(record: JournalRecord, { details }: Done): Promise<Ending | null> {
  const { job } = record;
  if (job.kind === "check") await noteCheck(job, details);
  if (record.stage === "preparing") return { outcome: "done", stage: "preparing", details };
  const stage = "pressed";
  const place = await placeOf(job);
  const url = "outcome" in place ? null : startUrl(place.base, place.entry.locators, job);
  if ("outcome" in place || url === null) return unknownEnding({ ...record, stage });
  const ended = await inSameTab(url, { kind: "status", job, base: place.base });
  if (ended.kind !== "found" || ended.finding.kind !== "done") {
    return unknownEnding({ ...record, stage }, "The group could not be read after the press.");
  }
  const now = { ...details, ...ended.finding.details };
  const evidence = { source: "profile" } as const;
  if (hasAsked(now)) return { outcome: "done", stage, details: now, evidence };
  const error = "The group was not joined: it asks for something that a person must answer.";
  return { outcome: "failed", stage, errorCode: "not_joined", error, details: now, evidence };
}

/** The person sees it in the popup, and the broker hears of it with the next hello. */
async function noteCheck(job: LeasedJob, details: Done["details"]): Promise<void> {
  const { platform, sandbox = false } = job;
  const { session, account = null, locators } = details["check"] as CheckReport;
  if (session === "out") await rememberLoggedOut(job);
  const missing = locators.filter((each) => each.expected && each.candidate == null);
  await rememberCheck(platform, {
    checkedAt: api.brokerNow(),
    sandbox,
    session,
    account,
    missing: missing.map(({ name }) => name),
  });
}

/** A look at the group after a press that nobody could settle. */
function found({ details }: Done): Ending {
  const outcome = hasAsked(details) ? "found" : "absent";
  return { outcome, stage: "preparing", details, evidence: { source: "profile", lookedAt: 1 } };
}

const hasAsked = (details: Done["details"]): boolean =>
  ASKED.some((state) => details["buttonState"] === state);

/** The platform named a post; only a look at its own page makes it published. */
async function confirmLive(
  record: JournalRecord,
  { handle, postId, source, url, mayAwaitApproval }: Finding & { kind: "created" },
): Promise<Ending | null> {
  const { job, lease } = record;
  const place = await placeOf(job);
  const candidateUrl = await livePostUrl(job, {
    handle,
    postId,
    ...(url !== undefined && { url }),
  });
  if ("outcome" in place || candidateUrl === null) return unknownEnding(record);
  const noted = await journal.note(lease, { stage: "pressed", candidateUrl });
  const { base } = place;
  if (mayAwaitApproval) {
    const [waiting = null] = listUrls(base, place.entry.locators, job, handle);
    const look: Errand = { kind: "look", job, base, handle, notBefore: 0 };
    const ended = waiting === null ? null : await inSameTab(waiting, look);
    if (ended?.kind === "found" && ended.finding.kind === "awaiting") return conclude(ended);
    if (ended?.kind !== "found" || ended.finding.kind !== "absent") {
      return {
        ...unknownEnding(noted ?? record, "The list of posts that wait could not be read."),
        evidence: { source, account: handle, postId },
      };
    }
  }
  const errand: Errand = { kind: "confirm", job, base, handle, postId };
  const ended = await inSameTab(candidateUrl, errand);
  if (ended.kind === "found" && ended.finding.kind === "seen") return conclude(ended);
  return {
    ...unknownEnding(
      { ...(noted ?? record), candidateUrl, stage: "pressed" },
      "The post could not be seen live.",
    ),
    evidence: { source, account: handle, postId },
  };
}

export const unseen = (error: string): Ending => ({ outcome: "unseen", stage: "preparing", error });
