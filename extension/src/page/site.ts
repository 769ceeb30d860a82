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
}

/** Both come from shared/, where they are checked before anything is built of them. */
export function siteOf(platform: unknown, data: unknown): Site {
  const locators = data as Locators;
  return {
    platform: platform as Platform,
    locators,
    controls: new Controls(locators),
    wait: ({ signal }, name) => ({
      seconds: locators.waitSeconds?.[name] ?? USUAL_SECONDS,
      signal,
    }),
  };
}
