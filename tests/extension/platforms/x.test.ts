// @vitest-environment jsdom

import { beforeEach, describe, expect, test } from "vitest";
import type { LeasedJob } from "../../../extension/src/contract/types.ts";
import { textSha256 } from "../../../extension/src/page/editor.ts";
import type { Answer } from "../../../extension/src/page/network.ts";
import type { Errand, Finding } from "../../../extension/src/platforms/adapter.ts";
import { adapter } from "../../../extension/src/platforms/x.ts";
import { readAnswer } from "../../../extension/src/platforms/x/answer.ts";
import {
  FakePage,
  filesOf,
  inTime,
  jobsLike,
  PICTURES,
  publishInTime,
  setUpPages,
} from "../doubles/adapting.ts";
import { makeEditor, showBlocks } from "../doubles/page.ts";

const BASE = "http://localhost/sandbox/x";
const TEXT = "Hello\nworld 👋🏽";
const ID = "1795529567229410400";
const CREATED = { data: { create_tweet: { tweet_results: { result: { rest_id: ID } } } } };

const job = jobsLike({ platform: "x", text: TEXT, account: "@Ada" });

describe("the answer to a press", () => {
  const answer = (status: number, body: unknown): Answer => ({ url: "/CreateTweet", status, body });
  const errors = (...codes: number[]): object => ({ errors: codes.map((code) => ({ code })) });
  const result = (value: unknown, operation = "create_tweet"): object => ({
    data: { [operation]: { tweet_results: { result: value } } },
  });

  test.each([
    ["its id", result({ rest_id: ID })],
    ["its id inside a visibility result", result({ tweet: { rest_id: ID } })],
    ["the id of its old form", result({ legacy: { id_str: ID } })],
    ["the id of a long post", result({ rest_id: ID }, "notetweet_create")],
    ["its id beside an error", { ...result({ rest_id: ID }), ...errors(131) }],
  ])("that names the post by %s is a creation", (_, body) => {
    expect(readAnswer(answer(200, body), "ada")).toEqual({
      kind: "created",
      source: "network",
      handle: "ada",
      postId: ID,
    });
  });

  test.each([
    [200, errors(187), "duplicate_content", "187"],
    [200, errors(186), "content_rejected", "186"],
    [200, errors(226), "challenge_required", "226"],
    [200, errors(326), "account_restricted", "326"],
    [200, errors(37), "account_restricted", "37"],
    [200, errors(64), "account_restricted", "64"],
    [200, errors(344), "rate_limited", "344"],
    [200, errors(185), "rate_limited", "185"],
    [200, { errors: [{ extensions: { code: 187 } }] }, "duplicate_content", "187"],
    [401, errors(32), "not_logged_in", "32"],
    [429, errors(88), "rate_limited", "88"],
    [429, null, "rate_limited", null],
  ])("%i %j is a refusal: %s", (status, body, errorCode, platformCode) => {
    expect(readAnswer(answer(status, body), "ada")).toMatchObject({
      kind: "refused",
      errorCode,
      evidence: { source: "network", httpStatus: status, platformCode },
    });
  });

  test.each([
    ["an empty result", 200, { data: { create_tweet: { tweet_results: {} } } }],
    ["an id that is none", 200, result({ rest_id: "12 OR 1=1" })],
    ["an id that is a number", 200, result({ rest_id: 12 })],
    ["a code without a meaning", 200, errors(131)],
    ["a server's error", 500, null],
    ["a lost connection", 0, null],
    ["no permission without a word", 403, null],
    ["a text in the place of data", 200, "ok"],
  ])("%s leaves doubt", (_, status, body) => {
    expect(readAnswer(answer(status, body), "ada").kind).toBe("doubtful");
  });

  test.each([
    ["7", "7", "created"],
    ["8", "7", "doubtful"],
    [null, "7", "doubtful"],
    ["7", "feed", "doubtful"],
    [null, "feed", "created"],
  ])("that names %s as the post it answers, for %s, is %s", (parent, target, kind) => {
    const body = result({ rest_id: ID, legacy: { in_reply_to_status_id_str: parent } });
    expect(readAnswer(answer(200, body), "ada", target).kind).toBe(kind);
  });
});

