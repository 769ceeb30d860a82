import { afterEach, beforeEach, expect, test, vi } from "vitest";
import xLocators from "../../../shared/locators/x.json" with { type: "json" };
import type { Locators, LocatorPack } from "../../../extension/src/contract/types.ts";
import { pairedBrowser, pass, POPUP, startBackground, stopTime } from "../doubles/background.ts";
import { CONNECTION, FakeBroker, HELLO_ANSWER, leased } from "../doubles/broker.ts";
import type { FakeBrowser } from "../doubles/chrome.ts";

const HELLO = "/v1/extension/hello";
const LOCATORS = "/v1/extension/locators";
const BUNDLED = xLocators as Locators;

let browser: FakeBrowser;
let broker: FakeBroker;
let signer: CryptoKeyPair;
let trusted: { id: string; publicKey: string; note: string };

// The project's own key is trusted by what is built; here it is one whose private half is at hand.
vi.mock("../../../shared/locator-keys.json", () => ({
  get default() {
    return [trusted];
  },
}));

const realTimeout = globalThis.setTimeout;

const base64 = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("base64");

async function pack(version: string, over: Partial<Locators> = {}): Promise<LocatorPack> {
  const payload = JSON.stringify({ ...BUNDLED, version, ...over });
  const signed = new TextEncoder().encode(`postbroker locators 1\n${payload}`);
  const signature = await crypto.subtle.sign("Ed25519", signer.privateKey, signed);
  return { keyId: trusted.id, payload, signature: base64(signature) };
}

/** The broker has this pack, and says so at each hello. */
function offer(version: string, offered: LocatorPack): void {
  const answer = { ...HELLO_ANSWER, locators: { x: version } };
  broker.next[HELLO] = Array.from({ length: 9 }, () => ({ status: 200, body: answer }));
  broker.next[LOCATORS] = Array.from({ length: 9 }, () => ({ status: 200, body: offered }));
}

/** What the last hello said of X. */
const told = (): unknown =>
  (broker.to(HELLO).at(-1) as { locators: { platform: string }[] }).locators.find(
    ({ platform }) => platform === "x",
  );

const startWorker = (): Promise<unknown> => startBackground(browser);

