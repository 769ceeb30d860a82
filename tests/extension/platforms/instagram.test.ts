// @vitest-environment jsdom

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { LeasedJob } from "../../../extension/src/contract/types.ts";
import { textSha256, writeParagraphs } from "../../../extension/src/page/editor.ts";
import type { Answer } from "../../../extension/src/page/network.ts";
import type { Finding } from "../../../extension/src/platforms/adapter.ts";
import { adapter } from "../../../extension/src/platforms/instagram.ts";
import { readAnswer } from "../../../extension/src/platforms/instagram/answer.ts";
import {
  FakePage,
  filesOf,
  inTime,
  jobsLike,
  PICTURES,
  publishInTime,
  setUpPages,
} from "../doubles/adapting.ts";

const BASE = `${location.origin}/sandbox/instagram`;
const TEXT = "Hello\nworld 👋🏽";
const CODE = "DgImeBUAAAA";
const CREATED = { status: "ok", media: { pk: "1", code: CODE } };

const job = jobsLike({ platform: "instagram", text: TEXT, account: "Ada", media: PICTURES });

const answerOf = (body: unknown, how = "configure", status = 200): Answer => ({
  ...{ url: `/api/v1/media/${how}/`, status, body },
});

describe("the answer to a press", () => {
  test.each([
    ["configure", "p"],
    ["configure_sidecar", "p"],
    ["configure_to_clips", "reel"],
  ])("of %s that names the post is a creation at /%s/", (how, room) => {
    expect(readAnswer(answerOf(CREATED, how), BASE, "ada")).toEqual({
      ...{ kind: "created", source: "network", handle: "ada", postId: CODE },
      url: `${BASE}/${room}/${CODE}/`,
    });
  });

  test.each([
    [403, "login_required", "not_logged_in"],
    [400, "challenge_required", "challenge_required"],
    [400, "checkpoint_required", "challenge_required"],
    [400, "feedback_required", "rate_limited"],
    [429, "Please wait a few minutes before you try again.", "rate_limited"],
  ])("%i %s is a refusal: %s", (status, message, errorCode) => {
    const answer = answerOf({ status: "fail", message }, "configure", status);
    expect(readAnswer(answer, BASE, "ada")).toMatchObject({ kind: "refused", errorCode });
  });

  test.each([
    ["a good answer without a post", 200, { status: "ok" }],
    ["a message that nobody knows", 400, { status: "fail", message: "Oops" }],
    ["a server's error", 500, null],
    ["a lost connection", 0, null],
  ])("%s leaves doubt", (_, status, body) => {
    expect(readAnswer(answerOf(body, "configure", status), BASE, "ada").kind).toBe("doubtful");
  });
});

let page: FakePage;
let clicked: string[];

const within = (css: string): HTMLElement => document.querySelector(css) as HTMLElement;
const onClick = (css: string, act: () => void): void =>
  within(css).addEventListener("click", () => {
    clicked.push(css);
    act();
  });

interface Shown {
  hasMenu?: boolean;
  /** How many of the files the gallery lists. */
  count?: number;
  caption?: "lexical" | "field";
  /** What stands in the dialog in the place of the crop step. */
  failure?: string;
  share?: string;
}