const composer = (): HTMLElement =>
  document.querySelector("[data-testid=tweetTextarea_0]") as HTMLElement;
const button = (): HTMLButtonElement => document.querySelector("button.post") as HTMLButtonElement;

function showComposer({ take = (plain: string) => plain, handle = "ada" } = {}): void {
  history.replaceState(null, "", "/sandbox/x/compose/post");
  document.body.innerHTML = `
    <a data-testid="AppTabBar_Profile_Link" href="/sandbox/x/${handle}">Profile</a>
    <div role="dialog">
      <div data-testid="tweetTextarea_0" role="textbox" contenteditable="true" tabindex="0"></div>
      <button class="post" data-testid="tweetButton" aria-disabled="true" disabled>Post</button>
    </div>`;
  const editor = composer();
  makeEditor(editor, ({ plain }) => take(plain));
  editor.addEventListener("input", () => {
    button().disabled = false;
    button().setAttribute("aria-disabled", "false");
  });
}

let page: FakePage;

setUpPages();

beforeEach(() => {
  page = new FakePage({ url: "/CreateTweet", status: 200, body: CREATED });
});

describe("publishing", () => {
  const publish = async (over: Partial<LeasedJob> = {}): Promise<Finding> =>
    adapter.publish(page, {
      kind: "publish",
      base: BASE,
      job: job({ textSha256: await textSha256(TEXT), ...over }),
    });

  test("presses once with what the editor holds", async () => {
    showComposer();
    expect(await publish()).toMatchObject({ kind: "created", postId: ID, handle: "ada" });
    expect(page.presses).toBe(1);
    expect(page.composed).toEqual({
      account: "ada",
      textSha256: await textSha256(TEXT),
      mediaCount: 0,
      target: "feed",
    });
  });

  test.each([
    ["/sandbox/x/i/flow/login", "not_logged_in"],
    ["/sandbox/x/login", "not_logged_in"],
    ["/sandbox/x/", "not_logged_in"],
    ["/sandbox/x/account/access", "challenge_required"],
  ])("at %s ends with %s", async (path, errorCode) => {
    showComposer();
    history.replaceState(null, "", path);
    expect(await publish()).toMatchObject({ kind: "failed", errorCode });
    expect(page.steps).toEqual(["check_login"]);
  });

  test("types nothing for another account", async () => {
    showComposer({ handle: "grace" });
    expect(await publish()).toMatchObject({
      kind: "failed",
      errorCode: "wrong_account",
      details: { loggedIn: "grace", wanted: "Ada" },
    });
    expect(composer().textContent).toBe("");
  });

  test("takes whoever is logged in when the job names nobody", async () => {
    showComposer({ handle: "grace" });
    expect(await publish({ account: null })).toMatchObject({ kind: "created", handle: "grace" });
  });

  test("empties a composer that holds a draft", async () => {
    showComposer();
    showBlocks(composer(), "an old draft");
    expect((await publish()).kind).toBe("created");
  });

  test("does not ask for leave when the editor holds another text", async () => {
    showComposer({ take: (plain) => plain.slice(0, -2) });
    expect(await inTime(publish())).toMatchObject({
      kind: "failed",
      errorCode: "composer_mismatch",
    });
    expect(page.composed).toBeNull();
  });

  test("does not press when the text changes while leave is asked", async () => {
    showComposer();
    page.meanwhile = () => showBlocks(composer(), "something else");
    await expect(publish()).rejects.toThrow("changed");
    expect(page.presses).toBe(0);
  });

  test("does not press when the account changes while leave is asked", async () => {
    showComposer();
    page.meanwhile = () => document.querySelector("a")?.setAttribute("href", "/sandbox/x/grace");
    await expect(publish()).rejects.toThrow("changed");
    expect(page.presses).toBe(0);
  });

  test("does not press when the button is disabled meanwhile", async () => {
    showComposer();
    page.meanwhile = () => (button().disabled = true);
    await expect(publish()).rejects.toThrow("changed");
  });
});

