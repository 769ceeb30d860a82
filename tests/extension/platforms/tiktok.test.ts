// @vitest-environment jsdom

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { LeasedJob } from "../../../extension/src/contract/types.ts";
import { textSha256 } from "../../../extension/src/page/editor.ts";
import type { Answer } from "../../../extension/src/page/network.ts";
import type { Finding } from "../../../extension/src/platforms/adapter.ts";
import { adapter } from "../../../extension/src/platforms/tiktok.ts";
import { readAnswer } from "../../../extension/src/platforms/tiktok/answer.ts";
import {
  FakePage,
  filesOf,
  inTime,
  jobsLike,
  publishInTime,
  setUpPages,
} from "../doubles/adapting.ts";
import { makeEditor, showBlocks } from "../doubles/page.ts";

const BASE = `${location.origin}/sandbox/tiktok`;
const TEXT = "Hello\nworld 👋🏽";
const POST_ID = "7576279421583294464";
const CREATED = {
  status_code: 0,
  project_id: "1",
  single_post_resp_list: [{ item_id: POST_ID, status_code: 0 }],
};
const MEDIA = [{ id: "media-000001", fileName: "film.mp4", contentType: "video/mp4", size: 1 }];

const job = jobsLike({ platform: "tiktok", text: TEXT, account: "Ada", media: MEDIA });

const answerOf = (status: number, body: unknown): Answer => ({
  ...{ url: "/tiktok/web/project/post/v1/", status, body },
});

describe("the answer to a press", () => {
  const read = (status: number, body: unknown): Finding =>
    readAnswer(answerOf(status, body), "ada");

  test("that names the video is a creation, whatever code stands beside it", () => {
    const created = { kind: "created", source: "network", handle: "ada", postId: POST_ID };
    expect(read(200, CREATED)).toEqual(created);
    expect(read(200, { ...CREATED, status_code: 5 })).toEqual(created);
  });

  test.each([
    [200, { status_code: 8 }, "not_logged_in"],
    [401, null, "not_logged_in"],
    [429, { status_code: 10202 }, "rate_limited"],
  ])("%i %j is a refusal: %s", (status, body, errorCode) => {
    expect(read(status, body)).toMatchObject({ kind: "refused", errorCode });
  });

  test.each([
    ["a project without its video", 200, { ...CREATED, single_post_resp_list: [] }],
    ["a project without a list", 200, { status_code: 0, project_id: "1" }],
    ["a video that has no number yet", 200, { single_post_resp_list: [{ item_id: "0" }] }],
    ["a code that nobody knows", 200, { status_code: 5, status_msg: "?" }],
    ["a server's error", 500, { status_code: 10201 }],
    ["a lost connection", 0, null],
  ])("%s leaves doubt", (_, status, body) => {
    expect(read(status, body).kind).toBe("doubtful");
  });
});

let page: FakePage;
let who: string;

const within = (css: string): HTMLElement => document.querySelector(css) as HTMLElement;

interface Shown {
  button?: string;
  audience?: string;
  /** What stands beside the caption while and after the upload. */
  beside?: string;
  take?: (text: string) => string;
}

const BUTTON = `<button data-e2e="post_video_button" aria-disabled="false">Post</button>`;

/** An upload page on which a chosen video is there at once. */
function showUpload(shown: Shown = {}): void {
  const { button = BUTTON, audience = "Everyone", beside = "" } = shown;
  const { take = (text: string) => text } = shown;
  history.replaceState(null, "", "/sandbox/tiktok/tiktokstudio/upload");
  document.body.innerHTML = `<main><input type="file" accept="video/*" hidden></main>`;
  const input = within("input") as HTMLInputElement;
  Object.defineProperty(input, "files", { writable: true, value: [] });
  input.addEventListener("change", () => {
    within("main").innerHTML = `
      ${beside}
      <div class="public-DraftEditor-content" contenteditable="true" tabindex="0"></div>
      <div data-e2e="video_visibility_container"><button role="combobox">${audience}</button></div>
      ${button}`;
    const editor = within("[contenteditable]");
    makeEditor(editor, ({ plain }) => take(plain));
    showBlocks(editor, "film");
  });
}

const publish = (over: Partial<LeasedJob> = {}): Promise<Finding> =>
  publishInTime(adapter, page, BASE, job(over));

setUpPages();

beforeEach(() => {
  page = new FakePage(answerOf(200, CREATED));
  page.given = filesOf(MEDIA);
  who = "ada";
  vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response(JSON.stringify({ user: { uniqueId: who } }))),
  );
});

