// @vitest-environment jsdom

import { beforeEach, describe, expect, test, vi } from "vitest";
import { hook } from "../../../extension/src/page/hook.ts";
import {
  HELLO,
  listen,
  READY,
  ReceivedAnswers,
  type Answer,
} from "../../../extension/src/page/network.ts";

const WANTED = /\/CreateTweet\b/;
const URL = "https://x.com/i/api/graphql/abc/CreateTweet";

let log: ReceivedAnswers;

/** The next answer that arrives on the line. */
const nextAnswer = (): Promise<Answer | null> =>
  new Promise((resolve) => {
    log.subscribe(() => resolve(log.latest()), new AbortController().signal);
  });

beforeEach(() => {
  log = new ReceivedAnswers();
  window.fetch = vi.fn(() => Promise.resolve(new Response('{"data":1}', { status: 200 })));
});

describe.each(["hook first", "listener first"])("with the %s", (order) => {
  const start = (): void => {
    const scripts = [() => hook(WANTED), () => listen(log)];
    for (const script of order === "hook first" ? scripts : scripts.reverse()) script();
  };

  test("an answer to a fetch arrives", async () => {
    start();
    const answer = nextAnswer();
    await window.fetch(URL, { method: "POST" });
    expect(await answer).toEqual({ url: URL, status: 200, body: { data: 1 } });
  });

  test("a fetch that fails arrives with status 0", async () => {
    window.fetch = vi.fn(() => Promise.reject(new TypeError("Failed to fetch")));
    start();
    const answer = nextAnswer();
    await expect(window.fetch(URL)).rejects.toThrow("Failed to fetch");
    expect(await answer).toEqual({ url: URL, status: 0, body: null });
  });

  test("the page's own request is left as it is", async () => {
    start();
    const response = await window.fetch(URL);
    expect(await response.json()).toEqual({ data: 1 });
  });

  test("a page that listens gets no port", () => {
    const ports: unknown[] = [];
    start();
    addEventListener(HELLO, (event) => ports.push(...(event as MessageEvent).ports), true);
    dispatchEvent(new Event(READY));
    expect(ports).toEqual([]);
  });

  test("a page that forges the handshake puts in no answer", async () => {
    start();
    const { port1, port2 } = new MessageChannel();
    dispatchEvent(new Event(READY));
    const wasTaken = !dispatchEvent(new MessageEvent(HELLO, { ports: [port2], cancelable: true }));
    port1.postMessage({ url: URL, status: 200, body: { forged: true } });
    const answer = nextAnswer();
    await window.fetch(URL);
    expect(wasTaken).toBe(false);
    expect((await answer)?.body).toEqual({ data: 1 });
    port1.close();
  });
});

test("other requests are not copied", async () => {
  hook(WANTED);
  listen(log);
  await window.fetch("https://x.com/i/api/graphql/abc/HomeTimeline");
  const answer = nextAnswer();
  await window.fetch(URL);
  await answer;
  expect(log.latest()?.url).toBe(URL);
});

test("an answer to an XMLHttpRequest arrives, though the request failed", async () => {
  hook(WANTED);
  listen(log);
  const answer = nextAnswer();
  const request = new XMLHttpRequest();
  request.open("POST", "http://127.0.0.1:1/CreateTweet");
  request.send();
  expect(await answer).toEqual({ url: "http://127.0.0.1:1/CreateTweet", status: 0, body: null });
});

test.each([
  ["a text", "fb_api_req_friendly_name=Create&x=1"],
  ["a query", new URLSearchParams({ fb_api_req_friendly_name: "Create" })],
])("of operations that share an address the wanted one is copied, from %s", async (_, body) => {
  window.fetch = vi.fn(() => Promise.resolve(new Response('for (;;);{"data":1}\n{"more":2}')));
  hook(/\/api\/graphql\//, /fb_api_req_friendly_name=Create\b/);
  listen(log);
  const url = "https://www.facebook.com/api/graphql/";
  await window.fetch(url, { method: "POST", body: "fb_api_req_friendly_name=Other" });
  expect(log.latest()).toBeNull();
  const answer = nextAnswer();
  await window.fetch(url, { method: "POST", body });
  expect((await answer)?.body).toBe('for (;;);{"data":1}\n{"more":2}');
});

test("what was answered before the press is forgotten", () => {
  log.add({ url: URL, status: 200, body: null });
  log.forget();
  expect(log.latest()).toBeNull();
});
