/** All that outlives the worker, by name and type; nothing important lives in its memory. */

import type {
  Ack,
  HelloAnswer,
  LastCheck,
  LocatorPack,
  PlatformPresence,
  QuestionAnswer,
  RefusedPack,
} from "../contract/types.ts";
import type { JournalRecord } from "./journal.ts";
import type { PendingPairing } from "./pairing.ts";

/** A broker that this browser is paired with. */
export interface Connection {
  origin: string;
  token: string;
  workspace: string;
  claimedBy: string;
}

export interface Stored {
  server: string;
  name: string;
  /** One plain sentence about what happened last, for the person in front of the browser. */
  note: string;
  pairing: PendingPairing;
  connection: Connection;
  paused: boolean;
  /** What the broker said last, to what, and when; `said` is null when it wanted to hear no more. */
  hello: { at: number; said: string | null; answer: HelloAnswer | null; outdated: boolean };
  /** Why the broker cannot be reached at the moment. */
  trouble: string;
  journal: JournalRecord;
  /** Reports that the broker has not answered yet. */
  outbox: Ack[];
  /** Posts that wait for a yes. */
  questions: QuestionAnswer[];
  /** Signed packs that were taken, and the newest version that ever was, by platform. They outlive a broker. */
  packs: Record<string, LocatorPack>;
  newestPacks: Record<string, string>;
  refusedPacks: Record<string, RefusedPack>;
  /** How the last check of each platform ended. */
  checks: Record<string, LastCheck>;
  presence: Record<string, PlatformPresence>;
  /** When each was read from a page, by our own clock. */
  presenceAt: Record<string, number>;
  crashPoint: string | { name: string };
  crashReached: string;
}

export async function read<K extends keyof Stored>(key: K): Promise<Stored[K] | null> {
  const found = await chrome.storage.local.get(key);
  return (found[key] as Stored[K] | undefined) ?? null;
}

/** Writes all values at once; null takes one away. */
export async function write(values: { [K in keyof Stored]?: Stored[K] | null }): Promise<void> {
  const keys = Object.keys(values) as (keyof Stored)[];
  const gone = keys.filter((key) => values[key] === null);
  const kept = Object.fromEntries(
    keys.filter((key) => values[key] !== null).map((key) => [key, values[key]]),
  );
  if (Object.keys(kept).length > 0) await chrome.storage.local.set(kept);
  if (gone.length > 0) await chrome.storage.local.remove(gone);
}

/** The same word until the browser is started again or the extension is loaded again. */
export async function browserSession(): Promise<string> {
  const { browserSession: known } = await chrome.storage.session.get("browserSession");
  if (typeof known === "string") return known;
  const fresh = crypto.randomUUID();
  await chrome.storage.session.set({ browserSession: fresh });
  return fresh;
}
