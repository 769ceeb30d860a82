// @vitest-environment jsdom

import { beforeEach, describe, expect, test, vi } from "vitest";
import { Controls, outline, pulse, waitFor } from "../../../extension/src/page/dom.ts";
import { installPage } from "../doubles/page.ts";

const controls = new Controls({
  platform: "x",
  version: "2026.11.24",
  paths: {},
  locators: {
    dialog: { candidates: ["[role=dialog]"] },
    button: { candidates: ["[data-testid=post]", "button"], scope: "dialog" },
    inner: { candidates: ["#host >>> button", "#plain button"] },
    named: {
      candidates: ["[role=button]"],
      labels: { en: ["Post", "What's on*…"], es: ["Publicar"] },
    },
    postButton: { candidates: ["button"] },
  },
  dismiss: [".close"],
});

const show = (html: string): void => {
  document.body.innerHTML = html;
};

beforeEach(installPage);

test("a pop-up is closed, but never by what publishes", () => {
  show(`<i class="close"></i>`);
  const pressed: string[] = [];
  document.body.addEventListener("click", ({ target }) =>
    pressed.push((target as Element).localName),
  );
  controls.dismiss();
  show(`<button class="close"></button>`);
  controls.dismiss();
  expect(pressed).toEqual(["i"]);
});

describe("a control", () => {
  test("is looked for inside its scope only", () => {
    show(`<button id="outside"></button><div role="dialog"><button id="inside"></button></div>`);
    expect(controls.find("button")?.id).toBe("inside");
  });

  test("is one of those inside its scope", () => {
    show(`<button></button><div role="dialog"><button></button><button></button></div>`);
    expect(controls.all("button")).toHaveLength(2);
  });

  test.each([
    ["Post", "Post", true],
    ["Post", "Postings", false],
    ["What's on*", "What’s on your mind?", true],
    ["*blocked*", "You are temporarily blocked today", true],
    ["*a*b*", "b a", false],
    ["ab*ba", "aba", false],
    ["*end", "the end", true],
    ["*end", "the end.", false],
    ["*", "", true],
    ["a.c", "abc", false],
  ])("that must be called %j is %j: %s", (label, words, isIt) => {
    const labelled = new Controls({
      ...{ platform: "x", version: "2026.11.24", paths: {} },
      locators: { named: { candidates: ["i"], labels: { en: [label] } } },
    });
    show("<i></i>");
    document.querySelector("i")?.setAttribute("aria-label", words);
    expect(labelled.find("named") !== null).toBe(isIt);
  });

  test("takes no longer to be told from a long text, whatever its label", () => {
    const slow = new Controls({
      ...{ platform: "x", version: "2026.11.24", paths: {} },
      locators: { named: { candidates: ["i"], labels: { en: ["*a".repeat(50)] } } },
    });
    show(`<i>${"a".repeat(49)}${"b".repeat(100_000)}</i>`);
    const began = performance.now();
    expect(slow.find("named")).toBeNull();
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test("is not found when its scope is not there", () => {
    show(`<button data-testid="post"></button>`);
    expect(controls.find("button")).toBeNull();
  });

  test("is found by the best candidate, wherever it stands", () => {
    show(`<div role="dialog"><button id="b"></button><i id="a" data-testid="post"></i></div>`);
    expect(controls.find("button")?.id).toBe("a");
  });

  test("has to be visible", () => {
    show(`<div role="dialog"><i hidden data-testid="post"></i><button id="b"></button></div>`);
    expect(controls.find("button")?.id).toBe("b");
  });

  test("that is missing leaves what mends its locator, and no word of the page", () => {
    show(
      `<main data-testid="column"><p>Private words</p><button role="button">Secret</button></main>`,
    );
    const { details } = controls.missing("button");
    expect(details).toMatchObject({
      locator: "button",
      candidates: ["[data-testid=post]", "button"],
    });
    expect(outline()).toBe("main testid=column\n button role=button");
  });
});

describe("a wait", () => {
  const never = new AbortController().signal;

  test("ends with the change that it waits for", async () => {
    show("");
    const found = waitFor(() => document.querySelector("b"), { seconds: 60, signal: never });
    document.body.append(document.createElement("b"));
    expect((await found)?.localName).toBe("b");
  });

  test("ends at its deadline by the clock, though timers are held back", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const found = waitFor(() => null, { seconds: 60, signal: never });
    vi.advanceTimersByTime(60_000);
    pulse();
    expect(await found).toBeNull();
    vi.useRealTimers();
  });

  test("ends when it is aborted", async () => {
    const abort = new AbortController();
    const found = waitFor(() => null, { seconds: 60, signal: abort.signal });
    abort.abort(new Error("stopped"));
    await expect(found).rejects.toThrow("stopped");
  });
});

describe("a control in a shadow root", () => {
  const opened = (html: string): ShadowRoot => {
    show(`<div id="host"></div><div id="plain"><button id="outside"></button></div>`);
    const root = (document.getElementById("host") as HTMLElement).attachShadow({ mode: "open" });
    root.innerHTML = html;
    return root;
  };

  test("is found through the root", () => {
    opened(`<button id="inside"></button>`);
    expect(controls.find("inner")?.id).toBe("inside");
  });

  test("gives way to the next candidate when the root holds none", () => {
    opened("");
    expect(controls.find("inner")?.id).toBe("outside");
  });

  test("is waited for, though its changes do not show outside", async () => {
    const root = opened("");
    document.getElementById("plain")?.remove();
    const found = controls.wait("inner", { seconds: 5, signal: new AbortController().signal });
    await Promise.resolve();
    root.innerHTML = `<button id="late"></button>`;
    expect((await found).id).toBe("late");
  });

  test("is part of the outline", () => {
    opened(`<button data-testid="deep"></button>`);
    expect(outline()).toContain("testid=deep");
  });
});

describe("a control with labels", () => {
  test.each([
    [`<div role="button" aria-label="Publicar">x</div>`, true],
    [`<div role="button"> <span>Post\n</span> </div>`, true],
    [`<div role="button" aria-label="Share">Post</div>`, false],
    [`<div role="button">Posts</div>`, false],
    [`<div role="button">What’s&nbsp;on your mind, Ada?...</div>`, true],
    [`<div role="button">So: What's on your mind…</div>`, false],
  ])("%s is it: %s", (html, isIt) => {
    show(html);
    expect(controls.find("named") !== null).toBe(isIt);
  });
});

test("what publishes is not used without leave", () => {
  show(`<button></button>`);
  const pressed = vi.fn();
  document.querySelector("button")?.addEventListener("click", pressed);
  expect(() => controls.use("postButton")).toThrow("by leave only");
  controls.use("inner", document.querySelector("button"));
  expect(pressed).toHaveBeenCalledOnce();
});
