/** What an adapter is given and what it may answer: the one interface between a platform and the rest. */

import type { Composed, Evidence, LeasedJob } from "../contract/types.ts";
import type { Step } from "../messages.ts";
import type { Answer } from "../page/network.ts";
import type { Session } from "../page/session.ts";
import type { Site } from "../page/site.ts";

/** What a page script is sent to do, on a page that the worker has opened for it. */
export type Errand =
  /** Compose the job's post and press the button once. */
  | { kind: "publish"; job: LeasedJob; base: string }
  /** Read the post that should be at this very page. */
  | { kind: "confirm"; job: LeasedJob; base: string; handle: string; postId: string }
  /** Look through the account's own posts for one that is the job's and not older than `notBefore`. */
  | { kind: "look"; job: LeasedJob; base: string; handle: string; notBefore: number }
  /** Search for groups. */
  | { kind: "search"; job: LeasedJob; base: string }
  /** Read whether the account is in the job's group. */
  | { kind: "status"; job: LeasedJob; base: string }
  /** Ask to be let into the job's group, by one press, where the account is neither in nor waiting. */
  | { kind: "join"; job: LeasedJob; base: string }
  /** Read who is logged in and which locators find something; press nothing. */
  | { kind: "check"; job: LeasedJob; base: string };

/** How an errand ended. The worker decides what follows; an adapter never tries twice. */
export type Finding =
  /** Nothing was pressed. */
  | { kind: "failed"; errorCode: string; error: string; details?: Record<string, unknown> }
  /** Pressed, and the platform refused in clear words. */
  | {
      kind: "refused";
      errorCode: string;
      error: string;
      evidence: Evidence;
      /** Where the platform says how long to wait. */
      retryAfterSeconds?: number;
    }
  /** Pressed, and the platform named the new post; nobody has seen it live yet. */
  | {
      kind: "created";
      source: "network" | "toast";
      handle: string;
      postId: string;
      /** Its address, where author and id alone do not make it. */
      url?: string;
      /** Somebody may have to let it in first: it is looked for in the list of those that wait. */
      mayAwaitApproval?: true;
    }
  /** Pressed, or perhaps pressed; nothing says how it went. */
  | { kind: "doubtful"; error: string; evidence?: Evidence }
  /** Read live: a post of this author with this text. `matches` tells whether it is the job's. */
  | {
      kind: "seen";
      matches: boolean;
      evidence: Evidence;
      handle: string;
      postId: string;
      url?: string;
    }
  /** Read in the list of the account's posts that wait until somebody lets them in. */
  | { kind: "awaiting"; evidence: Evidence }
  /** An errand that publishes nothing has its answer. */
  | { kind: "done"; details: Record<string, unknown> }
  /** The list was really there and does not hold the post. */
  | { kind: "absent"; lookedAt: number }
  /** The page could not be read. */
  | { kind: "unseen"; error: string };

/** What the page gives an adapter. */
export interface Page {
  readonly signal: AbortSignal;
  /** The network answers that the page's own requests got, since the document began. */
  readonly answers: AnswerLog;
  step(step: Step, detail?: string): Promise<void>;
  /** The job's files, in order; their bytes stay outside of the page until it reads them. */
  files(): Promise<File[]>;
  /**
   * Ask for leave and press, once in the life of this page. The only way to press a submit button:
   * `button` is asked again after leave was given, and answers null when anything is not as it was.
   */
  press(composed: Composed, button: () => HTMLElement | null): Promise<void>;
}

export interface AnswerLog {
  /** The first answer so far that is not older than the press. */
  latest(): Answer | null;
  /** Calls back at each new answer, until the signal aborts. */
  subscribe(listener: () => void, signal: AbortSignal): void;
}

/**
 * One platform on the tab route. `publish` must never press twice: everything before `page.press` may be
 * repeated on a fresh page, everything after it only reads. Where the platform's word is not plain,
 * the answer is `doubtful`; a false "failed" makes somebody post again.
 */
export interface Adapter {
  readonly site: Site;
  /** Waits until the page says who is logged in; throws where it does not. */
  member(page: Page, base: string): Promise<Session>;
  publish(page: Page, errand: Errand & { kind: "publish" }): Promise<Finding>;
  confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding>;
  look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding>;
  /** The three errands on groups, where the platform has any. */
  search?(page: Page, errand: Errand & { kind: "search" }): Promise<Finding>;
  status?(page: Page, errand: Errand & { kind: "status" }): Promise<Finding>;
  /** Presses once through `page.press`, as `publish` does. */
  join?(page: Page, errand: Errand & { kind: "join" }): Promise<Finding>;
}