/** Lets the worker go on; signatures are checked outside of the clock that the test moves. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 25; turns++) {
    await new Promise((resolve) => realTimeout(resolve, 2));
    await pass(0.1);
  }
}

stopTime();

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "Date"] });
  ({ browser, broker } = pairedBrowser());
  signer = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const raw = await crypto.subtle.exportKey("raw", signer.publicKey);
  trusted = { id: "0123456789abcdef", publicKey: base64(raw), note: "" };
});

afterEach(settle);

test("a signed pack that is newer is used and told of at once", async () => {
  offer("2027.01.01", await pack("2027.01.01"));
  await startWorker();
  await settle();
  expect(told()).toEqual({ platform: "x", version: "2027.01.01", signed: true });
  expect(broker.to(LOCATORS)).toHaveLength(1);
});

test("it is still used by the next worker, without asking again", async () => {
  offer("2027.01.01", await pack("2027.01.01"));
  await startWorker();
  await settle();
  await startWorker();
  await settle();
  expect(broker.to(LOCATORS)).toHaveLength(1);
  expect(await browser.send("view", null, POPUP)).toMatchObject({
    sites: expect.arrayContaining([
      { platform: "x", version: "2027.01.01", signed: true },
    ]) as unknown,
  });
});

test("it goes with the errand into the page", async () => {
  offer("2027.01.01", await pack("2027.01.01"));
  const given: unknown[] = [];
  browser.script = () => (name, payload: { pack?: Locators }) => {
    if (name === "run") given.push(payload.pack?.version);
    return { started: true, holds: true, finding: { kind: "failed", errorCode: "x", error: "x" } };
  };
  broker.jobs.push(leased());
  await startWorker();
  await settle();
  expect(given).toEqual(["2027.01.01"]);
});

test("a pack that is refused is said so once, and not asked for again", async () => {
  offer("2027.01.01", { ...(await pack("2027.01.01")), keyId: "fedcba9876543210" });
  broker.next["/v1/extension/pull"] = Array.from({ length: 5 }, () => ({ status: 204 }));
  await startWorker();
  await settle();
  expect(broker.to(LOCATORS)).toHaveLength(1);
  expect(told()).toEqual({
    platform: "x",
    version: BUNDLED.version,
    signed: false,
    refused: { version: "2027.01.01", reason: "the key fedcba9876543210 is not trusted" },
  });
});

test("a refusal is forgotten once the broker offers that pack no more", async () => {
  offer("2027.01.01", { ...(await pack("2027.01.01")), keyId: "fedcba9876543210" });
  await startWorker();
  await settle();
  broker.next[HELLO] = [];
  await browser.send("checkLogins", null, POPUP);
  await settle();
  expect(told()).toEqual({ platform: "x", version: BUNDLED.version, signed: false });
});

test("an older one than is bundled is not even asked for", async () => {
  offer("2026.01.01", await pack("2026.01.01"));
  await startWorker();
  await settle();
  expect(broker.to(LOCATORS)).toEqual([]);
  expect(told()).toMatchObject({ refused: { version: "2026.01.01" }, signed: false });
});

test("one that is another than was offered is refused", async () => {
  offer("2027.01.02", await pack("2026.01.01"));
  await startWorker();
  await settle();
  expect(told()).toMatchObject({ version: BUNDLED.version, refused: { version: "2027.01.02" } });
});

test("an older one does not come back after a newer one, not even from another broker", async () => {
  offer("2027.02.01", await pack("2027.02.01"));
  await startWorker();
  await settle();
  await browser.send("disconnect", null, POPUP);
  await settle();
  broker = new FakeBroker();
  offer("2027.01.01", await pack("2027.01.01"));
  browser.local.values["connection"] = { ...CONNECTION, token: "token-at-another-broker" };
  await startWorker();
  await settle();
  expect(told()).toMatchObject({
    version: "2027.02.01",
    signed: true,
    refused: { version: "2027.01.01", reason: "it is older than 2027.02.01, used before" },
  });
});

test("a pack whose key is trusted no more is dropped for what is bundled", async () => {
  offer("2027.01.01", await pack("2027.01.01"));
  await startWorker();
  await settle();
  trusted = { ...trusted, id: "aaaaaaaaaaaaaaaa" };
  broker.next[HELLO] = [];
  browser.local.values["hello"] = null;
  await startWorker();
  await settle();
  expect(told()).toMatchObject({ version: BUNDLED.version, signed: false });
});

test("a broker without packs is asked for none", async () => {
  await startWorker();
  await settle();
  expect(broker.to(LOCATORS)).toEqual([]);
  expect(told()).toEqual({ platform: "x", version: BUNDLED.version, signed: false });
});

test("a check is asked of the broker for each platform, and its end is told", async () => {
  browser.script = () => () => ({
    ...{ started: true, holds: true },
    finding: {
      kind: "done",
      details: {
        check: {
          ...{ version: BUNDLED.version, signed: false, session: "in", account: "ada", path: "/" },
          locators: [
            { name: "textBox", candidate: 1, selector: "div", expected: true },
            { name: "postButton", expected: true },
            { name: "toast", expected: false },
          ],
        },
      },
    },
  });
  broker.next["/v1/extension/checks"] = Array.from({ length: 9 }, () => ({ status: 201 }));
  await startWorker();
  await settle();
  await browser.send("check", null, POPUP);
  expect(broker.to("/v1/extension/checks")).toContainEqual({ platform: "x" });
  broker.give(leased({}, { kind: "check", text: "" }));
  await settle();
  expect(broker.to("/v1/extension/ack")).toMatchObject([{ outcome: "done", stage: "preparing" }]);
  expect(broker.to("/v1/extension/permit")).toEqual([]);
  expect(told()).toMatchObject({
    check: { session: "in", account: "ada", missing: ["postButton"], sandbox: false },
  });
});
