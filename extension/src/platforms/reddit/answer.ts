/** What came of a press: Reddit answers with the new comment, as JSON or as HTML, or with a list of errors. */

import type { Evidence } from "../../contract/types.ts";
import type { Answer } from "../../page/network.ts";
import { outcomeOfPress } from "../../page/outcome.ts";
import { at } from "../../page/values.ts";
import type { Finding, Page } from "../adapter.ts";
import { idOf, placeAt, site } from "./site.ts";
import type { Target } from "./target.ts";

/** The platform's own codes; another one refuses as well, without saying what to do. */
const REFUSALS: Readonly<Partial<Record<string, string>>> = {
  RATELIMIT: "rate_limited",
  USER_REQUIRED: "not_logged_in",
  INVALID_MODHASH: "not_logged_in",
  BAD_CAPTCHA: "challenge_required",
  ALREADY_SUB: "duplicate_content",
  THREAD_LOCKED: "target_closed",
  TOO_OLD: "target_closed",
  DELETED_LINK: "target_closed",
  DELETED_COMMENT: "target_closed",
  SUBREDDIT_NOTALLOWED: "group_not_approved",
  BANNED_FROM_SUBREDDIT: "group_not_approved",
};
const BY_STATUS: Readonly<Partial<Record<number, string>>> = {
  401: "not_logged_in",
  429: "rate_limited",
};
/** Words for times, as far as they are alike in the languages known here, with their seconds. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/(\d+)\s*(?:seconds?|segundos?|秒)/i, 1],
  [/(\d+)\s*(?:minutes?|minutos?|分)/i, 60],
  [/(\d+)\s*(?:hours?|horas?|小时)/i, 3600],
];
const WAIT_SECONDS_MAX = 7 * 86_400;

interface Pressed {
  base: string;
  handle: string;
  target: Target;
}

export const outcomeOf = (page: Page, pressed: Pressed): Promise<Finding> =>
  outcomeOfPress(page, site, (answer) => (answer === null ? null : readAnswer(answer, pressed)));

/** A new comment wins over errors beside it: it exists. */
export function readAnswer(answer: Answer, { base, handle, target }: Pressed): Finding {
  const created = createdComment(answer.body);
  const thread = placeAt(base, location.href)?.thread;
  const wanted = target.commentId ?? target.postId;
  if (created !== null && created.parentId !== null && created.parentId !== wanted) {
    return { kind: "doubtful", error: "Reddit says that the comment answers something else." };
  }
  if (created !== null && thread !== undefined) {
    const { postId } = created;
    const url = `${base}${thread}/comment/${postId}/`;
    return { kind: "created", source: "network", handle, postId, url };
  }
  const { code, words } = firstError(answer.body);
  const errorCode =
    (code === null ? undefined : (REFUSALS[code] ?? unknownRefusal(answer.status))) ??
    BY_STATUS[answer.status];
  const evidence: Evidence = {
    source: "network",
    httpStatus: answer.status === 0 ? null : answer.status,
    platformCode: code,
  };
  if (errorCode === undefined) {
    const error = "Reddit's answer names neither a comment nor a reason.";
    return { kind: "doubtful", error, evidence };
  }
  const retryAfterSeconds = errorCode === "rate_limited" ? breakOf(answer.body, words) : null;
  const error = `Reddit refused the comment (${code ?? answer.status}): ${words}`.trim();
  return {
    kind: "refused",
    errorCode,
    error: error.replace(/: ?$/, "."),
    evidence,
    ...(retryAfterSeconds !== null && { retryAfterSeconds }),
  };
}

/** A server in trouble says nothing about what it has done. */
const unknownRefusal = (status: number): string | undefined =>
  status < 500 ? "content_rejected" : undefined;

interface Created {
  postId: string;
  /** Of what it answers; null when the answer does not say. */
  parentId: string | null;
}

function createdComment(body: unknown): Created | null {
  if (typeof body === "string") return inHtml(body);
  for (const value of valuesOf(body)) {
    if (at(value, "kind") !== "t1") continue;
    const data = at(value, "data");
    const postId = bareId(at(data, "name")) ?? bareId(at(data, "id"));
    const parentId = bareId(at(data, "parent_id")) ?? bareId(at(data, "parent"));
    if (postId !== null) return { postId, parentId };
  }
  return null;
}

/** Parsed apart from the page: nothing in it runs or loads. */
function inHtml(html: string): Created | null {
  const answered = new DOMParser().parseFromString(html, "text/html");
  const [element = null, ...others] = answered.querySelectorAll("shreddit-comment[thingid]");
  const postId = idOf(element);
  if (postId === null || others.length > 0) return null;
  return { postId, parentId: bareId(element?.getAttribute("parentid")) };
}

function firstError(body: unknown): { code: string | null; words: string } {
  const answered = typeof body === "string" ? parsed(body) : body;
  const [code, words] = list(list(at(answered, "json", "errors"))[0]);
  return {
    code: typeof code === "string" ? code : null,
    words: typeof words === "string" ? words : "",
  };
}

/** How long to wait, as a number of the answer or in its words. */
function breakOf(body: unknown, words: string): number | null {
  const told = at(typeof body === "string" ? parsed(body) : body, "json", "ratelimit");
  if (typeof told === "number" && told > 0) return Math.min(Math.ceil(told), WAIT_SECONDS_MAX);
  for (const [pattern, seconds] of UNITS) {
    const count = pattern.exec(words)?.[1];
    if (count !== undefined) return Math.min(Number(count) * seconds, WAIT_SECONDS_MAX);
  }
  return null;
}

/** Every value within, however deep: the older design wraps its answers in calls. */
function valuesOf(body: unknown): unknown[] {
  if (typeof body !== "object" || body === null) return [];
  return [body, ...Object.values(body).flatMap(valuesOf)];
}

const bareId = (value: unknown): string | null =>
  typeof value === "string" ? (/^(?:t[13]_)?([a-z0-9]{1,13})$/.exec(value)?.[1] ?? null) : null;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
