import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Leave } from "../../../extension/src/messages.ts";
import type { Errand, Finding } from "../../../extension/src/platforms/adapter.ts";
import { pairedBrowser, pass, startBackground, stopTime } from "../doubles/background.ts";
import { type FakeBroker, leased } from "../doubles/broker.ts";
import type { FakeBrowser, FakeTab, TabScript } from "../doubles/chrome.ts";

const LEASE = { jobId: "job-00000001", leaseId: "lease-0000001", epoch: 1 };
const COMPOSED = { account: "ada", textSha256: "0".repeat(64), mediaCount: 0, target: "feed" };
const SEEN: Finding = {
  kind: "seen",
  matches: true,
  handle: "ada",
  postId: "42",
  evidence: { source: "permalink", account: "ada", text: "Hello", postId: "42", seenLive: true },
};
const CREATED: Finding = { kind: "created", source: "network", handle: "ada", postId: "42" };

let browser: FakeBrowser;
let broker: FakeBroker;
/** Every press of every page, ever. */
let presses: number;
let leaves: Leave[];

const ackOf = (): Record<string, unknown> => broker.to("/v1/extension/ack").at(-1) ?? {};
const tabs = (): FakeTab[] => [...browser.tabs.values()];

const startWorker = (): Promise<unknown> => startBackground(browser);

/** A page that does its errand as the real one does: asks, presses on leave, tells what it found. */
function honestPage(tab: FakeTab, findings: Partial<Record<Errand["kind"], Finding>>): TabScript {
  let finding: Finding | null = null;
  const say = (name: string, payload: object): Promise<unknown> =>
    browser.send(name, { lease: LEASE, ...payload }, { tabId: tab.id });
  const run = async (errand: Errand): Promise<void> => {
    if (errand.kind === "publish") {
      const leave = (await say("permit", { composed: COMPOSED })) as Leave;
      leaves.push(leave);
      if (!leave.granted) {
        finding = { kind: "failed", errorCode: "network_error", error: leave.because };
        await say("finished", { finding });
        return;
      }
      presses += 1;
      await say("pressed", {});
    }
    finding = findings[errand.kind] ?? null;
    if (finding !== null) await say("finished", { finding });
  };
  return (name, payload: { errand: Errand }) => {
    if (name === "run") void run(payload.errand).catch(() => null);
    return { started: true, holds: true, finding };
  };
}

stopTime();

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  presses = 0;
  leaves = [];
  ({ browser, broker } = pairedBrowser());
  browser.script = (tab) => honestPage(tab, { publish: CREATED, confirm: SEEN });
});

