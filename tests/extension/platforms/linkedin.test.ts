// @vitest-environment jsdom

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { LeasedJob } from "../../../extension/src/contract/types.ts";
import { textSha256, writeParagraphs } from "../../../extension/src/page/editor.ts";
import type { Answer } from "../../../extension/src/page/network.ts";
import type { Finding } from "../../../extension/src/platforms/adapter.ts";
import { adapter } from "../../../extension/src/platforms/linkedin.ts";
import { readAnswer } from "../../../extension/src/platforms/linkedin/answer.ts";
import {
  FakePage,
  filesOf,
  inTime,
  jobsLike,
  PICTURES,
  publishInTime,
  setUpPages,
} from "../doubles/adapting.ts";

const BASE = "http://localhost/sandbox/linkedin";
const TEXT = "Hello\nworld 👋🏽";
const SHARE = "urn:li:share:7531052746586193920";
const POST_ID = "7531052746586193920";
const CREATED = { data: { status: { urn: SHARE } } };

const job = jobsLike({ platform: "linkedin", text: TEXT, account: "Ada-L" });

describe("the answer to a press", () => {
  const answer = (status: number, body: unknown): Answer => ({ url: "/shares", status, body });
  const created = (value: unknown): object => ({
    data: { createContentcreationDashShares: value },
  });
  const error = (code: string, status: number): object => ({
    errors: [{ message: "No.", extensions: { code, status } }],
    ...created(null),
  });

  test.each([
    ["of the old request", CREATED],
    ["of the new request", created({ resourceKey: `urn:li:fsd_share:(${SHARE},MAIN_FEED)` })],
    ["within a wrapped answer", { data: { data: created({ resourceKey: SHARE }) } }],
    ["beside an error", { ...error("INTERNAL", 500), ...CREATED }],
  ])("that names the share %s is a creation", (_, body) => {
    expect(readAnswer(answer(200, body), BASE, "ada-l")).toEqual({
      kind: "created",
      source: "network",
      handle: "ada-l",
      postId: POST_ID,
      url: `${BASE}/feed/update/${SHARE}/`,
    });
  });

  test.each([
    [401, error("UNAUTHORIZED", 401), "not_logged_in"],
    [429, null, "rate_limited"],
    [200, error("LIMIT", 429), "rate_limited"],
    [403, error("CHALLENGE", 403), "challenge_required"],
    [422, error("DUPLICATE_POST", 422), "duplicate_content"],
    [200, error("INVALID_SHARE", 200), "content_rejected"],
    [422, null, "content_rejected"],
  ])("%i %j is a refusal: %s", (status, body, errorCode) => {
    expect(readAnswer(answer(status, body), BASE, "ada-l")).toMatchObject({
      kind: "refused",
      errorCode,
      evidence: { source: "network", httpStatus: status },
    });
  });

  test.each([
    ["an empty result", 200, created(null)],
    [
      "a share of somebody else beside an empty result",
      200,
      { ...created(null), included: [SHARE] },
    ],
    ["a server's error", 500, error("INTERNAL", 500)],
    ["an error of the server in a good answer", 200, error("INTERNAL", 500)],
    ["a lost connection", 0, null],
    ["no permission without a word", 403, null],
  ])("%s leaves doubt", (_, status, body) => {
    expect(readAnswer(answer(status, body), BASE, "ada-l").kind).toBe("doubtful");
  });
});

let page: FakePage;
let tree: ParentNode;

const within = (css: string): HTMLElement => tree.querySelector(css) as HTMLElement;

interface Shown {
  place?: "page" | "shadow";
  audience?: string;
  button?: string;
  /** What the editor makes of a text. */
  take?: (text: string) => string;
}

const OLD_BUTTON = `<button class="share-actions__primary-action" disabled>Post</button>`;

function showComposer(shown: Shown = {}): void {
  const { place = "page", audience = "Post to Anyone", button = OLD_BUTTON } = shown;
  const { take = (text: string) => text } = shown;
  history.replaceState(null, "", "/sandbox/linkedin/feed/?shareActive=true");
  document.body.innerHTML = `<div id="interop-outlet"></div><div id="page"></div>`;
  tree =
    place === "page"
      ? (document.getElementById("page") as HTMLElement)
      : (document.getElementById("interop-outlet") as HTMLElement).attachShadow({ mode: "open" });
  (tree as Element | ShadowRoot).innerHTML = `
    <div role="dialog">
      <header><button>${audience}</button></header>
      <div class="ql-editor" contenteditable="true" tabindex="0"><p><br></p></div>
      <button aria-label="Add media">+</button>
      ${button}
    </div>`;
  const editor = within(".ql-editor");
  editor.addEventListener("paste", (event) => {
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    writeParagraphs(editor, take(text));
  });
  editor.addEventListener("input", () => {
    for (const each of tree.querySelectorAll("button")) each.disabled = false;
  });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- The one deletion that editors learn of.
  document.execCommand = () => {
    writeParagraphs(editor, "");
    return true;
  };
}

