/** Carries one job from its lease to its report, in a tab of its own. */

import { CATALOGUE, type CatalogueEntry } from "../contract/catalogue.ts";
import type { Ack, LeasedJob, LeaseRef, PullAnswer } from "../contract/types.ts";
import { toPage, type FromPage, type Handlers, type Leave, type Step } from "../messages.ts";
import { baseUrl, pageUrl, readPermalink } from "../places.ts";
import type { Errand, Finding } from "../platforms/adapter.ts";
import * as api from "./api.ts";
import { alive, crashPoint } from "./crash-point.ts";
import * as journal from "./journal.ts";
import {
  failedEnding,
  releasedEnding,
  unknownEnding,
  type Ending,
  type JournalRecord,
} from "./journal.ts";
import { browserSession, read, write, type Connection } from "./storage.ts";
import * as tabs from "./tabs.ts";

/** How often the page is asked whether it is still there; its waits look at the clock each time. */
const PULSE_SECONDS = 2;
const RENEW_SECONDS = 15;
/** A page may be busy for so long; one that does not answer then hangs. */
const ASK_SECONDS = 15;
/** The last resort, far beyond the page's own deadlines. */
const ERRAND_SECONDS = { publish: 300, confirm: 60, look: 90 } as const;
/** A redirect replaces the page and its script; this many pages are tried before the press. */
const PAGES_MAX = 3;
/** A verify lease that does not say when the press was looks this far back. */
const LOOK_BACK_SECONDS = 86_400;

/** How an errand in a tab ended. */
type Ended =
  | { kind: "found"; finding: Finding }
  /** `isReplaced`: the tab is there, with another page in it. */
  | { kind: "gone"; errorCode: string; error: string; isReplaced?: true }
  | { kind: "stopped" };

/** The lease being worked on in the life of this worker. What must outlive it is in the journal. */
interface Active {
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

export const isWorking = (): boolean => active !== null;

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
  if (record === null || active !== null) return;
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

/** Sends every report that the broker has not answered. Sending one twice is harmless. */
export async function flush(connection: Connection): Promise<void> {
  for (const report of (await read("outbox")) ?? []) {
    await crashPoint("before_ack");
    try {
      await api.ack(connection, report);
    } catch (error) {
      const isFinal = error instanceof api.Refused && !error.isPassing && !error.isRevoked;
      if (!isFinal) throw error;
      console.warn("report refused", report.jobId, error.code);
    }
    await crashPoint("after_ack");
    const outbox = (await read("outbox")) ?? [];
    await write({ outbox: outbox.filter((each) => each.leaseId !== report.leaseId) });
  }
}

/** Gives a job back unharmed that must not be begun. */
export async function release({ job, lease }: PullAnswer): Promise<void> {
  const report: Ack = { jobId: job.id, leaseId: lease.id, epoch: lease.epoch, ...releasedEnding };
  await write({ outbox: [...((await read("outbox")) ?? []), report] });
}

/** Leaves all work and forgets it: the broker it was for is not ours any more. */
export async function abandon(): Promise<void> {
  if (active !== null) {
    active.isOver = true;
    active.end({ kind: "stopped" });
    await tabs.closeTab(active.tabId);
  }
  await write({ journal: null, outbox: null, presence: null });
}

export function tabRemoved(tabId: number): void {
  if (active?.tabId === tabId) {
    active.end({ kind: "gone", errorCode: "tab_closed", error: "The tab was closed." });
  }
}

/** What the page says. Only the script in the tab of the lease is heard. */
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
};

async function publish(record: JournalRecord): Promise<Ending | null> {
  const { job } = record;
  const place = await placeOf(job);
  if ("outcome" in place) return place;
  const { base, entry } = place;
  if ((job.media?.length ?? 0) > entry.platform.mediaMax) {
    return failedEnding("content_rejected", `${entry.platform.name} takes no media here.`);
  }
  return conclude(
    await inNewTab(pageUrl(base, entry.locators, "compose"), { kind: "publish", job, base }),
  );
}

/** Looks where the post is said to be, then through the account's own list. Presses nothing. */
async function verify({ job, previous }: JournalRecord): Promise<Ending | null> {
  const askedAt = api.brokerNow();
  const handle = job.account?.replace(/^@/, "");
  const place = await placeOf(job);
  if ("outcome" in place) return unseen(place.error ?? "");
  if (handle === undefined) return unseen("The job does not say whose posts to look at.");
  const { base, entry } = place;

  const hint =
    previous?.postUrl != null ? readPermalink(previous.postUrl, base, entry.platform) : null;
  if (hint !== null) {
    const url = pageUrl(base, entry.locators, "permalink", {
      handle: hint.handle,
      id: hint.postId,
    });
    const ended = await inNewTab(url, { kind: "confirm", job, base, ...hint, handle });
    if (ended.kind === "stopped") return conclude(ended);
    if (ended.kind === "found" && ended.finding.kind === "seen" && ended.finding.matches) {
      return conclude(ended);
    }
  }
  const notBefore = askedAt - (job.permittedSecondsAgo ?? LOOK_BACK_SECONDS) * 1000;
  const url = pageUrl(base, entry.locators, "profile", { handle });
  return conclude(await inNewTab(url, { kind: "look", job, base, handle, notBefore }));
}