/** The front page; every step of the dialog comes by the press before it. */
function showFront(shown: Shown = {}): void {
  const { hasMenu = false, count = 2, caption = "lexical", failure, share = "Share" } = shown;
  history.replaceState(null, "", "/sandbox/instagram/");
  document.body.innerHTML = `
    <nav><a id="create" href="#"><svg aria-label="New post"></svg></a></nav><div id="layer"></div>`;
  const layer = within("#layer");
  const dialog = (title: string, content: string): void => {
    layer.innerHTML = `<div role="dialog"><h1>${title}</h1>${content}</div>`;
  };
  const next = `<div role="button" class="next">Next</div>`;
  const showCaption = (): void => {
    const field =
      caption === "field"
        ? `<textarea aria-label="Write a caption..."></textarea>`
        : `<div contenteditable="true" aria-label="Write a caption..." tabindex="0"></div>`;
    dialog("Create new post", `${field}<div role="button" class="share">${share}</div>`);
    const editor = within("[contenteditable], textarea");
    editor.addEventListener("paste", (event) => {
      event.preventDefault();
      writeParagraphs(editor, event.clipboardData?.getData("text/plain") ?? "");
    });
  };
  const showCrop = (): void => {
    const icons = ["Select crop", "Open media gallery"]
      .map((name, index) => `<button id="icon${index}"><svg aria-label="${name}"></svg></button>`)
      .join("");
    dialog("Crop", `<img src="blob:x">${icons}<p></p>${next}`);
    onClick("#icon0", () => {
      within("p").innerHTML += `<button id="original">Original</button>`;
      onClick("#original", () => undefined);
    });
    onClick("#icon1", () => {
      within("p").innerHTML += `<i draggable="true"></i>`.repeat(count);
    });
    onClick(".next", () => {
      dialog("Edit", next);
      onClick(".next", showCaption);
    });
  };
  const showSelect = (): void => {
    dialog("Create new post", `<input type="file" accept="image/jpeg" hidden>`);
    const input = within("input") as HTMLInputElement;
    Object.defineProperty(input, "files", { writable: true, value: [] });
    input.addEventListener("change", () => {
      if (failure === undefined) showCrop();
      else dialog("Create new post", failure);
    });
  };
  onClick("#create", () => {
    if (!hasMenu) {
      showSelect();
      return;
    }
    layer.innerHTML = `<div role="menu"><div role="menuitem">Post</div></div>`;
    onClick("[role=menuitem]", showSelect);
  });
}

const publish = (over: Partial<LeasedJob> = {}): Promise<Finding> =>
  publishInTime(adapter, page, BASE, job(over));

const say = (body: unknown, status = 200): void =>
  void vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response(JSON.stringify(body), { status })),
  );

setUpPages();

beforeEach(() => {
  Object.assign(SVGElement.prototype, { checkVisibility: () => true });
  page = new FakePage(answerOf(CREATED));
  page.given = filesOf(PICTURES);
  clicked = [];
  document.cookie = "ds_user_id=7; path=/";
  say({ user: { username: "ada" } });
});

describe("publishing", () => {
  test.each([
    { hasMenu: false, caption: "lexical" },
    { hasMenu: true, caption: "lexical" },
    { hasMenu: true, caption: "field" },
  ] as const)("goes through the dialog and presses once: %j", async (shown) => {
    showFront(shown);
    expect(await publish()).toMatchObject({ kind: "created", postId: CODE, handle: "ada" });
    expect(page.presses).toBe(1);
    expect(page.composed).toEqual({
      account: "ada",
      textSha256: await textSha256(TEXT),
      mediaCount: 2,
      target: "feed",
    });
    expect(clicked).toContain("#original");
  });

  test.each([
    ["/sandbox/instagram/accounts/login/", "not_logged_in"],
    ["/sandbox/instagram/challenge/", "challenge_required"],
    ["/sandbox/instagram/accounts/suspended/", "challenge_required"],
  ])("at %s ends with %s", async (path, errorCode) => {
    showFront();
    history.replaceState(null, "", path);
    expect(await publish()).toMatchObject({ kind: "failed", errorCode });
  });

  test("opens nothing for another account", async () => {
    showFront();
    say({ user: { username: "grace" } });
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "wrong_account" });
    expect(clicked).toEqual([]);
  });

  test("does not ask for leave when the dialog holds fewer files", async () => {
    showFront({ count: 1 });
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "composer_mismatch" });
    expect(page.composed).toBeNull();
  });

  test.each([
    [`<h2>Something went wrong. Try again.</h2>`, "content_rejected"],
    [`<p>Still working</p>`, "upload_stalled"],
  ])("with %s nothing is pressed: %s", async (failure, errorCode) => {
    showFront({ failure });
    await expect(publish()).rejects.toMatchObject({ errorCode });
    expect(page.composed).toBeNull();
  });

  test("finds no button in a language that it does not know", async () => {
    showFront({ share: "Jaa" });
    await expect(publish()).rejects.toThrow("postButton");
  });

  test("does not press when somebody else logs in while leave is asked", async () => {
    showFront();
    page.meanwhile = () => (document.cookie = "ds_user_id=8; path=/");
    await expect(publish()).rejects.toThrow("changed");
    expect(page.presses).toBe(0);
  });

  test("waits for the last answer while the files are prepared", async () => {
    showFront();
    page.onPress = () => {
      page.answers.add(answerOf({ status: "fail", message: "Transcode not finished yet." }));
      setTimeout(() => page.answers.add(answerOf(CREATED, "configure_to_clips")), 90_000);
    };
    expect(await publish()).toMatchObject({ kind: "created", url: `${BASE}/reel/${CODE}/` });
  });

  test("a press without an answer leaves doubt", async () => {
    showFront();
    page.onPress = () => undefined;
    expect((await publish()).kind).toBe("doubtful");
  });
});

