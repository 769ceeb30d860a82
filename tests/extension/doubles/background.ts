/** The background at work: a worker over a browser and a broker of the test's own, and time that passes. */

import { afterEach, beforeEach, vi } from "vitest";
import { CONNECTION, FakeBroker } from "./broker.ts";
import { EXTENSION_ID, FakeBrowser } from "./chrome.ts";

/** The sender of a message from a page of the extension. */
export const ownPage = (name: string): { page: string } => ({
  page: `chrome-extension://${EXTENSION_ID}/${name}.html`,
});
export const POPUP = ownPage("popup");

/** Lets a worker run for so long. */
export const pass = (seconds: number): Promise<unknown> =>
  vi.advanceTimersByTimeAsync(seconds * 1000);

export const startBackground = (browser: FakeBrowser): Promise<unknown> =>
  browser.startWorker(() => import("../../../extension/src/background/main.ts"));

/** Stops time for each test of a file: it moves by `pass`. */
export function stopTime(): void {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
}

/** A browser that a broker knows; its worker has not started. */
export function pairedBrowser(): { browser: FakeBrowser; broker: FakeBroker } {
  const browser = new FakeBrowser();
  const broker = new FakeBroker();
  browser.local.values["connection"] = CONNECTION;
  return { browser, broker };
}
