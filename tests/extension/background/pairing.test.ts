import { beforeEach, describe, expect, test } from "vitest";
import type { View } from "../../../extension/src/messages.ts";
import { pass, POPUP, startBackground, stopTime } from "../doubles/background.ts";
import { CONNECTION, FakeBroker, ORIGIN } from "../doubles/broker.ts";
import { FakeBrowser } from "../doubles/chrome.ts";

const CLAIMED = { status: "claimed", workspace: "Acme", claimedBy: "ada@example.org" };

let browser: FakeBrowser;
let broker: FakeBroker;

const startWorker = (): Promise<unknown> => startBackground(browser);
const view = (): Promise<View> => browser.send("view", null, POPUP) as Promise<View>;
const connect = (): Promise<unknown> =>
  browser.send("connect", { server: ORIGIN, name: "My browser" }, POPUP);
const confirm = (accept: boolean): Promise<unknown> => browser.send("confirm", { accept }, POPUP);

async function claim(): Promise<void> {
  await connect();
  broker.status = CLAIMED;
  await pass(5);
}

stopTime();

beforeEach(async () => {
  browser = new FakeBrowser();
  broker = new FakeBroker();
  await startWorker();
});

test("connecting shows the code", async () => {
  await connect();
  expect((await view()).pairing).toEqual({ phase: "waiting", server: ORIGIN, code: "123456" });
  expect(broker.to("/v1/connect/register")[0]).toMatchObject({
    name: "My browser",
    extensionVersion: "0.1.0",
    protocolVersion: 1,
  });
});

test("a server that cannot be reached is named", async () => {
  broker.next["/v1/connect/register"] = ["unreachable"];
  await connect();
  expect((await view()).note).toBe(`${ORIGIN} cannot be reached.`);
});

test("a claim is asked about, where the person sees it, and nothing runs before", async () => {
  await claim();
  expect((await view()).pairing).toEqual({
    phase: "claimed",
    server: ORIGIN,
    workspace: "Acme",
    claimedBy: "ada@example.org",
  });
  expect(browser.windows).toEqual([POPUP.page]);
  expect(browser.badge).toBe("!");
  expect(broker.requests.some(({ path }) => path.startsWith("/v1/extension/"))).toBe(false);
});

test("a claim is heard of although the worker died", async () => {
  await connect();
  broker.status = CLAIMED;
  await startWorker();
  await pass(5);
  expect((await view()).pairing?.phase).toBe("claimed");
});

test("yes keeps the token and starts the work", async () => {
  await claim();
  await confirm(true);
  await pass(1);
  expect(browser.local.values["connection"]).toEqual({ ...CONNECTION });
  expect(browser.local.values["pairing"]).toBeUndefined();
  expect(broker.requests.find(({ path }) => path === "/v1/connect/confirm")).toMatchObject({
    body: { accept: true },
    token: "Bearer poll-token",
  });
  expect(broker.to("/v1/extension/pull")).toHaveLength(1);
});

test("no goes back to the start", async () => {
  broker.next["/v1/connect/confirm"] = [{ status: 200, body: { token: null } }];
  await claim();
  await confirm(false);
  expect(await view()).toMatchObject({
    pairing: null,
    connection: null,
    note: "You said no. Nothing was connected.",
  });
  await pass(60);
  expect(broker.to("/v1/extension/pull")).toEqual([]);
});

test("yes can be said again when its answer was lost", async () => {
  broker.next["/v1/connect/confirm"] = ["unreachable"];
  await claim();
  await confirm(true);
  expect((await view()).pairing?.phase).toBe("claimed");
  await confirm(true);
  expect((await view()).connection?.workspace).toBe("Acme");
});

describe.each([
  ["the broker says so", { status: "expired" }, 5],
  ["its time is over", { status: "pending" }, 310],
])("when %s", (_, status, seconds) => {
  test("the code has expired", async () => {
    broker.status = status;
    await connect();
    await pass(seconds);
    expect(await view()).toMatchObject({
      pairing: null,
      note: "The code has expired. Connect again for a new one.",
    });
  });
});

test("a broker that cannot be reached for a while is asked again", async () => {
  await connect();
  broker.next["/v1/connect/status"] = ["unreachable", { status: 503 }];
  broker.status = CLAIMED;
  await pass(10);
  expect((await view()).pairing?.phase).toBe("claimed");
});

test("a new handshake leaves the present connection alone until yes", async () => {
  browser.local.values["connection"] = { ...CONNECTION, token: "old" };
  await claim();
  expect(browser.local.values["connection"]).toMatchObject({ token: "old" });
  await confirm(true);
  expect(browser.local.values["connection"]).toMatchObject({ token: CONNECTION.token });
});

describe("the bridge on the broker's own page", () => {
  test("gets a code of the broker that the page is from", async () => {
    const answer = await browser.send("bridgeRegister", null, { tabId: 3 });
    expect(answer).toEqual({ code: "123456" });
    expect((await view()).pairing?.server).toBe("https://x.com");
  });

  test("learns whether this browser is paired with it", async () => {
    const status = (): Promise<unknown> => browser.send("bridgeStatus", null, { tabId: 3 });
    expect(await status()).toEqual({ paired: false });
    browser.local.values["connection"] = { ...CONNECTION, origin: "https://x.com" };
    expect(await status()).toEqual({ paired: true });
  });
});

test("a code that is not wanted any more is given up", async () => {
  await connect();
  await browser.send("cancel", null, POPUP);
  expect((await view()).pairing).toBeNull();
  broker.status = CLAIMED;
  await pass(10);
  expect((await view()).pairing).toBeNull();
  expect(browser.badge).toBe("");
});