describe("a publish lease", () => {
  test("ends published after the post was seen at its permalink", async () => {
    broker.jobs.push(leased());
    await startWorker();
    await pass(5);
    expect(browser.opened).toEqual(["https://x.com/compose/post", "https://x.com/ada/status/42"]);
    expect(ackOf()).toMatchObject({
      ...LEASE,
      outcome: "published",
      stage: "pressed",
      postUrl: "https://x.com/ada/status/42",
      evidence: { source: "permalink", seenLive: true },
    });
    expect(presses).toBe(1);
    expect(tabs()).toEqual([]);
  });

  test("goes to the broker's own simulation when the job says sandbox", async () => {
    broker.jobs.push(leased({}, { sandbox: true }));
    await startWorker();
    await pass(5);
    expect(browser.opened[0]).toBe("http://127.0.0.1:8787/sandbox/x/compose/post");
    expect(ackOf()["postUrl"]).toBe("http://127.0.0.1:8787/sandbox/x/ada/status/42");
  });

  test("ends unknown when the post cannot be seen, with its place as a hint", async () => {
    browser.script = (tab) =>
      honestPage(tab, { publish: CREATED, confirm: { kind: "unseen", error: "404" } });
    broker.jobs.push(leased());
    await startWorker();
    await pass(5);
    expect(ackOf()).toMatchObject({
      outcome: "unknown",
      stage: "pressed",
      postUrl: "https://x.com/ada/status/42",
    });
  });

  test.each([
    [
      "more media than the platform takes",
      "content_rejected",
      {
        media: Array.from({ length: 5 }, (_, place) => ({
          ...{ id: `media-00000${place}`, fileName: "a.png", contentType: "image/png", size: 1 },
        })),
      },
    ],
    ["a platform that nobody knows", "unknown_error", { platform: "nowhere" }],
  ])("with %s fails before a tab is opened", async (_, errorCode, job) => {
    broker.jobs.push(leased({}, job));
    await startWorker();
    await pass(5);
    expect(ackOf()).toMatchObject({ outcome: "failed", stage: "preparing", errorCode });
    expect(browser.opened).toEqual([]);
  });

  test("without permission for the platform fails before a tab is opened", async () => {
    browser.permitted = (origin) => !origin.includes("x.com");
    broker.jobs.push(leased());
    await startWorker();
    await pass(5);
    expect(ackOf()).toMatchObject({ errorCode: "permission_missing" });
    expect(browser.opened).toEqual([]);
  });

  test("is renewed while the page works", async () => {
    browser.script = () => () => ({ started: true, holds: true, finding: null });
    broker.jobs.push(leased());
    await startWorker();
    await pass(61);
    expect(broker.to("/v1/extension/progress").length).toBeGreaterThanOrEqual(5);
  });

  test("whose tab is closed before the press fails as such", async () => {
    browser.script = () => () => ({ started: true, holds: true, finding: null });
    broker.jobs.push(leased());
    await startWorker();
    await pass(1);
    browser.closeTab(tabs()[0]?.id ?? 0);
    await pass(1);
    expect(ackOf()).toMatchObject({
      outcome: "failed",
      stage: "preparing",
      errorCode: "tab_closed",
      evidence: { source: "journal" },
    });
  });

  test("whose tab is closed after the press is unknown", async () => {
    browser.script = (tab) => honestPage(tab, {});
    broker.jobs.push(leased());
    await startWorker();
    await pass(1);
    browser.closeTab(tabs()[0]?.id ?? 0);
    await pass(1);
    expect(ackOf()).toMatchObject({ outcome: "unknown", stage: "pressed" });
  });

  test("goes on in the page that a redirect has put in the place of the first", async () => {
    broker.jobs.push(leased());
    const redirected = (tab: FakeTab): TabScript => {
      browser.script = (next) => honestPage(next, { publish: CREATED, confirm: SEEN });
      setTimeout(() => (tab.script = null));
      return () => ({ started: true, holds: true, finding: null });
    };
    browser.script = redirected;
    await startWorker();
    await pass(10);
    expect(ackOf()["outcome"]).toBe("published");
    expect(presses).toBe(1);
  });
});

