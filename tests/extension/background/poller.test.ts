import { beforeEach, describe, expect, test } from "vitest";
import { pairedBrowser, pass, POPUP, startBackground, stopTime } from "../doubles/background.ts";
import { CONNECTION, type FakeBroker, leased } from "../doubles/broker.ts";
import type { FakeBrowser } from "../doubles/chrome.ts";

const PULL = "/v1/extension/pull";
const HELLO = "/v1/extension/hello";

let browser: FakeBrowser;
let broker: FakeBroker;

const startWorker = (): Promise<unknown> => startBackground(browser);

stopTime();

beforeEach(() => {
  ({ browser, broker } = pairedBrowser());
});

test("one loop polls, however often it is woken", async () => {
  await startWorker();
  for (let alarms = 0; alarms < 5; alarms++) {
    browser.alarm();
    await pass(1);
  }
  expect(broker.to(PULL)).toHaveLength(1);
});

test("an unpaired browser asks nobody", async () => {
  delete browser.local.values["connection"];
  await startWorker();
  browser.alarm();
  await pass(60);
  expect(broker.requests).toEqual([]);
});

test("the next poll follows the answer to the last", async () => {
  broker.next[PULL] = [{ status: 204 }, { status: 204 }];
  await startWorker();
  await pass(1);
  expect(broker.to(PULL)).toHaveLength(3);
});

test("polls are spaced out while the broker cannot be reached", async () => {
  broker.next[PULL] = Array.from({ length: 20 }, () => "unreachable" as const);
  await startWorker();
  const counts: number[] = [];
  for (const seconds of [0.5, 1, 2, 5, 10, 30]) {
    await pass(seconds);
    counts.push(broker.to(PULL).length);
  }
  expect(counts).toEqual([1, 2, 3, 4, 5, 6]);
  expect(browser.local.values["trouble"]).toContain("cannot be reached");
});

test("the trouble is over with the first answer", async () => {
  broker.next[PULL] = ["unreachable", { status: 204 }];
  await startWorker();
  await pass(3);
  expect(browser.local.values["trouble"]).toBeUndefined();
});

test("a revoked token is forgotten, and the person told", async () => {
  broker.next[PULL] = [{ status: 401 }];
  await startWorker();
  await pass(60);
  expect(browser.local.values["connection"]).toBeUndefined();
  expect(browser.local.values["note"]).toBe("The server has disconnected this browser.");
  expect(broker.to(PULL)).toHaveLength(1);
});

test("a revoked token is noticed by the first request, while a poll still waits", async () => {
  await startWorker();
  await pass(1);
  broker.next[HELLO] = [{ status: 401 }];
  await browser.send("pause", { paused: true }, POPUP);
  await pass(1);
  expect(browser.local.values["connection"]).toBeUndefined();
  expect(await browser.send("view", null, POPUP)).toMatchObject({
    connection: null,
    paused: false,
  });
});

test("an outdated extension stops asking and says why", async () => {
  broker.next[PULL] = [{ status: 426, body: { code: "EXTENSION_OUTDATED" } }];
  await startWorker();
  await pass(120);
  expect(broker.to(PULL)).toHaveLength(1);
  expect(await browser.send("view", null, POPUP)).toMatchObject({ outdated: true });
});

describe("hello", () => {
  test("is said once in five minutes", async () => {
    broker.next[PULL] = Array.from({ length: 9 }, () => ({ status: 204 }));
    await startWorker();
    await pass(10);
    expect(broker.to(HELLO)).toHaveLength(1);
    await startWorker();
    await pass(10);
    expect(broker.to(HELLO)).toHaveLength(1);
    await pass(300);
    await startWorker();
    await pass(10);
    expect(broker.to(HELLO)).toHaveLength(2);
  });

  test("tells of a pause at once, and no poll follows", async () => {
    await startWorker();
    await pass(1);
    await browser.send("pause", { paused: true }, POPUP);
    broker.give(leased());
    await pass(60);
    expect(broker.to(HELLO).at(-1)).toMatchObject({ paused: true });
    expect(broker.to(PULL)).toHaveLength(1);
  });

  test("tells of a pause although an earlier hello is still under way", async () => {
    broker.held = HELLO;
    await startWorker();
    await pass(1);
    const paused = browser.send("pause", { paused: true }, POPUP);
    await pass(1);
    broker.release();
    await paused;
    expect(broker.to(HELLO)).toMatchObject([{ paused: false }, { paused: true }]);
  });

  test("an old broker's answer does not stand for a new one's", async () => {
    broker.held = HELLO;
    await startWorker();
    await pass(1);
    browser.local.values["connection"] = { ...CONNECTION, token: "token-of-another-broker" };
    broker.release();
    await pass(1);
    expect(browser.local.values["hello"]).toBeUndefined();
  });
});

test("a job that comes while the browser is paused is given back unharmed", async () => {
  await startWorker();
  await pass(1);
  await browser.send("pause", { paused: true }, POPUP);
  broker.give(leased());
  await pass(5);
  expect(broker.to("/v1/extension/ack")).toMatchObject([
    { jobId: "job-00000001", outcome: "released", stage: "preparing" },
  ]);
  expect(browser.opened).toEqual([]);
});

test("the popup never gets the token", async () => {
  await startWorker();
  await pass(1);
  const view = JSON.stringify(await browser.send("view", null, POPUP));
  expect(view).toContain("Acme");
  expect(view).not.toContain(CONNECTION.token);
});

test("a page of the web cannot speak as the popup", async () => {
  await startWorker();
  for (const name of ["view", "pause", "disconnect", "confirm"]) {
    await expect(browser.send(name, {}, { tabId: 1 })).rejects.toThrow("Receiving end");
  }
});
