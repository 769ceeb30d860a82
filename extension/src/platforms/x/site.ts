/** X as data, and how its permalinks read. */

import { pathBelow } from "../../page/addresses.ts";
import { siteOf } from "../../page/site.ts";
import locatorsData from "../../../../shared/locators/x.json" with { type: "json" };
import platformData from "../../../../shared/platforms/x.json" with { type: "json" };

export const site = siteOf(platformData, locatorsData);
export const { controls, wait } = site;

const PERMALINKS = site.platform.permalinks.map((pattern) => new RegExp(pattern));

export function permalinkOf(base: string, href: string): { handle: string; postId: string } | null {
  const path = pathBelow(base, new URL(href, location.href).pathname);
  for (const pattern of PERMALINKS) {
    const groups = pattern.exec(path)?.groups;
    const [handle, postId] = [groups?.["handle"], groups?.["id"]];
    if (handle !== undefined && postId !== undefined) return { handle, postId };
  }
  return null;
}
