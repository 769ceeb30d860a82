import { beforeEach, describe, expect, test } from "vitest";
import type { Leave } from "../../../extension/src/messages.ts";
import type { Errand, Finding } from "../../../extension/src/platforms/adapter.ts";
import { pairedBrowser, pass, startBackground, stopTime } from "../doubles/background.ts";
import { type FakeBroker, leased } from "../doubles/broker.ts";
import type { FakeBrowser, FakeTab, TabScript } from "../doubles/chrome.ts";

const LEASE = { jobId: "job-00000001", leaseId: "lease-0000001", epoch: 1 };
const GROUP = "https://www.facebook.com/groups/555/";
const CREATED: Finding = {
  kind: "created",
  source: "network",
  handle: "1000123",
  postId: "42",
  url: "https://www.facebook.com/groups/555/posts/42",
  mayAwaitApproval: true,
};
const AWAITING: Finding = {
  kind: "awaiting",
  evidence: { source: "profile", account: "1000123", text: "Hello", seenLive: true },
};
const SEEN: Finding = {
  kind: "seen",
  matches: true,
  handle: "1000123",
  postId: "42",
  url: "https://www.facebook.com/groups/555/posts/42",
  evidence: { source: "permalink", account: "1000123", text: "Hello", seenLive: true },
};
const ABSENT: Finding = { kind: "absent", lookedAt: 1 };

let browser: FakeBrowser;
let broker: FakeBroker;
let presses: number;

const state = (buttonState: string): Finding => ({ kind: "done", details: { buttonState } });

/** A page that asks and presses where its errand publishes or joins, and says what it found. */
function honestPage(
  tab: FakeTab,
  findings: Partial<Record<Errand["kind"], Finding>>,
  isPressed: boolean,
): TabScript {
  let finding: Finding | null = null;
  const say = (name: string, payload: object): Promise<unknown> =>
    browser.send(name, { lease: LEASE, ...payload }, { tabId: tab.id });
  const run = async ({ kind }: Errand): Promise<void> => {
    if ((kind === "publish" || kind === "join") && isPressed) {
      const composed = { account: "1000123", textSha256: "0".repeat(64), mediaCount: 0 };
      const leave = (await say("permit", { composed: { ...composed, target: "555" } })) as Leave;
      if (!leave.granted) return;
      presses += 1;
      await say("pressed", {});
    }
    finding = findings[kind] ?? null;
    if (finding !== null) await say("finished", { finding });
  };
  return (name, payload: { errand: Errand }) => {
    if (name === "run") void run(payload.errand).catch(() => null);
    return { started: true, holds: true, finding };
  };
}

async function carryOut(
  kind: string,
  findings: Partial<Record<Errand["kind"], Finding>>,
  { isPressed = true, over = {} } = {},
): Promise<Record<string, unknown>> {
  browser.script = (tab) => honestPage(tab, findings, isPressed);
  const job = { kind, platform: "facebook", account: "1000123", options: { groupId: "555" } };
  broker.jobs.push(leased(over, job));
  await startBackground(browser);
  await pass(10);
  return broker.to("/v1/extension/ack").at(-1) ?? {};
}

stopTime();

beforeEach(() => {
  presses = 0;
  ({ browser, broker } = pairedBrowser());
});

describe("a post to a group", () => {
  test("that waits is told as waiting, without a link", async () => {
    const ack = await carryOut("post", { publish: CREATED, look: AWAITING, confirm: SEEN });
    expect(ack).toMatchObject({ outcome: "published", details: { approval: "pending" } });
    expect(ack["postUrl"]).toBeUndefined();
    expect(browser.opened).toEqual([GROUP, `${GROUP}my_pending_content`]);
  });

  test("that does not wait is looked at where it is live", async () => {
    const ack = await carryOut("post", { publish: CREATED, look: ABSENT, confirm: SEEN });
    expect(ack).toMatchObject({ outcome: "published", postUrl: `${GROUP}posts/42` });
  });

  test("is not called live while nobody knows whether it waits", async () => {
    const look: Finding = { kind: "unseen", error: "no list" };
    const ack = await carryOut("post", { publish: CREATED, look, confirm: SEEN });
    expect(ack).toMatchObject({ outcome: "unknown", stage: "pressed" });
  });

  test("is looked for in both lists, first in the one of those that wait", async () => {
    const over = { purpose: "verify", previous: { stage: "pressed", postUrl: `${GROUP}posts/42` } };
    const ack = await carryOut("post", { look: ABSENT, confirm: SEEN }, { over });
    expect(ack["outcome"]).toBe("absent");
    expect(browser.opened).toEqual([`${GROUP}my_pending_content`, `${GROUP}my_posted_content`]);
  });
});

describe("a join", () => {
  test("of a group that the account is in presses nothing", async () => {
    const ack = await carryOut("group_join", { join: state("joined") }, { isPressed: false });
    expect(ack).toMatchObject({ outcome: "done", stage: "preparing" });
    expect(presses).toBe(0);
  });

  test("is what a fresh page says after the press", async () => {
    const findings = { join: state("joined"), status: state("requested") };
    const ack = await carryOut("group_join", findings);
    expect(ack).toMatchObject({
      outcome: "done",
      stage: "pressed",
      details: { buttonState: "requested" },
    });
  });

  test("that led to questions is told as not joined", async () => {
    const findings = { join: state("not_member"), status: state("not_member") };
    const ack = await carryOut("group_join", findings);
    expect(ack).toMatchObject({ outcome: "failed", errorCode: "not_joined", stage: "pressed" });
  });

  test("that cannot be read again is unknown", async () => {
    const status: Finding = { kind: "failed", errorCode: "selector_not_found", error: "gone" };
    const ack = await carryOut("group_join", { join: state("joined"), status });
    expect(ack).toMatchObject({ outcome: "unknown", stage: "pressed" });
  });

  test.each([
    ["requested", "found"],
    ["not_member", "absent"],
  ])("in doubt is settled by the state %s", async (buttonState, outcome) => {
    const over = { purpose: "verify" };
    const ack = await carryOut("group_join", { status: state(buttonState) }, { over });
    expect(ack).toMatchObject({ outcome, details: { buttonState } });
    expect(presses).toBe(0);
  });
});

test("a search begins on the page of its results", async () => {
  const details = { groupSearch: { results: [] } };
  browser.script = (tab) => honestPage(tab, { search: { kind: "done", details } }, false);
  const options = { query: "old maps" };
  broker.jobs.push(leased({}, { kind: "group_search", platform: "facebook", options }));
  await startBackground(browser);
  await pass(10);
  expect(browser.opened).toEqual(["https://www.facebook.com/search/groups/?q=old%20maps"]);
  expect(broker.to("/v1/extension/ack").at(-1)).toMatchObject({ outcome: "done", details });
});