describe("when the broker takes the job back", () => {
  test("a job that must wait is given back unharmed", async () => {
    broker.next["/v1/extension/progress"] = [
      { status: 200, body: { expiresInSeconds: 0, stop: "paused" } },
    ];
    broker.jobs.push(leased());
    await startWorker();
    await pass(30);
    expect(presses).toBe(0);
    expect(ackOf()).toMatchObject({ outcome: "released", stage: "preparing" });
    expect(browser.local.values["journal"]).toBeUndefined();
    expect(tabs()).toEqual([]);
  });

  test("with a lost lease, nothing is pressed and nothing reported", async () => {
    broker.next["/v1/extension/progress"] = [{ status: 409, body: { code: "LEASE_LOST" } }];
    broker.jobs.push(leased());
    await startWorker();
    await pass(30);
    expect(presses).toBe(0);
    expect(broker.to("/v1/extension/ack")).toEqual([]);
    expect(browser.local.values["journal"]).toBeUndefined();
    expect(tabs()).toEqual([]);
  });

  test.each([
    ["paused", { outcome: "released" }],
    ["expired", { outcome: "released" }],
    ["account_differs", { outcome: "failed", errorCode: "wrong_account" }],
    ["text_differs", { outcome: "failed", errorCode: "composer_mismatch" }],
    ["not_leased", { outcome: "failed", errorCode: "browser_lost" }],
  ])(
    "refusing the permit (%s), nothing is pressed and the broker is told",
    async (reason, told) => {
      broker.next["/v1/extension/permit"] = [
        { status: 409, body: { code: "PERMIT_REFUSED", details: { reason } } },
      ];
      broker.jobs.push(leased());
      await startWorker();
      await pass(30);
      expect(leaves).toEqual([{ granted: false, because: "stopped" }]);
      expect(presses).toBe(0);
      expect(ackOf()).toMatchObject({ ...told, stage: "preparing" });
      expect(tabs()).toEqual([]);
    },
  );

  test("after the press, the work goes on to its report", async () => {
    broker.jobs.push(leased());
    const go = { status: 200, body: { expiresInSeconds: 60 } };
    const stop = { status: 200, body: { expiresInSeconds: 0, stop: "canceled" } };
    broker.next["/v1/extension/progress"] = [go, stop, stop, stop];
    await startWorker();
    await pass(10);
    expect(ackOf()["outcome"]).toBe("published");
  });
});

describe("leave to press", () => {
  test("is not given when the broker's answer is lost", async () => {
    broker.next["/v1/extension/permit"] = ["unreachable"];
    broker.jobs.push(leased());
    await startWorker();
    await pass(10);
    expect(leaves).toEqual([{ granted: false, because: "lost" }]);
    expect(ackOf()).toMatchObject({
      outcome: "failed",
      stage: "preparing",
      errorCode: "network_error",
    });
  });

  test("is given to one page once", async () => {
    browser.script = () => () => ({ started: true, holds: true, finding: null });
    broker.jobs.push(leased());
    await startWorker();
    await pass(1);
    const [tab] = tabs();
    const ask = (tabId: number): Promise<unknown> =>
      browser.send("permit", { lease: LEASE, composed: COMPOSED }, { tabId });
    const answers = await Promise.all([ask(99), ask(tab?.id ?? 0)]);
    expect(answers).toEqual([
      { granted: false, because: "lost" },
      { granted: true, lifeMilliseconds: 10_000 },
    ]);
    expect(await ask(tab?.id ?? 0)).toEqual({ granted: false, because: "lost" });
    expect(broker.to("/v1/extension/permit")).toHaveLength(1);
  });

  test("is in the journal before the page has it", async () => {
    browser.script = () => () => ({ started: true, holds: true, finding: null });
    broker.jobs.push(leased());
    await startWorker();
    await pass(1);
    await browser.send(
      "permit",
      { lease: LEASE, composed: COMPOSED },
      { tabId: tabs()[0]?.id ?? 0 },
    );
    expect(browser.local.values["journal"]).toMatchObject({
      stage: "permitted",
      permitAsked: true,
      permitId: "permit-00001",
    });
  });
});

