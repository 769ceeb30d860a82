import { beforeEach, expect, test } from "vitest";
import {
  ownPage,
  pairedBrowser,
  pass,
  POPUP,
  startBackground,
  stopTime,
} from "../doubles/background.ts";
import { CONNECTION, type FakeBroker, HELLO_ANSWER } from "../doubles/broker.ts";
import type { FakeBrowser } from "../doubles/chrome.ts";

const PANEL = ownPage("panel");
const QUESTIONS = "/v1/extension/questions";
const HELLO = "/v1/extension/hello";
const PULL = "/v1/extension/pull";

const question = (id: string): object => ({
  id,
  kind: "post",
  platform: "x",
  account: "@ada",
  texts: [`the text of ${id}`],
  mediaPaths: [],
  expiresAt: "2026-11-25T12:00:00+00:00",
});
const questions = (...ids: string[]): { status: number; body: object } => ({
  status: 200,
  body: { questions: ids.map(question) },
});
const asks = { ...HELLO_ANSWER, questions: 2, mayAsk: true };

let browser: FakeBrowser;
let broker: FakeBroker;

const startWorker = (): Promise<unknown> => startBackground(browser);

stopTime();

beforeEach(() => {
  ({ browser, broker } = pairedBrowser());
});

test("the badge says how many posts wait, round by round", async () => {
  broker.next[HELLO] = [{ status: 200, body: asks }];
  broker.next[QUESTIONS] = [questions("job-00000001", "job-00000002"), questions()];
  broker.next[PULL] = [{ status: 204 }];
  await startWorker();
  await pass(0);
  expect(browser.badge).toBe("");
  expect(broker.to(QUESTIONS)).toHaveLength(2);
});

test("the popup's button knows how many there are", async () => {
  broker.next[HELLO] = [{ status: 200, body: asks }];
  broker.next[QUESTIONS] = [questions("job-00000001", "job-00000002")];
  await startWorker();
  await pass(1);
  expect(browser.badge).toBe("2");
  expect(await browser.send("view", null, POPUP)).toMatchObject({ questions: 2 });
});

test("a broker that never asks is not asked for questions", async () => {
  broker.next[PULL] = [{ status: 204 }];
  await startWorker();
  await pass(1);
  expect(broker.to(QUESTIONS)).toEqual([]);
});

test("the panel shows what waits and carries the answer", async () => {
  broker.next[QUESTIONS] = [questions("job-00000001")];
  broker.next[`${QUESTIONS}/job-00000001`] = [questions()];
  await startWorker();
  await pass(1);
  const shown = await browser.send("questions", null, PANEL);
  expect(shown).toEqual({ server: CONNECTION.origin, questions: [question("job-00000001")] });
  expect(browser.badge).toBe("1");
  const said = browser.send("answer", { id: "job-00000001", answer: "yes" }, PANEL);
  expect(await said).toEqual({ problem: null });
  expect(broker.to(`${QUESTIONS}/job-00000001`)).toEqual([{ answer: "yes" }]);
  expect(browser.badge).toBe("");
});

test("an answer that is refused says why, and what waits is read anew", async () => {
  const message = "the job is expired: nobody is asked about it";
  broker.next[`${QUESTIONS}/job-00000001`] = [
    { status: 409, body: { code: "INVALID_STATUS_TRANSITION", message } },
  ];
  broker.next[QUESTIONS] = [questions("job-00000002")];
  await startWorker();
  await pass(1);
  const said = browser.send("answer", { id: "job-00000001", answer: "no" }, PANEL);
  expect(await said).toEqual({ problem: message });
  expect(browser.badge).toBe("1");
});

test("only the panel may answer", async () => {
  await startWorker();
  const answer = { id: "job-00000001", answer: "yes" };
  await expect(browser.send("answer", answer, POPUP)).rejects.toThrow("Could not establish");
  await expect(browser.send("answer", answer, { tabId: 1 })).rejects.toThrow();
});

test("the login page of a platform makes its login unknown", async () => {
  const known = { platform: "x", loggedIn: true, account: "ada" };
  browser.local.values["presence"] = { x: known };
  browser.local.values["presenceAt"] = { x: Date.now() };
  await startWorker();
  await pass(1);
  expect(broker.to(HELLO)[0]).toMatchObject({ platforms: [known] });
  browser.visit("https://x.com/ada");
  await pass(0);
  expect(browser.local.values["presence"]).toEqual({ x: known });
  browser.visit("https://x.com/i/flow/login");
  await pass(0);
  expect(browser.local.values["presence"]).toEqual({});
});

test("a login that was read long ago counts no more once the person uses the platform", async () => {
  const known = { platform: "x", loggedIn: true, account: "ada" };
  browser.local.values["presence"] = { x: known };
  browser.local.values["presenceAt"] = { x: Date.now() };
  await startWorker();
  await pass(601);
  browser.visit("https://example.org/");
  await pass(0);
  expect(browser.local.values["presence"]).toEqual({ x: known });
  browser.visit("https://x.com/home");
  await pass(0);
  expect(browser.local.values["presence"]).toEqual({});
});

test("checking the logins tells the broker at once that they are unknown", async () => {
  browser.local.values["presence"] = { x: { platform: "x", loggedIn: false, account: null } };
  await startWorker();
  await pass(1);
  await browser.send("checkLogins", null, POPUP);
  expect(broker.to(HELLO).at(-1)).toMatchObject({ platforms: [] });
});