describe("media", () => {
  const publish = (over: Partial<LeasedJob> = {}): Promise<Finding> =>
    publishInTime(adapter, page, BASE, job({ media: PICTURES, ...over }));

  /** A composer that shows `count` of the files once they are chosen, and says what it does meanwhile. */
  function showInput(count = PICTURES.length, during = ""): void {
    showComposer();
    document
      .querySelector("[role=dialog]")
      ?.insertAdjacentHTML("afterbegin", `<input type="file" data-testid="fileInput" hidden>`);
    const input = document.querySelector("input") as HTMLInputElement;
    Object.defineProperty(input, "files", { writable: true, value: [] });
    const item = `<div><img src="blob:http://localhost/1">${during}</div>`;
    input.addEventListener("change", () => {
      showBlocks(composer(), "");
      document
        .querySelector("[role=dialog]")
        ?.insertAdjacentHTML(
          "beforeend",
          `<div data-testid="attachments">${item.repeat(count)}</div>`,
        );
    });
  }

  beforeEach(() => {
    page.given = filesOf(PICTURES);
  });

  test("stand in the composer before the text, and are counted", async () => {
    showInput();
    expect((await publish()).kind).toBe("created");
    expect(page.composed).toMatchObject({ mediaCount: 2 });
    expect(page.steps.indexOf("attach_media")).toBeLessThan(page.steps.indexOf("insert_text"));
  });

  test.each([
    ["fewer files than chosen", () => showInput(1), "upload_stalled"],
    [
      "an upload that does not move",
      () => showInput(2, `<div role="progressbar"></div>`),
      "upload_stalled",
    ],
  ])("%s lead to no press", async (_, show, errorCode) => {
    show();
    await expect(publish()).rejects.toMatchObject({ errorCode });
    expect(page.composed).toBeNull();
  });

  test("that the site refuses fail in its words", async () => {
    showInput(1);
    document.body.insertAdjacentHTML("beforeend", `<div data-testid="toast">Too large</div>`);
    await expect(publish()).rejects.toMatchObject({ errorCode: "content_rejected" });
  });

  test("of an earlier draft are left alone", async () => {
    showComposer();
    document
      .querySelector("[role=dialog]")
      ?.insertAdjacentHTML("beforeend", `<div data-testid="attachments"><img src="blob:1"></div>`);
    expect(await publish({ media: [] })).toMatchObject({ errorCode: "composer_dirty" });
  });

  test("do not go out when one is gone while leave is asked", async () => {
    showInput();
    page.meanwhile = () => document.querySelector("[data-testid=attachments] img")?.remove();
    await expect(publish()).rejects.toThrow("changed");
    expect(page.presses).toBe(0);
  });
});

test("a part of a thread tells which post it answers", async () => {
  showComposer();
  history.replaceState(null, "", "/sandbox/x/compose/post?in_reply_to=41");
  const errand = {
    ...{ kind: "publish" as const, base: BASE },
    job: job({ textSha256: await textSha256(TEXT), options: { targetId: "41" } }),
  };
  await adapter.publish(page, errand);
  expect(page.composed).toMatchObject({ target: "41" });
});

/** A post as the site shows it. */
const article = (handle: string, id: string, text: string, at: string, label = ""): string => `
  <article data-testid="tweet">${label}
    <a href="/sandbox/x/${handle}/status/${id}"><time datetime="${at}"></time></a>
    <div data-testid="tweetText">${text}</div>
  </article>`;

