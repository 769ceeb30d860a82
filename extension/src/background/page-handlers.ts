/** Answers what the page says. Only the script in the tab of the lease is heard. */

import type { FileAnswer, FromPage, Handlers, Leave } from "../messages.ts";
import { activeFor, renew, stop } from "./active.ts";
import * as api from "./api.ts";
import { alive, crashPoint } from "./crash-point.ts";
import { expectFrame } from "./frame-files.ts";
import * as journal from "./journal.ts";
import { failedEnding, releasedEnding, type Ending } from "./journal.ts";
import { fetchFile, FileMissing } from "./media.ts";
import { rememberAccount } from "./presence.ts";

export const pageHandlers: Handlers<FromPage, { tabId: number }> = {
  async step({ lease, step, detail }, { tabId }) {
    const run = activeFor(lease, tabId);
    if (run === null) return null;
    if (step === "insert_text") await crashPoint("typing");
    if (step === "check_account" && detail !== undefined) await rememberAccount(run.lease, detail);
    await renew(run, step, detail);
    return null;
  },

  async permit({ lease, composed }, { tabId }): Promise<Leave> {
    const run = activeFor(lease, tabId);
    const record = run && (await journal.current());
    if (run === null || record?.stage !== "preparing" || record.permitAsked)
      return notGranted("lost");
    await journal.note(lease, { permitAsked: true });
    await crashPoint("before_permit");
    try {
      const permit = await api.permit(run.connection, { ...lease, composed });
      await crashPoint("permit_received");
      const noted = await journal.note(lease, { stage: "permitted", permitId: permit.permitId });
      await crashPoint("journal_written");
      // From here to the answer nothing waits: what has ended the run meanwhile is seen.
      if (noted === null || run.isOver) return notGranted("stopped");
      return { granted: true, lifeMilliseconds: permit.expiresInSeconds * 1000 };
    } catch (error) {
      if (!(error instanceof api.Refused) || error.isPassing) return notGranted("lost");
      await stop(run, endingAfterRefusal(error));
      return notGranted("stopped");
    }
  },

  async pressed({ lease }, { tabId }) {
    const run = activeFor(lease, tabId);
    await crashPoint("clicked");
    await journal.note(lease, { stage: "pressed" });
    if (run !== null) await renew(run, "press");
    return null;
  },

  async finished({ lease, finding }, { tabId }) {
    await alive();
    const record = await journal.current();
    if (record?.lease.leaseId !== lease.leaseId || record.tabId !== tabId) return null;
    await journal.note(lease, { finding });
    activeFor(lease, tabId)?.end({ kind: "found", finding });
    return null;
  },

  async file({ lease, id, probe }, { tabId }): Promise<FileAnswer> {
    const run = activeFor(lease, tabId);
    const media = (await journal.current())?.job.media?.find((each) => each.id === id);
    if (run === null || media === undefined) {
      return {
        kind: "failed",
        errorCode: "media_fetch_failed",
        error: "The job has no such file.",
      };
    }
    await crashPoint("fetching_file");
    const { origin, token } = run.connection;
    if (!((probe as unknown) instanceof Blob)) {
      return { kind: "by_frame", word: expectFrame(tabId, { origin, token, media }) };
    }
    try {
      return { kind: "file", blob: await fetchFile(run.connection, media) };
    } catch (error) {
      if (!(error instanceof FileMissing)) throw error;
      return { kind: "failed", errorCode: error.errorCode, error: error.message };
    }
  },
};

/** The broker gives no leave: nothing was pressed, and the journal is the witness. */
function endingAfterRefusal({ code, reason, message }: api.Refused): Ending | null {
  if (code !== "PERMIT_REFUSED") return null;
  switch (reason) {
    case "paused":
    case "expired":
    case "account_paused":
    case "paced":
    case "not_approved":
      return releasedEnding;
    case "account_differs":
      return failedEnding("wrong_account", message);
    case "text_differs":
    case "media_differs":
    case "target_differs":
      return failedEnding("composer_mismatch", message);
    default:
      return failedEnding("browser_lost", message);
  }
}

const notGranted = (because: "lost" | "stopped"): Leave => ({ granted: false, because });
