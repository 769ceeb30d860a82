/** The private line on which the hook in the page's own world hands over the platform's answers. */

import type { AnswerLog } from "../platforms/adapter.ts";

/** What the page's own request got: status 0 when there was no answer. Page-supplied: believe nothing in it unchecked. */
export interface Answer {
  url: string;
  status: number;
  body: unknown;
}

export const HELLO = "broker:hello";
export const READY = "broker:ready";

const LOG = Symbol.for("postbroker.answers");

/** The answers of this document, in the order in which they came. */
export class ReceivedAnswers implements AnswerLog {
  readonly #answers: Answer[] = [];
  readonly #listeners = new Set<() => void>();

  add(answer: Answer): void {
    this.#answers.push(answer);
    for (const listener of this.#listeners) listener();
  }

  latest(): Answer | null {
    return this.#answers.at(-1) ?? null;
  }

  /** Forgets what came before the press, so that an old answer is never taken for a new one. */
  forget(): void {
    this.#answers.length = 0;
  }

  subscribe(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }
}

/**
 * Opens the line, whichever of the two scripts runs first. The hook says that it took the port by
 * preventing the event's default; a port that nobody took is offered again when the hook is ready, and
 * the whole exchange ends before any script of the page runs.
 */
export function listen(log: ReceivedAnswers): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event: MessageEvent<unknown>) => {
    if (isAnswer(event.data)) log.add(event.data);
  };
  const offer = (): boolean =>
    !dispatchEvent(new MessageEvent(HELLO, { ports: [port2], cancelable: true }));
  if (!offer()) addEventListener(READY, offer, { once: true, capture: true });
}

/** The log of this document; scripts of one extension share their world, so a later one finds it. */
export function documentAnswers(): ReceivedAnswers {
  const world = globalThis as Record<symbol, ReceivedAnswers | undefined>;
  return (world[LOG] ??= new ReceivedAnswers());
}

function isAnswer(data: unknown): data is Answer {
  return (
    typeof data === "object" &&
    data !== null &&
    "url" in data &&
    typeof data.url === "string" &&
    "status" in data &&
    typeof data.status === "number" &&
    "body" in data
  );
}
