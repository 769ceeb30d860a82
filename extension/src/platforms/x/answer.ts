/** What came of a press: X's own answer first, then the link in its toast. */

import type { Evidence } from "../../contract/types.ts";
import type { Answer } from "../../page/network.ts";
import { afterGrace, outcomeOfPress } from "../../page/outcome.ts";
import { at } from "../../page/values.ts";
import type { Finding, Page } from "../adapter.ts";
import { controls, permalinkOf, site } from "./site.ts";

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

/** The network answer says most; the toast's link is the second source; silence is doubt. */
export function outcomeOf(
  page: Page,
  base: string,
  handle: string,
  target: string,
): Promise<Finding> {
  const toast = afterGrace(() => toastPostId(base));
  return outcomeOfPress(page, site, (answer) => {
    if (answer !== null) return readAnswer(answer, handle, target);
    const postId = toast();
    return postId === null ? null : { kind: "created", source: "toast", handle, postId };
  });
}

function toastPostId(base: string): string | null {
  const link = controls.find("toastLink");
  return link instanceof HTMLAnchorElement ? (permalinkOf(base, link.href)?.postId ?? null) : null;
}

/** What the answer to CreateTweet or CreateNoteTweet means. An id wins over errors beside it: the post exists. */
export function readAnswer(answer: Answer, handle: string, target = "feed"): Finding {
  const created = createdPost(answer.body);
  if (created !== null && isElsewhere(created.parentId, target)) {
    return { kind: "doubtful", error: "X says that the post answers another one." };
  }
  if (created !== null) {
    return { kind: "created", source: "network", handle, postId: created.postId };
  }
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

interface CreatedPost {
  postId: string;
  /** The post that it answers, null for none; undefined when the answer does not say. */
  parentId: string | null | undefined;
}

function createdPost(body: unknown): CreatedPost | null {
  for (const operation of ["create_tweet", "notetweet_create"]) {
    const result = at(body, "data", operation, "tweet_results", "result");
    for (const tweet of [result, at(result, "tweet")]) {
      const postId = [at(tweet, "rest_id"), at(tweet, "legacy", "id_str")].find(isId);
      if (postId === undefined) continue;
      const parent = at(tweet, "legacy", "in_reply_to_status_id_str");
      return { postId, parentId: parent === null || isId(parent) ? parent : undefined };
    }
  }
  return null;
}

const isId = (value: unknown): value is string =>
  typeof value === "string" && /^\d{1,25}$/.test(value);

const isElsewhere = (parentId: CreatedPost["parentId"], target: string): boolean =>
  parentId !== undefined && (parentId ?? "feed") !== target;

function errorCodes(body: unknown): number[] {
  const errors = at(body, "errors");
  if (!Array.isArray(errors)) return [];
  return errors
    .flatMap((error: unknown) => [at(error, "code"), at(error, "extensions", "code")])
    .filter((code) => typeof code === "number");
}