/** What the end of an errand means for the lease; null when there is nothing to report. */
async function conclude(ended: Ended): Promise<Ending | null> {
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
  { handle, postId, source }: Finding & { kind: "created" },
): Promise<Ending | null> {
  const { job, lease } = record;
  const place = await placeOf(job);
  const candidateUrl = await livePostUrl(job, { handle, postId });
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

/** Runs an errand in a tab of its own; before the press a redirect may replace the page. */
async function inNewTab(url: string | null, errand: Errand): Promise<Ended> {
  const run = active;
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

async function inSameTab(url: string, errand: Errand): Promise<Ended> {
  const run = active;
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
  const deadline = performance.now() + ERRAND_SECONDS[errand.kind] * 1000;
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
  await tabs.inject(tabId, errand.job.platform);
  const answer = await toPage(tabId, "run", { lease, errand }).catch(() => null);
  return answer?.started ?? false;
}

/** Goes on listening to a page that a dead worker has left alone. */
async function reattach(record: JournalRecord): Promise<Ended> {
  const run = active;
  if (run === null || record.tabId === null) {
    return { kind: "gone", errorCode: "browser_lost", error: "The page is gone." };
  }
  const deadline = performance.now() + ERRAND_SECONDS.publish * 1000;
  return Promise.race([nextEnd(run), supervise(run, record.tabId, deadline)]);
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

/** Keeps the lease while the work goes on, however long a step takes. */
function keepRenewing(run: Active, renewSeconds: number): () => void {
  const renewAfter = (Math.min(renewSeconds, RENEW_SECONDS) - PULSE_SECONDS) * 1000;
  const timer = setInterval(() => {
    if (!run.isOver && performance.now() - run.renewedAt >= renewAfter) void renew(run, run.step);
  }, PULSE_SECONDS * 1000);
  return () => clearInterval(timer);
}

/** Tells the broker where we are. Its word to stop counts until leave to press was given. */
function renew(run: Active, step: Step, detail?: string): Promise<void> {
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

async function stop(run: Active, ending: Ending | null): Promise<void> {
  const record = await journal.current();
  if (record?.lease.leaseId === run.lease.leaseId && record.stage !== "preparing") return;
  run.isOver = true;
  run.ending = ending;
  run.end({ kind: "stopped" });
  // The tab is closed next; a page that hangs would answer never.
  if (run.tabId !== null) void toPage(run.tabId, "abort", { lease: run.lease }).catch(() => null);
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
  if (active === run) active = null;
}

/** Nothing here is expected to throw; what does must still end in a true report. */
async function endingAfterError(lease: LeaseRef, error: unknown): Promise<Ending | null> {
  console.error("job broke off", lease.jobId, error);
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

function activate(connection: Connection, { lease, tabId, step }: JournalRecord): Active {
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

function activeFor(lease: LeaseRef, tabId: number): Active | null {
  return active?.lease.leaseId === lease.leaseId && active.tabId === tabId ? active : null;
}

function nextEnd(run: Active): Promise<Ended> {
  return new Promise((resolve) => (run.end = resolve));
}

async function placeOf(job: LeasedJob): Promise<{ base: string; entry: CatalogueEntry } | Ending> {
  const entry = CATALOGUE[job.platform];
  if (entry === undefined) {
    return failedEnding(
      "unknown_error",
      `This extension does not know the platform "${job.platform}".`,
    );
  }
  const base = baseUrl(job, entry.platform, active?.connection.origin ?? "");
  if (!(await tabs.mayUse(base))) {
    return failedEnding("permission_missing", `The extension may not use ${new URL(base).host}.`);
  }
  return { base, entry };
}

async function livePostUrl(
  job: LeasedJob,
  { handle, postId }: { handle: string; postId: string },
): Promise<string | null> {
  const place = await placeOf(job);
  if ("outcome" in place) return null;
  return pageUrl(place.base, place.entry.locators, "permalink", { handle, id: postId });
}

const unseen = (error: string): Ending => ({ outcome: "unseen", stage: "preparing", error });

/** The broker gives no leave: nothing was pressed, and the journal is the witness. */
function endingAfterRefusal({ code, reason, message }: api.Refused): Ending | null {
  if (code !== "PERMIT_REFUSED") return null;
  switch (reason) {
    case "paused":
    case "expired":
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

const isReplaced = (ended: Ended): boolean => ended.kind === "gone" && ended.isReplaced === true;

/** Claw Post clients know X's missing tab by a name of its own. */
function goneAs(error: unknown, { platform }: LeasedJob): Ended {
  if (!(error instanceof tabs.TabProblem)) throw error;
  const isNoTab = error.errorCode === "no_platform_tab" && platform === "x";
  return { kind: "gone", errorCode: isNoTab ? "no_x_tab" : error.errorCode, error: error.message };
}

const seconds = (count: number): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), count * 1000));

async function rememberAccount(lease: LeaseRef, account: string): Promise<void> {
  const record = await journal.current();
  if (record?.lease.leaseId === lease.leaseId) await remember(record.job, account);
}

const rememberLoggedOut = (job: LeasedJob): Promise<void> => remember(job, null);

/** Who was logged in when we last looked; said at the next hello. */
async function remember({ platform, sandbox }: LeasedJob, account: string | null): Promise<void> {
  if (sandbox) return;
  const known = (await read("presence")) ?? {};
  await write({
    presence: { ...known, [platform]: { platform, loggedIn: account !== null, account } },
  });
}
