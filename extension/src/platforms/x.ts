/** X: text posts through the composer at /compose/post, and its simulation in the sandbox. */

import type { Evidence, Locators, Platform } from "../contract/types.ts";
import { Controls, isEnabled, readableText, waitFor, type Wait } from "../page/dom.ts";
import { canonicalText, clearEditor, pasteText, readDraft, textSha256 } from "../page/editor.ts";
import { isSameText } from "../page/matching.ts";
import type { Answer } from "../page/network.ts";
import locatorsData from "../../../shared/locators/x.json" with { type: "json" };
import platformData from "../../../shared/platforms/x.json" with { type: "json" };
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";

const platform = platformData as Platform;
const locators = locatorsData as Locators;
const controls = new Controls(locators);

const PERMALINK = new RegExp(platform.permalinks[0] ?? "");
/** An editor takes a paste at once or not at all. */
const TAKE_SECONDS = 1;
/** A link in the toast without a network answer is believed after this time: the answer says more. */
const TOAST_GRACE_SECONDS = 3;
/** How long a profile may go on to render before its list counts as whole. */
const LIST_SETTLE_SECONDS = 3;
/** A list this long whose oldest post is still new enough may go on below. */
const FULL_LIST = 10;
/** The platform's clock and ours may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 120;

/** The platform's own codes that refuse in clear words; any other code leaves doubt. */
const REFUSALS: Readonly<Partial<Record<number, string>>> = {
  32: "not_logged_in",
  37: "account_restricted",
  64: "account_restricted",
  326: "account_restricted",
  88: "rate_limited",
  185: "rate_limited",
  344: "rate_limited",
  186: "content_rejected",
  187: "duplicate_content",
  226: "challenge_required",
};
const TOO_MANY_REQUESTS = 429;

export const adapter: Adapter = { platform, locators, publish, confirm, look };

async function publish(page: Page, { job, base }: Errand & { kind: "publish" }): Promise<Finding> {
  await page.step("check_login");
  const session = await readSession(page, base);
  if (session.kind === "out") {
    return { kind: "failed", errorCode: "not_logged_in", error: "Nobody is logged in to X." };
  }
  if (session.kind === "challenge") {
    return { kind: "failed", errorCode: "challenge_required", error: "X wants to see a person." };
  }

  await page.step("check_account", session.handle);
  if (job.account != null && !isSameHandle(job.account, session.handle)) {
    return {
      kind: "failed",
      errorCode: "wrong_account",
      error: `Logged in is @${session.handle}, the job is for @${bare(job.account)}.`,
      details: { loggedIn: session.handle, wanted: bare(job.account) },
    };
  }

  await page.step("clean_start");
  const editor = await cleanEditor(page);
  if (editor === null) return mismatch("The composer was not empty and could not be cleared.", {});

  await page.step("insert_text");
  const wanted = canonicalText(job.text);
  await insertText(page, editor, wanted);

  await page.step("read_back");
  const held = canonicalText(readDraft(editor));
  const sha256 = await textSha256(held);
  if (sha256 !== job.textSha256) {
    const lengths = { wantedCharacters: wanted.length, heldCharacters: held.length };
    return mismatch("The composer holds another text than the job's.", lengths);
  }
  if ((controls.find("attachments")?.childElementCount ?? 0) > 0)
    return mismatch("The composer holds media.", {});
  if ((await waitFor(readyButton, wait(page, "enabled"))) === null) {
    if (controls.find("postButton") === null) throw controls.missing("postButton");
    return mismatch("The post button stayed disabled: the editor did not take the text.", {});
  }

  const composed = {
    account: session.handle,
    textSha256: sha256,
    mediaCount: 0,
    target: "feed",
  };
  await page.press(composed, () => {
    controls.dismiss();
    const isUnchanged =
      editor.isConnected &&
      canonicalText(readDraft(editor)) === held &&
      loggedInHandle(base) === session.handle;
    return isUnchanged ? readyButton() : null;
  });
  return outcomeOfPress(page, base, session.handle);
}

type Session = { kind: "in"; handle: string } | { kind: "out" } | { kind: "challenge" };

async function readSession(page: Page, base: string): Promise<Session> {
  const session = await waitFor<Session>(
    () => {
      const path = pathBelow(base, location.pathname);
      if (isOneOf(locators.challengePaths, path) || controls.find("challenge") !== null) {
        return { kind: "challenge" };
      }
      if (isOneOf(locators.loggedOutPaths, path) || controls.find("loginForm") !== null) {
        return { kind: "out" };
      }
      const handle = loggedInHandle(base);
      return handle === null ? null : { kind: "in", handle };
    },
    wait(page, "session"),
  );
  if (session === null) throw controls.missing("profileLink");
  return session;
}

