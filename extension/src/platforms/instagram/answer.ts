/** What came of a press: the last of Instagram's own answers. */

import type { Evidence } from "../../contract/types.ts";
import { waitFor, type Wait } from "../../page/dom.ts";
import type { Answer } from "../../page/network.ts";
import { recordOf } from "../../page/values.ts";
import type { Finding, Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

/** The messages that refuse in clear words; any other leaves doubt. */
const REFUSALS: Readonly<Partial<Record<string, string>>> = {
  login_required: "not_logged_in",
  challenge_required: "challenge_required",
  checkpoint_required: "challenge_required",
  feedback_required: "rate_limited",
};
const NOT_READY = /transcode/i;
const TOO_MANY_REQUESTS = 429;

/** As long as Instagram prepares the files, its page asks again by itself, and only the last answer counts. */
export async function outcomeOfPress(page: Page, base: string, handle: string): Promise<Finding> {
  const first = await nextWord(page, base, handle, wait(page, "answer"), true);
  const last =
    first === "working"
      ? await nextWord(page, base, handle, wait(page, "transcode"), false)
      : first;
  return last === null || last === "working"
    ? { kind: "doubtful", error: "Instagram did not answer the press." }
    : last;
}

function nextWord(
  page: Page,
  base: string,
  handle: string,
  wait: Wait,
  isFirst: boolean,
): Promise<Finding | "working" | null> {
  return waitFor<Finding | "working">(
    () => {
      const answer = page.answers.latest();
      const isOpen = answer === null ? controls.find("sharing") !== null : isNotReady(answer);
      if (isOpen) return isFirst ? "working" : null;
      return answer === null ? null : readAnswer(answer, base, handle);
    },
    wait,
    (listener, signal) => page.answers.subscribe(listener, signal),
  );
}

const isNotReady = ({ body }: Answer): boolean => {
  const { message } = recordOf(body);
  return typeof message === "string" && NOT_READY.test(message);
};

/** What the answer to a configured medium means. A code wins over all that stands beside it: the post exists. */
export function readAnswer(answer: Answer, base: string, handle: string): Finding {
  const { media, message } = recordOf(answer.body);
  const code = recordOf(media)["code"];
  if (typeof code === "string" && /^[A-Za-z0-9_-]{1,40}$/.test(code)) {
    const room = answer.url.includes("configure_to_clips") ? "reel" : "p";
    const url = `${base}/${room}/${code}/`;
    return { kind: "created", source: "network", handle, postId: code, url };
  }
  const word = typeof message === "string" ? message : "";
  const errorCode = answer.status === TOO_MANY_REQUESTS ? "rate_limited" : REFUSALS[word];
  const evidence: Evidence = {
    source: "network",
    httpStatus: answer.status === 0 ? null : answer.status,
    platformCode: errorCode === undefined ? null : word || null,
  };
  return errorCode === undefined
    ? {
        kind: "doubtful",
        error: "Instagram's answer names neither a post nor a reason that is known.",
        evidence,
      }
    : {
        kind: "refused",
        errorCode,
        error: `Instagram refused the post (${word || answer.status}).`,
        evidence,
      };
}
