// @vitest-environment jsdom

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { LeasedJob } from "../../../extension/src/contract/types.ts";
import type { Answer } from "../../../extension/src/page/network.ts";
import { startUrl } from "../../../extension/src/places.ts";
import type { Finding } from "../../../extension/src/platforms/adapter.ts";
import { adapter } from "../../../extension/src/platforms/reddit.ts";
import { readAnswer } from "../../../extension/src/platforms/reddit/answer.ts";
import { fromMarkdown, toMarkdown } from "../../../extension/src/platforms/reddit/markdown.ts";
import { FakePage, inTime, jobsLike, publishInTime, setUpPages } from "../doubles/adapting.ts";

const BASE = "http://localhost/sandbox/reddit";
const THREAD = "/r/bread/comments/1abcde";
const TEXT = "Lovely *crumb*!\nReally.";
const POST_ALONE = { postId: "1abcde", commentId: null };

const job = jobsLike({
  kind: "comment",
  platform: "reddit",
  text: TEXT,
  account: "Ada-L",
  options: { targetId: "1abcde" },
});

const visit = (path: string): void => history.replaceState(null, "", `/sandbox/reddit${path}`);

describe("where a comment begins", () => {
  test.each([
    ["1abcde", "/comments/1abcde/"],
    ["1abcde/kx9", "/comments/1abcde/_/kx9/"],
    ["1abcde/../../x", "/comments/1abcde/_/../"],
  ])("%s is at %s", (targetId, path) => {
    expect(startUrl(BASE, adapter.site.locators, job({ options: { targetId } }))).toBe(BASE + path);
  });
});

describe("the answer to a press", () => {
  const answer = (status: number, body: unknown): Answer => ({ url: "/comment", status, body });
  const thing = (parent: string): object => ({ kind: "t1", data: { id: "t1_kx9", parent } });
  const element = (parent: string): string =>
    `<shreddit-comment thingid="t1_kx9" parentid="${parent}"></shreddit-comment>`;
  const error = (code: string, words = "No."): object => ({
    json: { errors: [[code, words, ""]] },
  });
  const read = (given: Answer): Finding =>
    readAnswer(given, { base: BASE, handle: "ada-l", target: POST_ALONE });

  beforeEach(() => visit(`${THREAD}/my_first_loaf/`));

  test.each([
    ["as JSON", { json: { errors: [], data: { things: [thing("t3_1abcde")] } } }],
    ["among calls of the page's own script", { jquery: [[0, 1, "call", [[thing("t3_1abcde")]]]] }],
    ["as an element", element("t3_1abcde")],
    ["beside an error", { ...error("RATELIMIT"), data: [thing("t3_1abcde")] }],
  ])("that names the comment %s is a creation", (_, body) => {
    expect(read(answer(200, body))).toEqual({
      kind: "created",
      source: "network",
      handle: "ada-l",
      postId: "kx9",
      url: `${BASE}${THREAD}/comment/kx9/`,
    });
  });

  test.each([
    [200, error("USER_REQUIRED"), "not_logged_in"],
    [401, null, "not_logged_in"],
    [429, null, "rate_limited"],
    [403, error("BAD_CAPTCHA"), "challenge_required"],
    [200, error("TOO_OLD"), "target_closed"],
    [403, error("BANNED_FROM_SUBREDDIT"), "group_not_approved"],
    [400, error("DOMAIN_BANNED"), "content_rejected"],
    [400, JSON.stringify(error("DOMAIN_BANNED")), "content_rejected"],
  ])("%i %j is a refusal: %s", (status, body, errorCode) => {
    expect(read(answer(status, body))).toMatchObject({
      kind: "refused",
      errorCode,
      evidence: { source: "network", httpStatus: status },
    });
  });

  test.each([
    ["Take a break for 6 minutes before trying again.", 360],
    ["Inténtalo de nuevo en 45 segundos.", 45],
    ["请在 9 分钟后再试。", 540],
    ["try again in 2 hours", 7200],
  ])("a break has its length: %s", (words, seconds) => {
    expect(read(answer(200, error("RATELIMIT", words)))).toMatchObject({
      retryAfterSeconds: seconds,
    });
  });

  test("a break's length as a number counts more than its words", () => {
    const json = { errors: [["RATELIMIT", "try again in 6 minutes", ""]], ratelimit: 359.2 };
    expect(read(answer(200, { json }))).toMatchObject({ retryAfterSeconds: 360 });
  });

  test.each([
    ["nothing", 200, { json: { errors: [], data: { things: [] } } }],
    ["an empty page", 200, ""],
    ["an answer to something else", 200, element("t3_other")],
    ["two comments", 200, element("t3_1abcde").repeat(2)],
    ["a server's error", 500, error("INTERNAL")],
    ["a lost connection", 0, null],
    ["no permission without a word", 403, null],
  ])("%s leaves doubt", (_, status, body) => {
    expect(read(answer(status, body)).kind).toBe("doubtful");
  });
});

