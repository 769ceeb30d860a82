import { beforeEach, describe, expect, test } from "vitest";
import type { PullAnswer } from "../../../extension/src/contract/types.ts";
import type * as Journal from "../../../extension/src/background/journal.ts";
import { leased } from "../doubles/broker.ts";
import { FakeBrowser } from "../doubles/chrome.ts";

let browser: FakeBrowser;
let journal: typeof Journal;
const pulled = leased() as unknown as PullAnswer;

beforeEach(async () => {
  browser = new FakeBrowser();
  journal = await browser.startWorker(() => import("../../../extension/src/background/journal.ts"));
});

describe("a lease whose worker fell silent", () => {
  type Case = [Journal.Stage, boolean, "same" | "another", string];

  test.each<Case>([
    ["preparing", false, "same", "failed preparing"],
    ["preparing", true, "same", "failed preparing"],
    ["preparing", false, "another", "failed preparing"],
    ["preparing", true, "another", "unknown permitted"],
    ["permitted", true, "same", "ask_page"],
    ["permitted", true, "another", "unknown permitted"],
    ["pressed", true, "same", "ask_page"],
    ["pressed", true, "another", "unknown pressed"],
  ])("at %s, permit asked: %s, in %s browser session ends as: %s", async (...args) => {
    const [stage, permitAsked, session, expected] = args;
    const record = { ...(await journal.begin(pulled)), stage, permitAsked };
    const now = session === "same" ? record.browserSession : "another";
    const verdict = journal.afterSilence(record, now);
    const said = verdict === "ask_page" ? verdict : `${verdict.outcome} ${verdict.stage}`;
    expect(said).toBe(expected);
  });

  test("names the journal as its witness and the browser as lost", async () => {
    const record = await journal.begin(pulled);
    expect(journal.afterSilence(record, record.browserSession)).toMatchObject({
      errorCode: "browser_lost",
      evidence: { source: "journal" },
    });
  });

  test("could not look when it was to verify", async () => {
    const record = await journal.begin({ ...pulled, purpose: "verify" });
    expect(journal.afterSilence(record, record.browserSession)).toMatchObject({
      outcome: "unseen",
    });
  });

  test("gives the place of the post where it is known", async () => {
    const candidateUrl = "https://x.com/ada/status/1";
    const record = { ...(await journal.begin(pulled)), stage: "pressed" as const, candidateUrl };
    expect(journal.afterSilence(record, "another")).toMatchObject({ postUrl: candidateUrl });
  });
});

test("changes made at the same time are all kept", async () => {
  const { lease } = await journal.begin(pulled);
  await Promise.all([
    journal.note(lease, { step: "press" }),
    journal.note(lease, { stage: "pressed" }),
    journal.note(lease, { tabId: 7 }),
  ]);
  expect(await journal.current()).toMatchObject({ step: "press", stage: "pressed", tabId: 7 });
});

test("a change for another lease changes nothing", async () => {
  const { lease } = await journal.begin(pulled);
  expect(
    await journal.note({ ...lease, leaseId: "lease-0000002" }, { stage: "pressed" }),
  ).toBeNull();
  expect((await journal.current())?.stage).toBe("preparing");
});

test("the end of a lease puts its report into the outbox once", async () => {
  const { lease } = await journal.begin(pulled);
  const ending = journal.failedEnding("tab_closed", "The tab was closed.");
  await journal.close(lease, ending);
  await journal.close(lease, ending);
  expect(browser.local.values["journal"]).toBeUndefined();
  expect(browser.local.values["outbox"]).toEqual([{ ...lease, ...ending }]);
});

test("the session lasts until the browser is started again", async () => {
  const storage = await browser.startWorker(
    () => import("../../../extension/src/background/storage.ts"),
  );
  const first = await storage.browserSession();
  expect(await storage.browserSession()).toBe(first);
  browser.restart();
  expect(await storage.browserSession()).not.toBe(first);
});