const publish = (over: Partial<LeasedJob> = {}): Promise<Finding> =>
  publishInTime(adapter, page, BASE, job(over));

const sayWho = (publicIdentifier: string | null): void => {
  const body = { miniProfile: { publicIdentifier } };
  vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response(JSON.stringify(body), { status: publicIdentifier ? 200 : 401 })),
  );
};

setUpPages();

beforeEach(() => {
  page = new FakePage({ url: "/shares", status: 200, body: CREATED });
  document.cookie = "JSESSIONID=ajax:1; path=/";
  sayWho("ada-l");
});

describe("publishing", () => {
  test.each(["page", "shadow"] as const)(
    "presses once, with the composer in the %s",
    async (place) => {
      showComposer({ place });
      expect(await publish()).toMatchObject({ kind: "created", postId: POST_ID, handle: "ada-l" });
      expect(page.presses).toBe(1);
      expect(page.composed).toEqual({
        account: "ada-l",
        textSha256: await textSha256(TEXT),
        mediaCount: 0,
        target: "feed",
      });
    },
  );

  test.each(["Post", "Publicar", "发布"])("finds a button that is only called %s", async (name) => {
    showComposer({ button: `<button disabled>${name}</button>` });
    expect((await publish()).kind).toBe("created");
  });

  test("finds no button in a language that it does not know", async () => {
    showComposer({ button: `<button>Julkaise</button>` });
    await expect(publish()).rejects.toThrow("postButton");
    expect(page.composed).toBeNull();
  });

  test.each([
    ["/sandbox/linkedin/login", "not_logged_in"],
    ["/sandbox/linkedin/authwall", "not_logged_in"],
    ["/sandbox/linkedin/checkpoint/challenge", "challenge_required"],
  ])("at %s ends with %s", async (path, errorCode) => {
    showComposer();
    history.replaceState(null, "", path);
    expect(await publish()).toMatchObject({ kind: "failed", errorCode });
    expect(page.steps).toEqual(["check_login"]);
  });

  test("types nothing for another account", async () => {
    showComposer();
    sayWho("grace");
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "wrong_account" });
    expect(within(".ql-editor").textContent).toBe("");
  });

  test("reads from the page who is logged in when the site does not say", async () => {
    showComposer();
    sayWho(null);
    document.body.insertAdjacentHTML(
      "beforeend",
      `<div data-view-name="identity-module"><a href="/sandbox/linkedin/in/ada-l/">Ada</a></div>`,
    );
    expect(await publish()).toMatchObject({ kind: "created", handle: "ada-l" });
  });

  test("empties a composer that holds a draft", async () => {
    showComposer();
    writeParagraphs(within(".ql-editor"), "an old draft");
    expect((await publish()).kind).toBe("created");
  });

  test("does not ask for leave when the editor holds another text", async () => {
    showComposer({ take: (text) => text.slice(0, -2) });
    within(".ql-editor").addEventListener("input", () => {
      const last = within(".ql-editor p:last-child");
      if (last.textContent.endsWith("🏽")) last.textContent = "world";
    });
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "composer_mismatch" });
    expect(page.composed).toBeNull();
  });

  test.each([
    ["Post to Connections only", undefined, "failed"],
    ["Post to Connections only", "connections", "created"],
    ["Post to Anyone", "connections", "failed"],
    ["Post to Anyone", "public", "created"],
    ["Julkaise kaikille", undefined, "created"],
    ["Julkaise kaikille", "public", "failed"],
  ])("with the audience %s for a job that wants %s is %s", async (audience, visibility, kind) => {
    showComposer({ audience });
    const options = visibility === undefined ? {} : { visibility };
    expect((await publish({ options })).kind).toBe(kind);
  });

  test("does not press when the text changes while leave is asked", async () => {
    showComposer();
    page.meanwhile = () => writeParagraphs(within(".ql-editor"), "something else");
    await expect(publish()).rejects.toThrow("changed");
    expect(page.presses).toBe(0);
  });

  test("does not press when somebody else logs in while leave is asked", async () => {
    showComposer();
    page.meanwhile = () => (document.cookie = "JSESSIONID=ajax:2; path=/");
    await expect(publish()).rejects.toThrow("changed");
  });
});

