/** Every message inside the extension: name, payload, reply. */

import type {
  AnswerQuestion,
  Composed,
  LeasedJob,
  LeasedMedia,
  LeaseRef,
  Locators,
  LocatorState,
  NextJob,
  Progress,
  QuestionAnswer,
} from "./contract/types.ts";
import type { Errand, Finding } from "./platforms/adapter.ts";

export type Step = Progress["step"];

/** The broker's answer to "may I press?", as the page hears it. */
export type Leave =
  /** Press within `lifeMilliseconds` of having asked, or not at all. */
  { granted: true; lifeMilliseconds: number } | { granted: false; because: "lost" | "stopped" };

/** One file of a job on its way into a page. */
export type FileAnswer =
  | { kind: "file"; blob: Blob }
  /** Messages of this browser carry no files: the extension's own frame takes it to the page that says `word`. */
  | { kind: "by_frame"; word: string }
  | { kind: "failed"; errorCode: string; error: string };

/** What the frame needs to fetch a file itself. */
export interface FrameTask {
  origin: string;
  token: string;
  media: LeasedMedia;
}

/** What the person in front of the browser may know; never a token. */
export interface View {
  server: string;
  name: string;
  note: string | null;
  pairing: PairingView | null;
  connection: { server: string; workspace: string; claimedBy: string } | null;
  paused: boolean;
  workspacePaused: boolean;
  outdated: boolean;
  trouble: string | null;
  current: {
    kind: LeasedJob["kind"];
    platform: string;
    step: Step | null;
    text: string;
  } | null;
  /** How many posts wait for a yes. */
  questions: number;
  nextJobs: NextJob[];
  /** Which locators are used on each platform, and what the last checks found. */
  sites: LocatorState[];
}

export type PairingView =
  | { phase: "waiting"; server: string; code: string }
  | { phase: "claimed"; server: string; workspace: string; claimedBy: string };

/** What a page script says to the worker. Every message names its lease. */
export interface FromPage {
  step: [{ lease: LeaseRef; step: Step; detail?: string }, null];
  permit: [{ lease: LeaseRef; composed: Composed }, Leave];
  pressed: [{ lease: LeaseRef }, null];
  finished: [{ lease: LeaseRef; finding: Finding }, null];
  /** Asks for a file of the lease's own job. `probe` shows the worker whether messages carry files. */
  file: [{ lease: LeaseRef; id: string; probe: Blob }, FileAnswer];
}

/** What the extension's own frame in a page says to the worker. */
export interface FromFrame {
  frameFile: [{ word: string }, FrameTask | null];
}

/** What the bridge on a broker's own page says to the worker. */
export interface FromBridge {
  bridgeStatus: [null, { paired: boolean }];
  bridgeRegister: [null, { code: string } | { error: string }];
}

export interface FromPopup {
  view: [null, View];
  connect: [{ server: string; name: string }, null];
  confirm: [{ accept: boolean }, null];
  cancel: [null, null];
  checkLogins: [null, null];
  /** Looks on every platform what is found there. */
  check: [null, null];
  pause: [{ paused: boolean }, null];
  disconnect: [null, null];
}

/** What the panel that asks for a yes says to the worker. */
export interface FromPanel {
  questions: [null, { server: string | null; questions: QuestionAnswer[] }];
  answer: [{ id: string; answer: AnswerQuestion["answer"] }, { problem: string | null }];
}

export type ToWorker = FromPage & FromFrame & FromBridge & FromPopup & FromPanel;

/** What the worker says to the script in its own tab. */
export interface ToPage {
  /** With the locators of a signed pack, where one is in use. */
  run: [{ lease: LeaseRef; errand: Errand; pack: Locators | null }, { started: boolean }];
  /** Is the script there, and what has it found? Also wakes waits whose timers a hidden tab holds back. */
  ask: [{ lease: LeaseRef }, { holds: boolean; finding: Finding | null }];
  abort: [{ lease: LeaseRef }, null];
}

type Map_ = Record<string, [unknown, unknown]>;
type Request_<M, K extends keyof M> = M[K] extends [infer P, unknown] ? P : never;
type Reply_<M, K extends keyof M> = M[K] extends [unknown, infer R] ? R : never;

/** One message as it travels. */
export interface Envelope<M, K extends keyof M = keyof M> {
  name: K;
  payload: Request_<M, K>;
}

/** One function a message; `C` is what is known of the sender. */
export type Handlers<M, C> = {
  [K in keyof M]: (payload: Request_<M, K>, context: C) => Promise<Reply_<M, K>>;
};

export function toWorker<K extends keyof ToWorker>(
  name: K,
  payload: Request_<ToWorker, K>,
): Promise<Reply_<ToWorker, K>> {
  return chrome.runtime.sendMessage({ name, payload });
}

export function toPage<K extends keyof ToPage>(
  tabId: number,
  name: K,
  payload: Request_<ToPage, K>,
): Promise<Reply_<ToPage, K>> {
  return chrome.tabs.sendMessage(tabId, { name, payload }, { frameId: 0 });
}

/**
 * Answers messages with `handlers`; leaves alone what it does not know.
 * To be given to `runtime.onMessage`, which wants `true` for a later answer.
 */
export function answering<M, C>(
  handlers: Handlers<M, C>,
  contextOf: (name: keyof M, sender: chrome.runtime.MessageSender) => C | null,
): (
  message: unknown,
  sender: chrome.runtime.MessageSender,
  reply: (answer: unknown) => void,
) => boolean {
  return (message, sender, reply) => {
    if (!isEnvelope(message) || !Object.hasOwn(handlers, message.name)) return false;
    const name = message.name as keyof M;
    const context = contextOf(name, sender);
    if (context === null) return false;
    const handle = handlers[name] as (payload: unknown, context: C) => Promise<unknown>;
    handle(message.payload, context).then(reply, (error: unknown) => {
      console.error("message failed", name, error);
      reply(undefined);
    });
    return true;
  };
}

function isEnvelope(message: unknown): message is Envelope<Map_> & { name: string } {
  return (
    typeof message === "object" &&
    message !== null &&
    "name" in message &&
    typeof message.name === "string" &&
    "payload" in message
  );
}
