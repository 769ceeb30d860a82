// @vitest-environment jsdom

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Leave } from "../../../extension/src/messages.ts";
import { ControlMissing } from "../../../extension/src/page/dom.ts";
import { serve } from "../../../extension/src/page/main.ts";
import type { Adapter, Errand, Finding, Page } from "../../../extension/src/platforms/adapter.ts";
import { adapter as x } from "../../../extension/src/platforms/x.ts";

const LEASE = { jobId: "job-00000001", leaseId: "lease-0000001", epoch: 1 };
const COMPOSED = { account: "ada", textSha256: "0".repeat(64), mediaCount: 0, target: "feed" };
const CREATED: Finding = { kind: "created", source: "network", handle: "ada", postId: "42" };
const PUBLISH = { kind: "publish", base: "https://x.com", job: {} } as unknown as Errand;

/** What the page has said to the worker, in order. */
let said: string[];
let leave: () => Promise<Leave | undefined>;
let finding: Finding | null;
let send: (name: string, payload: object) => Promise<unknown>;
let clicks: number;
let button: HTMLElement;

/** Runs an errand in a new document with an adapter that does so, and waits for what it found. */
async function carryOut(publish: Adapter["publish"], errand = PUBLISH): Promise<Finding | null> {
  serve({ ...x, publish, confirm: publish as never, look: publish as never });
  await send("run", { lease: LEASE, errand });
  await vi.waitFor(() => expect(finding).not.toBeNull());
  return finding;
}

const pressOnce = async (page: Page): Promise<Finding> => {
  await page.press(COMPOSED, () => button);
  return CREATED;
};

beforeEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for("postbroker.served"));
  said = [];
  finding = null;
  leave = () => Promise.resolve({ granted: true, lifeMilliseconds: 10_000 });
  clicks = 0;
  button = document.createElement("button");
  button.addEventListener("click", () => {
    said.push("click");
    clicks += 1;
  });
  vi.stubGlobal("chrome", {
    runtime: {
      id: "extension",
      onMessage: {
        addListener: (
          listener: (message: object, sender: object, reply: (answer: unknown) => void) => boolean,
        ) => {
          send = (name, payload) =>
            new Promise((resolve) => listener({ name, payload }, { id: "extension" }, resolve));
        },
      },
      sendMessage: ({ name, payload }: { name: string; payload: { finding: Finding } }) => {
        said.push(name);
        if (name === "permit") return leave();
        if (name === "finished") finding = payload.finding;
        return Promise.resolve(null);
      },
    },
  });
});

test("the press comes after the leave and before everything else", async () => {
  expect(await carryOut(pressOnce)).toEqual(CREATED);
  expect(said).toEqual(["step", "permit", "click", "pressed", "finished"]);
});

describe("nothing is pressed", () => {
  test.each<[string, () => Promise<Leave | undefined>]>([
    ["when the broker refuses", () => Promise.resolve({ granted: false, because: "stopped" })],
    ["when its answer is lost", () => Promise.resolve({ granted: false, because: "lost" })],
    ["when the worker is gone", () => Promise.reject(new Error("no receiver"))],
    ["when the worker says nothing", () => Promise.resolve(undefined)],
    ["with a permit of no life", () => Promise.resolve({ granted: true, lifeMilliseconds: 0 })],
  ])("%s", async (_, answer) => {
    leave = answer;
    expect((await carryOut(pressOnce))?.kind).toBe("failed");
    expect(clicks).toBe(0);
  });

  test.each([
    ["steady", "performance"],
    ["wall", "Date"],
  ] as const)("when the permit is over by the %s clock", async (_, clock) => {
    vi.useFakeTimers({ toFake: [clock] });
    leave = () => {
      vi.advanceTimersByTime(10_000);
      return Promise.resolve({ granted: true, lifeMilliseconds: 10_000 });
    };
    expect(await carryOut(pressOnce)).toMatchObject({ kind: "failed" });
    expect(clicks).toBe(0);
    vi.useRealTimers();
  });

  test("when the composer is not as it was", async () => {
    const changed = await carryOut(async (page) => {
      await page.press(COMPOSED, () => null);
      return CREATED;
    });
    expect(changed).toMatchObject({ kind: "failed", errorCode: "composer_mismatch" });
    expect(clicks).toBe(0);
  });

  test("after the worker has stopped the errand", async () => {
    leave = async () => {
      await send("abort", { lease: LEASE });
      return { granted: true, lifeMilliseconds: 10_000 };
    };
    expect((await carryOut(pressOnce))?.kind).toBe("failed");
    expect(clicks).toBe(0);
  });
});

test("what the platform answers is told although the worker has not taken note of the press", async () => {
  const { sendMessage } = chrome.runtime as unknown as { sendMessage: (m: object) => unknown };
  Object.assign(chrome.runtime, {
    sendMessage: (message: { name: string }) =>
      message.name === "pressed" ? new Promise(() => undefined) : sendMessage(message),
  });
  expect(await carryOut(pressOnce)).toEqual(CREATED);
});

test("a page presses once, whatever its adapter wants", async () => {
  const twice = await carryOut(async (page) => {
    await pressOnce(page);
    return pressOnce(page);
  });
  expect(clicks).toBe(1);
  expect(twice?.kind).toBe("doubtful");
});

test("what breaks after the press leaves doubt", async () => {
  const broken = await carryOut(async (page) => {
    await pressOnce(page);
    throw new Error("broke");
  });
  expect(broken).toEqual({ kind: "doubtful", error: "broke" });
});

test("a missing control is told with the step at which it was missed", async () => {
  const missing = await carryOut(async (page) => {
    await page.step("clean_start");
    throw new ControlMissing("textBox", [".box"]);
  });
  expect(missing).toMatchObject({
    kind: "failed",
    errorCode: "selector_not_found",
    details: { step: "clean_start", locator: "textBox", candidates: [".box"] },
  });
});

test("an errand that only looks never says failed", async () => {
  const look = { ...PUBLISH, kind: "look" } as unknown as Errand;
  const broken = await carryOut(() => Promise.reject(new Error("broke")), look);
  expect(broken).toEqual({ kind: "unseen", error: "broke" });
});

test("a finding is kept for a worker that asks later", async () => {
  await carryOut(pressOnce);
  expect(await send("ask", { lease: LEASE })).toEqual({ holds: true, finding: CREATED });
  const other = { ...LEASE, leaseId: "lease-0000002" };
  expect(await send("ask", { lease: other })).toMatchObject({ holds: false });
});

test("a document takes one errand", async () => {
  await carryOut(pressOnce);
  expect(await send("run", { lease: LEASE, errand: PUBLISH })).toEqual({ started: false });
  expect(clicks).toBe(1);
});
