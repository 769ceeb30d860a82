/** What the rooms of one adapter share: its platform as data, its controls, its waits. */

import type { Locators, Platform } from "../contract/types.ts";
import { Controls, type Wait } from "./dom.ts";

const USUAL_SECONDS = 15;

export interface Site {
  readonly platform: Platform;
  readonly locators: Locators;
  readonly controls: Controls;
  /** The wait that the locators give this name. */
  readonly wait: (page: { signal: AbortSignal }, name: string) => Wait;
  /** Goes on with the locators of a signed pack, which the worker has examined; null for the bundled ones. */
  readonly adopt: (pack: Locators | null) => void;
  /** True while it goes by a signed pack. */
  readonly isSigned: () => boolean;
}

/** Both come from shared/, where they are checked before anything is built of them. */
export function siteOf(platform: unknown, data: unknown): Site {
  const bundled = data as Locators;
  // One object for all rooms of the adapter, whatever it holds.
  const locators = { ...bundled };
  let isSigned = false;
  return {
    platform: platform as Platform,
    locators,
    controls: new Controls(locators),
    isSigned: () => isSigned,
    adopt: (pack) => {
      isSigned = pack !== null;
      for (const key of Object.keys(locators)) Reflect.deleteProperty(locators, key);
      Object.assign(locators, pack ?? bundled);
    },
    wait: ({ signal }, name) => ({
      seconds: locators.waitSeconds?.[name] ?? USUAL_SECONDS,
      signal,
    }),
  };
}
