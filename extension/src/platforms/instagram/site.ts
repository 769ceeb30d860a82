/** Instagram as data, and how its addresses read. */

import { siteOf } from "../../page/site.ts";
import { readPermalink } from "../../places.ts";
import locatorsData from "../../../../shared/locators/instagram.json" with { type: "json" };
import platformData from "../../../../shared/platforms/instagram.json" with { type: "json" };

export const site = siteOf(platformData, locatorsData);
export const { controls, wait } = site;

/** The digits of the shortcodes in addresses. */
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE = 64n;
/** Numbers of media begin with milliseconds since this instant, then come so many bits more. */
const EPOCH_MILLISECONDS = 1_314_220_021_721;
const SEQUENCE_BITS = 23n;

/** Which post an address names, and since when it is there, in milliseconds since 1970. */
export function postAt(
  base: string,
  url: string,
): { postId: string; url: string; at: number } | null {
  const found = readPermalink(url, base, site.platform);
  if (found === null) return null;
  const at = Number(mediumNumber(found.postId) >> SEQUENCE_BITS) + EPOCH_MILLISECONDS;
  return { postId: found.postId, url: found.url, at };
}

/** The number that a shortcode stands for. */
export const mediumNumber = (code: string): bigint =>
  [...code].reduce((sum, digit) => sum * BASE + BigInt(DIGITS.indexOf(digit)), 0n);