describe("publishing", () => {
  test("writes over the name of the file and presses once", async () => {
    showUpload();
    expect(await publish()).toMatchObject({ kind: "created", postId: POST_ID, handle: "ada" });
    expect(page.presses).toBe(1);
    expect(page.composed).toEqual({
      account: "ada",
      textSha256: await textSha256(TEXT),
      mediaCount: 1,
      target: "feed",
    });
  });

  test.each(["Post", "Publicar", "发布"])("finds a button that is only called %s", async (name) => {
    showUpload({ button: `<button>${name}</button>` });
    expect((await publish()).kind).toBe("created");
  });

  test.each([
    ["/sandbox/tiktok/login", "not_logged_in"],
    ["/sandbox/tiktok/signup", "not_logged_in"],
  ])("at %s ends with %s", async (path, errorCode) => {
    showUpload();
    history.replaceState(null, "", path);
    expect(await publish()).toMatchObject({ kind: "failed", errorCode });
  });

  test("leaves a captcha to a person", async () => {
    showUpload();
    document.body.insertAdjacentHTML("beforeend", `<div class="captcha_verify_container"></div>`);
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "challenge_required" });
  });

  test("does not ask for leave when somebody else logged in during the upload", async () => {
    showUpload();
    within("input").addEventListener("change", () => (who = "grace"));
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "wrong_account" });
    expect(page.composed).toBeNull();
  });

  test("does not ask for leave when the caption holds another text", async () => {
    showUpload({ take: (text) => text.slice(0, -2) });
    expect(await publish()).toMatchObject({ kind: "failed", errorCode: "composer_mismatch" });
    expect(page.composed).toBeNull();
  });

  test.each([
    ["Only you", undefined, "failed"],
    ["Only you", "private", "created"],
    ["Friends", "friends", "created"],
    ["Everyone", "private", "failed"],
    ["Everyone", "public", "created"],
  ])("shown to %s for a job that wants %s is %s", async (audience, visibility, kind) => {
    showUpload({ audience });
    const options = visibility === undefined ? {} : { visibility };
    expect((await publish({ options })).kind).toBe(kind);
  });

  test.each([
    [`<span class="info-progress-num">12%</span>`, "upload_stalled"],
    [`<span role="alert">Upload failed. Try again.</span>`, "content_rejected"],
  ])("with %s nothing is pressed: %s", async (beside, errorCode) => {
    showUpload({ beside });
    await expect(publish()).rejects.toMatchObject({ errorCode });
    expect(page.composed).toBeNull();
  });

  test("does not press when the caption changes while leave is asked", async () => {
    showUpload();
    page.meanwhile = () => showBlocks(within("[contenteditable]"), "something else");
    await expect(publish()).rejects.toThrow("changed");
    expect(page.presses).toBe(0);
  });

  test("closes what is offered, and says yes once to the question after the press", async () => {
    const dialog = `<div role="dialog"><button class="no">Not now</button></div>`;
    showUpload({ beside: dialog });
    const said: string[] = [];
    within("input").addEventListener("change", () =>
      within(".no").addEventListener("click", () => {
        said.push("no");
        within("[role=dialog]").remove();
      }),
    );
    page.onPress = () => {
      const question = `<div role="dialog"><button>Cancel</button><button class="yes">Post now</button></div>`;
      document.body.insertAdjacentHTML("beforeend", question);
      within(".yes").addEventListener("click", () => {
        said.push("yes");
        page.answers.add(answerOf(200, CREATED));
      });
    };
    expect((await publish()).kind).toBe("created");
    expect(said).toEqual(["no", "yes"]);
  });

  test("a press without an answer leaves doubt", async () => {
    showUpload();
    page.onPress = () => undefined;
    expect((await publish()).kind).toBe("doubtful");
  });
});

describe("looking", () => {
  const NOW = Number(BigInt(POST_ID) >> 32n) * 1000;
  const row = (handle: string, text: string, id = POST_ID): string => `
    <a href="/sandbox/tiktok/@${handle}/video/${id}">▶</a>
    <a href="/sandbox/tiktok/@${handle}/video/${id}">${text}</a>`;
  const show = (rows: string): void => {
    history.replaceState(null, "", "/sandbox/tiktok/tiktokstudio/content");
    document.body.innerHTML = `<div data-tt="components_PostTable_Container">${rows}</div>`;
  };
  const look = (over: Partial<LeasedJob> = {}, notBefore = NOW - 5000): Promise<Finding> =>
    inTime(
      adapter.look(page, { kind: "look", base: BASE, handle: "ada", notBefore, job: job(over) }),
    );

  test("finds the job's video, whose number tells its time", async () => {
    show(row("ada", TEXT));
    expect(await look()).toMatchObject({ kind: "seen", matches: true, postId: POST_ID });
  });

  test.each([
    ["of before the press", {}, NOW + 600_000],
    ["of another job", { exclude: [`${BASE}/@ada/video/${POST_ID}`] }, NOW - 5000],
  ])("does not take a video %s", async (_, over, notBefore) => {
    show(row("ada", TEXT));
    expect(await look(over, notBefore)).toEqual({ kind: "absent", lookedAt: 1 });
  });

  test("does not say absent beside a video of that time with another caption", async () => {
    show(row("ada", "Hello, shortened"));
    expect((await look()).kind).toBe("unseen");
  });

  test("says absent of an empty list, and nothing of a page without one", async () => {
    show("<p>No posts yet</p>");
    expect(await look()).toEqual({ kind: "absent", lookedAt: 0 });
    show("");
    expect((await look()).kind).toBe("unseen");
  });

  test.each([
    ["ada", TEXT, true],
    ["ada", "Something else", false],
    ["grace", TEXT, false],
  ])("at its address a video of %s with %j matches: %s", async (handle, text, matches) => {
    history.replaceState(null, "", `/sandbox/tiktok/@${handle}/video/${POST_ID}`);
    document.body.innerHTML = `<h1 data-e2e="browse-video-desc">${text}</h1>`;
    const errand = { kind: "confirm", base: BASE, handle: "ada", postId: POST_ID } as const;
    const finding = await inTime(adapter.confirm(page, { ...errand, job: job() }));
    expect(finding).toMatchObject({ kind: "seen", matches });
  });
});