describe("after the death of a worker at", () => {
  const crashAt = async (point: string): Promise<void> => {
    browser.local.values["crashPoint"] = { name: point };
    broker.jobs.push(leased());
    await startWorker();
    await pass(5);
    expect(browser.local.values["crashReached"]).toBe(point);
  };

  test.each([
    ["lease_received", "", 0],
    ["before_permit", "failed preparing browser_lost", 0],
    ["permit_received", "failed preparing browser_lost", 0],
    ["clicked", "published pressed", 1],
    ["before_ack", "published pressed", 1],
    ["after_ack", "published pressed", 1],
  ])("%s the next one reports: %s", async (point, expected, pressed) => {
    await crashAt(point);
    await startWorker();
    // The page goes on by itself after a press.
    if (point === "clicked") {
      await browser.send(
        "finished",
        { lease: LEASE, finding: CREATED },
        { tabId: tabs()[0]?.id ?? 0 },
      );
    }
    await pass(5);
    const { outcome, stage, errorCode } = ackOf();
    const said = [outcome, stage, errorCode].join(" ").trim();
    expect(said).toBe(expected);
    expect(presses).toBe(pressed);
    expect(browser.local.values["journal"]).toBeUndefined();
  });

  test.each([
    ["before_permit", "unknown permitted"],
    ["journal_written", "unknown permitted"],
    ["clicked", "unknown permitted"],
    ["before_ack", "published pressed"],
  ])("%s and a restart of the browser the next one reports: %s", async (point, expected) => {
    await crashAt(point);
    browser.restart();
    const mine = await globalThis.chrome.tabs.create({ url: "https://x.com/home" });
    await startWorker();
    await pass(5);
    const { outcome, stage } = ackOf();
    expect([outcome, stage].join(" ")).toBe(expected);
    expect(tabs().map(({ id }) => id)).toEqual([mine.id]);
  });

  test("journal_written a page that got no leave has the last word", async () => {
    await crashAt("journal_written");
    const [tab] = tabs();
    const finding: Finding = { kind: "failed", errorCode: "network_error", error: "lost" };
    if (tab) tab.script = () => ({ started: false, holds: true, finding });
    await startWorker();
    await pass(5);
    expect(ackOf()).toMatchObject({ outcome: "failed", stage: "preparing" });
  });
});

describe("a report", () => {
  test("is repeated until it is answered", async () => {
    broker.next["/v1/extension/ack"] = ["unreachable", { status: 503 }];
    broker.jobs.push(leased());
    await startWorker();
    await pass(20);
    const reports = broker.to("/v1/extension/ack");
    expect(reports).toHaveLength(3);
    expect(new Set(reports.map((report) => JSON.stringify(report))).size).toBe(1);
    expect(browser.local.values["outbox"]).toEqual([]);
  });

  test.each([404, 409])("that is refused with %i is not repeated", async (status) => {
    broker.next["/v1/extension/ack"] = [{ status }];
    broker.jobs.push(leased());
    await startWorker();
    await pass(60);
    expect(broker.to("/v1/extension/ack")).toHaveLength(1);
  });
});

describe("a verify lease", () => {
  const verify = leased(
    { purpose: "verify", previous: { stage: "pressed", postUrl: "https://x.com/ada/status/42" } },
    { permittedSecondsAgo: 30 },
  );

  test("looks where the post is said to be, and reports it found", async () => {
    broker.jobs.push(verify);
    await startWorker();
    await pass(5);
    expect(browser.opened).toEqual(["https://x.com/ada/status/42"]);
    expect(ackOf()).toMatchObject({ outcome: "found", postUrl: "https://x.com/ada/status/42" });
    expect(presses).toBe(0);
  });

  test("looks through the account's list when it is not there", async () => {
    browser.script = (tab) =>
      honestPage(tab, {
        confirm: { kind: "unseen", error: "404" },
        look: { kind: "absent", lookedAt: 3 },
      });
    broker.jobs.push(verify);
    await startWorker();
    await pass(5);
    expect(browser.opened).toEqual(["https://x.com/ada/status/42", "https://x.com/ada"]);
    expect(ackOf()).toMatchObject({ outcome: "absent", evidence: { lookedAt: 3 } });
    expect(tabs()).toEqual([]);
  });

  test.each(["https://evil.example/ada/status/42", "https://x.com/settings/account"])(
    "never opens %s",
    async (postUrl) => {
      browser.script = (tab) => honestPage(tab, { look: { kind: "absent", lookedAt: 0 } });
      broker.jobs.push({ ...verify, previous: { stage: "pressed", postUrl } });
      await startWorker();
      await pass(5);
      expect(browser.opened).toEqual(["https://x.com/ada"]);
    },
  );

  test("that does not say whose posts could not look", async () => {
    broker.jobs.push(leased({ purpose: "verify" }, { account: null }));
    await startWorker();
    await pass(5);
    expect(ackOf()).toMatchObject({ outcome: "unseen" });
  });
});