function loggedInHandle(base: string): string | null {
  const link = controls.find("profileLink");
  if (!(link instanceof HTMLAnchorElement)) return null;
  return pathBelow(base, new URL(link.href).pathname).split("/")[1] || null;
}

/** The empty editor, or null when something of an earlier draft would not go. */
async function cleanEditor(page: Page): Promise<HTMLElement | null> {
  const editor = await waitFor(
    () => {
      controls.dismiss();
      return controls.find("textBox");
    },
    wait(page, "composer"),
  );
  if (editor === null) throw controls.missing("textBox");
  if (readDraft(editor) === "") return editor;
  clearEditor(editor);
  const isEmpty = await waitFor(() => readDraft(editor) === "" || null, wait(page, "enabled"));
  return isEmpty ? editor : null;
}

/** Tries the plain form only where the rich one left another text, and again on an empty editor. */
async function insertText(page: Page, editor: HTMLElement, text: string): Promise<void> {
  for (const form of ["rich", "plain"] as const) {
    if (readDraft(editor) !== "") clearEditor(editor);
    pasteText(editor, text, form);
    const holdsIt = (): true | null => (canonicalText(readDraft(editor)) === text ? true : null);
    if (await waitFor(holdsIt, { seconds: TAKE_SECONDS, signal: page.signal })) return;
  }
}

function readyButton(): HTMLElement | null {
  const button = controls.find("postButton");
  return button !== null && isEnabled(button) ? button : null;
}

/** The network answer says most; the toast's link is the second source; silence is doubt. */
async function outcomeOfPress(page: Page, base: string, handle: string): Promise<Finding> {
  const seconds = locators.waitSeconds?.["answer"] ?? 60;
  let toast: { postId: string; since: number } | null = null;
  const finding = await waitFor<Finding>(
    () => {
      const answer = page.answers.latest();
      if (answer !== null) return readAnswer(answer, handle);
      const postId = toast === null ? toastPostId(base) : null;
      if (postId !== null) toast = { postId, since: performance.now() };
      if (toast === null || performance.now() - toast.since < TOAST_GRACE_SECONDS * 1000)
        return null;
      return { kind: "created", source: "toast", handle, postId: toast.postId };
    },
    { seconds, signal: page.signal },
    (listener, signal) => page.answers.subscribe(listener, signal),
  );
  return finding ?? { kind: "doubtful", error: "X did not answer the press." };
}

function toastPostId(base: string): string | null {
  const link = controls.find("toastLink");
  return link instanceof HTMLAnchorElement ? (permalinkOf(base, link.href)?.postId ?? null) : null;
}

/** What the answer to CreateTweet or CreateNoteTweet means. An id wins over errors beside it: the post exists. */
export function readAnswer(answer: Answer, handle: string): Finding {
  const postId = createdId(answer.body);
  if (postId !== null) return { kind: "created", source: "network", handle, postId };
  const code = errorCodes(answer.body).find((each) => REFUSALS[each] !== undefined);
  const errorCode =
    code !== undefined
      ? REFUSALS[code]
      : answer.status === TOO_MANY_REQUESTS
        ? "rate_limited"
        : undefined;
  const evidence: Evidence = {
    source: "network",
    httpStatus: answer.status === 0 ? null : answer.status,
    platformCode: String(code ?? errorCodes(answer.body)[0] ?? "") || null,
  };
  if (errorCode === undefined) {
    return { kind: "doubtful", error: "X's answer names neither a post nor a reason.", evidence };
  }
  return {
    kind: "refused",
    errorCode,
    error: `X refused the post (${code ?? answer.status}).`,
    evidence,
  };
}

function createdId(body: unknown): string | null {
  for (const operation of ["create_tweet", "notetweet_create"]) {
    const result = at(body, "data", operation, "tweet_results", "result");
    for (const tweet of [result, at(result, "tweet")]) {
      for (const id of [at(tweet, "rest_id"), at(tweet, "legacy", "id_str")]) {
        if (typeof id === "string" && /^\d{1,25}$/.test(id)) return id;
      }
    }
  }
  return null;
}

