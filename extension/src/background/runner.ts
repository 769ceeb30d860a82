/** Carries one job from its lease to its report, in a tab of its own. */

import type { LeaseRef, PullAnswer } from "../contract/types.ts";
import { isForGroup, listUrls, readPermalink, startUrl } from "../places.ts";
import type { Errand } from "../platforms/adapter.ts";
import {
  activate,
  activeLease,
  deactivate,
  keepRenewing,
  RENEW_SECONDS,
  type Active,
  type Ended,
} from "./active.ts";
import * as api from "./api.ts";
import { conclude, unseen } from "./conclusion.ts";
import { crashPoint } from "./crash-point.ts";
import { placeOf } from "./job-place.ts";
import * as journal from "./journal.ts";
import { failedEnding, unknownEnding, type Ending, type JournalRecord } from "./journal.ts";
import { browserSession, read, write, type Connection } from "./storage.ts";
import { inNewTab, reattach } from "./tab-errands.ts";
import * as tabs from "./tabs.ts";

/** A verify lease that does not say when the press was looks this far back. */
const LOOK_BACK_SECONDS = 86_400;

/** Works on a job that has just been leased, and puts the report into the outbox. */
export async function work(connection: Connection, pulled: PullAnswer): Promise<void> {
  await crashPoint("lease_received");
  const record = await journal.begin(pulled);
  const run = activate(connection, record);
  await finish(run, () => (pulled.purpose === "publish" ? publish(record) : verify(record)));
}

/** Brings a lease to its end on which an earlier worker fell silent. */
export async function recover(connection: Connection): Promise<void> {
  const record = await journal.current();
  if (record === null || activeLease() !== null) return;
  const session = await browserSession();
  // Numbers of tabs are given anew when the browser starts; an old one may be a tab of the user.
  const tabId = record.browserSession === session ? record.tabId : null;
  const known = { ...record, tabId };
  const verdict = journal.afterSilence(record, session);
  const run = activate(connection, known);
  // A page that is still preparing gets no leave any more: its end is decided already.
  run.isOver = record.finding === null && verdict !== "ask_page";
  await finish(run, async () => {
    if (record.finding !== null) return conclude({ kind: "found", finding: record.finding });
    return verdict === "ask_page" ? conclude(await reattach(known)) : verdict;
  });
}

/** Leaves all work and forgets it: the broker it was for is not ours any more. */
export async function abandon(): Promise<void> {
  const active = activeLease();
  if (active !== null) {
    active.isOver = true;
    active.end({ kind: "stopped" });
    await tabs.closeTab(active.tabId);
  }
  await write({ journal: null, outbox: null, presence: null });
}

export function tabRemoved(tabId: number): void {
  const active = activeLease();
  if (active?.tabId === tabId) {
    active.end({ kind: "gone", errorCode: "tab_closed", error: "The tab was closed." });
  }
}

/** What the page is sent to do for each kind of job. */
const ERRANDS = {
  post: "publish",
  comment: "publish",
  group_search: "search",
  group_status: "status",
  group_join: "join",
  check: "check",
} as const;

async function publish(record: JournalRecord): Promise<Ending | null> {
  const { job } = record;
  const place = await placeOf(job);
  if ("outcome" in place) return place;
  const { base, entry } = place;
  if ((job.media?.length ?? 0) > entry.platform.media.max) {
    return failedEnding("content_rejected", `${entry.platform.name} takes no media here.`);
  }
  const kind = ERRANDS[job.kind];
  return conclude(await inNewTab(startUrl(base, entry.locators, job), { kind, job, base }));
}

/** Looks where the post is said to be, then through the account's own list. Presses nothing. */
async function verify({ job, previous }: JournalRecord): Promise<Ending | null> {
  const askedAt = api.brokerNow();
  const handle = job.account?.replace(/^@/, "");
  const place = await placeOf(job);
  if ("outcome" in place) return unseen(place.error ?? "");
  if (handle === undefined) return unseen("The job does not say whose posts to look at.");
  const { base, entry } = place;

  // The author of a post that waits in a group sees it at its address as if it were live: only lists tell.
  const hint =
    previous?.postUrl != null && !isForGroup(job)
      ? readPermalink(previous.postUrl, base, entry.platform)
      : null;
  if (hint !== null) {
    const { postId } = hint;
    const ended = await inNewTab(hint.url, { kind: "confirm", job, base, handle, postId });
    if (ended.kind === "stopped") return conclude(ended);
    if (ended.kind === "found" && ended.finding.kind === "seen" && ended.finding.matches) {
      return conclude(ended);
    }
  }
  if (job.kind === "group_join") {
    const url = startUrl(base, entry.locators, job);
    return conclude(await inNewTab(url, { kind: "status", job, base }));
  }
  const notBefore = askedAt - (job.permittedSecondsAgo ?? LOOK_BACK_SECONDS) * 1000;
  const errand: Errand = { kind: "look", job, base, handle, notBefore };
  let ended: Ended | null = null;
  for (const url of listUrls(base, entry.locators, job, handle)) {
    ended = await inNewTab(url, errand);
    if (ended.kind !== "found" || ended.finding.kind !== "absent") break;
  }
  return ended === null ? unseen("There is no list to look at.") : conclude(ended);
}

async function finish(run: Active, carryOut: () => Promise<Ending | null>): Promise<void> {
  const renewSeconds = (await read("hello"))?.answer?.renewSeconds ?? RENEW_SECONDS;
  const stopRenewing = keepRenewing(run, renewSeconds);
  let ending: Ending | null;
  try {
    ending = await carryOut();
  } catch (error) {
    ending = await endingAfterError(run.lease, error);
  }
  stopRenewing();
  run.isOver = true;
  await tabs.closeTab(run.tabId);
  await journal.close(run.lease, ending);
  deactivate(run);
}

/** Nothing here is expected to throw; what does must still end in a true report. */
async function endingAfterError(lease: LeaseRef, error: unknown): Promise<Ending | null> {
  console.error("job broke off", lease.jobId, error);
  const active = activeLease();
  if (active !== null) {
    active.isOver = true;
    await tabs.closeTab(active.tabId);
  }
  const record = await journal.current();
  if (record?.lease.leaseId !== lease.leaseId) return null;
  const message = error instanceof Error ? error.message : String(error);
  if (record.purpose === "verify") return unseen(message);
  return record.stage === "preparing"
    ? failedEnding("unknown_error", message)
    : unknownEnding(record, message);
}
