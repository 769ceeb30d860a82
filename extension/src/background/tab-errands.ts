/** Errands in tabs: given to a page, attended until they end. */

import { CATALOGUE } from "../contract/catalogue.ts";
import type { LeasedJob, LeaseRef } from "../contract/types.ts";
import { toPage } from "../messages.ts";
import type { Errand } from "../platforms/adapter.ts";
import { activeLease, nextEnd, PULSE_SECONDS, renew, type Active, type Ended } from "./active.ts";
import * as journal from "./journal.ts";
import type { JournalRecord } from "./journal.ts";
import { locatorsInUse } from "./locators.ts";
import * as tabs from "./tabs.ts";

/** A page may be busy for so long; one that does not answer then hangs. */
const ASK_SECONDS = 15;
/** The last resort, far beyond the page's own deadlines. */
const ERRAND_SECONDS = {
  ...{ publish: 300, confirm: 60, look: 90 },
  ...{ search: 90, status: 60, join: 120, check: 90 },
} as const;
/** The slowest upload that is waited for, and the longest wait; a page that sees nothing move gives up by itself. */
const UPLOAD_BYTES_PER_SECOND = 100_000;
const UPLOAD_SECONDS_MAX = 3600;
/** A redirect replaces the page and its script; this many pages are tried before the press. */
const PAGES_MAX = 3;

/** Runs an errand in a tab of its own; before the press a redirect may replace the page. */
export async function inNewTab(url: string | null, errand: Errand): Promise<Ended> {
  const run = activeLease();
  if (run === null) return { kind: "stopped" };
  if (url === null)
    return { kind: "gone", errorCode: "unknown_error", error: "There is no such page." };
  await renew(run, "open_tab");
  if (run.isOver) return { kind: "stopped" };
  await tabs.closeTab(run.tabId);
  try {
    run.tabId = await tabs.openTab(url);
  } catch (error) {
    return goneAs(error, errand.job);
  }
  await journal.note(run.lease, { tabId: run.tabId });
  let ended = await attend(run, errand);
  for (let pages = 1; pages < PAGES_MAX && isReplaced(ended); pages++) {
    const record = await journal.current();
    if (record?.stage !== "preparing" || record.permitAsked) break;
    ended = await attend(run, errand);
  }
  return ended;
}

export async function inSameTab(url: string, errand: Errand): Promise<Ended> {
  const run = activeLease();
  if (run?.tabId == null) return inNewTab(url, errand);
  try {
    await tabs.navigate(run.tabId, url);
  } catch {
    return inNewTab(url, errand);
  }
  return attend(run, errand);
}

/** Gives the errand to the page that is in the tab now, and stays with it until it ends. */
async function attend(run: Active, errand: Errand): Promise<Ended> {
  const { tabId } = run;
  if (tabId === null) return { kind: "stopped" };
  const ended = nextEnd(run);
  const deadline = performance.now() + errandSeconds(errand) * 1000;
  const attended = handOver(run, tabId, errand, deadline).then(
    () => supervise(run, tabId, deadline),
    (error: unknown) => goneAs(error, errand.job),
  );
  return Promise.race([ended, attended]);
}

/** A page that is just being left takes no errand; its successor does. */
async function handOver(
  run: Active,
  tabId: number,
  errand: Errand,
  deadline: number,
): Promise<void> {
  while (!run.isOver && !(await start(tabId, run.lease, errand))) {
    if (performance.now() >= deadline) {
      throw new tabs.TabProblem("content_script_unavailable", "The page took no errand.");
    }
    await seconds(PULSE_SECONDS / 4);
  }
}

async function start(tabId: number, lease: LeaseRef, errand: Errand): Promise<boolean> {
  const { platform } = errand.job;
  await tabs.inject(tabId, platform);
  const bundled = CATALOGUE[platform]?.locators;
  const inUse = bundled && (await locatorsInUse(platform, bundled));
  const pack = inUse?.isSigned ? inUse.locators : null;
  const answer = await toPage(tabId, "run", { lease, errand, pack }).catch(() => null);
  return answer?.started ?? false;
}

/** Goes on listening to a page that a dead worker has left alone. */
export async function reattach(record: JournalRecord): Promise<Ended> {
  const run = activeLease();
  if (run === null || record.tabId === null) {
    return { kind: "gone", errorCode: "browser_lost", error: "The page is gone." };
  }
  const deadline = performance.now() + errandSeconds({ kind: "publish", job: record.job }) * 1000;
  return Promise.race([nextEnd(run), supervise(run, record.tabId, deadline)]);
}

/** Files take their time on top. */
function errandSeconds({ kind, job }: Pick<Errand, "kind" | "job">): number {
  const bytes = (job.media ?? []).reduce((sum, { size }) => sum + size, 0);
  const upload = kind === "publish" ? bytes / UPLOAD_BYTES_PER_SECOND : 0;
  return ERRAND_SECONDS[kind] + Math.min(upload, UPLOAD_SECONDS_MAX);
}

/** Asks after the page until it has found something or is gone. */
async function supervise(run: Active, tabId: number, deadline: number): Promise<Ended> {
  const { lease } = run;
  for (;;) {
    const asked = toPage(tabId, "ask", { lease }).catch(() => null);
    const answer = await Promise.race([asked, seconds(ASK_SECONDS).then(() => "silent" as const)]);
    const errorCode = "content_script_unavailable";
    if (answer === "silent") return { kind: "gone", errorCode, error: "The page hangs." };
    if (!answer?.holds) {
      return { kind: "gone", errorCode, error: "The page was replaced.", isReplaced: true };
    }
    if (answer.finding !== null) {
      await journal.note(lease, { finding: answer.finding });
      return { kind: "found", finding: answer.finding };
    }
    if (performance.now() >= deadline) {
      return { kind: "gone", errorCode: "unknown_error", error: "The page took too long." };
    }
    await seconds(PULSE_SECONDS);
    if (run.isOver) return { kind: "stopped" };
  }
}

const isReplaced = (ended: Ended): boolean => ended.kind === "gone" && ended.isReplaced === true;

/** Claw Post clients know X's missing tab by a name of its own. */
function goneAs(error: unknown, { platform }: LeasedJob): Ended {
  if (!(error instanceof tabs.TabProblem)) throw error;
  const isNoTab = error.errorCode === "no_platform_tab" && platform === "x";
  return { kind: "gone", errorCode: isNoTab ? "no_x_tab" : error.errorCode, error: error.message };
}

const seconds = (count: number): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), count * 1000));
