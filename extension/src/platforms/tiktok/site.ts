/** TikTok as data, and how its addresses read. */

import { siteOf } from "../../page/site.ts";
import { readPermalink } from "../../places.ts";
import locatorsData from "../../../../shared/locators/tiktok.json" with { type: "json" };
import platformData from "../../../../shared/platforms/tiktok.json" with { type: "json" };

export const site = siteOf(platformData, locatorsData);
export const { controls, wait } = site;

/** Numbers of videos begin with seconds since 1970, then come this many bits more. */
const SEQUENCE_BITS = 32n;

/** Whose video an address names, and since when it is there, in milliseconds since 1970. */
export function videoAt(
  base: string,
  url: string,
): { handle: string; postId: string; at: number } | null {
  const { handle = null, postId } = readPermalink(url, base, site.platform) ?? {};
  if (handle === null || postId === undefined) return null;
  return { handle, postId, at: Number(BigInt(postId) >> SEQUENCE_BITS) * 1000 };
}
