/** What Facebook's answers to the two presses mean. */

import type { Evidence } from "../../contract/types.ts";
import type { Answer } from "../../page/network.ts";
import { at } from "../../page/values.ts";
import type { Finding } from "../adapter.ts";
import { text } from "./page-data.ts";
import { postIdIn } from "./site.ts";

/** What an answer may begin with, so that no foreign page can run it as a script. */
const GUARD = /^\s*for\s*\(;;\);/;
const POST_ID = /^(?:\d{1,30}|pfbid[A-Za-z0-9]{1,110})$/;

/** The platform's own codes that refuse in clear words; any other code leaves doubt. */
const REFUSALS: Readonly<Partial<Record<number, string>>> = {
  368: "rate_limited",
  1357001: "not_logged_in",
  1366046: "content_rejected",
  1366051: "duplicate_content",
};
const LIMIT_WORDS = /limit how often|posting too fast|temporarily blocked/i;
const TOO_MANY_REQUESTS = 429;

export interface Target {
  base: string;
  account: string;
  /** The group's address; null for the feed. */
  group: string | null;
  mayAwaitApproval: boolean;
}

/** An id wins over errors beside it: the post exists. */
export function readAnswer(answer: Answer, target: Target): Finding {
  const documents = documentsOf(answer.body);
  const { base, account, group } = target;
  const postId = documents.map((each) => createdId(each, base)).find((id) => id !== null);
  if (postId != null) {
    return {
      kind: "created",
      source: "network",
      handle: account,
      postId,
      ...(group !== null && { url: `${group}/posts/${postId}` }),
      ...(target.mayAwaitApproval && { mayAwaitApproval: true }),
    };
  }
  const errors = documents.flatMap(errorsIn);
  const error = errors.find(({ errorCode }) => errorCode !== null);
  const errorCode =
    error?.errorCode ?? (answer.status === TOO_MANY_REQUESTS ? "rate_limited" : null);
  const evidence: Evidence = {
    source: "network",
    httpStatus: answer.status === 0 ? null : answer.status,
    platformCode: (error ?? errors[0])?.code ?? null,
  };
  if (errorCode === null) {
    const words = "Facebook's answer names neither a post nor a reason.";
    return { kind: "doubtful", error: words, evidence };
  }
  const words = error?.words || `Facebook refused (${evidence.platformCode ?? answer.status}).`;
  return { kind: "refused", errorCode, error: words, evidence };
}

/** The state of the group after the press to join, as the answer tells it. */
export function readJoinState(answer: Answer): string | null {
  for (const document of documentsOf(answer.body)) {
    const group = at(document, "data", "group_request_to_join", "group");
    const state = text(at(group, "viewer_join_state"));
    if (state !== null) return state;
  }
  return null;
}

/** An answer may be one document, or several on lines of their own. */
function documentsOf(body: unknown): unknown[] {
  if (typeof body !== "string") return [body];
  return body.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line.replace(GUARD, "")) as unknown];
    } catch {
      return [];
    }
  });
}

function createdId(document: unknown, base: string): string | null {
  const story = at(document, "data", "story_create", "story");
  const url = text(at(story, "url"));
  const candidates = [
    url === null ? null : postIdIn(base, url),
    at(story, "legacy_story_hideable_id"),
    at(story, "legacy_id"),
    at(story, "post_id"),
    at(document, "data", "composer_story_create", "story_id"),
  ];
  const id = candidates.find((each) => typeof each === "string" && POST_ID.test(each));
  return (id as string | undefined) ?? null;
}

interface Refusal {
  code: string | null;
  errorCode: string | null;
  words: string;
}

/** Errors stand at the top of an answer, or in a list; they are known by number or by their words. */
function errorsIn(document: unknown): Refusal[] {
  const listed = at(document, "errors");
  const all = [
    at(document, "error") === undefined ? null : document,
    ...(Array.isArray(listed) ? (listed as unknown[]) : []),
  ];
  return all
    .filter((each) => each !== null)
    .map((each) => {
      const code = [at(each, "error"), at(each, "code")].find((one) => typeof one === "number");
      const words = ["errorSummary", "errorDescription", "summary", "description", "message"]
        .map((key) => text(at(each, key)))
        .filter((one) => one !== null)
        .join(" ");
      const known = code === undefined ? undefined : REFUSALS[code];
      const byWords = LIMIT_WORDS.test(words) ? "rate_limited" : null;
      return { code: code === undefined ? null : String(code), errorCode: known ?? byWords, words };
    });
}
