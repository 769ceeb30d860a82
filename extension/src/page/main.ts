/** Runs one errand of one adapter in one document, and answers the worker about it. */

import type { Composed, LeasedMedia, LeaseRef } from "../contract/types.ts";
import { answering, toWorker, type Leave, type Step, type ToPage } from "../messages.ts";
import type { Adapter, Errand, Finding, Page } from "../platforms/adapter.ts";
import { check } from "./check.ts";
import { ControlMissing, Stopped, pulse } from "./dom.ts";
import { bringFiles, FilesProblem } from "./files.ts";
import { documentAnswers } from "./network.ts";

/** The button was not pressed, and this page will not press it any more. */
class NotPressed extends Error {
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

const SERVED = Symbol.for("postbroker.served");

/** Makes the adapter answer the worker; a second injection into the same document changes nothing. */
export function serve(adapter: Adapter): void {
  const world = globalThis as Record<symbol, true | undefined>;
  if (world[SERVED]) return;
  world[SERVED] = true;

  let errand: RunningErrand | null = null;
  const holds = (lease: LeaseRef): boolean => errand?.lease.leaseId === lease.leaseId;

  chrome.runtime.onMessage.addListener(
    answering<ToPage, true>(
      {
        run: (payload) => {
          if (errand !== null) return Promise.resolve({ started: false });
          adapter.site.adopt(payload.pack);
          errand = new RunningErrand(payload.lease, payload.errand.job.media ?? []);
          void errand.carryOut(adapter, payload.errand);
          return Promise.resolve({ started: true });
        },
        ask: ({ lease }) => {
          pulse();
          return Promise.resolve({ holds: holds(lease), finding: errand?.finding ?? null });
        },
        abort: ({ lease }) => {
          if (holds(lease)) errand?.abort();
          return Promise.resolve(null);
        },
      },
      (_name, sender) => (sender.id === chrome.runtime.id ? true : null),
    ),
  );
}

class RunningErrand implements Page {
  readonly lease: LeaseRef;
  readonly answers = documentAnswers();
  finding: Finding | null = null;
  readonly #abort = new AbortController();
  #step: Step | null = null;
  #hasAsked = false;
  #hasPressed = false;
  readonly #media: readonly LeasedMedia[];

  constructor(lease: LeaseRef, media: readonly LeasedMedia[]) {
    this.lease = lease;
    this.#media = media;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(): void {
    this.#abort.abort(new Stopped("The worker has stopped this errand."));
  }

  async carryOut(adapter: Adapter, errand: Errand): Promise<void> {
    try {
      this.finding = await run(adapter, this, errand);
    } catch (error) {
      this.finding = this.#afterError(errand, error);
    }
    // A worker that died meanwhile is woken by this; one that cannot be reached asks for the finding later.
    await toWorker("finished", { lease: this.lease, finding: this.finding }).catch(() => null);
  }

  async step(step: Step, detail?: string): Promise<void> {
    this.#step = step;
    await toWorker("step", { lease: this.lease, step, ...(detail && { detail }) }).catch(
      () => null,
    );
    this.signal.throwIfAborted();
  }

  files(): Promise<File[]> {
    return bringFiles(this.lease, this.#media, this.signal);
  }

  async press(composed: Composed, button: () => HTMLElement | null): Promise<void> {
    if (this.#hasAsked)
      throw new NotPressed("unknown_error", "This page has asked for leave before.");
    this.#hasAsked = true;
    await this.step("ask_permit");
    const askedAt = { steady: performance.now(), wall: Date.now() };
    const leave = await this.#askLeave(composed);
    if (!leave.granted) {
      throw new NotPressed(
        "network_error",
        `There is no leave to press: the answer was ${leave.because}.`,
      );
    }
    this.signal.throwIfAborted();
    // The steady clock stands still while a computer sleeps, the wall clock may be set back: the larger counts.
    const spent = Math.max(performance.now() - askedAt.steady, Date.now() - askedAt.wall);
    if (spent >= leave.lifeMilliseconds) {
      throw new NotPressed("unknown_error", "The permit's time was over before the press.");
    }
    const target = button();
    if (target === null) {
      throw new NotPressed(
        "composer_mismatch",
        "The composer changed between the permit and the press.",
      );
    }
    this.answers.forget();
    this.#hasPressed = true;
    target.click();
    // Not waited for: the platform's answer may send this page away within moments.
    void toWorker("pressed", { lease: this.lease }).catch(() => null);
  }

  /** No answer is no leave. */
  async #askLeave(composed: Composed): Promise<Leave> {
    const lost: Leave = { granted: false, because: "lost" };
    const asked = toWorker("permit", { lease: this.lease, composed }) as Promise<Leave | undefined>;
    return (await asked.catch(() => lost)) ?? lost;
  }

  #afterError(errand: Errand, error: unknown): Finding {
    const message = error instanceof Error ? error.message : String(error);
    if (errand.kind === "confirm" || errand.kind === "look")
      return { kind: "unseen", error: message };
    if (this.#hasPressed) return { kind: "doubtful", error: message };
    if (error instanceof NotPressed || error instanceof FilesProblem) {
      return { kind: "failed", errorCode: error.errorCode, error: message };
    }
    if (error instanceof ControlMissing) {
      const details = { step: this.#step, ...error.details };
      return { kind: "failed", errorCode: "selector_not_found", error: message, details };
    }
    return {
      kind: "failed",
      errorCode: "unknown_error",
      error: message,
      details: { step: this.#step },
    };
  }
}

function run(adapter: Adapter, page: Page, errand: Errand): Promise<Finding> {
  switch (errand.kind) {
    case "publish":
      return adapter.publish(page, errand);
    case "confirm":
      return adapter.confirm(page, errand);
    case "look":
      return adapter.look(page, errand);
    case "search":
      return adapter.search?.(page, errand) ?? unable(errand);
    case "status":
      return adapter.status?.(page, errand) ?? unable(errand);
    case "join":
      return adapter.join?.(page, errand) ?? unable(errand);
    case "check":
      return check(adapter, page, errand);
  }
}

const unable = ({ job, kind }: Errand): Promise<Finding> =>
  Promise.resolve({
    kind: "failed",
    errorCode: "unknown_error",
    error: `${job.platform} has no errand "${kind}".`,
  });
