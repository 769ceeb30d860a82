/** What came of a press: TikTok's own answer, perhaps after it asked once more. */

import type { Evidence } from "../../contract/types.ts";
import type { Answer } from "../../page/network.ts";
import { outcomeOfPress } from "../../page/outcome.ts";
import { recordOf } from "../../page/values.ts";
import type { Finding, Page } from "../adapter.ts";
import { controls, site } from "./site.ts";

/** The answer's own codes that refuse in clear words; any other code leaves doubt. */
const REFUSALS: Readonly<Partial<Record<number, string>>> = { 8: "not_logged_in" };
const TOO_MANY_REQUESTS = 429;
const UNAUTHORIZED = 401;

/**
 * The answer says all; silence is doubt. TikTok may ask whether to post although it still looks the
 * video through: nothing was sent by then, so saying yes, once, belongs to the same press.
 */
export function outcomeOf(page: Page, handle: string): Promise<Finding> {
  let hasContinued = false;
  return outcomeOfPress(page, site, (answer) => {
    if (answer !== null) return readAnswer(answer, handle);
    const button = hasContinued ? null : controls.find("continueButton");
    if (button !== null) {
      hasContinued = true;
      controls.use("continueButton", button);
    }
    return null;
  });
}

/** What the answer to a posted project means. An id wins over codes beside it: the video exists. */
export function readAnswer(answer: Answer, handle: string): Finding {
  const { status_code: code, single_post_resp_list: items } = recordOf(answer.body);
  const [single] = Array.isArray(items) ? (items as unknown[]) : [];
  const postId = recordOf(single)["item_id"];
  if (typeof postId === "string" && /^[1-9]\d{0,24}$/.test(postId)) {
    return { kind: "created", source: "network", handle, postId };
  }
  const evidence: Evidence = {
    source: "network",
    httpStatus: answer.status === 0 ? null : answer.status,
    platformCode: typeof code === "number" ? String(code) : null,
  };
  const errorCode = refusal(answer.status, code);
  return errorCode === undefined
    ? {
        kind: "doubtful",
        error: "TikTok's answer names neither a video nor a reason that is known.",
        evidence,
      }
    : {
        kind: "refused",
        errorCode,
        error: `TikTok refused the video (${evidence.platformCode ?? answer.status}).`,
        evidence,
      };
}

function refusal(status: number, code: unknown): string | undefined {
  if (status === TOO_MANY_REQUESTS) return "rate_limited";
  if (status === UNAUTHORIZED) return "not_logged_in";
  return typeof code === "number" ? REFUSALS[code] : undefined;
}
