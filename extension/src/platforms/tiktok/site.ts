/** TikTok as data, and how its addresses read. */

import type { Locators, Platform } from "../../contract/types.ts";
import { Controls, type Wait } from "../../page/dom.ts";
import { readPermalink } from "../../places.ts";
import locatorsData from "../../../../shared/locators/tiktok.json" with { type: "json" };
import platformData from "../../../../shared/platforms/tiktok.json" with { type: "json" };
import type { Page } from "../adapter.ts";

export const platform = platformData as Platform;
export const locators = locatorsData as Locators;
export const controls = new Controls(locators);

/** Numbers of videos begin with seconds since 1970, then come this many bits more. */
const SEQUENCE_BITS = 32n;

export const wait = (page: Page, name: string): Wait => ({
  seconds: locators.waitSeconds?.[name] ?? 15,
  signal: page.signal,
});

/** Whose video an address names, and since when it is there, in milliseconds since 1970. */
export function videoAt(
  base: string,
  url: string,
): { handle: string; postId: string; at: number } | null {
  const { handle = null, postId } = readPermalink(url, base, platform) ?? {};
  if (handle === null || postId === undefined) return null;
  return { handle, postId, at: Number(BigInt(postId) >> SEQUENCE_BITS) * 1000 };
}
