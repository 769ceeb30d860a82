// @vitest-environment jsdom

import { beforeEach, describe, expect, test } from "vitest";
import type { LeasedJob } from "../../../extension/src/contract/types.ts";
import type { Answer } from "../../../extension/src/page/network.ts";
import type { Errand, Finding } from "../../../extension/src/platforms/adapter.ts";
import { adapter } from "../../../extension/src/platforms/facebook.ts";
import { readAnswer, readJoinState } from "../../../extension/src/platforms/facebook/answer.ts";
import { FakePage, inTime, jobsLike, setUpPages } from "../doubles/adapting.ts";

const BASE = "http://localhost/sandbox/facebook";
const ADA = "1000123";
const GROUP = "555";
const NOW = Date.parse("2026-11-24T12:00:00Z");

const job = jobsLike({ platform: "facebook", text: "Hello\nworld", account: ADA });

let page: FakePage;

setUpPages();

beforeEach(() => {
  page = new FakePage({
    url: "/api/graphql/",
    status: 200,
    body: { data: { group_request_to_join: { group: { viewer_join_state: "REQUESTED" } } } },
  });
});

/** The data and the markup of a page of the site. */
function show(path: string, html: string, data: object = {}, userId = ADA): void {
  history.replaceState(null, "", `/sandbox/facebook${path}`);
  const user = ["CurrentUserInitialData", [], { USER_ID: userId, NAME: "Ada" }, 270];
  const script = document.createElement("script");
  script.type = "application/json";
  script.textContent = JSON.stringify({ require: [user], ...data });
  document.body.innerHTML = `<div role="main">${html}</div>`;
  document.body.append(script);
}

describe("the answer to a press", () => {
  const target = { base: BASE, account: ADA, group: null, mayAwaitApproval: false };
  const answer = (body: unknown, status = 200): Answer => ({ url: "/api/graphql/", status, body });
  const story = (value: unknown): object => ({ data: { story_create: { story: value } } });

  test.each([
    ["the id that is for hiding it", story({ legacy_story_hideable_id: "42" })],
    ["its address", story({ id: "UzpfSQ==", url: "https://www.facebook.com/ada/posts/42" })],
    [
      "its old address",
      story({ url: "https://www.facebook.com/permalink.php?story_fbid=42&id=1" }),
    ],
    ["its id beside an error", { ...story({ legacy_id: "42" }), errors: [{ code: 1 }] }],
    [
      "its id in the first of several documents",
      `for (;;);${JSON.stringify(story({ post_id: "42" }))}\n{"label":"x"}`,
    ],
  ])("that names the post by %s is a creation", (_, body) => {
    expect(readAnswer(answer(body), target)).toMatchObject({ kind: "created", postId: "42" });
  });

  test("in a group names its address there, and that it may wait", () => {
    const group = `${BASE}/groups/${GROUP}`;
    const body = story({ legacy_story_hideable_id: "42" });
    expect(readAnswer(answer(body), { ...target, group, mayAwaitApproval: true })).toMatchObject({
      url: `${group}/posts/42`,
      mayAwaitApproval: true,
    });
  });

  test.each([
    [{ error: 1366051 }, 200, "duplicate_content"],
    [{ error: 368, errorSummary: "You're Temporarily Blocked" }, 200, "rate_limited"],
    [{ error: 1, errorDescription: "We limit how often you can post" }, 200, "rate_limited"],
    [{ errors: [{ code: 1357001 }] }, 200, "not_logged_in"],
    [null, 429, "rate_limited"],
  ])("%j with %i is a refusal: %s", (body, status, errorCode) => {
    expect(readAnswer(answer(body, status), target)).toMatchObject({ kind: "refused", errorCode });
  });

  test.each([
    ["no story", story(null)],
    ["an id that is none", story({ legacy_id: "4 OR 1" })],
    ["an unknown code", { errors: [{ code: 1675030, severity: "CRITICAL" }] }],
    ["no answer", null],
    ["a page in the place of data", "<html></html>"],
  ])("%s leaves doubt", (_, body) => {
    expect(readAnswer(answer(body), target).kind).toBe("doubtful");
  });

  test("to a join tells the new state", () => {
    const told = { data: { group_request_to_join: { group: { viewer_join_state: "MEMBER" } } } };
    expect(readJoinState(answer(told))).toBe("MEMBER");
    expect(readJoinState(answer({ data: {} }))).toBeNull();
  });
});

