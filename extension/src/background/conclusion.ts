/** What the end of an errand means for the lease. */

import type { Errand, Finding } from "../platforms/adapter.ts";
import { activeLease, type Ended } from "./active.ts";
import { livePostUrl, placeOf } from "./job-place.ts";
import * as journal from "./journal.ts";
import { failedEnding, unknownEnding, type Ending, type JournalRecord } from "./journal.ts";
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
      if (record.stage === "pressed") return unknownEnding(record, finding.error);
      if (finding.errorCode === "not_logged_in") await rememberLoggedOut(record.job);
      return failedEnding(finding.errorCode, finding.error, finding.details);
    case "refused": {
      const { errorCode, error, evidence } = finding;
      return { outcome: "failed", stage: "pressed", errorCode, error, evidence };
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

/** The platform named a post; only a look at its own page makes it published. */
async function confirmLive(
  record: JournalRecord,
  { handle, postId, source, url }: Finding & { kind: "created" },
): Promise<Ending | null> {
  const { job, lease } = record;
  const place = await placeOf(job);
  const candidateUrl = await livePostUrl(job, { handle, postId, ...(url !== undefined && { url }) });
  if ("outcome" in place || candidateUrl === null) return unknownEnding(record);
  const noted = await journal.note(lease, { stage: "pressed", candidateUrl });
  const errand: Errand = { kind: "confirm", job, base: place.base, handle, postId };
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