describe("confirming", () => {
  const confirm = (): Promise<Finding> => {
    const errand: Errand = { kind: "confirm", base: BASE, handle: "ada", postId: "42", job: job() };
    return adapter.confirm(page, errand);
  };
  const shown = `Hello<br>world <img alt="👋🏽">`;

  test("sees the post of the id, whatever else is on the page", async () => {
    document.body.innerHTML =
      article("bob", "41", "above", "2026-11-24T10:00:00Z") +
      article("Ada", "42", shown, "2026-11-24T10:00:00Z");
    expect(await confirm()).toEqual({
      kind: "seen",
      matches: true,
      handle: "Ada",
      postId: "42",
      evidence: {
        source: "permalink",
        account: "Ada",
        text: TEXT,
        postId: "42",
        seenLive: true,
        lookedAt: null,
      },
    });
  });

  test("does not wait for a post that the site says is not there", async () => {
    document.body.innerHTML = `<div data-testid="error-detail">This page doesn't exist.</div>`;
    expect((await confirm()).kind).toBe("unseen");
  });

  test.each([
    ["another author", article("bob", "42", shown, "2026-11-24T10:00:00Z")],
    ["another text", article("ada", "42", "Hello", "2026-11-24T10:00:00Z")],
  ])("does not take %s for the job's post", async (_, html) => {
    document.body.innerHTML = html;
    expect(await confirm()).toMatchObject({ kind: "seen", matches: false });
  });
});

describe("looking for a post", () => {
  const NOW = Date.parse("2026-11-24T12:00:00Z");
  const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();
  const look = (over: Partial<LeasedJob> = {}, path = "/sandbox/x/ada"): Promise<Finding> => {
    history.replaceState(null, "", path);
    const errand: Errand = {
      kind: "look",
      base: BASE,
      handle: "ada",
      notBefore: NOW - 60_000,
      job: job({ text: "Mine", ...over }),
    };
    return inTime(adapter.look(page, errand));
  };

  test("finds it behind others", async () => {
    document.body.innerHTML =
      article("ada", "3", "Later", at(1)) + article("ada", "2", "Mine", at(50));
    expect(await look()).toMatchObject({
      kind: "seen",
      matches: true,
      postId: "2",
      evidence: { source: "profile", lookedAt: 2 },
    });
  });

  test.each([
    ["an older one of the same text", article("ada", "1", "Mine", at(600))],
    ["a repost of the same text", article("bob", "1", "Mine", at(5))],
    ["one of another text", article("ada", "1", "Other", at(5))],
    ["an empty list", `<div data-testid="emptyState"></div>`],
  ])("says absent with %s", async (_, html) => {
    document.body.innerHTML = html;
    expect((await look()).kind).toBe("absent");
  });

  test("leaves out posts that belong to other jobs", async () => {
    document.body.innerHTML = article("ada", "1", "Mine", at(5));
    expect((await look({ exclude: [`${BASE}/ada/status/1`] })).kind).toBe("absent");
  });

  const many = (count: number, first = 0): string =>
    Array.from({ length: count }, (_, i) =>
      article("ada", `${900 - first - i}`, "Other", at(first + i)),
    ).join("");

  test("cannot tell when a full list does not reach back to the press", async () => {
    document.body.innerHTML = many(12);
    expect((await look()).kind).toBe("unseen");
  });

  test("does not take a pinned post for the end of the list", async () => {
    const label = `<div data-testid="socialContext">Pinned</div>`;
    document.body.innerHTML = article("ada", "1", "Old", at(9000), label) + many(12);
    expect((await look()).kind).toBe("unseen");
  });

  describe("scrolls on", () => {
    /** A list that shows its next posts when it is scrolled, and drops those above. */
    const scrolling = (...screens: string[]): void => {
      const left = [...screens];
      const show = (): void => void (document.body.innerHTML = left.shift() ?? "");
      show();
      const controller = new AbortController();
      addEventListener("scroll", () => (left.length === 0 ? controller.abort() : show()), {
        signal: controller.signal,
      });
    };

    test("until it finds the post", async () => {
      scrolling(many(12), many(8, 12) + article("ada", "2", "Mine", at(40)));
      expect(await look()).toMatchObject({ kind: "seen", postId: "2", evidence: { lookedAt: 21 } });
    });

    test("until the list reaches back, and no further", async () => {
      scrolling(many(12), many(12, 12), many(12, 181), article("ada", "2", "Mine", at(40)));
      expect(await look()).toEqual({ kind: "absent", lookedAt: 36 });
    });
  });

  test("for a part of a thread may look at the account's answers as well", async () => {
    document.body.innerHTML = article("ada", "2", "Mine", at(50));
    expect(await look({}, "/sandbox/x/ada/with_replies")).toMatchObject({ kind: "seen" });
  });
});