describe("a group", () => {
  const button = (words: string): string => `<div role="button">${words}</div>`;
  const data = (state: string, more: object = {}): object => ({
    groups: [
      { id: "999", viewer_join_state: "MEMBER" },
      { id: GROUP, viewer_join_state: state, ...more },
    ],
  });
  const ask = (kind: "status" | "join"): Promise<Finding> => {
    const options = { groupId: GROUP };
    const wanted = job({ kind: kind === "join" ? "group_join" : "group_status", options });
    return kind === "join"
      ? (adapter.join?.(page, { kind, base: BASE, job: wanted }) ?? Promise.reject(new Error()))
      : (adapter.status?.(page, { kind, base: BASE, job: wanted }) ?? Promise.reject(new Error()));
  };

  test.each([
    ["MEMBER", "joined"],
    ["ADMIN", "joined"],
    ["REQUESTED", "requested"],
    ["CAN_JOIN", "not_member"],
    ["CANNOT_JOIN_OR_REQUEST", "not_member"],
  ])("of the state %s is %s, whatever other groups are", async (state, buttonState) => {
    show(`/groups/${GROUP}/`, "", data(state));
    expect(await ask("status")).toMatchObject({ kind: "done", details: { buttonState } });
  });

  test.each([
    ["Joined", "joined"],
    ["Cancel request", "requested"],
    ["Unirte al grupo", "not_member"],
    ["已加入", "joined"],
  ])("whose button says %s is %s where data is silent", async (words, buttonState) => {
    show(`/groups/${GROUP}/`, button(words));
    expect(await ask("status")).toMatchObject({ kind: "done", details: { buttonState } });
  });

  test.each(["MEMBER", "REQUESTED"])("is not pressed in the state %s", async (state) => {
    show(`/groups/${GROUP}/`, button("Join group"), data(state));
    expect((await ask("join")).kind).toBe("done");
    expect(page.presses).toBe(0);
  });

  test("that asks questions is left to a person", async () => {
    const asks = { has_membership_questions: true };
    show(`/groups/${GROUP}/`, button("Join group"), data("CAN_REQUEST", asks));
    expect(await ask("join")).toMatchObject({ kind: "failed", errorCode: "not_joined" });
    expect(page.presses).toBe(0);
  });

  test("is asked by one press", async () => {
    show(`/groups/${GROUP}/`, button("Join group"), data("CAN_REQUEST"));
    expect(await ask("join")).toMatchObject({ details: { buttonState: "requested" } });
    expect(page.presses).toBe(1);
  });

  test("is not asked as somebody else", async () => {
    show(`/groups/${GROUP}/`, button("Join group"), data("CAN_JOIN"), "777");
    expect(await ask("join")).toMatchObject({ kind: "failed", errorCode: "wrong_account" });
    expect(page.presses).toBe(0);
  });
});

describe("looking for a post", () => {
  const article = (id: string | null, author: string, text = "Hello<br>world"): string => `
    <div role="article"><h3><a href="/sandbox/facebook/${author}">A</a></h3>
      ${id === null ? "" : `<a href="/sandbox/facebook/ada/posts/${id}/">1 min</a>`}
      <div data-ad-rendering-role="story_message"><div dir="auto">${text}</div></div></div>`;
  const story = (id: string, secondsAgo: number, author = ADA): object => ({
    post_id: id,
    actors: [{ id: author }],
    inner: { creation_time: (NOW - secondsAgo * 1000) / 1000, message: { text: "Hello\nworld" } },
  });
  const look = (path: string, over: Partial<LeasedJob> = {}, notBefore = NOW): Promise<Finding> => {
    const errand: Errand = { kind: "look", base: BASE, handle: ADA, notBefore, job: job(over) };
    history.replaceState(null, "", `/sandbox/facebook${path}`);
    return inTime(adapter.look(page, errand));
  };
  const inGroup = { options: { groupId: GROUP } };

  test("finds it by its text, its author and its time", async () => {
    show("/ada", article("41", "ada", "Other") + article("42", "ada"), { s: [story("42", 5)] });
    expect(await look("/ada")).toMatchObject({ kind: "seen", matches: true, postId: "42" });
  });

  test.each([
    ["an older one of the same text", [story("42", 600)]],
    ["one of somebody else", [story("42", 5, "777")]],
  ])("says absent with %s", async (_, stories) => {
    show("/ada", article("42", "ada"), { stories });
    expect((await look("/ada")).kind).toBe("absent");
  });

  test("cannot tell when the time of an equal post is not known", async () => {
    show("/ada", article("42", "ada"));
    expect((await look("/ada")).kind).toBe("unseen");
  });

  test("cannot tell when the author of an equal post is not known", async () => {
    show("/1000123", article("42", "somebody.by.name"));
    expect((await look("/1000123")).kind).toBe("unseen");
  });

  test("takes one in the list of those that wait for waiting", async () => {
    const path = `/groups/${GROUP}/my_pending_content`;
    show(path, article(null, "ada"), { s: [story("42", 5)] });
    expect(await look(path, inGroup)).toMatchObject({
      kind: "awaiting",
      evidence: { account: ADA, text: "Hello\nworld" },
    });
  });

  test("names the group in the address of one that is live", async () => {
    const path = `/groups/${GROUP}/my_posted_content`;
    show(path, article("42", "ada"), { s: [story("42", 5)] });
    expect(await look(path, inGroup)).toMatchObject({
      kind: "seen",
      url: `${BASE}/groups/${GROUP}/posts/42`,
    });
  });
});
