/** The loop that asks the broker for work, one at a time, as long as this worker lives. */

import { CATALOGUE } from "../contract/catalogue.ts";
import type { Hello } from "../contract/types.ts";
import * as api from "./api.ts";
import { showBadge } from "./badge.ts";
import { locatorStates, refreshLocators } from "./locators.ts";
import { flush, release } from "./outbox.ts";
import * as runner from "./runner.ts";
import { refreshQuestions } from "./questions.ts";
import { read, write, type Connection, type Stored } from "./storage.ts";

export const PROTOCOL_VERSION = 1;

const POLL_WAIT_SECONDS = 20;
const HELLO_SECONDS = 300;
/** An open popup asks for fresh news, but not more often than this. */
const HELLO_MIN_SECONDS = 15;
const BACK_OFF_SECONDS = [1, 2, 5, 10, 30] as const;

type HelloState = Stored["hello"];

let loop: Promise<void> | null = null;
let cut = new AbortController();

/** Starts the loop unless it runs. */
export function wake(): void {
  loop ??= poll().finally(() => (loop = null));
}

/** Breaks off what waits; the loop looks again at what storage says. */
export function interrupt(): void {
  cut.abort();
  cut = new AbortController();
}

async function poll(): Promise<void> {
  for (let failures = 0; ;) {
    const connection = await read("connection");
    if (connection === null) return;
    const { signal } = cut;
    try {
      if (!(await round(connection, signal))) return;
      failures = 0;
      await write({ trouble: null });
    } catch (error) {
      if (signal.aborted) continue;
      if (await hasEnded(error)) return;
      await write({ trouble: error instanceof Error ? error.message : String(error) });
      const asked = error instanceof api.Refused ? (error.retryAfterSeconds ?? 0) : 0;
      const next = BACK_OFF_SECONDS[Math.min(failures++, BACK_OFF_SECONDS.length - 1)] ?? 30;
      await pause(Math.max(next, Math.min(asked, 30)), signal);
    }
  }
}

/** Reports what is open, then asks for one job and carries it out. False when there is nothing to ask for. */
async function round(connection: Connection, signal: AbortSignal): Promise<boolean> {
  await runner.recover(connection);
  await flush(connection);
  const settings = await greet(connection, HELLO_SECONDS);
  if (settings?.answer?.mayAsk) await refreshQuestions(connection);
  await refreshLocators(connection, settings?.answer?.locators ?? {});
  // What came of the packs is told at once.
  await greet(connection, HELLO_SECONDS);
  if ((await read("paused")) === true || settings?.outdated) return false;
  const waitSeconds = Math.min(
    settings?.answer?.pollWaitSeconds ?? POLL_WAIT_SECONDS,
    POLL_WAIT_SECONDS,
  );
  const pulled = await api.pull(connection, waitSeconds, signal);
  // The answer to a fetch does not keep a worker alive; a call of the extension's API does.
  await chrome.runtime.getPlatformInfo();
  if (pulled === null) return true;
  if ((await read("paused")) === true) await release(pulled);
  else await runner.work(connection, pulled);
  await flush(connection);
  return true;
}

/** Ends when the last greeting has. */
let greeted: Promise<unknown> = Promise.resolve();

/** Tells the broker who we are, when it has not heard it for `olderThanSeconds` or heard otherwise; one after the other. */
function greet(connection: Connection, olderThanSeconds: number): Promise<HelloState | null> {
  const greeting = greeted.then(() => sayHello(connection, olderThanSeconds));
  greeted = greeting.catch(() => null);
  return greeting;
}

async function sayHello(
  connection: Connection,
  olderThanSeconds: number,
): Promise<HelloState | null> {
  const last = await read("hello");
  const body: Hello = {
    extensionVersion: chrome.runtime.getManifest().version,
    protocolVersion: PROTOCOL_VERSION,
    paused: (await read("paused")) ?? false,
    platforms: Object.values((await read("presence")) ?? {}),
    locators: await locatorStates(),
  };
  const said = JSON.stringify(body);
  const age = (Date.now() - (last?.at ?? 0)) / 1000;
  const isHeard = last !== null && (last.said ?? said) === said;
  if (isHeard && age >= 0 && age < olderThanSeconds) return last;
  const answer = await api.hello(connection, body);
  const hello = { at: Date.now(), said, answer, outdated: answer.outdated };
  // The answer of a broker that is not ours any more must not stand for another's.
  if ((await read("connection"))?.token === connection.token) await write({ hello });
  return hello;
}

/** True when the broker wants no more of this browser; that is written down for the person. */
async function hasEnded(error: unknown): Promise<boolean> {
  if (!(error instanceof api.Refused)) return false;
  if (error.isRevoked) await disconnect("The server has disconnected this browser.");
  if (error.isOutdated) {
    await write({ hello: { at: Date.now(), said: null, answer: null, outdated: true } });
  }
  return error.isRevoked || error.isOutdated;
}

/** News for a person who is looking, at most each few seconds; without an answer the old ones stay. */
export async function refresh(): Promise<void> {
  const connection = await read("connection");
  if (connection !== null) await greet(connection, HELLO_MIN_SECONDS).catch(hasEnded);
}

/** Pauses or goes on; the broker is told at once. A job that is under way is brought to its end. */
export async function setPaused(paused: boolean): Promise<void> {
  await write({ paused: paused || null });
  await refresh();
  wake();
}

/** Who is logged in where may have changed: each page is asked anew before the next post. */
export async function forgetLogins(): Promise<void> {
  await write({ presence: null, hello: null });
  await refresh();
  interrupt();
  wake();
}

/** Has the broker send a check of each platform; this browser takes them one after the other, as it does posts. */
export async function checkSites(): Promise<void> {
  const connection = await read("connection");
  if (connection === null) return;
  try {
    for (const platform of Object.keys(CATALOGUE)) await api.askCheck(connection, { platform });
    await write({ note: null });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(await hasEnded(error))) await write({ note: `The sites are not checked: ${reason}` });
  }
}

/** Forgets the broker and everything that was for it. */
export async function disconnect(note: string): Promise<void> {
  await write({
    ...{ connection: null, hello: null, paused: null, trouble: null, questions: null },
    note,
  });
  await showBadge();
  await runner.abandon();
  interrupt();
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
