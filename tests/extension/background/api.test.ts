import { beforeEach, describe, expect, test, vi } from "vitest";
import type * as Api from "../../../extension/src/background/api.ts";
import { CONNECTION, FakeBroker, leased } from "../doubles/broker.ts";
import { FakeBrowser } from "../doubles/chrome.ts";

let broker: FakeBroker;
let api: typeof Api;

const PULL = "/v1/extension/pull";
const pull = (): ReturnType<typeof Api.pull> =>
  api.pull(CONNECTION, 20, new AbortController().signal);

beforeEach(async () => {
  api = await new FakeBrowser().startWorker(
    () => import("../../../extension/src/background/api.ts"),
  );
  broker = new FakeBroker();
});

test("a request carries the browser's token", async () => {
  broker.jobs.push(leased());
  await pull();
  expect(broker.requests[0]?.token).toBe(`Bearer ${CONNECTION.token}`);
});

test("nothing to do is null", async () => {
  broker.next[PULL] = [{ status: 204 }];
  expect(await pull()).toBeNull();
});

describe("a refusal", () => {
  const refusal = async (status: number, body?: unknown): Promise<Api.Refused> => {
    broker.next[PULL] = [{ status, body }];
    const error: unknown = await pull().catch((reason: unknown) => reason);
    if (!(error instanceof api.Refused)) throw new Error("was not refused");
    return error;
  };

  test.each([
    [401, { isRevoked: true, isOutdated: false, isPassing: false }],
    [409, { isRevoked: false, isOutdated: false, isPassing: false }],
    [426, { isRevoked: false, isOutdated: true, isPassing: false }],
    [429, { isRevoked: false, isOutdated: false, isPassing: true }],
    [500, { isRevoked: false, isOutdated: false, isPassing: true }],
    [503, { isRevoked: false, isOutdated: false, isPassing: true }],
  ])("with %i means %j", async (status, meaning) => {
    expect(await refusal(status)).toMatchObject(meaning);
  });

  test("carries the broker's own code, words and wait", async () => {
    const problem = { code: "LEASE_LOST", message: "Gone.", retryAfterSeconds: 7 };
    expect(await refusal(409, problem)).toMatchObject({
      code: "LEASE_LOST",
      message: "Gone.",
      retryAfterSeconds: 7,
    });
  });

  test("by something that is no broker is told by its status", async () => {
    expect(await refusal(502, "<html>")).toMatchObject({ code: "HTTP_502" });
  });
});

test("no answer is told apart from a refusal", async () => {
  broker.next[PULL] = ["unreachable"];
  await expect(pull()).rejects.toBeInstanceOf(api.Unanswered);
});

test.each([
  ["a job with a field that nobody knows", leased({}, { script: "alert(1)" })],
  ["a job that says which page to open", leased({}, { url: "https://example.org" })],
  ["a job without a hash", leased({}, { textSha256: undefined })],
  ["a purpose that nobody knows", leased({ purpose: "delete" })],
])("%s is not taken", async (_, job) => {
  broker.jobs.push(job);
  await expect(pull()).rejects.toThrow("not as agreed");
});

test("the broker's clock counts, however wrong ours is", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2020-01-01T00:00:00Z") });
  const headers = { Date: "Tue, 24 Nov 2026 12:00:00 GMT" };
  broker.next[PULL] = [{ status: 204, headers }];
  await pull();
  expect(api.brokerNow()).toBe(Date.parse("2026-11-24T12:00:00Z"));
  vi.useRealTimers();
});