describe("a text for a field that takes Markdown", () => {
  test.each([
    ["*stars* and _lines_", "\\*stars\\* and \\_lines\\_"],
    ["one\ntwo\n\nthree", "one  \ntwo\n\nthree"],
    ["# no heading", "\\# no heading"],
    ["1. no list", "1\\. no list"],
    ["- no list", "\\- no list"],
    ["    no code", "\u200B    no code"],
    ["https://example.org/a_b?c=d&e=f_g_", "https://example.org/a_b?c=d&e=f_g_"],
    ["a \\ and a `tick`", "a \\\\ and a \\`tick\\`"],
  ])("%j is written %j and read back", (text, markdown) => {
    expect(toMarkdown(text)).toBe(markdown);
    expect(fromMarkdown(markdown)).toBe(text);
  });
});

let page: FakePage;

const form = (kind: string): string => `
  <form class="usertext ${kind}"><div class="usertext-edit">
    <textarea name="text"></textarea><button class="save">save</button>
  </div></form>`;

const comment = (id: string, inside = ""): string => `
  <div class="thing comment" data-fullname="t1_${id}" data-author="bob">
    <div class="usertext-body"><div class="md"><p>Rye.</p></div></div>
    <ul><li class="reply-button"><button>reply</button></li></ul>
    <div class="child">${inside}</div>
  </div>`;

/** The older design, in which an answer's form comes when it is asked for. */
function showThread(inside = comment("k1", comment("k2")), area = form("top")): void {
  visit(`${THREAD}/my_first_loaf/`);
  document.body.innerHTML = `
    <div class="thing link" data-fullname="t3_1abcde">Bread</div>
    <div class="commentarea">${area}${inside}</div>`;
  for (const each of document.querySelectorAll<HTMLElement>(".thing.comment")) {
    each.querySelector(":scope > ul button")?.addEventListener("click", () => {
      each.querySelector(":scope > .child")?.insertAdjacentHTML("afterbegin", form("below"));
    });
  }
}

const publish = (over: Partial<LeasedJob> = {}): Promise<Finding> =>
  publishInTime(adapter, page, BASE, job(over));

const sayWho = (data: object | undefined): void => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ data }))));
};

setUpPages();

beforeEach(() => {
  page = new FakePage({ url: "/", status: 200, body: { kind: "t1", data: { id: "t1_kx9" } } });
  document.cookie = "csrf_token=1; path=/";
  sayWho({ name: "ada-l" });
  showThread();
});

describe("a comment", () => {
  test("goes under the post, its Markdown escaped", async () => {
    expect(await publish()).toMatchObject({ kind: "created", postId: "kx9" });
    expect(page.composed).toMatchObject({ account: "ada-l", target: "1abcde", mediaCount: 0 });
    const field = document.querySelector<HTMLTextAreaElement>(".top textarea");
    expect(field?.value).toBe("Lovely \\*crumb\\*!  \nReally.");
  });

  test.each(["k1", "k2"])("answers the very comment %s", async (id) => {
    expect(await publish({ options: { targetId: `1abcde/${id}` } })).toMatchObject({
      kind: "created",
    });
    expect(page.composed).toMatchObject({ target: `1abcde/${id}` });
    const answered = document.querySelector("textarea[name='text']:not(.top textarea)");
    expect(answered?.closest(".comment")?.getAttribute("data-fullname")).toBe(`t1_${id}`);
  });

  test("whose text changes while leave is asked is not published", async () => {
    page.meanwhile = () => {
      for (const each of document.querySelectorAll("textarea")) each.value = "something else";
    };
    await expect(publish()).rejects.toThrow("changed");
    expect(page.presses).toBe(0);
  });

  test("is not published by somebody who has logged in meanwhile", async () => {
    page.meanwhile = () => {
      document.cookie = "csrf_token=2; path=/";
    };
    await expect(publish()).rejects.toThrow("changed");
  });
});