describe("media", () => {
  /** "Add media" opens a step that shows `count` of the chosen files, and goes on by "Next". */
  function showMediaStep(count: number, during = ""): void {
    showComposer();
    const dialog = within("[role=dialog]");
    within("[aria-label='Add media']").addEventListener("click", () => {
      dialog.insertAdjacentHTML(
        "beforeend",
        `<section><input type="file" id="media-editor-file-selector__file-input" hidden></section>`,
      );
      const input = within("input") as HTMLInputElement;
      Object.defineProperty(input, "files", { writable: true, value: [] });
      input.addEventListener("change", () => {
        const item = `<figure><img src="blob:http://localhost/1">${during}</figure>`;
        within("section").insertAdjacentHTML(
          "beforeend",
          `${item.repeat(count)}<button class="next">Next</button>`,
        );
        within(".next").addEventListener("click", () => {
          within("section").remove();
          dialog.insertAdjacentHTML("beforeend", `<img src="blob:http://localhost/1">`);
        });
      });
    });
  }

  beforeEach(() => {
    page.given = filesOf(PICTURES);
  });

  test("stand in the composer before the text, and are counted", async () => {
    showMediaStep(2);
    expect((await publish({ media: PICTURES })).kind).toBe("created");
    expect(page.composed).toMatchObject({ mediaCount: 2 });
  });

  test.each([
    ["fewer files than chosen", 1, "", "upload_stalled"],
    ["an upload that does not move", 2, `<i role="progressbar"></i>`, "upload_stalled"],
    ["a file that is refused", 2, `<i role="alert">Too large</i>`, "content_rejected"],
  ])("%s lead to no press", async (_, count, during, errorCode) => {
    HTMLElement.prototype.innerText = "Too large";
    showMediaStep(count, during);
    await expect(publish({ media: PICTURES })).rejects.toMatchObject({ errorCode });
    expect(page.composed).toBeNull();
  });
});

describe("looking", () => {
  const NOW = Number(BigInt(POST_ID) >> 22n);
  const card = (handle: string, text: string, id = POST_ID): string => `
    <div data-urn="urn:li:activity:${id}">
      <a href="/sandbox/linkedin/in/${handle}/">Somebody</a>
      <div class="update-components-text">${text}</div>
    </div>`;
  const show = (html: string): void => {
    history.replaceState(null, "", "/sandbox/linkedin/in/ada-l/recent-activity/all/");
    document.body.innerHTML = html;
  };
  const look = (over: Partial<LeasedJob> = {}, notBefore = NOW - 5000): Promise<Finding> =>
    inTime(
      adapter.look(page, { kind: "look", base: BASE, handle: "ada-l", notBefore, job: job(over) }),
    );

  test("finds the job's post, whose number tells its time", async () => {
    show(card("ada-l", "Hello<br>world 👋🏽"));
    expect(await look()).toMatchObject({ kind: "seen", matches: true, postId: POST_ID });
  });

  test("reads a hashtag without the word for those who listen", async () => {
    show(card("ada-l", `<a><span class="visually-hidden">hashtag</span>#tag</a>`));
    expect(await look({ text: "#tag" })).toMatchObject({ kind: "seen" });
  });

  test("does not take a post of before the press", async () => {
    show(card("ada-l", "Hello<br>world 👋🏽"));
    expect(await look({}, NOW + 600_000)).toEqual({ kind: "absent", lookedAt: 1 });
  });

  test("does not take a post of another job", async () => {
    show(card("ada-l", "Hello<br>world 👋🏽"));
    const exclude = [`${BASE}/feed/update/urn:li:activity:${POST_ID}`];
    expect(await look({ exclude })).toEqual({ kind: "absent", lookedAt: 1 });
  });

  test("does not take what others wrote", async () => {
    show(card("grace", "Hello<br>world 👋🏽"));
    expect(await look()).toEqual({ kind: "absent", lookedAt: 0 });
  });

  test("does not say absent beside a post of that time with another text", async () => {
    show(card("ada-l", "Hello, shortened"));
    expect((await look()).kind).toBe("unseen");
  });

  test("says absent of an empty list, and nothing of a page without one", async () => {
    show(`<section class="artdeco-empty-state">Nothing</section>`);
    expect(await look()).toEqual({ kind: "absent", lookedAt: 0 });
    show("");
    expect((await look()).kind).toBe("unseen");
  });

  test("at its address takes the activity that a share is shown as", async () => {
    show(card("ada-l", "Hello<br>world 👋🏽", "7531052746587242496"));
    const errand = { kind: "confirm", base: BASE, handle: "ada-l", postId: POST_ID } as const;
    const finding = await inTime(adapter.confirm(page, { ...errand, job: job() }));
    expect(finding).toMatchObject({ kind: "seen", matches: true, postId: "7531052746587242496" });
  });
});