describe("looking", () => {
  const show = (content: string, path = "/sandbox/instagram/ada/"): void => {
    history.replaceState(null, "", path);
    document.body.innerHTML = `<main>${content}</main>`;
  };
  const link = `<a href="/sandbox/instagram/p/${CODE}/"></a>`;
  const madeAt = async (): Promise<number> => {
    const { postAt } = await import("../../../extension/src/platforms/instagram/site.ts");
    return postAt(BASE, `${BASE}/p/${CODE}/`)?.at ?? 0;
  };
  const look = async (over: Partial<LeasedJob> = {}, later = -5000): Promise<Finding> => {
    const notBefore = (await madeAt()) + later;
    const errand = { kind: "look", base: BASE, handle: "ada", notBefore } as const;
    return inTime(adapter.look(page, { ...errand, job: job(over) }));
  };
  const item = (username: string, text: string): object => ({
    items: [{ user: { username }, caption: { text } }],
  });

  test("reads the time of a post from its code", async () => {
    expect(new Date(await madeAt()).toISOString()).toMatch(/^2026-11-24T18:/);
  });

  test("finds the job's post by asking for what the grid does not show", async () => {
    show(link);
    say(item("ada", TEXT));
    expect(await look()).toMatchObject({
      ...{ kind: "seen", matches: true, postId: CODE, url: `${BASE}/p/${CODE}/` },
      evidence: { source: "profile", account: "ada", text: TEXT },
    });
  });

  test.each([
    ["of before the press", {}, 600_000, item("ada", TEXT)],
    ["of another job", { exclude: [`${BASE}/reel/${CODE}/`] }, -5000, item("ada", TEXT)],
    ["with another caption", {}, -5000, item("ada", "Something else")],
    ["of somebody else", {}, -5000, item("grace", TEXT)],
  ])("does not take a post %s", async (_, over, later, body) => {
    show(link);
    say(body);
    expect(await look(over, later)).toEqual({ kind: "absent", lookedAt: 1 });
  });

  test("says nothing of a new post that cannot be read", async () => {
    show(link);
    say(null, 500);
    expect((await look()).kind).toBe("unseen");
  });

  test("says absent of an empty grid, and nothing of a page without one", async () => {
    show("<h1>No posts yet</h1>");
    expect(await look()).toEqual({ kind: "absent", lookedAt: 0 });
    show("");
    expect((await look()).kind).toBe("unseen");
  });

  test.each([
    ["ada", TEXT, true],
    ["ada", "Something else", false],
    ["grace", TEXT, false],
  ])("at its address a post of %s with %j matches: %s", async (handle, text, matches) => {
    const author = `<header><a href="/sandbox/instagram/${handle}/">${handle}</a></header>`;
    show(
      `<article>${author}<h1 dir="auto">${text}</h1></article>`,
      `/sandbox/instagram/reel/${CODE}/`,
    );
    const errand = { kind: "confirm", base: BASE, handle: "ada", postId: CODE } as const;
    const finding = await inTime(adapter.confirm(page, { ...errand, job: job() }));
    expect(finding).toMatchObject({ kind: "seen", matches, url: `${BASE}/reel/${CODE}/` });
  });
});