describe("nothing is typed", () => {
  test.each([
    [undefined, "not_logged_in"],
    [{ name: "bob" }, "wrong_account"],
    [{ name: "ada-l", is_suspended: true }, "account_restricted"],
  ])("where %j is logged in: %s", async (data, errorCode) => {
    sayWho(data);
    expect(await publish()).toMatchObject({ kind: "failed", errorCode });
    expect(page.steps).not.toContain("insert_text");
  });

  test.each(["locked-infobar", "archived-infobar"])("under a post with an %s", async (name) => {
    showThread("", `<div class="${name}">No more.</div>`);
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "target_closed" });
  });

  test("on the page of another post", async () => {
    await expect(publish({ options: { targetId: "1other" } })).rejects.toThrow('"post"');
  });

  test("where the comment to answer is not shown", async () => {
    const options = { targetId: "1abcde/gone" };
    await expect(publish({ options })).rejects.toThrow('"comment"');
  });
});

describe("a live comment", () => {
  const confirm = (postId: string, over: Partial<LeasedJob> = {}): Promise<Finding> =>
    inTime(
      adapter.confirm(page, {
        kind: "confirm",
        base: BASE,
        handle: "bob",
        postId,
        job: job({ text: "Rye.", ...over }),
      }),
    );

  test.each([
    [{}, true],
    [{ text: "Wheat." }, false],
    [{ options: { targetId: "1other" } }, false],
  ])("of the job %j is recognised: %s", async (over, matches) => {
    expect(await confirm("k2", over)).toMatchObject({
      kind: "seen",
      matches,
      url: `${BASE}${THREAD}/comment/k2/`,
      evidence: { source: "permalink", account: "bob", seenLive: true },
    });
  });

  test("that its page does not show is not seen", async () => {
    expect((await confirm("gone")).kind).toBe("unseen");
  });
});

describe("a look through the account's comments", () => {
  const NOW = Date.parse("2026-11-24T12:00:00Z");
  const listed = (id: string, text: string, time = NOW, post = "1abcde"): string => `
    <shreddit-profile-comment comment-id="t1_${id}"
      href="/sandbox/reddit/r/bread/comments/${post}/comment/${id}/?context=3">
      <faceplate-timeago ts="${new Date(time).toISOString()}"></faceplate-timeago>
      <div id="t1_${id}-post-rtjson-content"><p>${text}</p></div>
    </shreddit-profile-comment>`;
  const look = (over: Partial<LeasedJob> = {}): Promise<Finding> =>
    inTime(
      adapter.look(page, {
        kind: "look",
        base: BASE,
        handle: "ada-l",
        notBefore: NOW,
        job: job({ text: "Rye.", ...over }),
      }),
    );

  beforeEach(() => visit("/user/ada-l/comments/"));

  test("finds the comment of this time, text and post", async () => {
    document.body.innerHTML = listed("k1", "Oats.") + listed("k2", "Rye.");
    expect(await look()).toMatchObject({ kind: "seen", matches: true, postId: "k2" });
  });

  test.each([
    ["of an earlier time", listed("k1", "Rye.", NOW - 3_600_000)],
    ["under another post", listed("k1", "Rye.", NOW, "1other")],
    ["with another text", listed("k1", "Oats.")],
  ])("takes none %s for it", async (_, html) => {
    document.body.innerHTML = html;
    expect(await look()).toEqual({ kind: "absent", lookedAt: 1 });
  });

  test("takes none of another job for it", async () => {
    document.body.innerHTML = listed("k1", "Rye.");
    const exclude = [`${BASE}${THREAD}/comment/k1`];
    expect(await look({ exclude })).toMatchObject({ kind: "absent" });
  });

  test("says nothing where the list did not come", async () => {
    document.body.innerHTML = "";
    expect((await look()).kind).toBe("unseen");
  });

  test("proves nothing where the list goes on below", async () => {
    document.body.innerHTML = Array.from({ length: 30 }, (_, n) => listed(`a${n}`, "Oats.")).join(
      "",
    );
    expect((await look()).kind).toBe("unseen");
  });
});
