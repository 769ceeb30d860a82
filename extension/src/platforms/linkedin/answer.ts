/** What came of a press: LinkedIn's own answer first, then the link in its toast. */

import type { Evidence } from "../../contract/types.ts";
import type { Answer } from "../../page/network.ts";
import { afterGrace, outcomeOfPress } from "../../page/outcome.ts";
import { at } from "../../page/values.ts";
import type { Finding, Page } from "../adapter.ts";
import { controls, postUrl, site, urnIn } from "./site.ts";

/** The network answer says most; the toast's link is the second source; silence is doubt. */
export function outcomeOf(page: Page, base: string, handle: string): Promise<Finding> {
  const toast = afterGrace(() => {
    const link = controls.find("toastLink");
    return link instanceof HTMLAnchorElement ? urnIn(link.href) : null;
  });
  return outcomeOfPress(page, site, (answer) => {
    if (answer !== null) return readAnswer(answer, base, handle);
    const named = toast();
    if (named === null) return null;
    const { urn, postId } = named;
    return { kind: "created", source: "toast", handle, postId, url: postUrl(base, urn) };
  });
}

/** What the answer to a new share means. A share wins over errors beside it: the post exists. */
export function readAnswer(answer: Answer, base: string, handle: string): Finding {
  const created = urnIn(JSON.stringify(at(answer.body, "data") ?? null));
  if (created !== null) {
    const { urn, postId } = created;
    return { kind: "created", source: "network", handle, postId, url: postUrl(base, urn) };
  }
  const error = at(at(answer.body, "errors"), "0");
  const status = at(error, "extensions", "status") ?? at(answer.body, "data", "status");
  const named = at(error, "extensions", "code") ?? at(answer.body, "data", "code");
  const code = typeof named === "string" ? named : "";
  const errorCode = refusal(answer.status, Number(status), code, error !== undefined);
  const evidence: Evidence = {
    source: "network",
    httpStatus: answer.status === 0 ? null : answer.status,
    platformCode: code || null,
  };
  return errorCode === null
    ? {
        kind: "doubtful",
        error: "LinkedIn's answer names neither a post nor a reason.",
        evidence,
      }
    : {
        kind: "refused",
        errorCode,
        error: `LinkedIn refused the post (${code || answer.status}).`,
        evidence,
      };
}

/** A clear no; null leaves doubt. The status within a good answer counts like that of the answer. */
function refusal(http: number, inner: number, code: string, hasErrors: boolean): string | null {
  if (http === 401) return "not_logged_in";
  if (http === 429 || inner === 429) return "rate_limited";
  if (/CHALLENGE/i.test(code)) return "challenge_required";
  if (/DUPLICATE/i.test(code)) return "duplicate_content";
  if ([400, 413, 422].includes(http) || (http === 200 && hasErrors && !(inner >= 500))) {
    return "content_rejected";
  }
  return null;
}