function errorCodes(body: unknown): number[] {
  const errors = at(body, "errors");
  if (!Array.isArray(errors)) return [];
  return errors
    .flatMap((error: unknown) => [at(error, "code"), at(error, "extensions", "code")])
    .filter((code) => typeof code === "number");
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** Reads the post at its permalink; the page around it may hold others. */
async function confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding> {
  await page.step("confirm");
  const post = await waitFor<LivePost | "missing">(
    () =>
      livePosts(errand.base).find((each) => each.postId === errand.postId) ??
      (controls.find("missingPost") !== null ? "missing" : null),
    wait(page, "confirm"),
  );
  if (post === null || post === "missing")
    return { kind: "unseen", error: "The post's own page does not show it." };
  return seen(
    post,
    "permalink",
    isSameText(errand.job.text, post.text) && isSameHandle(errand.handle, post.handle),
  );
}

/** Looks through the account's own list for the job's post. */
async function look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding> {
  await page.step("look_for_post");
  const { base, handle, job } = errand;
  const notBefore = errand.notBefore - CLOCK_TOLERANCE_SECONDS * 1000;
  const taken = new Set((job.exclude ?? []).map((url) => permalinkOf(base, url)?.postId));
  const ownPosts = (): LivePost[] =>
    livePosts(base).filter((post) => isSameHandle(post.handle, handle));
  const isTheJobs = (post: LivePost): boolean =>
    (post.at ?? 0) >= notBefore && !taken.has(post.postId) && isSameText(job.text, post.text);
  const match = (): LivePost | null => ownPosts().find(isTheJobs) ?? null;
  const isRendered = (): true | null =>
    livePosts(base).length > 0 || controls.find("emptyTimeline") !== null || null;

  if (!(await waitFor(isRendered, wait(page, "session")))) {
    return { kind: "unseen", error: "The account's list of posts did not appear." };
  }
  const found = await waitFor(match, { seconds: LIST_SETTLE_SECONDS, signal: page.signal });
  const posts = ownPosts();
  if (found !== null) return seen(found, "profile", true, posts.length);
  if (!isOneOf(["^/[^/]+/?$"], pathBelow(base, location.pathname))) {
    return { kind: "unseen", error: "X left the account's page." };
  }
  const reachesBack = posts.some((post) => (post.at ?? Infinity) < notBefore);
  if (posts.length >= FULL_LIST && !reachesBack) {
    return { kind: "unseen", error: "The list does not reach back to the time of the press." };
  }
  return { kind: "absent", lookedAt: posts.length };
}

interface LivePost {
  handle: string;
  postId: string;
  text: string;
  at: number | null;
}

/** The posts on this page. A repost carries the link of its author, so it is never taken for an own post. */
function livePosts(base: string): LivePost[] {
  return controls.all("post").flatMap((element) => {
    const link = controls.find("postLink", element);
    const ids = link instanceof HTMLAnchorElement ? permalinkOf(base, link.href) : null;
    if (ids === null) return [];
    const text = controls.find("postText", element);
    const time = controls.find("postTime", element)?.getAttribute("datetime");
    const at = time == null ? NaN : Date.parse(time);
    return [{ ...ids, text: text === null ? "" : readableText(text), at: isNaN(at) ? null : at }];
  });
}

function seen(
  post: LivePost,
  source: "permalink" | "profile",
  matches: boolean,
  lookedAt: number | null = null,
): Finding {
  const { handle, postId, text } = post;
  return {
    kind: "seen",
    matches,
    handle,
    postId,
    evidence: { source, account: handle, text, postId, seenLive: true, lookedAt },
  };
}

function permalinkOf(base: string, href: string): { handle: string; postId: string } | null {
  const url = new URL(href, location.href);
  const groups = PERMALINK.exec(pathBelow(base, url.pathname))?.groups;
  const [handle, postId] = [groups?.["handle"], groups?.["id"]];
  return handle === undefined || postId === undefined ? null : { handle, postId };
}

/** Paths are written as on the live site; the simulation lives below a path of its own. */
function pathBelow(base: string, path: string): string {
  const prefix = new URL(base).pathname.replace(/\/$/, "");
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path === prefix ? "/" : path;
}

function isOneOf(patterns: readonly string[] | undefined, path: string): boolean {
  return (patterns ?? []).some((pattern) => new RegExp(pattern).test(path));
}

const bare = (handle: string): string => handle.replace(/^@/, "");

const isSameHandle = (one: string, other: string): boolean =>
  bare(one).toLowerCase() === bare(other).toLowerCase();

function mismatch(error: string, details: Record<string, unknown>): Finding {
  return { kind: "failed", errorCode: "composer_mismatch", error, details };
}

const wait = (page: Page, name: string): Wait => ({
  seconds: locators.waitSeconds?.[name] ?? 15,
  signal: page.signal,
});
